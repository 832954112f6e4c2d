import { WebSocketServer } from 'ws';

/** A small server of the dialect with rooms and their logs, which a test can make forget, refuse, fall silent and drop. */
export class Server {
  rooms = new Map();
  /** All frames of clients, in order. */
  frames = [];
  /** Of each handshake: protocols and query. */
  handshakes = [];
  connections = [];
  /** By action: answers in place of the usual ones. `undefined` for none. */
  answers = {};
  /** A status refuses handshakes. */
  refusal;
  hello = {};
  #messageIds = new Map();

  static async start() {
    const server = new Server();
    server.sockets = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: offered => offered.has('chatevents.v1') && 'chatevents.v1',
      verifyClient: ({ req }, done) => {
        server.handshakes.push({
          protocols: req.headers['sec-websocket-protocol'].split(/, ?/),
          query: new URL(req.url, 'ws://any').searchParams,
        });
        done(!server.refusal, server.refusal);
      },
    });
    server.sockets.on('connection', socket => server.#accept(socket));
    await new Promise(resolve => server.sockets.once('listening', resolve));
    server.url = `ws://127.0.0.1:${server.sockets.address().port}/local`;
    return server;
  }

  stop() {
    this.connections.forEach(socket => socket.terminate());
    this.sockets.close();
  }

  room(name) {
    if (!this.rooms.has(name)) this.rooms.set(name, { epoch: undefined, log: [], first: 1, members: new Set() });
    return this.rooms.get(name);
  }

  asked(action) {
    return this.frames.filter(frame => frame.action === action);
  }

  /** A message of somebody else. `unheard`: into the log only. */
  say(name, message, { unheard = false, ...more } = {}) {
    const room = this.room(name);
    room.epoch ??= 'epoch-1';
    const entry = { seq: room.first + room.log.length, messageId: `m-${name}-${room.first + room.log.length}`, from: { user: 'ada' }, at: '2026-01-01T00:00:00Z', message, ...more };
    room.log.push(entry);
    if (!unheard) this.post(name, entry);
    return entry;
  }

  post(name, { seq, ...entry }, epoch = this.room(name).epoch) {
    for (const socket of this.room(name).members) send(socket, { type: 'message', room: name, epoch, seq, ...entry });
  }

  /** Only messages from this number on are kept. */
  forgetBefore(name, seq) {
    const room = this.room(name);
    room.log.splice(0, seq - room.first);
    room.first = seq;
  }

  /** The room begins anew. */
  restart(name, epoch) {
    Object.assign(this.room(name), { epoch, log: [], first: 1 });
  }

  drop(code) {
    for (const socket of this.connections.splice(0)) {
      if (code) socket.close(code);
      else socket.terminate();
    }
    this.rooms.forEach(room => room.members.clear());
  }

  #accept(socket) {
    this.connections.push(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.connections = this.connections.filter(open => open !== socket);
      this.rooms.forEach(room => room.members.delete(socket));
    });
    socket.on('message', data => {
      const frame = JSON.parse(data);
      this.frames.push({ ...frame, socket });
      const answer = frame.action in this.answers ? this.answers[frame.action](frame, socket) : this[`_${frame.action}`](frame, socket);
      if (answer) send(socket, { id: frame.id, ...answer });
    });
  }

  _hello() {
    return {
      type: 'hello', protocol: 'chatevents.v1', user: 'bob', rooms: ['everyone', '@bob'],
      connectedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T02:00:00Z', ...this.hello,
    };
  }

  _ping() {
    return { type: 'pong' };
  }

  _join({ room: name }, socket) {
    const room = this.room(name);
    room.members.add(socket);
    return { type: 'joined', room: name, epoch: room.epoch, seq: room.first + room.log.length - 1 };
  }

  _leave({ room: name }, socket) {
    this.room(name).members.delete(socket);
    return { type: 'left', room: name };
  }

  _onMessage({ id, room, to, message, data }) {
    if (!this.#messageIds.has(id)) {
      this.#messageIds.set(id, `m-${id}`);
      this.say(room ?? `@${to}`, message, { messageId: `m-${id}`, from: { user: 'bob' }, data });
    }
    return { type: 'accepted', messageId: this.#messageIds.get(id) };
  }

  _history({ room: name, after, before, epoch, limit }) {
    const room = this.room(name);
    if (epoch && epoch !== room.epoch) return { type: 'history', room: name, epoch: room.epoch, messages: [], more: true, complete: false };
    const found = room.log.filter(({ seq }) => (after === undefined || seq > after) && (before === undefined || seq < before));
    const messages = after === undefined ? found.slice(-limit) : found.slice(0, limit);
    return {
      type: 'history', room: name, epoch: room.epoch, messages,
      more: messages.length < found.length, complete: after === undefined || after >= room.first - 1,
    };
  }

  _who({ room }) {
    return { type: 'members', room, count: 1, members: [{ user: 'bob', connections: this.room(room).members.size }], next: null };
  }

  _remove({ room: name, seq }) {
    const { log, members, first } = this.room(name);
    log[seq - first] = { seq, removed: true };
    for (const socket of members) send(socket, { type: 'removed', room: name, seq });
    return { type: 'removed', room: name, seq };
  }
}

export const send = (socket, frame) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(frame));
