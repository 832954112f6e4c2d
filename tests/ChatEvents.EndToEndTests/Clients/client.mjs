// A client of the scenarios: reads commands, one JSON object a line, and prints what it hears in the same way; see ScenarioClient.cs.
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { ChatClient } from './chatevents.js';

const clients = new Map();
let slept = 0;
const clock = { now: () => Date.now() + slept, setTimeout, clearTimeout };
const tell = (client, event, more) => process.stdout.write(`${JSON.stringify({ client, event, ...more })}\n`);

const commands = {
  /** Connects; `tokenFile` holds the token, and may change. */
  connect({ client, url, tokenFile, options }) {
    const token = tokenFile && (() => readFileSync(tokenFile, 'utf8'));
    const chat = new ChatClient(url, { WebSocket, token, clock, ...options });
    clients.set(client, chat);
    chat.on('state', ({ state }) => tell(client, 'state', { state }));
    chat.on('error', ({ code, message }) => tell(client, 'error', { code, text: message }));
    chat.connect();
  },

  /** Hears a room, and takes some time for each message. */
  async listen({ client, room: name, milliseconds }) {
    const room = clients.get(client).room(name);
    room.subscribe(async ({ seq, message }) => {
      tell(client, 'message', { room: name, seq, text: message });
      if (milliseconds) await wait(milliseconds);
    });
    room.on('discontinuity', ({ missed }) => tell(client, 'discontinuity', { room: name, ...missed }));
    await room.join();
    tell(client, 'joined', { room: name });
  },

  /** Sends `client 1`, `client 2` and so on, without waiting for answers in between, and then tells what became of them. */
  async send({ client, room: name, count, every }) {
    const codes = {};
    const sends = [];
    for (let i = 1; i <= count; i++) {
      sends.push(clients.get(client).room(name).send(`${client} ${i}`).then(() => 'accepted', ({ code }) => code).then(code => (codes[code] = (codes[code] ?? 0) + 1)));
      if (every) await wait(every);
    }
    await Promise.all(sends);
    tell(client, 'sent', { codes });
  },

  /** The clock goes on, and timers do not notice, as in a machine that sleeps. */
  sleep({ milliseconds }) {
    slept += milliseconds;
  },

  close({ client }) {
    clients.get(client).close();
  },
};

for await (const line of createInterface(process.stdin)) {
  const command = JSON.parse(line);
  Promise.resolve(commands[command.do](command)).catch(error => tell(command.client, 'failed', { text: error.stack }));
}
process.exit();
