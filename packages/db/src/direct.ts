import { storeUnavailable } from '@footfall/core';
import { Kysely } from 'kysely';
import { readAnalytics } from './analytics.ts';
import { LibsqlDialect } from './dialect.ts';
import { compileFold, type Entry, type Written } from './fold.ts';
import { Failures } from './failures.ts';
import { forgetBefore, forgetVisitors } from './forget.ts';
import { readNotCounted } from './ledger.ts';
import { numbersOf, topPagesOf, totalOf } from './published.ts';
import { compileReads } from './reads.ts';
import { compileSalts } from './salts.ts';
import { FOLD_DEFAULTS, utcDayOf, type Connection, type Store, type StoreOptions } from './store.ts';
import type { Tables } from './schema.ts';
import { readSummary } from './summaries.ts';
import { Turns } from './turns.ts';

/**
 * A store that keeps nothing between two calls: each page view is a commit of its own, each number is read. It is for
 * where nothing can be kept, because requests share no connection and no timer runs between them. Its tables are made
 * beforehand (`migrateConnection`): many first calls at once would be in each other's way.
 */
export function directStore(
  connection: Connection,
  { onCommit, ...options }: Omit<StoreOptions, 'capacity'> = {},
): Store {
  const { database, reader, publicReader, patienceMs, close } = connection;
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  const fold = compileFold(db, { ...FOLD_DEFAULTS, ...options });
  const { country, dayOf = utcDayOf } = options;
  const failures = new Failures(database);
  const salts = compileSalts(db, database);
  const reads = compileReads(db, database);
  // From eight writers at once on, a sqld was seen to commit nothing for seconds, and the more the longer.
  const turns = new Turns(patienceMs);

  async function commit(batch: readonly Entry[]): Promise<readonly Written[]> {
    const began = performance.now();
    try {
      const { written } = await turns.take(() => fold.commit(database, batch));
      onCommit?.({ size: batch.length, ms: performance.now() - began });
      await failures.record();
      return written;
    } catch (error) {
      onCommit?.({ size: batch.length, ms: performance.now() - began, error });
      failures.add(batch.length, error);
      throw storeUnavailable(error);
    }
  }

  async function numbers(page: string) {
    return numbersOf(await reads.numbers([page]));
  }

  return {
    add: async (report, wantsCount) => (await commit([{ report, wantsCount }]))[0] as Written,
    addAll: (reports) => commit(reports.map((report) => ({ report, wantsCount: false }))),
    salts: async (days) => (await salts(days)).salts,
    count: async (page) => {
      if (page === undefined) return totalOf(await reads.state());
      const { total: _, ...count } = await numbers(page);
      return count;
    },
    numbers,
    topPages: async () => {
      const { state, pages } = await reads.topPages();
      return topPagesOf(state, pages);
    },
    summary: (now) => readSummary(connection, { now, day: dayOf(now), country, last: undefined }),
    analytics: (query) => readAnalytics(reader, query),
    overview: async (query) => {
      const { version } = await reads.state();
      return { ...(await readAnalytics(publicReader, query)), version };
    },
    notCounted: (now) => readNotCounted(publicReader, dayOf(now)),
    forgetBefore: (before) => forgetBefore(database, before),
    forgetVisitors: (visitors) => forgetVisitors(database, visitors),
    follow: () => () => {}, // what others commit is seen by whoever looks
    ping: () => reads.upToDate(),
    waiting: () => 0,
    close,
  };
}
