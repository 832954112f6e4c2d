// A Node `ws` client: sends one long message (compressed, in fragments), prints what comes back, and pings before it leaves.
import WebSocket from 'ws';

const socket = new WebSocket(process.argv[2]);
socket.on('error', error => { console.log(`error ${error.message}`); process.exitCode = 1; });
socket.on('open', () => {
  console.log(`open ${socket.extensions}`);
  // ws compresses a message if its first fragment is long enough; each is below 32 KB before compression.
  socket.send(`{"action":"chat","padding":"${'p'.repeat(2000)}",`, { fin: false });
  socket.send(`"message":"${'ha'.repeat(15000)}"}`, { fin: true });
});
socket.on('message', (data, isBinary) => {
  console.log(`message ${isBinary ? 'binary' : 'text'} ${data.length}`);
  socket.ping('alive?');
});
socket.on('pong', data => {
  console.log(`pong ${data}`);
  socket.close(4000, 'done');
});
socket.on('close', code => console.log(`close ${code}`));
