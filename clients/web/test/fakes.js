/** What the client of the protocol does for the page's state, as tests say. */
export class FakeChat {
  info;
  asked = [];
  sent = [];
  #handlers = {};
  #rooms = new Map();

  on(event, handler) {
    (this.#handlers[event] ??= []).push(handler);
    return () => {};
  }

  emit(event, value) {
    for (const handler of this.#handlers[event] ?? []) handler(value);
  }

  room(name, { after } = {}) {
    if (!this.#rooms.has(name)) this.#rooms.set(name, new FakeRoom(name, after, this));
    return this.#rooms.get(name);
  }

  get inbox() {
    return this.room('@');
  }

  sendTo(user, text, options) {
    return this.#send({ user, text, ...options });
  }

  ask(frame) {
    this.asked.push(frame);
    return Promise.resolve(this.answer);
  }

  connect() {
    this.connects = (this.connects ?? 0) + 1;
  }

  _send(message) {
    return this.#send(message);
  }

  /** A send ends when a test says so. */
  #send(message) {
    return new Promise((resolve, reject) => this.sent.push({ ...message, resolve, reject }));
  }
}

class FakeRoom {
  pages = [];
  historyAsked = [];
  removed = [];
  isLeft = false;
  memberPages = [{ count: 0, members: [] }];
  #chat;
  #handlers = { message: new Set(), removed: new Set(), discontinuity: new Set() };

  constructor(name, after, chat) {
    this.name = name;
    this.after = after;
    this.position = after;
    this.#chat = chat;
  }

  on(event, handler) {
    this.#handlers[event].add(handler);
    return () => this.#handlers[event].delete(handler);
  }

  join() {
    return (this.joined ??= Promise.resolve());
  }

  async leave() {
    this.isLeft = true;
    this.joined = undefined;
  }

  send(text, options) {
    return this.#chat._send({ room: this.name, text, ...options });
  }

  async history(options) {
    this.historyAsked.push(options);
    return this.pages.shift() ?? { messages: [], complete: true, next: null };
  }

  async members() {
    return this.memberPages.shift() ?? { count: 0, members: [] };
  }

  async remove(seq) {
    this.removed.push(seq);
  }

  hear(seq, from, message, more) {
    this.position = { epoch: 'e1', seq };
    for (const handler of this.#handlers.message) handler(said(seq, from, message, more));
  }

  tell(event, value) {
    for (const handler of this.#handlers[event]) handler(value);
  }
}

export const said = (seq, from, message, more) => ({ epoch: 'e1', seq, messageId: `m${seq}`, from, at: '2026-01-01T10:00:00Z', message, ...more });

export class FakeStorage {
  items = {};
  getItem = key => this.items[key] ?? null;
  setItem = (key, value) => void (this.items[key] = value);
  removeItem = key => void delete this.items[key];
}

/** Lets promises follow. */
export const settle = () => new Promise(resolve => setImmediate(resolve));

/** A token that says this, signed by nobody. */
export const tokenOf = claims => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
