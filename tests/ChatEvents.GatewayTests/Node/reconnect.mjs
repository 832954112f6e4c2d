// A reconnecting client: sends a message whenever it is open, and prints what it hears. It comes back by itself after each close.
import ReconnectingWebSocket from 'reconnecting-websocket';
import WebSocket from 'ws';

const socket = new ReconnectingWebSocket(process.argv[2], [], { WebSocket, minReconnectionDelay: 50, maxReconnectionDelay: 500 });
socket.addEventListener('open', () => socket.send('hello'));
socket.addEventListener('message', event => console.log(`heard ${event.data}`));
socket.addEventListener('close', event => console.log(`closed ${event.code}`));
