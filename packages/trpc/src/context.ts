import type {
  AnalyticsContext,
  Caller,
  LiveUpdate,
  Salts,
  Site,
  StoreVersion,
  VisitsUpdate,
} from '@footfall/core';
import type { Store } from '@footfall/db';
import type { ImportDesk } from './import-desk.ts';
import type { OwnerSettings } from './owner-settings.ts';
import type { OwnerShares } from './owner-shares.ts';

/** The dependencies of every operation: the site, its store, and the sources of time and randomness. */
export interface AppContext {
  /** By the settings of this moment. */
  readonly site: Site;
  readonly settings: OwnerSettings;
  readonly store: Store;
  /** Absent where files cannot be imported. */
  readonly imports?: ImportDesk;
  readonly shares: OwnerShares;
  /**
   * The salts for hashing visitors: returned synchronously except on first use each day.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly salts: () => Salts | Promise<Salts>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A new UUID. */
  readonly newId: () => string;
}

/** What reads depend on: the site, its store and the time. */
export type ReadContext = Pick<AppContext, 'site' | 'store' | 'now'>;

/** The site's calendar at this moment, by which ranges are resolved. */
export function momentOf({ site, now }: Pick<AppContext, 'site' | 'now'>): AnalyticsContext {
  return { calendar: site.calendar, now: now(), identity: site.identity };
}

/** The live numbers. */
export interface Live {
  /**
   * Each state of the numbers that is newer than the given one, beginning with the current one, until `signal` is aborted.
   * States that a slow subscriber does not take in time are skipped.
   * @throws {FootfallError} FORBIDDEN, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE for a caller that may not subscribe
   */
  readonly follow: Follow<LiveUpdate>;
  /** The same with the last page views, for the owner; it ends where the owner's session does. */
  readonly followVisits: Follow<VisitsUpdate>;
}

export type Follow<T> = (after: StoreVersion | undefined, signal: AbortSignal) => AsyncIterable<T>;

/** The context of an event: the above, and its sender. */
export interface EventContext {
  readonly footfall: AppContext;
  readonly caller: Caller;
}

/** Who was let through: the owner, or a program with a key, which only reads. */
export type OwnerProof = 'owner' | 'key';

/** One request to the typed API. */
export interface Context extends EventContext {
  /**
   * Resolves if the caller is the site's owner, or has an API key.
   * @throws {FootfallError} UNAUTHORIZED; TOO_MANY_REQUESTS after too many tries
   */
  readonly requireOwner: () => Promise<OwnerProof>;
  readonly live: Live;
}
