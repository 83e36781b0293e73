import { FootfallError } from '@footfall/core';
import { limitKey, networkKey } from './address.ts';

/** Maximum numbers of live connections. */
export interface ConnectionLimits {
  readonly inAll: number;
  readonly perAddress: number;
  /** For an IPv6 /48: the range of one customer of a provider, or of one rented server. */
  readonly perNetwork: number;
}

/** A client that requests a live connection. */
export interface Client {
  readonly address: string;
  readonly isOwner: boolean;
}

/** Connections reserved for the owner: visitors cannot take them. */
const OWNER_CONNECTIONS = 100;

/** When a refused client may retry, in seconds. */
const RETRY_AFTER_S = 30;

/** Counts live connections: in total, by address and by network, and the owner's separately. */
export class ConnectionLimiter {
  readonly #limits: ConnectionLimits;
  readonly #visitors = new Map<string, number>();
  #total = 0;
  #owners = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection.
   * @returns a function that releases it; calling it again does nothing
   * @throws {FootfallError} TOO_MANY_REQUESTS if the address or its network has too many, SERVICE_UNAVAILABLE if there are
   * too many in total
   */
  admit({ address, isOwner }: Client): () => void {
    if (isOwner) return this.#admitOwner();
    const { inAll, perAddress, perNetwork } = this.#limits;
    const [own, network] = [limitKey(address), networkKey(address)];
    if (this.#count(own) >= perAddress) throw tooMany('address');
    if (network !== undefined && this.#count(network) >= perNetwork) throw tooMany('network');
    if (this.#total >= inAll) throw full();
    const keys = network === undefined ? [own] : [own, network];
    this.#total += 1;
    for (const key of keys) this.#visitors.set(key, this.#count(key) + 1);
    return once(() => {
      this.#total -= 1;
      for (const key of keys) {
        const left = this.#count(key) - 1;
        if (left === 0) this.#visitors.delete(key);
        else this.#visitors.set(key, left);
      }
    });
  }

  #admitOwner(): () => void {
    if (this.#owners >= Math.min(OWNER_CONNECTIONS, this.#limits.inAll)) throw full();
    this.#owners += 1;
    return once(() => {
      this.#owners -= 1;
    });
  }

  #count(key: string): number {
    return this.#visitors.get(key) ?? 0;
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function tooMany(whose: 'address' | 'network'): FootfallError {
  return new FootfallError('TOO_MANY_REQUESTS', `Too many live connections from this ${whose}.`, {
    retryAfter: RETRY_AFTER_S,
  });
}

function full(): FootfallError {
  return new FootfallError('SERVICE_UNAVAILABLE', 'There are too many live connections right now.', {
    retryAfter: RETRY_AFTER_S,
  });
}
