import { storeUnavailable } from '@footfall/core';

/** The longest pause between two polls of the queue, in milliseconds; shorter near its front. */
const LONGEST_PAUSE_MS = 30;

/** A caller that has not polled for this long is considered gone, in milliseconds. */
const GONE_MS = 150;

/**
 * A fair mutex for runtimes where a request may end without notice. Each caller polls with its own timer, so that none
 * depends on another to wake it. Callers that are gone are skipped, and a lock that is never released expires.
 */
export class TimedMutex {
  readonly #leaseMs: number;
  #holder: object | undefined;
  #until = -Infinity;
  #queue: { polledAt: number }[] = [];

  /** @param leaseMs how long a caller may hold the lock; a caller waits for nearly as long to get it */
  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /**
   * Runs `work` while holding the lock.
   * @throws {FootfallError} SERVICE_UNAVAILABLE if the lock could not be acquired in time; what `work` throws
   */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const me = { polledAt: began };
    this.#queue.push(me);
    for (let place = this.#placeOf(me); place > 0; place = this.#placeOf(me)) {
      if (me.polledAt - began > 0.9 * this.#leaseMs) {
        this.#leave(me);
        throw storeUnavailable();
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(place, LONGEST_PAUSE_MS)));
    }
    this.#leave(me);
    this.#holder = me;
    this.#until = me.polledAt + this.#leaseMs;
    try {
      return await work();
    } finally {
      if (this.#holder === me) this.#holder = undefined;
    }
  }

  /** The number of callers ahead: 0 when the lock is free for this one. */
  #placeOf(me: { polledAt: number }): number {
    const now = (me.polledAt = performance.now());
    this.#queue = this.#queue.filter(({ polledAt }) => now - polledAt < GONE_MS);
    const isTaken = this.#holder !== undefined && now < this.#until;
    return this.#queue.indexOf(me) + (isTaken ? 1 : 0);
  }

  #leave(me: object): void {
    this.#queue = this.#queue.filter((waiting) => waiting !== me);
  }
}
