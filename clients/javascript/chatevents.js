// Client of the dialect `chatevents.v1`. What is exported is documented in chatevents.d.ts. Top to bottom:
//
//   Events      handlers
//   Connection  one socket: requests and answers, signs of life
//   Room        each message once and in order, holes filled from history
//   ChatClient  which connection is in use, and what waits to be sent

/** @typedef {import('./chatevents.d.ts').Room} RoomApi @typedef {import('./chatevents.d.ts').ChatClient} ClientApi */

const defaults = {
  minDelay: 500,
  maxDelay: 30_000,
  lifetime: 7_200_000, // API Gateway ends a connection after two hours ...
  silence: 540_000, // ... and after ten minutes without a frame, of which this is nine tenths
  patience: 10_000,
  sendTimeout: 120_000,
  maxQueue: 1_000,
};

const SAFE_TO_REPEAT = 270_000; // the server recognizes a repeated id for five minutes; half a minute is for the way
const TICK = 30_000; // how often the clock is looked at ...
const JUMP = 120_000; // ... and by how much it is late after a sleep; in hidden tabs it is late by a minute
const HELD = 1_000; // messages of a room in memory; more are read from history when there is room again
const PAGE = 100;
const INBOX = '@';

/** Nobody's fault; asking again may help. */
const TRANSIENT = new Set(['closed', 'timeout', 'unavailable', 'rate_limited']);

export class ChatError extends Error {
  /** @param {import('./chatevents.d.ts').ChatErrorCode} code @param {string} message @param {object} [details] */
  constructor(code, message, details) {
    super(message);
    Object.assign(this, details);
    this.name = 'ChatError';
    this.code = code;
  }
}

const closed = (why, details) => new ChatError('closed', why, details);
const late = () => new ChatError('timeout', 'There was no answer in time.');
const errorOf = ({ code, error, type, id, ...details }) => new ChatError(code, error, details);
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');

/** Nobody has to wait for it: a rejection that is ignored would end a Node process. */
const quiet = promise => (promise.catch(() => {}), promise);

function deferred() {
  const it = /** @type {any} */ ({});
  it.promise = quiet(new Promise((resolve, reject) => Object.assign(it, { resolve, reject })));
  return it;
}

class Events {
  #handlers = {};

