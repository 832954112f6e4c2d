/** So many messages of a conversation are in memory. The oldest go first; scrolling up reads them again. */
const MOST = 10_000;

/** Of two epochs of a room, the later one is the larger text. */
export const isAfter = (a, b) => (a.epoch === b.epoch ? a.seq > b.seq : (a.epoch ?? '') > (b.epoch ?? ''));

/**
 * What a conversation shows, from old to new: messages, and lines where some are missing for good. The place of each is a number in an
 * epoch. `version` of an entry changes with what it shows.
 */
export class Timeline {
  entries = [];
  #most;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** The oldest message; undefined if there is none. */
  get first() {
    return this.entries.find(({ kind }) => kind === 'message');
  }

  get last() {
    return this.entries.at(-1);
  }

  /** Returns the entry, or undefined if the message is there already. */
  add({ epoch, seq, messageId, from, at, message, tooLarge, removed }) {
    return this.#insert({ kind: 'message', epoch, seq, messageId, from, at, text: message, tooLarge, removed, version: 0 });
  }

  /** Messages were missed for good. `missed` is absent when a new epoch has begun. */
  gap(epoch, missed) {
    return this.#insert({ kind: 'gap', epoch, seq: (missed?.to ?? 0) + 0.5, missed, version: 0 });
  }

  /** Of the latest epoch that has the number: removals do not name one. */
  remove(seq) {
    const entry = this.entries.findLast(entry => entry.kind === 'message' && entry.seq === seq);
    if (!entry || entry.removed) return;
    Object.assign(entry, { removed: true, text: undefined, version: entry.version + 1 });
  }

  #insert(entry) {
    // Almost always at the end, or a page of history before all.
    let at = this.entries.length;
    if (at > 0 && isAfter(this.entries[0], entry)) at = 0;
    else while (at > 0 && isAfter(this.entries[at - 1], entry)) at--;
    const before = this.entries[at - 1];
    if (before && !isAfter(entry, before)) return undefined;
    this.entries.splice(at, 0, entry);
    if (this.entries.length > this.#most && at > 0) this.entries.shift();
    return entry;
  }
}
