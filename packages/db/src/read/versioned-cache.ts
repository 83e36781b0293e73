import { compareVersions, type StoreVersion } from '@footfall/core';

/** The value read last, with the state of all numbers when its read began. */
interface Cached<T> extends StoreVersion {
  readonly value: T;
  /** When the read began, epoch milliseconds. */
  readonly at: number;
}

/** The current state, which decides whether a cached value is still valid. */
export interface Now extends StoreVersion {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether the store does not answer. */
  readonly unavailable: boolean;
}

/**
 * Caches a value that takes long to read, until there is a newer version or it is too old. Only one read runs at a
 * time, however many callers there are: calls during a read share the next one.
 */
export class VersionedCache<T extends object> {
  readonly #read: (last: T | undefined, now: Now) => Promise<T>;
  readonly #maxAgeMs: number;
  #cached: Cached<T> | undefined;
  #running: Promise<unknown> | undefined;
  #next: Promise<T> | undefined;

  /**
   * @param read reads the value; gets the previous value and the current state
   * @param maxAgeMs how long the value is served without being read again
   */
  constructor(read: (last: T | undefined, now: Now) => Promise<T>, maxAgeMs: number) {
    this.#read = read;
    this.#maxAgeMs = maxAgeMs;
  }

  /** The current value; while the store does not answer, the last known one, marked stale. */
  async get(now: () => Now): Promise<T & { stale?: true }> {
    const asked = now();
    if (this.#cached !== undefined && this.#cached.store !== asked.store) this.#cached = undefined; // of a lost database
    const held = this.#cached;
    if (held !== undefined) {
      if (asked.unavailable) return { ...held.value, stale: true };
      if (compareVersions(held, asked) === 0 && asked.at - held.at < this.#maxAgeMs) return held.value;
    }
    try {
      return await (this.#running === undefined ? this.#start(now) : (this.#next ??= this.#after(now)));
    } catch (error) {
      if (this.#cached === undefined || this.#cached.store !== now().store) throw error;
      return { ...this.#cached.value, stale: true };
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
    const reading = this.#read(this.#cached?.value, asked).then((value) => {
      this.#cached = { value, version, store, at };
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