  on(event, handler) {
    const handlers = (this.#handlers[event] ??= new Set());
    handlers.add(handler);
    return () => void handlers.delete(handler);
  }

  /** Calls all handlers. Returns the promises of those that are not done yet; none of them rejects. */
  _emit(event, value, report) {
    const unfinished = [];
    for (const handler of [...(this.#handlers[event] ?? [])]) {
      try {
        const result = handler(value);
        if (typeof result?.then === 'function') unfinished.push(Promise.resolve(result).catch(report));
      } catch (error) {
        report(error);
      }
    }
    return unfinished;
  }

  _listens(event) {
    return this.#handlers[event]?.size > 0;
  }
}

class Connection {
  /** Why it ended; undefined while it lives. */
  over;
  hello;
  dueAt;
  renewal;
  #client;
  #socket;
  #opened = deferred();
  #waiting = new Map(); // requests by id
  #count = 0;
  #frames = 0;
  #trafficAt;
  #timer; // of the handshake, then of the silence
  #isRetired = false;

  constructor(client, url, protocols) {
    this.#client = client;
    const socket = (this.#socket = new client._options.WebSocket(url, protocols));
    this.#timer = client._timer(client._options.patience, () => this.end(closed('The handshake took too long.')));
    let status;
    socket.onopen = () => {
      this.#listen(client._options.silence);
      this.#opened.resolve();
    };
    socket.onmessage = ({ data }) => this.#hear(data);
    // Browsers hide the status of a refused handshake; the package ws has it in this message.
    socket.onerror = ({ message }) => (status = Number(/response: (\d{3})/.exec(message)?.[1]) || status);
    socket.onclose = ({ code }) => this.end(closed(status ? `The handshake was answered with ${status}.` : `The connection ended with ${code}.`, { status, closeCode: code }));
  }

  get opened() {
    return this.#opened.promise;
  }

  /** Resolves to the answer. Rejects with the error of the answer, with `closed`, or with `timeout` on a connection that lives. */
  request(frame) {
    if (this.over) return quiet(Promise.reject(this.over));
    const { promise, resolve, reject } = deferred();
    const id = frame.id ?? String(++this.#count);
    const text = JSON.stringify({ ...frame, id });
    const heard = this.#frames;
    const timer = this.#client._timer(this.#client._options.patience, () => {
      if (this.#frames === heard) return this.end(closed('The connection does not answer.'));
      this.#waiting.delete(id);
      reject(late());
    });
    this.#waiting.set(id, { resolve, reject, timer, size: text.length });
    this.#socket.send(text);
    this.#trafficAt = this.#client._now();
    return promise;
  }

  /** A connection that is dead ends by it. */
  probe() {
    if (this.#client._now() - this.#trafficAt > this.#client._options.silence / 0.9) this.end(closed('The connection was silent for too long.'));
    else this.request({ action: 'ping' });
  }

  /** Ends it when it has answered what it was asked. */
  retire() {
    const replaced = () => this.end(closed('The connection was replaced.'), true);
    if (this.#waiting.size === 0) return replaced();
    if (!this.#isRetired) this.#client._timer(this.#client._options.patience, replaced);
    this.#isRetired = true;
  }

  end(reason, politely = false) {
    if (this.over) return;
    this.over = reason;
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // ws tells even of a close during the handshake
    if (socket.terminate && !politely) socket.terminate();
    else socket.close();
    this.#client._clear(this.#timer);
    this.#opened.reject(reason);
    // 1009 answers a frame that is too large; sent again, it would end the next connection, too.
    [...this.#waiting.values()].sort((a, b) => b.size - a.size).forEach(({ reject, timer }, i) => {
      this.#client._clear(timer);
      reject(reason.closeCode === 1009 && i === 0 ? new ChatError('too_large', 'The message is too large.') : reason);
    });
    this.#waiting.clear();
    this.#client._ended(this);
  }

  #listen(wait) {
    this.#trafficAt ??= this.#client._now();
    this.#client._clear(this.#timer);
    this.#timer = this.#client._timer(wait, () => {
      const left = this.#client._options.silence - (this.#client._now() - this.#trafficAt);
      if (left <= 0) this.probe();
      if (!this.over) this.#listen(left > 0 ? left : this.#client._options.silence);
    });
  }

  #hear(data) {
    this.#frames++;
    this.#trafficAt = this.#client._now();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    // API Gateway's own errors do not name the frame that they answer.
    const id = frame?.type || this.#waiting.size !== 1 ? frame?.id : this.#waiting.keys().next().value;
    const asked = this.#waiting.get(id);
    if (!asked) return this.#client._hear(frame);
    this.#waiting.delete(id);
    this.#client._clear(asked.timer);
    if (!frame.type) asked.reject(new ChatError('unavailable', frame.message));
    else if (frame.type === 'error') asked.reject(errorOf(frame));
    else asked.resolve(frame);
    if (this.#isRetired) this.retire();
  }
}

/** @implements {RoomApi} */
class Room extends Events {
  #client;
  #joined; // deferred of join(); undefined when nobody wants to be in the room
  #on; // the connection that is in the room
  #leaving;
  #position; // epoch and number of the last message that went into the queue; unknown before the first join
  #target = 0; // the highest number that is known to exist
  #held = new Map(); // live messages behind a hole, by number
  #isFilling = false;
  #queue = []; // events that the handlers have not had yet
  #isEmitting = false;
  #drained = () => {};

  constructor(client, name, after) {
    super();
    this.#client = client;
    this.name = name;
    this.#position = after && { ...after };
  }

  get position() {
    return this.#position && { ...this.#position };
  }

  subscribe(handler) {
    const stop = this.on('message', handler);
    this.join();
    return stop;
  }

  join() {
    if (!this.#joined) {
      this.#joined = deferred();
      this._attach(this.#client._connection);
    }
    return this.#joined.promise;
  }

  leave() {
    const isIn = this.#on && this.name !== INBOX;
    this.#quit(closed(`The room ${this.name} was left.`));
    this.#on = this.#position = undefined;
    this.#target = this.#queue.length = 0;
    this.#held.clear();
    if (isIn) this.#leaving = quiet(this.#client.ask({ action: 'leave', room: this.name }).then(() => {}));
    return isIn ? this.#leaving : Promise.resolve();
  }

  send(message, options) {
    return this.#client._send({ room: this.name, message }, options);
  }

  /** @param {any} options */
  async history({ before, epoch, limit = 50 } = {}) {
    const page = await this.#client.ask({ action: 'history', room: this._id, before, epoch, limit });
    const messages = page.messages.sort((a, b) => a.seq - b.seq).map(message => ({ ...message, room: this.name, epoch: page.epoch }));
    const next = page.more && messages.length > 0 ? () => this.history({ before: messages[0].seq, epoch: page.epoch, limit }) : null;
    return { messages, complete: page.complete, next };
  }

  /** @param {any} options */
  async members({ next } = {}) {
    const { type, id, room, ...page } = await this.#client.ask({ action: 'who', room: this._id, next });
    return page;
  }

  remove(seq) {
    return quiet(this.#client.ask({ action: 'remove', room: this._id, seq, epoch: this.#position?.epoch }).then(() => {}));
  }

  /** The server's name of it. */
  get _id() {
    return (this.name === INBOX && this.#client.info?.rooms.find(room => room.startsWith(INBOX))) || this.name;
  }

  /** The connection that is in the room. If nobody wants to be in it, any will do, and the server says what it allows. */
  get _connection() {
    return this.#joined ? this.#on : this.#client._connection;
  }

  /** Joins by this connection and catches up. */
  async _attach(connection) {
    await this.#leaving?.catch(() => {});
    for (let attempt = 0; this.#joined && connection && !connection.over && this.#on !== connection; attempt++) {
      try {
        const { type, epoch, seq } = await this.#enter(connection);
        if (!this.#joined || this.#on === connection) return;
        if (type === 'left') throw new ChatError('unavailable', 'An earlier leave came later.');
        this.#on = connection;
        this.#joined.resolve();
        this.#client._changed();
        if (this.#position) this.#learn(epoch, seq);
        else this.#position = { epoch, seq };
        this.#advance();
      } catch (error) {
        if (!TRANSIENT.has(error.code)) {
          this.#quit(error);
          return this.#client._report(error);
        }
        if (error.code !== 'closed') await this.#client._backOff(error, attempt);
      }
    }
  }

  async #enter(connection) {
    if (this._id === INBOX) throw new ChatError('forbidden', 'A guest has no inbox.');
    if (this.name !== INBOX) {
      const answer = await connection.request({ action: 'join', room: this.name });
      if (answer.type === 'left' || answer.seq !== undefined) return answer;
    }
    // Nobody joins a user's own room, and the server may not know yet how far a room is; the newest message tells.
    const { epoch, messages } = await connection.request({ action: 'history', room: this._id, limit: 1 });
    return { epoch, seq: messages.at(-1)?.seq ?? 0 };
  }

  #quit(error) {
    this.#joined?.reject(error);
    this.#joined = undefined;
    this.#client._changed();
  }

  _message(message) {
    if (!this.#joined) return;
    if (!this.#position || this.#learn(message.epoch, message.seq)) {
      if (this.#held.size < HELD) this.#held.set(message.seq, message);
    }
    this.#advance();
  }

  _removed({ seq }) {
    this.#tell('removed', { room: this.name, seq });
  }

  /** That a number exists. A new epoch is believed when history confirms it; an empty room gets its epoch with the first message. */
  #learn(epoch, seq) {
    this.#position.epoch ??= epoch;
    const isSame = !epoch || epoch === this.#position.epoch;
    this.#target = isSame ? Math.max(this.#target, seq) : Infinity;
    return isSame;
  }

  /** Hands on what follows without a hole, and has the next hole filled. */
  #advance() {
    const position = this.#position;
    if (!position) return;
    for (const seq of this.#held.keys()) if (seq <= position.seq) this.#held.delete(seq);
    while (this.#queue.length < HELD && this.#held.has(position.seq + 1)) {
      const next = this.#held.get(position.seq + 1);
      this.#held.delete(next.seq);
      this.#accept(next);
    }
    this.#target = Math.max(this.#target, ...this.#held.keys());
    if (position.seq < this.#target) this.#fill();
  }

  async #fill() {
    if (this.#isFilling) return;
    this.#isFilling = true;
    for (let attempt = 0, vain = 0; this.#position?.seq < this.#target && this.#on && !this.#on.over;) {
      let error;
      try {
        if (this.#queue.length >= HELD / 2) await new Promise(resolve => (this.#drained = () => resolve(0)));
        else if (await this.#readPage(this.#position)) attempt = vain = 0;
        else attempt = ++vain;
      } catch (failure) {
        error = failure;
        attempt++;
        if (!TRANSIENT.has(error.code)) vain++;
      }
      if (vain > 2) {
        vain = 0;
        if (error) this.#client._report(error);
        this.#skipTo(this.#held.size > 0 ? Math.min(...this.#held.keys()) - 1 : this.#target);
      } else if (attempt > 0 && error?.code !== 'closed') {
        await this.#client._backOff(error ?? {}, attempt);
      }
      this.#advance();
    }
    this.#isFilling = false;
  }

  /** Returns whether that has brought anything. */
  async #readPage(position) {
    const { epoch, seq } = position;
    const page = await this.#on.request({ action: 'history', room: this._id, after: seq, epoch, limit: PAGE });
    if (this.#position !== position) return true; // left in the meantime
    if (page.epoch && epoch && page.epoch !== epoch) {
      this.#position = { epoch: page.epoch, seq: 0 };
      this.#target = Infinity;
      this.#held.clear();
      this.#discontinue();
      return true;
    }
    position.epoch ??= page.epoch;
    for (const message of page.messages.sort((a, b) => a.seq - b.seq)) {
      if (message.seq > position.seq + 1) this.#skipTo(message.seq - 1);
      if (message.seq > position.seq) this.#accept(message);
    }
    if (this.#target === Infinity && !page.more) this.#target = position.seq;
    return position.seq > seq || position.seq >= this.#target;
  }

  #skipTo(seq) {
    const from = this.#position.seq + 1;
    if (seq === Infinity || seq < from) return void (this.#target = from - 1);
    this.#position.seq = seq;
    this.#discontinue({ from, to: seq });
  }

  #discontinue(missed) {
    this.#tell('discontinuity', { room: this.name, recovered: false, missed });
  }

  #accept(message) {
    this.#position.seq = message.seq;
    if (!message.removed) this.#tell('message', { ...message, room: this.name, epoch: this.#position.epoch });
  }

  /** The next event when the handlers are done with the one before, also those that return a promise. */
  async #tell(event, value) {
    this.#queue.push([event, value]);
    if (this.#isEmitting) return;
    this.#isEmitting = true;
    while (this.#queue.length > 0) {
      const unfinished = this._emit(...this.#queue.shift(), error => this.#client._report(error));
      if (unfinished.length > 0) await Promise.all(unfinished);
      if (this.#queue.length < HELD / 2) this.#drained();
    }
    this.#isEmitting = false;
  }
}

/** @implements {ClientApi} */
export class ChatClient extends Events {
  state = /** @type {import('./chatevents.d.ts').ChatState} */ ('closed');
  info;
  _connection;
  #url;
  #rooms = new Map();
  #life; // of this connect(), until close()
  #opened; // deferred of connect()
  #dialing; // the life that is making a connection
  #next; // that connection
  #refused; // the token that the server refused
  #wake = () => {}; // ends the wait before the next attempt
  #asks = new Set(); // what has not been answered
  #lanes = new Map(); // by room or user, the end of the last message that waits
  #queued = 0;
  #paceAt = 0;
  #change = deferred();
  #ticker;
  #look = () => this.#lookAround();

  constructor(url, options = {}) {
    super();
    const clock = { now: () => Date.now(), setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: timer => clearTimeout(timer) };
    this._options = /** @type {any} */ ({ ...defaults, random: Math.random, client: randomId(), WebSocket: globalThis.WebSocket, clock, ...options });
    if (!this._options.WebSocket) throw new TypeError('There is no WebSocket here. Give one as an option, such as that of the package ws.');
    this.#url = new URL(url);
  }

  get inbox() {
    return this.room(INBOX);
  }

  /** @param {string} name @param {any} options */
  room(name, { after } = {}) {
    if (!this.#rooms.has(name)) this.#rooms.set(name, new Room(this, name, after));
    return this.#rooms.get(name);
  }

  connect() {
    if (this.#life) {
      this.#wake();
    } else {
      this.#life = {};
      this.#opened = deferred();
      globalThis.addEventListener?.('online', this.#look);
      this.#tick(this._now());
      this.#dial(0);
    }
    return this.#opened.promise;
  }

  close(error = closed('The client was closed.')) {
    if (!this.#life) return;
    const connections = [this._connection, this.#next];
    this.#life = this._connection = this.#next = this.#refused = undefined;
    globalThis.removeEventListener?.('online', this.#look);
    this._clear(this.#ticker);
    for (const connection of connections) connection?.end(error, true);
    this.#wake();
    this.#opened.reject(error);
    for (const ask of [...this.#asks]) ask.reject(error);
    this.#show('closed', error);
  }

  sendTo(user, message, options) {
    return this._send({ to: user, message }, options);
  }

  // ---- Connections

  /** Makes a connection, in as many attempts as it takes. It may replace one that is in use. */
  async #dial(delay, error) {
    const life = this.#life;
    if (this.#dialing === life) return this.#wake();
    this.#dialing = life;
    for (let attempt = 0; life === this.#life; delay = this.#jitter(attempt++)) {
      if (delay > 0) {
        this.#show('waiting', error, delay);
        const { promise, resolve } = deferred();
        const timer = this._timer(delay, resolve, true);
        this.#wake = () => (this._clear(timer), resolve());
        await promise;
        if (life !== this.#life) return;
      }
      this.#show('connecting', error);
      try {
        const connection = await this.#connect(life);
        if (connection.over) throw connection.over;
        this.#dialing = undefined;
        return this.#use(connection);
      } catch (failure) {
        if (life !== this.#life) return;
        error = failure instanceof ChatError ? failure : new ChatError('unavailable', String(failure?.message ?? failure), { cause: failure });
        const isRefused = error.code === 'unauthorized' || error.code === 'forbidden';
        if (isRefused && !this._connection) this.close(error);
      }
    }
  }

  async #connect(life) {
    const token = await this.#token();
    if (this.#refused && this.#refused.token === token) throw this.#refused.error;
    if (life !== this.#life) throw closed('The client was closed.');
    const url = new URL(this.#url);
    if (!token) url.searchParams.set('client', this._options.client);
    const connection = (this.#next = new Connection(this, url.href, token ? ['chatevents.v1', `bearer.${token}`] : ['chatevents.v1']));
    try {
      await connection.opened;
      connection.hello = this.info = await connection.request({ action: 'hello' });
      if (this._connection) await this.#join(connection);
      return connection;
    } catch (error) {
      connection.end(error);
      if (error.status !== 401 && error.status !== 403) throw error;
      const refusal = new ChatError(error.status === 401 ? 'unauthorized' : 'forbidden', error.message, { status: error.status });
      if (!this._options.token) throw refusal;
      this.#refused = { token, error: refusal };
      throw error;
    }
  }

  async #token() {
    const { promise, resolve, reject } = deferred();
    const timer = this._timer(3 * this._options.patience, () => reject(late()));
    new Promise(ask => ask(this._options.token?.())).then(resolve, reject);
    return promise.finally(() => this._clear(timer));
  }

  #join(connection) {
    return Promise.all([...this.#rooms.values()].map(room => room._attach(connection)));
  }

  #use(connection) {
    const old = this._connection;
    this._connection = connection;
    this.#next = this.#refused = undefined;
    const { connectedAt, expiresAt } = connection.hello;
    const life = Math.min(this._options.lifetime, Date.parse(expiresAt) - Date.parse(connectedAt) || Infinity);
    // Of two hours, the last 5 to 15 minutes are left; of the time of a token, as large a part, but enough to connect.
    const left = Math.max((life * (1 + 2 * this._options.random())) / 24, Math.min(30_000, life / 2));
    const renewAfter = Math.max(this._options.maxDelay, life - left);
    connection.dueAt = this._now() + renewAfter;
    connection.renewal = this._timer(renewAfter, () => this.#dial(0));
    this.#show('open');
    this.#opened.resolve();
    this._changed();
    this.#join(connection);
    old?.retire();
  }

  _ended(connection) {
    this._clear(connection.renewal);
    if (connection !== this._connection) return;
    this._connection = undefined;
    if (this.#dialing === this.#life) this.#show('connecting', connection.over);
    // At once if its time was over, else spread: all clients of a gateway that restarts come back.
    this.#dial(this._now() >= connection.dueAt ? 0 : this.#jitter(0), connection.over);
  }

  #jitter(attempt) {
    return this._options.random() * Math.min(this._options.maxDelay, this._options.minDelay * 2 ** attempt);
  }

  #show(state, error, delay) {
    if (this._connection) state = 'open';
    const previous = this.state;
    this.state = state;
    if (state !== previous) this._emit('state', { state, previous, error, delay }, failure => this._report(failure));
  }

  /** A clock that is late by minutes has slept. */
  #tick(at) {
    this.#ticker = this._timer(TICK, () => {
      if (this._now() - at > TICK + JUMP) this.#look();
      this.#tick(this._now());
    });
  }

  /** After a sleep, and when the network is back. */
  #lookAround() {
    for (const ask of [...this.#asks]) if (this._now() >= ask.until) ask.reject(late());
    this._connection?.probe();
    this.#wake();
  }

  // ---- Frames

  _hear(frame) {
    if (frame?.type === 'error') return this._report(errorOf(frame));
    const room = this.#rooms.get(frame?.room) ?? this.#rooms.get(frame?.room?.[0] === INBOX ? INBOX : undefined);
    if (frame?.type === 'message') room?._message(frame);
    if (frame?.type === 'removed') room?._removed(frame);
  }

  /** @param {any} message @param {any} options */
  _send({ room, to, message }, { data, id = randomId(), timeout } = {}) {
    const { promise, resolve, reject } = deferred();
    if (this.#queued >= this._options.maxQueue) {
      reject(new ChatError('queue_full', `${this.#queued} messages are waiting to be sent.`));
      return promise;
    }
    this.#queued++;
    // One after the other: API Gateway may run two frames of a connection at once.
    const lane = room ?? INBOX + to;
    const turn = this.#lanes.get(lane);
    const done = this.ask({ action: 'onMessage', id, room, to, message, data }, timeout, turn)
      .then(({ messageId }) => resolve({ id, messageId }), reject)
      .then(() => {
        this.#queued--;
        if (this.#lanes.get(lane) === done) this.#lanes.delete(lane);
      });
    this.#lanes.set(lane, done);
    return promise;
  }

  /** Sends a frame until it is answered or its time is over, by as many connections as it takes. */
  ask(frame, timeout = this._options.sendTimeout, turn = undefined) {
    const ask = deferred();
    this.#asks.add(ask);
    this.#until(ask, this._now() + timeout);
    this.#try(frame, ask, turn).then(ask.resolve, ask.reject);
    return quiet(ask.promise.finally(() => {
      this._clear(ask.timer);
      this.#asks.delete(ask);
    }));
  }

  #until(ask, time) {
    if (ask.until <= time) return;
    this._clear(ask.timer);
    ask.until = time;
    ask.timer = this._timer(time - this._now(), () => ask.reject(late()));
  }

  async #try(frame, ask, turn) {
    await turn;
    for (let attempt = 0; this.#asks.has(ask);) {
      const connection = (this.#rooms.get(frame.room) ?? this)._connection;
      if (!connection || connection.over) {
        await this.#change.promise;
        continue;
      }
      if (frame.action === 'onMessage' && attempt === 0) {
        await this.#pace(connection.hello.limits?.messagesPerSecond);
        this.#until(ask, this._now() + SAFE_TO_REPEAT);
      }
      if (!this.#asks.has(ask) || this._now() >= ask.until) break; // timers stand still in a sleep
      try {
        attempt++;
        return await connection.request(frame);
      } catch (error) {
        if (!TRANSIENT.has(error.code)) throw error;
        if (error.code !== 'closed') await this._backOff(error, attempt);
      }
    }
    throw late();
  }

  /** The server accepts what comes faster, but does not deliver it. */
  async #pace(perSecond) {
    const now = this._now();
    if (!(perSecond > 0)) return;
    if (this.#paceAt < now || this.#paceAt > now + 60_000) this.#paceAt = now;
    this.#paceAt += 1000 / perSecond;
    const wait = this.#paceAt - 1000 - now;
    if (wait > 0) await new Promise(resolve => this._timer(wait, resolve));
  }

  _backOff({ retryAfter }, attempt) {
    const wait = retryAfter ? retryAfter * 1000 : this._options.minDelay / 2 + this.#jitter(attempt);
    return new Promise(resolve => this._timer(wait, resolve));
  }

  /** What a waiting message waits for may have happened. */
  _changed() {
    const change = this.#change;
    this.#change = deferred();
    change.resolve();
  }

  _report(error) {
    if (this._listens('error')) this._emit('error', error, console.error);
    else console.error(error);
  }

  // ---- Time

  _now() {
    return this._options.clock.now();
  }

  /** In Node, the process may end while it runs, except before a reconnect. */
  _timer(ms, run, holdsProcess = false) {
    const timer = this._options.clock.setTimeout(run, ms);
    if (!holdsProcess) timer?.unref?.();
    return timer;
  }

  _clear(timer) {
    this._options.clock.clearTimeout(timer);
  }
}
