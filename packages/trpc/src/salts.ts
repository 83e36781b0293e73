import { BUILT_AT, requireClock, type Calendar, type Salts } from '@footfall/core';
import type { StoredSalts } from '@footfall/db';

export interface SaltHolderOptions {
  readonly calendar: Pick<Calendar, 'momentOf' | 'previousDay'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Id of the newest database that is known: salts of an earlier one are not used. */
  readonly storeId: () => number | undefined;
  /**
   * Reads the salts of these local days from the store, which makes those that are missing.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly load: (today: number, previous: number, now: number) => Promise<StoredSalts>;
}

/** Two local days may be longer than the 48 hours that a salt lives: the store is asked once an hour what is left. */
const HELD_MS = 60 * 60 * 1000;

/**
 * Holds the salts of today and yesterday, so that a page view needs no question to the store. They are read when first
 * asked for and when the local day turns, by one asker for all; until then the answer is a promise, afterwards it is the
 * salts. A failure is answered to those who waited, and the next one tries again; by a wrong clock the store is not asked.
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
      // One that took until the next day must not stand for what was read since.
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
    // What is over is forgotten, even if nothing new can be read.
    if (held?.day !== day || held.salts.store < (storeId() ?? 0)) held = undefined;
    if (held !== undefined && at - held.at < HELD_MS) return held.salts;
    if (loading?.day !== day) loading = { day, salts: renew(day, at) };
    if (held === undefined) return loading.salts;
    loading.salts.catch(() => {}); // nobody waits for it
    return held.salts;
  };
}
