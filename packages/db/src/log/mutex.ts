/** Runs one piece of work at a time, in the order in which they came. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Work that waits or is under way. */
  get length(): number {
    return this.#length;
  }

  /** Resolves or rejects as the work does, once it was its turn. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#length += 1;
    const result = this.#last.then(work).finally(() => {
      this.#length -= 1;
    });
    this.#last = result.catch(() => {});
    return result;
  }
}
