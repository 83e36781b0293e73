import { storeUnavailable } from '@footfall/core';
import type { Database } from './dialect.ts';
import type { Reader } from './store.ts';
import { summaryOf, summaryStatements, type Summary } from './summary.ts';

/** How often it is looked whether a time window has moved, while someone reads, in milliseconds (API.md, Words). */
export const WINDOW_MS = 5_000;

/**
 * Reads the summaries. Where a window has moved and no commit came, their numbers are others under the same version:
 * then the version grows.
 * @param last what was read before
 */
export async function readSummary(
  { database, publicReader }: { readonly database: Database; readonly publicReader: Reader },
  { now, country, last }: { now: number; country: string | undefined; last: Summary | undefined },
): Promise<Summary> {
  try {
    const summary = summaryOf(await publicReader.batch(summaryStatements(now)), country);
    if (last === undefined || !hasMoved(last, summary)) return summary;
    await database.execute('update visitor_stats set version = version + 1');
    return summaryOf(await publicReader.batch(summaryStatements(now)), country);
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

function hasMoved({ visitorStats: before }: Summary, { visitorStats: after }: Summary): boolean {
  return before.version === after.version && JSON.stringify(before) !== JSON.stringify(after);
}
