import { storeUnavailable } from '@footfall/core';
import { Kysely } from 'kysely';
import { readAnalytics } from './analytics.ts';
import { LibsqlDialect } from './dialect.ts';
import { Folder } from './fold/fold.ts';
import { compileAppend, type Entry, type Written } from './log/append.ts';
import { Names } from './log/names.ts';
import type { Write } from './log/write.ts';
import { Failures } from './failures.ts';
import { forgetBefore, forgetIds, forgetVisitors } from './forget.ts';
import { readNotCounted } from './ledger.ts';
import { numbersOf, topPagesOf, totalOf } from './published.ts';
import { compileReads } from './reads.ts';
import { compileSalts } from './salts.ts';
import { FOLD_DEFAULTS, utcDayOf, type Connection, type Store, type StoreOptions } from './store.ts';
import type { Tables } from './schema.ts';
import { readSummary } from './summaries.ts';
import { Turns } from './turns.ts';

/** How long a reader waits for the fold, in milliseconds, and how many events a step of it has at most. */
const FOLD_MS = 2_000;
const STEP = 1_000;

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
  const { sessionTimeoutMs, newValuesPerHour } = { ...FOLD_DEFAULTS, ...options };
  const append = compileAppend(db, newValuesPerHour);
  const { country, dayOf = utcDayOf } = options;
  // From eight writers at once on, a sqld was seen to commit nothing for seconds, and the more the longer.
  const turns = new Turns(patienceMs);
  const write: Write = (statements) => turns.take(() => database.batch(statements, 'write'));
  const failures = new Failures(write);
  const salts = compileSalts(db, write);
  const reads = compileReads(db, database);
  const folder = new Folder(
    { read: (statements) => publicReader.batch(statements), write },
    {
      sessionTimeoutMs,
      newValuesPerHour,
      names: new Names(),
      ...(options.onSetAside !== undefined && { onSetAside: options.onSetAside }),
    },
  );

  /** Events that were appended since a fold last read the log, and until when one may still be at work. */
  let appended = 0;
  let foldingUntil = -Infinity;

  /**
   * Folds what has been appended, as far as there is time.
   * @returns whether all of it is folded
   */
  async function settle(): Promise<boolean> {
    const began = performance.now();
    foldingUntil = began + FOLD_MS;
    try {
      let isDone: boolean;
      do {
        appended = 0;
        isDone = !(await folder.step(STEP)).hasMore && appended === 0;
      } while (!isDone && performance.now() < foldingUntil);
      return isDone;
    } catch (error) {
      // What is folded can be told all the same.
      options.onFold?.({ events: 0, ms: performance.now() - began, error });
      return false;
    } finally {
      foldingUntil = -Infinity;
    }
  }

  async function commit(batch: readonly Entry[]): Promise<readonly Written[]> {
    const began = performance.now();
    try {
      const { written, size } = await append.commit(write, batch);
      appended += size;
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
    summary: async (now) => {
      await settle();
      return readSummary(publicReader, { now, day: dayOf(now), country });
    },
    analytics: async (query) => {
      await settle();
      return readAnalytics(reader, query);
    },
    overview: async (query) => {
      await settle();
      const { version } = await reads.state();
      return { ...(await readAnalytics(publicReader, query)), version };
    },
    notCounted: (now) => readNotCounted(publicReader, dayOf(now)),
    forgetBefore: async (before) => {
      await settle();
      return forgetBefore({ read: publicReader.batch, write }, before);
    },
    forgetIds: (now) => forgetIds({ read: publicReader.batch, write }, now),
    forgetVisitors: async (visitors) => {
      if (!(await settle())) throw storeUnavailable();
      return forgetVisitors({ read: publicReader.batch, write }, visitors);
    },
    fold: async () => {
      await settle();
    },
    unfolded: () => ({ events: performance.now() < foldingUntil ? 0 : appended, ageMs: 0 }),
    follow: () => () => {}, // what others commit is seen by whoever looks
    ping: () => reads.upToDate(),
    waiting: () => 0,
    close,
  };
}
