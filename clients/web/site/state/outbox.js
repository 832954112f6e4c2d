import { randomId } from '../random.js';

/** Repeated under the same id within this time, a message is one message; the server's five minutes, less the way. */
const SAFE_TO_REPEAT = 270_000;

/**
 * One's own messages until they are heard. `state`: `sending`, then `accepted` by the server; or `failed`, with the `error`. What was heard
 * is in the timeline.
 */
export class Outbox {
  entries = [];
  #now;
  #refused = new Map(); // errors by message id that came before the answer

  constructor(now = () => Date.now()) {
    this.#now = now;
  }

  get isWaiting() {
    return this.entries.some(({ state }) => state === 'sending');
  }

  of(conversation) {
    return this.entries.filter(entry => entry.conversation === conversation);
  }

  add(conversation, text) {
    const entry = { kind: 'own', conversation, id: randomId(), text, at: this.#now(), state: 'sending', version: 0 };
    this.entries.push(entry);
    return entry;
  }

  accepted(entry, messageId) {
    entry.messageId = messageId;
    if (this.#refused.has(messageId)) this.failed(entry, this.#refused.get(messageId));
    else this.#show(entry, 'accepted');
  }

  failed(entry, error) {
    entry.error = error;
    this.#show(entry, 'failed');
  }

  /** The server refused a message after it had accepted it. Returns whether it is one of these. */
  refused(messageId, error) {
    const entry = this.entries.find(own => own.messageId === messageId);
    if (entry) this.failed(entry, error);
    else if (this.isWaiting) this.#refused.set(messageId, error);
    return this.isWaiting || entry !== undefined;
  }

  /** Before it is sent again. Nobody knows whether a message without an answer has arrived; under its id it cannot arrive twice. */
  again(entry) {
    if (entry.error?.code !== 'timeout' || this.#now() - entry.at > SAFE_TO_REPEAT) Object.assign(entry, { id: randomId(), at: this.#now() });
    entry.messageId = entry.error = undefined;
    this.#show(entry, 'sending');
  }

  /** It is in the timeline now, or nobody wants it any more. */
  take(id) {
    this.entries = this.entries.filter(entry => entry.id !== id);
  }

  #show(entry, state) {
    entry.state = state;
    entry.version++;
  }
}
