import { compareVersions, storeUnavailable, type StoreVersion } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { ReadConnection } from '../connection/contract.ts';
import { statsOf, statsStatements, type StatsSnapshot } from './stats.ts';

/** How often it is looked whether a time window has moved, while someone reads, in milliseconds (docs/api.md, Words). */
export const WINDOW_MS = 5_000;

/** When, and for whom, the summaries are read. */
export interface StatsQuery {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Where the local day of that begins. */
  readonly day: number;
  /** The country whose share of visitors is reported. */
  readonly country: string | undefined;
}

/** Reads the summaries, all of one moment. */
export async function readStats(
  reader: ReadConnection,
  { now, day, country }: StatsQuery,
): Promise<StatsSnapshot> {
  try {
    return statsOf(await reader.batch(statsStatements(now, day)), country);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

/** Makes a new version, unless there is one after a state under which other numbers were published than there are now. */
export const supersede = ({ store, version }: StoreVersion): InStatement => ({
  sql: 'update visitor_stats set version = version + 1 where store = ? and version = ?',
  args: [BigInt(store), BigInt(version)],
});

/** Whether numbers have changed under the same version, because time has gone by. */
export function hasMoved(before: StatsSnapshot | undefined, after: StatsSnapshot): boolean {
  if (before === undefined || compareVersions(before.stats, after.stats) !== 0) return false;
  return JSON.stringify(before) !== JSON.stringify(after);
}
