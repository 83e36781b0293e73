import { compareVersions, quotasOf, storeUnavailable, type StoreVersion } from '@footfall/core';
import { Kysely } from 'kysely';
import { readAnalytics } from './read/analytics.ts';
import { readLedgerAnalytics } from './read/ledger.ts';
import { readNow } from './read/now.ts';
import { readRows } from './read/rows.ts';
import { readRecent } from './read/recent.ts';
import { readOverview } from './read/overview.ts';
import { LibsqlDialect } from './connection/dialect.ts';
import { Folder } from './fold/fold.ts';
import { compileAppend, type Entry, type Written } from './log/append.ts';
import { Names } from './log/names.ts';
import type { Write } from './log/write.ts';
import { Failures } from './log/failures.ts';
import { exportStore } from './keep/export.ts';
import { eraseAll, erasePage } from './keep/erase.ts';
import { forgetBefore, forgetIds } from './keep/forget.ts';
import { forgetVisitors } from './keep/forget-visitors.ts';
import { readNotCounted } from './log/ledger.ts';
import { numbersOf, topPagesOf, totalOf } from './read/count.ts';
import { compileReads } from './read/count-reads.ts';
import { compileSalts } from './log/salts.ts';
import { keyStore } from './keep/api-keys.ts';
import { segmentStore } from './keep/segments.ts';
import { shareStore } from './keep/shares.ts';
import { annotationStore, readPublicAnnotations } from './keep/annotations.ts';
import { beat } from './keep/heartbeat.ts';
import { clearStart, startingNumberStore } from './keep/starting-numbers.ts';
import { ownerStore } from './keep/owner.ts';
import { settingsStore } from './keep/settings.ts';
import { isAnotherStore } from './keep/store-id.ts';
import type { Connection, ReadConnection } from './connection/contract.ts';
import { FOLD_DEFAULTS, REPLICA_LAG_MS, utcDayOf, type Store, type StoreOptions } from './store.ts';
import type { Tables } from './keep/schema.ts';
import { readStats, supersede } from './read/stats-reads.ts';
import { TimedMutex } from './log/timed-mutex.ts';

/** How long a fold may take, in milliseconds. */
const FOLD_MS = 2_000;

/** How long a public read waits for the fold: if the store does not answer, the read fails after another call. */
const READER_MS = 250;

/** The same for a write that returns numbers; longer, because the store has just answered. */
const WRITER_MS = 1_500;

/** The most events in a step of the fold. */
const STEP = 1_000;

