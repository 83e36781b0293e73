import { compareStanding, storeUnavailable, type Standing } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Reader } from '../connection/contract.ts';
import { summaryOf, summaryStatements, type Summary } from './summary.ts';

/** How often it is looked whether a time window has moved, while someone reads, in milliseconds (docs/api.md, Words). */
export const WINDOW_MS = 5_000;

/** When, and for whom, the summaries are read. */
export interface Asked {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Where the local day of that begins. */
  readonly day: number;
  /** The country whose share of visitors is told. */
  readonly country: string | undefined;
}

/** Reads the summaries, all of one moment. */
export async function readSummary(reader: Reader, { now, day, country }: Asked): Promise<Summary> {
  try {
    return summaryOf(await reader.batch(summaryStatements(now, day)), country);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

/** Makes a new version, unless there is one after a state under which other numbers were published than there are now. */
export const supersede = ({ store, version }: Standing): InStatement => ({
  sql: 'update visitor_stats set version = version + 1 where store = ? and version = ?',
  args: [BigInt(store), BigInt(version)],
});

/** Whether numbers have changed under the same version, because time has gone by. */
export function hasMoved(before: Summary | undefined, after: Summary): boolean {
  if (before === undefined || compareStanding(before.stats, after.stats) !== 0) return false;
  return JSON.stringify(before) !== JSON.stringify(after);
}
