/** Runs one piece of work at a time, in the order in which they came. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  /** Number of waiting and running tasks. */
  get length(): number {
    return this.#length;
  }

  /** Runs work after all earlier work; resolves or rejects as it does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#length += 1;
    const result = this.#last.then(work).finally(() => {
      this.#length -= 1;
    });
    this.#last = result.catch(() => {});
    return result;
  }
}
