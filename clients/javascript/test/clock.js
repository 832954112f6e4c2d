/** Time that moves when a test says so. */
export class FakeClock {
  #now = Date.UTC(2026, 0, 1);
  #timers = new Map();
  #count = 0;

  now = () => this.#now;

  setTimeout = (run, ms) => {
    this.#timers.set(++this.#count, { run, at: this.#now + ms });
    return this.#count;
  };

  clearTimeout = timer => this.#timers.delete(timer);

  /** When the next timers are due, in milliseconds from now. */
  get due() {
    return [...this.#timers.values()].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Runs what becomes due on the way, each at its time, and lets sockets and promises follow. */
  async advance(ms) {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
      const [id, next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (!next || next.at > end) break;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
    await settle();
  }

  /** The machine sleeps: time passes, but timers do not notice. */
  sleep(ms) {
    this.#now += ms;
    for (const timer of this.#timers.values()) timer.at += ms;
  }
}

/** Lets what is on its way through loopback sockets arrive: some turns of the event loop, with no new work in any of the last. */
export async function settle() {
  for (let turn = 0; turn < 8; turn++) await new Promise(resolve => setTimeout(resolve, 0));
}

/** Waits for what needs no clock; fails after some real seconds. */
export async function until(holds, what = holds.toString()) {
  for (const started = performance.now(); !(await holds());) {
    if (performance.now() - started > 8_000) throw new Error(`This did not come to be: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}
