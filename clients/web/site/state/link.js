import { Signal } from '../signal.js';

/** After so many failures of a connection with a token that was never open, the token may be why: a browser does not tell. */
const SUSPICIOUS = 3;

/** The connection as a person needs to know it: what is, and what happens next. */
export class Link {
  changed = new Signal();
  #chat;
  #now;
  #hasToken;
  #state = 'closed';
  #backAt;
  #error;
  #failures = 0;
  #lastWord;
  #wasOpen = false;

  constructor(chat, { hasToken = false, now = () => Date.now() } = {}) {
    this.#chat = chat;
    this.#now = now;
    this.#hasToken = hasToken;
    chat.on('state', change => this.#hear(change));
    // The last frame before the chat ends a connection, which answers nothing: the token is over, or somebody was banned.
    chat.on('error', ({ code, messageId, requestId, message }) => {
      if (code === 'forbidden' && !messageId && !requestId) this.#lastWord = message;
    });
  }

  get state() {
    return this.#state;
  }

  /** The token is over or was refused, and the client goes on only with another. */
  get isRefused() {
    return this.#state === 'closed' && (this.#error?.code === 'unauthorized' || this.#error?.code === 'forbidden');
  }

  get reason() {
    return this.#error?.message;
  }

  /** `text` changes only with the state; `countdown` each second; `hint` is what the person may do. */
  describe() {
    const seconds = Math.max(0, Math.ceil((this.#backAt - this.#now()) / 1000));
    switch (this.#state) {
      case 'open':
        return { tone: 'good', text: 'Connected' };
      case 'waiting':
        return { tone: 'bad', text: 'Not connected.', countdown: seconds > 0 ? `Back in ${seconds} s` : 'Back now', hint: this.#hint() };
      case 'connecting':
        return { tone: 'busy', text: this.#wasOpen ? 'Connecting again …' : 'Connecting …', hint: this.#hint() };
      default:
        return { tone: 'bad', text: this.isRefused ? 'Signed out' : 'Disconnected' };
    }
  }

  retry() {
    this.#chat.connect();
  }

  #hint() {
    if (this.#lastWord) return this.#lastWord;
    if (this.#wasOpen || this.#failures < SUSPICIOUS) return undefined;
    return this.#hasToken ? 'Nobody answers, or the token is refused. Sign out to use another.' : 'Nobody answers. Is the chat running?';
  }

  #hear({ state, error, delay = 0 }) {
    this.#state = state;
    this.#error = error;
    if (state === 'open') [this.#wasOpen, this.#lastWord] = [true, undefined];
    if (state === 'waiting') {
      this.#failures++;
      this.#backAt = this.#now() + delay;
    }
    this.changed.tell();
  }
}
