import { compareVersions, type StoreVersion } from '@footfall/core';

/** What was read last, with the state of all numbers when it was asked for. */
interface Held<T> extends StoreVersion {
  readonly value: T;
  /** When it was asked for, epoch milliseconds. */
  readonly at: number;
}

/** Why something held may be answered: nothing has changed since, and it is not too old. */
export interface Now extends StoreVersion {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether the store does not answer. */
  readonly away: boolean;
}

/**
 * Something that takes long to read, held until a newer version is there or a while has gone by. One read is under way
 * at a time, however many ask and however fast versions follow each other: who asks meanwhile is answered by the next.
 */
export class VersionedCache<T extends object> {
  readonly #read: (last: T | undefined, now: Now) => Promise<T>;
  readonly #heldMs: number;
  #held: Held<T> | undefined;
  #running: Promise<unknown> | undefined;
  #next: Promise<T> | undefined;

  /**
   * @param read reads it; is given what was read last, and the time
   * @param heldMs how long it is answered without being read again
   */
  constructor(read: (last: T | undefined, now: Now) => Promise<T>, heldMs: number) {
    this.#read = read;
    this.#heldMs = heldMs;
  }

  /** As it is now; as it was last known, marked stale, while the store does not answer. */
  async get(now: () => Now): Promise<T & { stale?: true }> {
    const asked = now();
    if (this.#held !== undefined && this.#held.store !== asked.store) this.#held = undefined; // of a lost database
    const held = this.#held;
    if (held !== undefined) {
      if (asked.away) return { ...held.value, stale: true };
      if (compareVersions(held, asked) === 0 && asked.at - held.at < this.#heldMs) return held.value;
    }
    try {
      return await (this.#running === undefined ? this.#start(now) : (this.#next ??= this.#after(now)));
    } catch (error) {
      if (this.#held === undefined || this.#held.store !== now().store) throw error;
      return { ...this.#held.value, stale: true };
    }
  }

  async #after(now: () => Now): Promise<T> {
    await this.#running;
    this.#next = undefined;
    return this.#start(now);
  }

  #start(now: () => Now): Promise<T> {
    const asked = now();
    const { version, store, at } = asked;
    const reading = this.#read(this.#held?.value, asked).then((value) => {
      this.#held = { value, version, store, at };
      return value;
    });
    this.#running = reading
      .catch(() => {})
      .finally(() => {
        this.#running = undefined;
      });
    return reading;
  }
}
