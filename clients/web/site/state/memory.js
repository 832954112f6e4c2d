/**
 * What this browser remembers of one person: the rooms, how far each was heard and read, and which conversation was open. Without storage
 * nothing is remembered.
 */
export class Memory {
  #storage;
  #key;
  #schedule;
  #due;

  /** @param schedule calls a function in a moment, so that a thousand messages are written once */
  constructor(storage, key, schedule = run => setTimeout(run, 500)) {
    this.#storage = storage;
    this.#key = key;
    this.#schedule = schedule;
  }

  read() {
    try {
      const value = JSON.parse(this.#storage.getItem(this.#key) ?? 'null');
      return value && typeof value === 'object' ? value : {};
    } catch {
      return {};
    }
  }

  /** `take` returns what is to be remembered, then. */
  save(take) {
    if (!this.#due) this.#schedule(() => this.flush());
    this.#due = take;
  }

  flush() {
    const take = this.#due;
    this.#due = undefined;
    try {
      if (take) this.#storage.setItem(this.#key, JSON.stringify(take()));
    } catch {
      // Full, or forbidden.
    }
  }
}
