import { BUILT_AT, requireClock, type Calendar, type Salts } from '@footfall/core';
import type { StoredSalts } from '@footfall/db';

export interface SaltHolderOptions {
  readonly calendar: Pick<Calendar, 'momentOf' | 'previousDay'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Id of the newest known database: salts of an earlier one are not used. */
  readonly storeId: () => number | undefined;
  /**
   * Reads the salts of these local days from the store, which creates the missing ones.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly load: (today: number, previous: number, now: number) => Promise<StoredSalts>;
}

/** Two local days may be longer than the 48 hours that a salt lives: the store is queried hourly for the remaining ones. */
const HELD_MS = 60 * 60 * 1000;

/**
 * Caches the salts of today and yesterday, so that a page view needs no read from the store. They are read on first use
 * and when the local day changes, once for all callers; until then the result is a promise, afterwards it is the salts.
 * A failure rejects for all who waited, and the next call tries again; with a wrong clock the store is not queried.
 */
export function saltHolder({
  calendar,
  now,
  storeId,
  load,
}: SaltHolderOptions): () => Salts | Promise<Salts> {
  let held: { readonly day: number; readonly at: number; readonly salts: StoredSalts } | undefined;
  let loading: { readonly day: number; readonly salts: Promise<Salts> } | undefined;

  async function renew(day: number, at: number): Promise<Salts> {
    try {
      const salts = await load(day, calendar.previousDay(day), at);
      // A read that lasted until the next day must not replace a newer one.
      if (loading?.day === day) held = { day, at, salts };
      return salts;
    } finally {
      if (loading?.day === day) loading = undefined;
    }
  }

  return () => {
    const at = now();
    if (at < BUILT_AT) {
      return new Promise(() => {
        requireClock(at);
      });
    }
    const { day } = calendar.momentOf(at);
    // Expired salts are discarded, even if no new ones can be read.
    if (held?.day !== day || held.salts.store < (storeId() ?? 0)) held = undefined;
    if (held !== undefined && at - held.at < HELD_MS) return held.salts;
    if (loading?.day !== day) loading = { day, salts: renew(day, at) };
    if (held === undefined) return loading.salts;
    loading.salts.catch(() => {}); // nobody waits for it
    return held.salts;
  };
}
