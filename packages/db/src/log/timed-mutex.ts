import { storeUnavailable } from '@footfall/core';

/** The longest pause between two looks at whose turn it is, in milliseconds; the nearer the turn, the shorter. */
const LONGEST_PAUSE_MS = 30;

/** Who has not looked for so long has gone, in milliseconds. */
const GONE_MS = 150;

/**
 * Lets one caller at a time do something, in the order they came. Each waits on a timer of its own, so that none depends
 * on another being there to wake it: where requests may end without a word, who has gone is passed over, and a turn that
 * was never given back is over when its time is.
 */
export class TimedMutex {
  readonly #leaseMs: number;
  #holder: object | undefined;
  #until = -Infinity;
  #queue: { looked: number }[] = [];

  /** @param turnMs how long a turn may take; for nearly as long a caller waits for its own */
  constructor(turnMs: number) {
    this.#leaseMs = turnMs;
  }

  /**
   * Does something when it is its turn.
   * @throws {FootfallError} SERVICE_UNAVAILABLE when that took too long; what `work` throws
   */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const me = { looked: began };
    this.#queue.push(me);
    for (let place = this.#placeOf(me); place > 0; place = this.#placeOf(me)) {
      if (me.looked - began > 0.9 * this.#leaseMs) {
        this.#leave(me);
        throw storeUnavailable();
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(place, LONGEST_PAUSE_MS)));
    }
    this.#leave(me);
    this.#holder = me;
    this.#until = me.looked + this.#leaseMs;
    try {
      return await work();
    } finally {
      if (this.#holder === me) this.#holder = undefined;
    }
  }

  /** How many are before a caller: 0 when it is its turn. */
  #placeOf(me: { looked: number }): number {
    const now = (me.looked = performance.now());
    this.#queue = this.#queue.filter(({ looked }) => now - looked < GONE_MS);
    const isTaken = this.#holder !== undefined && now < this.#until;
    return this.#queue.indexOf(me) + (isTaken ? 1 : 0);
  }

  #leave(me: object): void {
    this.#queue = this.#queue.filter((waiting) => waiting !== me);
  }
}
