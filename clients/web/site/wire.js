import { Signal } from './signal.js';

/** So many frames are kept for the developer's drawer. */
const MOST = 500;

/** What goes over the sockets of the client, for developers to see, and to cut. */
export class Wire {
  changed = new Signal();
  /** From old to new: `{ number, at, kind, text }`; `kind` is `in`, `out`, or `note`. */
  frames = [];
  isCut = false;
  counts = { in: 0, out: 0, connections: 0 };
  #open = new Set();
  #number = 0;
  #now;
  #WebSocket;

  constructor(WebSocket = globalThis.WebSocket, now = () => Date.now()) {
    this.#WebSocket = WebSocket;
    this.#now = now;
  }

  /** A WebSocket for the client. */
  get Socket() {
    const wire = this;
    return class {
      constructor(url, protocols) {
        return wire.#connect(url, protocols);
      }
    };
  }

  /** As if the network was gone: what is on its way is lost, and nobody is told but by silence. The client sees its connection end. */
  cut() {
    if (this.isCut) return;
    this.isCut = true;
    this.#note('The wire is cut.');
    for (const socket of [...this.#open]) socket.lose();
  }

  repair() {
    if (!this.isCut) return;
    this.isCut = false;
    this.#note('The wire is whole again.');
  }

  clear() {
    this.frames = [];
    this.changed.tell();
  }

  #connect(url, protocols) {
    const socket = new TappedSocket((kind, text) => this.#record(kind, text), () => this.#open.delete(socket));
    this.#open.add(socket);
    this.counts.connections++;
    // As if asynchronous, like a network: the client sets its handlers after this.
    if (this.isCut) setTimeout(() => socket.lose());
    else socket.use(new this.#WebSocket(url, protocols));
    return socket;
  }

  #note(text) {
    this.#record('note', text);
  }

  #record(kind, text) {
    if (kind in this.counts) this.counts[kind]++;
    this.frames.push({ number: ++this.#number, at: this.#now(), kind, text });
    if (this.frames.length > MOST) this.frames.splice(0, this.frames.length - MOST);
    this.changed.tell();
  }
}

/** The members of a WebSocket that the client uses. */
class TappedSocket {
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  #record;
  #ended;
  #inner;

  constructor(record, ended) {
    this.#record = record;
    this.#ended = ended;
  }

  use(inner) {
    this.#inner = inner;
    inner.onopen = event => {
      this.#record('note', 'A connection is open.');
      this.onopen?.(event);
    };
    inner.onmessage = event => {
      this.#record('in', event.data);
      this.onmessage?.(event);
    };
    inner.onerror = event => this.onerror?.(event);
    inner.onclose = event => {
      this.#ended();
      this.#record('note', `A connection has ended with ${event.code}.`);
      this.onclose?.(event);
    };
  }

  send(text) {
    this.#record('out', text);
    this.#inner?.send(text);
  }

  close() {
    this.#inner?.close();
  }

  /** Nothing more comes or goes. */
  lose() {
    this.#ended();
    if (this.#inner) {
      this.#inner.onopen = this.#inner.onmessage = this.#inner.onerror = this.#inner.onclose = null;
      this.#inner.close();
      this.#inner = undefined;
    }
    this.onclose?.({ code: 1006 });
  }
}