/** Options of a direct store. */
export interface DirectOptions extends Omit<StoreOptions, 'capacity'> {
  /** Keeps the runtime alive for a fold that continues after the response. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

/**
 * A store that caches no number between two calls: each page view is a commit of its own, each number is read. For
 * runtimes without shared state, where requests share no connection and no timer runs between them. Migrate the tables
 * first (`migrateConnection`), because many concurrent first calls would conflict.
 */
export function directStore(
  connection: Connection,
  { onCommit, onDatabase, waitUntil, replicaLagMs = REPLICA_LAG_MS, ...options }: DirectOptions = {},
): Store {
  const { database, reader, publicReader, queueTimeoutMs, close } = connection;
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  const { newValuesPerHour, elapsed } = { ...FOLD_DEFAULTS, ...options };
  const quotas = quotasOf(newValuesPerHour);
  const names = new Names(quotas, elapsed);
  const append = compileAppend(db, quotas, names);
  const { country, dayOf = utcDayOf } = options;
  // With eight or more concurrent writers, sqld was seen to commit nothing for seconds.
  const mutex = new TimedMutex(queueTimeoutMs);
  const write: Write = (statements) => mutex.take(() => database.batch(statements, 'write'));
  const failures = new Failures(write);
  const salts = compileSalts(db, write);
  const reads = compileReads(db, { database, write });
  /** When the fold last failed to read. */
  let unreadAt = -Infinity;

  const readForFold: ReadConnection['batch'] = (statements) =>
    publicReader.batch(statements).catch((error: unknown) => {
      unreadAt = performance.now();
      throw error;
    });

  const folder = new Folder(
    { read: readForFold, write },
    {
      sessionTimeoutMs: options.sessionTimeoutMs,
      names,
      ...(options.onSetAside !== undefined && { onSetAside: options.onSetAside }),
    },
  );

  /** Events appended since a fold last read the log, and until when a fold may still be running. */
  let appended = 0;
  let foldingUntil = -Infinity;

  /**
   * Folds what was appended before, within a time limit.
   * @returns whether all of that is folded
   */
  async function settle(): Promise<boolean> {
    const began = performance.now();
    const until = began + FOLD_MS; // local, because other folds start all the time under load
    foldingUntil = until;
    try {
      let isDone: boolean;
      do {
        appended = 0;
        isDone = !(await folder.step(STEP)).hasMore;
      } while (!isDone && performance.now() < until);
      return isDone;
    } catch (error) {
      // What is already folded can be read all the same.
      options.onFold?.({ events: 0, ms: performance.now() - began, error });
      return false;
    } finally {
      if (foldingUntil === until) foldingUntil = -Infinity;
    }
  }

  /**
   * Waits for the fold up to a time limit, after which the fold continues.
   * @throws {FootfallError} SERVICE_UNAVAILABLE if the fold could not read the store, because then the caller could not
   * either
   */
  async function settleSoon(ms = READER_MS): Promise<void> {
    const began = performance.now();
    const folding = settle();
    waitUntil?.(folding); // otherwise it would end with the response, and on a slow machine no fold would ever finish
    await Promise.race([folding, new Promise((resolve) => setTimeout(resolve, ms))]);
    if (unreadAt >= began) throw storeUnavailable();
  }

  /**
   * The newest state seen, which serves to detect a replaced database, and when a state at least as new was last seen.
   */
  let known: StoreVersion | undefined;
  let knownAt = -Infinity;

  function learn({ store, version }: StoreVersion): void {
    if (known !== undefined && compareVersions({ store, version }, known) < 0) return;
    const before = known;
    known = { store, version };
    knownAt = performance.now();
    if (before === undefined || before.store === store) return;
    names.forget(); // they belong to the other database
    onDatabase?.({ kind: 'replaced', before, after: known });
  }

  async function outrank(published: StoreVersion): Promise<void> {
    learn(await reads.outranking(published));
  }

  /**
   * Reads. If the result has been behind the newest known state for longer than a replica may lag, checks the primary
   * and reads again.
   */
  async function current<T>(read: () => Promise<T>, versionOf: (value: T) => StoreVersion): Promise<T> {
    const value = await read();
    const isBehind = known !== undefined && compareVersions(versionOf(value), known) < 0;
    if (!isBehind || performance.now() - knownAt < replicaLagMs) {
      learn(versionOf(value));
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
      const { written, state, size } = await append.commit(write, batch, known).catch(async (error) => {
        if (known === undefined || !isAnotherStore(error)) throw error;
        await outrank(known);
        return append.commit(write, batch, known);
      });
      learn(state);
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
    return numbersOf(
      await current(
        () => reads.numbers([page]),
        (read) => read,
      ),
    );
  }

  const startingNumbers = startingNumberStore({ read: write, write });

  return {
    add: async (event, wantsCount) => (await commit([{ event, wantsCount }]))[0] as Written,
    addAll: (events) => commit(events.map((event) => ({ event, wantsCount: false }))),
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
    stats: async (now, atLeast) => {
      await settleSoon(atLeast === undefined ? READER_MS : WRITER_MS);
      return current(
        () => readStats(publicReader, { now, day: dayOf(now), country }),
        ({ stats }) => stats,
      );
    },
    analytics: async (query) => {
      await settle();
      return readAnalytics(reader, query);
    },
    recent: async (now) => {
      await settleSoon();
      return readRecent(publicReader, now);
    },
    ledger: async (query) => {
      await settle();
      return readLedgerAnalytics(reader, query);
    },
    rows: async (query) => {
      await settle();
      return readRows(reader, query);
    },
    now: async (now) => {
      await settle();
      return readNow(reader, now);
    },
    overview: async (query) => {
      await settleSoon();
      const { version, store } = await state();
      return { ...(await readOverview(publicReader, query)), version, store };
    },
    notCounted: (now) => readNotCounted(publicReader, dayOf(now)),
    notCountedSince: (day) => readNotCounted(publicReader, day),
    forgetBefore: async (before) => {
      await settle();
      return forgetBefore({ read: publicReader.batch, write }, before);
    },
    forgetIds: (now) => forgetIds({ read: publicReader.batch, write }, now),
    forgetVisitors: async (visitors, during) => {
      if (!(await settle())) throw storeUnavailable();
      return forgetVisitors({ read: publicReader.batch, write }, visitors, during);
    },
    erasePage: async (page) => {
      if (!(await settle())) throw storeUnavailable();
      await clearStart(startingNumbers, page);
      return erasePage({ read: publicReader.batch, write }, page);
    },
    eraseAll: () => eraseAll({ write }),
    export: async (range) => {
      if (!(await settle())) throw storeUnavailable();
      return exportStore(reader, range);
    },
    fold: async () => {
      const until = performance.now() + FOLD_MS;
      do await settle();
      while (appended > 0 && performance.now() < until);
    },
    unfolded: () => ({ events: performance.now() < foldingUntil ? 0 : appended, ageMs: 0 }),
    follow: () => () => {}, // each read sees other instances' commits
    version: () => known,
    outrank,
    supersede: async (published) => {
      await write([supersede(published)]).catch((cause: unknown) => {
        throw storeUnavailable(cause);
      });
    },
    owner: ownerStore({ read: publicReader.batch, write, primary: write }),
    settings: settingsStore({ read: publicReader.batch, write }),
    keys: keyStore({ read: publicReader.batch, write }),
    shares: shareStore({ read: publicReader.batch, write, isShared: true }),
    segments: segmentStore({ read: write, write }),
    annotations: annotationStore({ read: write, write }),
    startingNumbers,
    imports: undefined,
    publicAnnotations: () => readPublicAnnotations(publicReader),
    beat: (now) => beat(write, now),
    ping: () => reads.upToDate(),
    waiting: () => 0,
    close,
  };
}
