import { compareStanding, storeUnavailable, type Standing } from '@footfall/core';
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
import { isAnotherStore } from './store-id.ts';
import {
  FOLD_DEFAULTS,
  REPLICA_LAG_MS,
  utcDayOf,
  type Connection,
  type Store,
  type StoreOptions,
} from './store.ts';
import type { Tables } from './schema.ts';
import { readSummary } from './summaries.ts';
import { Turns } from './turns.ts';

/**
 * A store that caches no number between two calls: each page view is a commit of its own, each number is read. It is for
 * where nothing can be kept, because requests share no connection and no timer runs between them. Its tables are made
 * beforehand (`migrateConnection`): many first calls at once would be in each other's way.
 */
export function directStore(
  connection: Connection,
  { onCommit, onDatabase, replicaLagMs = REPLICA_LAG_MS, ...options }: Omit<StoreOptions, 'capacity'> = {},
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

  /** The newest state that was seen, by which a database that was replaced is recognised, and when one as new was seen last. */
  let known: Standing | undefined;
  let knownAt = -Infinity;

  function learn({ store, version }: Standing): void {
    if (known !== undefined && compareStanding({ store, version }, known) < 0) return;
    const before = known;
    known = { store, version };
    knownAt = performance.now();
    if (before !== undefined && before.store !== store)
      onDatabase?.({ kind: 'replaced', before, after: known });
  }

  async function outrank(published: Standing): Promise<void> {
    learn(await reads.outranking(published));
  }

  /** Reads; where what is read is behind what was seen for longer than a replica may be, the primary is asked, and it is read again. */
  async function current<T>(read: () => Promise<T>, standingOf: (value: T) => Standing): Promise<T> {
    const value = await read();
    const isBehind = known !== undefined && compareStanding(standingOf(value), known) < 0;
    if (!isBehind || performance.now() - knownAt < replicaLagMs) {
      learn(standingOf(value));
      return value;
    }
    knownAt = performance.now(); // one request asks
    if (known !== undefined) await outrank(known);
    return read();
  }

  const state = () => current(reads.state, (read) => read);

  async function commit(batch: readonly Entry[]): Promise<readonly Written[]> {
    const began = performance.now();
    try {
      const { written, state } = await turns.take(() =>
        fold.commit(database, batch, known).catch(async (error) => {
          if (known === undefined || !isAnotherStore(error)) throw error;
          await outrank(known);
          return fold.commit(database, batch, known);
        }),
      );
      learn(state);
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
    return numbersOf(
      await current(
        () => reads.numbers([page]),
        (read) => read,
      ),
    );
  }

  return {
    add: async (report, wantsCount) => (await commit([{ report, wantsCount }]))[0] as Written,
    addAll: (reports) => commit(reports.map((report) => ({ report, wantsCount: false }))),
    salts: async (days) => (await salts(days)).salts,
    count: async (page) => {
      if (page === undefined) return totalOf(await state());
      const { total: _, ...count } = await numbers(page);
      return count;
    },
    numbers,
    topPages: async () => {
      const list = await current(reads.topPages, (read) => read.state);
      return topPagesOf(list.state, list.pages);
    },
    summary: (now) =>
      current(
        () => readSummary(connection, { now, day: dayOf(now), country, last: undefined }),
        ({ stats }) => stats,
      ),
    analytics: (query) => readAnalytics(reader, query),
    overview: async (query) => {
      const { version, store } = await state();
      return { ...(await readAnalytics(publicReader, query)), version, store };
    },
    notCounted: (now) => readNotCounted(publicReader, dayOf(now)),
    forgetBefore: (before) => forgetBefore(database, before),
    forgetVisitors: (visitors) => forgetVisitors(database, visitors),
    follow: () => () => {}, // what others commit is seen by whoever looks
    standing: () => known,
    outrank,
    ping: () => reads.upToDate(),
    waiting: () => 0,
    close,
  };
}
