import type { Caller, LiveUpdate, Salts, Site, StoreVersion } from '@footfall/core';
import type { Store } from '@footfall/db';

/** What every operation works with: the site, its store, and what would make it unrepeatable. */
export interface AppContext {
  readonly site: Site;
  readonly store: Store;
  /**
   * What visitors are hashed with: at hand but for the first time each day.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly salts: () => Salts | Promise<Salts>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A new UUID. */
  readonly newId: () => string;
}

/** The numbers as they move. */
export interface Live {
  /**
   * Each state of the numbers that is newer than the one after which they are followed, beginning with the present one, until
   * `signal` says that nobody follows any more. States that a slow follower does not take in time are left out.
   * @throws {FootfallError} FORBIDDEN, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE for one who may not follow
   */
  readonly follow: (after: StoreVersion | undefined, signal: AbortSignal) => AsyncIterable<LiveUpdate>;
}

/** A report: the above, and who sent it. */
export interface EventContext {
  readonly footfall: AppContext;
  readonly caller: Caller;
}

/** One request to the typed API. */
export interface Context extends EventContext {
  /**
   * Resolves when the one who asks is the site's owner.
   * @throws {FootfallError} UNAUTHORIZED; TOO_MANY_REQUESTS after too many tries
   */
  readonly requireOwner: () => Promise<void>;
  readonly live: Live;
}
