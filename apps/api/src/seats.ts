import { FootfallError } from '@footfall/core';
import { limitKey } from './address.ts';

/** How many live connections there may be. */
export interface SeatLimits {
  readonly inAll: number;
  readonly perAddress: number;
}

/** When someone who was refused a live connection may ask again, in seconds. */
const RETRY_AFTER_S = 30;

/** The live connections there are, in all and from each address, which is forgotten with its last one. */
export class Seats {
  readonly #limits: SeatLimits;
  readonly #byAddress = new Map<string, number>();
  #taken = 0;

  constructor(limits: SeatLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a seat for a connection.
   * @returns gives it back; more than once does nothing
   * @throws {FootfallError} TOO_MANY_REQUESTS where the address has too many, SERVICE_UNAVAILABLE where there are too many
   */
  take(address: string): () => void {
    const key = limitKey(address);
    const theirs = this.#byAddress.get(key) ?? 0;
    if (theirs >= this.#limits.perAddress) {
      throw new FootfallError('TOO_MANY_REQUESTS', 'Too many live connections from this address.', {
        retryAfter: RETRY_AFTER_S,
      });
    }
    if (this.#taken >= this.#limits.inAll) {
      throw new FootfallError('SERVICE_UNAVAILABLE', 'There are too many live connections right now.', {
        retryAfter: RETRY_AFTER_S,
      });
    }
    this.#taken += 1;
    this.#byAddress.set(key, theirs + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken -= 1;
      const left = (this.#byAddress.get(key) ?? 1) - 1;
      if (left === 0) this.#byAddress.delete(key);
      else this.#byAddress.set(key, left);
    };
  }
}
