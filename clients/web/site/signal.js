/** Tells all watchers that something has happened. */
export class Signal {
  #watchers = new Set();

  /** Returns a function that ends it. */
  watch(watcher) {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  tell(value) {
    for (const watcher of [...this.#watchers]) watcher(value);
  }
}
