import type { Caller, Site } from '@footfall/core';
import type { Store } from '@footfall/db';

/** What every operation works with: the site, its store, and the two things that would make it unrepeatable. */
export interface Footfall {
  readonly site: Site;
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A new UUID. */
  readonly newId: () => string;
}

/** One request: the above, and who asks. */
export interface Context {
  readonly footfall: Footfall;
  readonly caller: Caller;
}
