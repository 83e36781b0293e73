import { compareStanding, storeUnavailable } from '@footfall/core';
import type { Database } from './dialect.ts';
import type { Reader } from './store.ts';
import { summaryOf, summaryStatements, type Summary } from './summary.ts';

/** How often it is looked whether a time window has moved, while someone reads, in milliseconds (API.md, Words). */
export const WINDOW_MS = 5_000;

/** When, and for whom, the summaries are read. */
export interface Asked {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Where the local day of that begins. */
  readonly day: number;
  /** The country whose share of visitors is told. */
  readonly country: string | undefined;
  /** What was read before. */
  readonly last: Summary | undefined;
}

/**
 * Reads the summaries. Where a window has moved and no commit came, their numbers are others under the same version:
 * then the version grows.
 */
export async function readSummary(
  { database, publicReader }: { readonly database: Database; readonly publicReader: Reader },
  { now, day, country, last }: Asked,
): Promise<Summary> {
  try {
    const summary = summaryOf(await publicReader.batch(summaryStatements(now, day)), country);
    if (last === undefined || !hasMoved(last, summary)) return summary;
    await database.execute('update visitor_stats set version = version + 1');
    return summaryOf(await publicReader.batch(summaryStatements(now, day)), country);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

function hasMoved(before: Summary, after: Summary): boolean {
  return compareStanding(before.stats, after.stats) === 0 && JSON.stringify(before) !== JSON.stringify(after);
}
