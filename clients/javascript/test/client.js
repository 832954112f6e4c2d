import { afterEach } from 'node:test';
import { WebSocket } from 'ws';
import { ChatClient } from '../chatevents.js';
import { FakeClock, until } from './clock.js';
import { Server } from './server.js';

const ending = [];
afterEach(() => ending.splice(0).forEach(end => end()));

/** A server, a client of it that is not connected, and what the client says of itself. */
export async function start(options) {
  const server = await Server.start();
  const clock = new FakeClock();
  const chat = new ChatClient(server.url, { WebSocket, clock, random: () => 0.5, ...options });
  const states = [];
  const errors = [];
  chat.on('state', ({ state }) => states.push(state));
  chat.on('error', error => errors.push(error));
  ending.push(() => chat.close(), () => server.stop());
  return { server, clock, chat, states, errors };
}

/** As above, and connected. */
export async function open(options) {
  const all = await start(options);
  await all.chat.connect();
  return all;
}

/** Joins a room. Returns what is heard there, as texts. */
export async function hear(chat, name) {
  const heard = [];
  const room = chat.room(name);
  room.subscribe(({ message }) => heard.push(message));
  room.on('discontinuity', ({ missed }) => heard.push(missed ? `missed ${missed.from}-${missed.to}` : 'missed all'));
  await room.join();
  return { room, heard, until: count => until(() => heard.length >= count, `${count} heard, not ${heard}`) };
}

/** The code of a promise that must reject. */
export const codeOf = promise => promise.then(value => `resolved to ${JSON.stringify(value)}`, error => error.code ?? error);
