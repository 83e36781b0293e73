import {
  compareVersions,
  storeUnavailable,
  type Analytics,
  type AnalyticsQuery,
  type OverviewQuery,
  quotasOf,
  type CollectedEvent,
  type StoreVersion,
} from '@footfall/core';
import { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { readAnalytics } from './read/analytics.ts';
import { readOverview, type OverviewNumbers } from './read/overview.ts';
import type { Connection } from './connection/contract.ts';
import { LibsqlDialect, type Database } from './connection/dialect.ts';
import { Folder } from './fold/fold.ts';
import type { FoldOptions } from './fold/load.ts';
import { FOLD_SCHEDULE, FoldScheduler, type FoldReport, type FoldSchedule } from './fold/schedule.ts';
import { compileAppend, type Entry, type Written } from './log/append.ts';
import { Names } from './log/names.ts';
import { WriteDoor, type Write } from './log/write.ts';
import { Failures } from './log/failures.ts';
import { forgetBefore, forgetIds, forgetVisitors, type Forgotten } from './keep/forget.ts';
import { GroupCommit } from './log/group-commit.ts';
import { readNotCounted, type NotCounted } from './log/ledger.ts';
import { LOG_TAIL, migrate } from './keep/migrations.ts';
import { CountSnapshot } from './read/count-snapshot.ts';
import type { Count, PageAndTotal, TopPages } from './read/count.ts';
import { compileReads } from './read/count-reads.ts';
import { VersionedCache, type Now } from './read/versioned-cache.ts';
import { compileSalts, type SaltDays, type StoredSalts } from './log/salts.ts';
import type { Tables } from './keep/schema.ts';
import { isAnotherStore, tablesInstead } from './keep/store-id.ts';
import { hasMoved, readStats, supersede, WINDOW_MS } from './read/stats-reads.ts';
import type { StatsSnapshot } from './read/stats.ts';

/**
 * Brings a database's tables to a migration, up or down, and to the newest when none is named. Older tables have no place
 * for events that are not folded, so on the way down they are folded first.
 * @param options what they are folded with
 * @returns the names of the migrations that ran
 */
export async function migrateConnection(
  connection: Connection,
  target?: string,
  options: Pick<StoreOptions, 'sessionTimeoutMs' | 'newValuesPerHour'> = {},
): Promise<string[]> {
  const { database } = connection;
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  if (target !== undefined && (target === 'nothing' || target < LOG_TAIL)) {
    const { write } = new WriteDoor(connection);
    const isNewest = await compileReads(db, { database, write })
      .upToDate()
      .then(
        () => true,
        () => false, // there is nothing that this version could fold
      );
    if (isNewest) {
      const { sessionTimeoutMs, newValuesPerHour, elapsed } = { ...FOLD_DEFAULTS, ...options };
      const names = new Names(quotasOf(newValuesPerHour), elapsed);
      await foldAll(new Folder({ read: readerOf(database), write }, { sessionTimeoutMs, names }));
    }
  }
  return migrate(db, target);
}

const readerOf =
  (database: Database): Write =>
  (statements) =>
    database.batch(statements, 'read');

async function foldAll(folder: Folder): Promise<void> {
  while ((await folder.step(START_STEP)).hasMore);
}

/** What is reported of each commit, for metrics and the log. */
export interface CommitReport {
  readonly size: number;
  readonly ms: number;
  /** Why it failed; its senders were asked to send again. */
  readonly error?: unknown;
}

/**
 * What happened to the database under a running store:
 * - `replaced`: it is another one, or an older state of the same one, than was published; everything cached is dropped
 * - `emptied`: it has no tables at all; they are made next
 * - `foreign`: it has tables, but not those of this Footfall; nothing is changed in it, and nothing counted
 */
export type DatabaseEvent =
  | { readonly kind: 'replaced'; readonly before: StoreVersion; readonly after: StoreVersion }
  | { readonly kind: 'emptied' }
  | { readonly kind: 'foreign'; readonly tables: readonly string[] };

export interface StoreOptions extends Partial<FoldOptions> {
  /** New values that each dimension may get in an hour; more are counted together (core's `quotasOf`). */
  readonly newValuesPerHour?: number;
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed?: () => number;
  readonly onCommit?: (report: CommitReport) => void;
  /** Is called after each step of the fold. */
  readonly onFold?: (report: FoldReport) => void;
  /** Is called with the reason when an event could not be folded and was set aside. */
  readonly onSetAside?: (error: unknown) => void;
  /** When the log is folded; as docs/design.md says unless a test says otherwise. */
  readonly schedule?: Partial<FoldSchedule>;
  /** Called for each event, before anything else is done about it. */
  readonly onDatabase?: (event: DatabaseEvent) => void;
  /** How long a replica may be behind the primary before the primary is asked whether it was replaced, in milliseconds. */
  readonly replicaLagMs?: number;
  /** Reports that may wait for a commit before more are refused. */
  readonly capacity?: number;
  /** The country whose share of visitors is reported; the leading one without it. */
  readonly country?: string | undefined;
  /** Where the local day begins in which an instant lies; in UTC without it. */
  readonly dayOf?: (at: number) => number;
}

/** The analytics that everyone may see, with a state of the numbers that they are not older than. */
export interface Overview extends OverviewNumbers, StoreVersion {}

/** A period's overview, and what is read for it next. */
interface CachedOverview {
  query: OverviewQuery;
  readonly cache: VersionedCache<Overview>;
}

/** The store of one site: a durable log of page views and the numbers folded from it. */
export interface Store {
  /**
   * Stores a report; resolves when it is durable. One that has been stored before, by its id, is not counted again.
   * @param wantsCount whether the page's own number is needed in the answer
   * @throws {FootfallError} SERVICE_UNAVAILABLE: not acknowledged, may be sent again
   */
  readonly add: (report: CollectedEvent, wantsCount: boolean) => Promise<Written>;
  /** The same for several, in one commit: all of them or none. */
  readonly addAll: (reports: readonly CollectedEvent[]) => Promise<readonly Written[]>;
  /**
   * What visitors are hashed with on these local days. Makes what is not there yet, and destroys what is over.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly salts: (days: SaltDays) => Promise<StoredSalts>;
  /** A page's views, or all. */
  readonly count: (page?: string) => Count | Promise<Count>;
  /** A page's views with all of the same moment, which are never older. */
  readonly numbers: (page: string) => Promise<PageAndTotal>;
  /** The 100 pages with the most views. */
  readonly topPages: () => Promise<TopPages>;
  /**
   * Visits and unique visitors, and who is here now; never older than five seconds.
   * @param now epoch milliseconds
   * @param atLeast a state that it is not older than either, where the store answers
   */
  readonly stats: (now: number, atLeast?: StoreVersion) => Promise<StatsSnapshot & { stale?: true }>;
  /**
   * Visits and visitors of a range, by everything known of them.
   * @throws {FootfallError} SERVICE_UNAVAILABLE; TIMEOUT for a filter that takes too long
   */
  readonly analytics: (query: AnalyticsQuery) => Promise<Analytics>;
  /** The same for everyone to see: read once for all who ask, and again when a number has changed. */
  readonly overview: (query: OverviewQuery, now: number) => Promise<Overview & { stale?: true }>;
  /**
   * How many reports of a local day were not counted, by reason; at most a second old.
   * @param now epoch milliseconds, in that day
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly notCounted: (now: number) => Promise<NotCounted & { stale?: true }>;
  /**
   * Deletes a step of the page views and visits that ended before a local day, which stay counted.
   * @param before where that day begins, epoch milliseconds
   * @returns whether there is more to be deleted
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly forgetBefore: (before: number) => Promise<boolean>;
  /**
   * Deletes a step of the ids of events that nobody sends again, which are older than four days.
   * @param now epoch milliseconds
   * @returns whether there are more to be deleted
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly forgetIds: (now: number) => Promise<boolean>;
  /**
   * Deletes every page view and visit of a visitor, which stay counted.
   * @param visitors the keys that the visitor may have
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly forgetVisitors: (visitors: readonly number[]) => Promise<Forgotten>;
  /**
   * Calls back whenever a newer version of the numbers is known here, until it is stopped. It is a hint: where several
   * commit, a version may be noticed late.
   * @returns stops it
   */
  readonly follow: (listener: () => void) => () => void;
  /** Folds what has been appended by now into visits and statistics; every read of these does it first. */
  readonly fold: () => Promise<void>;
  /** Events that were appended here and wait to be folded, and for how long the oldest has, in milliseconds. */
  readonly unfolded: () => { readonly events: number; readonly ageMs: number };
  /** The newest state that is known here; undefined while none is. */
  readonly version: () => StoreVersion | undefined;
  /**
   * Gives the database a later store id, if it is behind a state that was published before: then it was replaced.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly outrank: (published: StoreVersion) => Promise<void>;
  /**
   * Makes a new version of the numbers, unless there is one after a state under which other numbers were published than
   * there are now.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly supersede: (published: StoreVersion) => Promise<void>;
  /** Resolves when the store answers and its tables are up to date. */
  readonly ping: () => Promise<void>;
  /** Reports that wait for a commit. */
  readonly waiting: () => number;
  /** Commits what waits, then closes. */
  readonly close: () => Promise<void>;
}

/** What holds where nothing else is said (docs/api.md, Running). */
export const FOLD_DEFAULTS: Required<
  Pick<StoreOptions, 'sessionTimeoutMs' | 'newValuesPerHour' | 'elapsed'>
> = {
  sessionTimeoutMs: 30 * 60 * 1000,
  newValuesPerHour: 10_000,
  elapsed: () => performance.now(),
};

/** Reports that may wait for a commit, and the most that one commit takes: each bounds memory and the time of a turn. */
const CAPACITY = 10_000;
const LARGEST_COMMIT = 1_000;

/** A day of UTC begins at a multiple of its length. */
export const utcDayOf = (at: number): number => at - (at % (24 * 60 * 60 * 1000));

/** Ranges whose overviews are held, and for how long without a change, in milliseconds. */
const OVERVIEWS = 16;
const OVERVIEW_MS = 60_000;

/** How long the day's reasons are cached, in milliseconds: no version says when they change. */
const NOT_COUNTED_MS = 1_000;

/** How often a shared database is asked whether someone else has committed, in milliseconds (docs/api.md, Freshness). */
const WATCH_MS = 500;

/** Events of a step of the fold at the start, when nobody waits for an append. */
const START_STEP = 2_000;

/** Replication is a matter of milliseconds: one that takes longer than this is out of order, in milliseconds. */
export const REPLICA_LAG_MS = 5_000;

/** After so long without a commit the store tidies up, in milliseconds. */
const REST_AFTER_MS = 1_000;

/**
 * Opens a store: brings its tables up to date and reads where it stands.
 * @throws what the database says when it cannot be opened or migrated
 */
export async function openStore(connection: Connection, options: StoreOptions = {}): Promise<Store> {
  const { database } = connection;
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  await migrate(db);

  const { sessionTimeoutMs, newValuesPerHour, elapsed } = { ...FOLD_DEFAULTS, ...options };
  const quotas = quotasOf(newValuesPerHour);
  const names = new Names(quotas, elapsed);
  const door = new WriteDoor(connection);
  const { write } = door;
  const append = compileAppend(db, quotas, names);
  const salts = compileSalts(db, write);
  const reads = compileReads(db, { database, write });
  const folder = new Folder(
    { read: readerOf(database), write: door.writeDerived },
    {
      sessionTimeoutMs,
      names,
      ...(options.onSetAside !== undefined && { onSetAside: options.onSetAside }),
    },
  );
  const began = performance.now();
  try {
    await foldAll(folder); // what was not folded when the last process ended
  } catch (error) {
    // The counts are right without it, and it is tried again for a reader and after an append.
    options.onFold?.({ events: 0, ms: performance.now() - began, error });
  }
  const followers = new Set<() => void>();
  const { replicaLagMs = REPLICA_LAG_MS, onDatabase = () => {} } = options;
  const first = await reads.state();
  let known: StoreVersion = { store: first.store, version: first.version };
  const numbers = new CountSnapshot(reads, first, () => {
    const { store, version } = numbers.total();
    const before = known;
    known = { store, version };
    if (store !== before.store) {
      overviews.clear();
      names.forget(); // those of the other database
      onDatabase({ kind: 'replaced', before, after: known });
    }
    for (const notify of followers) notify();
  });

  const failures = new Failures(write);
  const forgetting = { read: connection.publicReader.batch, write };
  const { country, dayOf = utcDayOf } = options;

  /** Asks the primary where it stands: one that is behind what was published gets a later id, and is then taken over. */
  async function outrank(published: StoreVersion): Promise<void> {
    numbers.read(await reads.outranking(published));
  }

  /** One transaction for the whole batch. Nobody is answered and nothing is remembered until it has succeeded. */
  async function commit(batch: readonly Entry[]): Promise<readonly Written[]> {
    const began = performance.now();
    try {
      const { written, state, touched, hasChanged, size } = await append
        .commit(write, batch, known)
        .catch(async (error: unknown) => {
          if (!isAnotherStore(error)) throw error;
          await outrank(known);
          return append.commit(write, batch, known);
        });
      numbers.committed(state, touched, hasChanged);
      scheduler.appended(size);
      options.onCommit?.({ size: batch.length, ms: performance.now() - began });
      await failures.record();
      return written;
    } catch (error) {
      options.onCommit?.({ size: batch.length, ms: performance.now() - began, error });
      failures.add(batch.length, error);
      throw storeUnavailable(error);
    }
  }

  /** Makes a new version where numbers have changed without a commit, and notifies the followers. */
  async function newVersion(published: StoreVersion): Promise<void> {
    try {
      await write([supersede(published)]);
    } catch (cause) {
      throw storeUnavailable(cause);
    }
    numbers.read(await reads.state());
  }

  const asOf = (at: number) => (): Now => {
    const { version, store, stale } = numbers.total();
    return { version, store, at, away: stale === true };
  };
  const summary = new VersionedCache<StatsSnapshot>(async (last, { at }) => {
    const asked = { now: at, day: dayOf(at), country };
    let read = await readStats(connection.publicReader, asked);
    if (hasMoved(last, read)) {
      await newVersion(read.stats);
      read = await readStats(connection.publicReader, asked);
    }
    if (compareVersions(read.stats, known) > 0) numbers.read(await reads.state());
    if (read.stats.store < known.store)
      throw storeUnavailable(new Error('A replica is of the replaced database.'));
    return read;
  }, WINDOW_MS);
  const notCounted = new VersionedCache<NotCounted>(
    (_, { at }) => readNotCounted(connection.publicReader, dayOf(at)),
    NOT_COUNTED_MS,
  );
  const overviews = new LRUCache<string, CachedOverview>({ max: OVERVIEWS });

  /** The state in which all that had been appended was folded. */
  let folded: StoreVersion | undefined;

  /** Whether a reader was given visits and statistics that were not folded to the end. */
  let isBehind = false;

  /** Folds what has been appended before a read of visits and statistics; the store is not asked where nothing has been. */
  async function settled(): Promise<void> {
    const { version, store, stale } = numbers.total();
    if (stale === true || (version === folded?.version && store === folded.store)) return;
    if (await scheduler.catchUp()) folded = { version, store };
    else isBehind = true;
  }

  const writer = new GroupCommit(commit, {
    capacity: options.capacity ?? CAPACITY,
    largest: LARGEST_COMMIT,
    queueTimeoutMs: connection.queueTimeoutMs,
    lingerMs: connection.lingerMs,
  });

  const scheduler = new FoldScheduler(
    folder,
    { ...FOLD_SCHEDULE, ...options.schedule },
    {
      isBusy: () => writer.isSaturated,
      onFold: options.onFold,
      onCaughtUp: () => {
        if (!isBehind) return;
        isBehind = false;
        void newVersion(known).catch(() => {}); // the next commit makes a version too
      },
    },
  );

  const resting = setInterval(() => {
    door.rest(REST_AFTER_MS).catch(() => {}); // the next commit says what is wrong, to someone who can act on it
  }, REST_AFTER_MS);
  resting.unref();

  const watching = connection.shared ? setInterval(() => void watch(), WATCH_MS) : undefined;
  watching?.unref();
  let looking = false;
  let behindSince: number | undefined;
  let isForeign = false;

  async function watch(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const state = await reads.state();
      numbers.read(state);
      isForeign = false;
      behindSince = compareVersions(state, known) < 0 ? (behindSince ?? performance.now()) : undefined;
      if (behindSince !== undefined && performance.now() - behindSince >= replicaLagMs) {
        behindSince = undefined;
        await outrank(known);
      }
    } catch (error) {
      numbers.lost();
      await remake(error).catch(() => {}); // the next look tries again
    } finally {
      looking = false;
    }
  }

  /** Makes the tables again in a database that was emptied; in any other, nothing. */
  async function remake(error: unknown): Promise<void> {
    const tables = await tablesInstead(error, database);
    if (tables === undefined) return;
    if (tables.length > 0) {
      if (!isForeign) onDatabase({ kind: 'foreign', tables });
      isForeign = true;
      return;
    }
    onDatabase({ kind: 'emptied' });
    await migrate(db);
    await outrank(known);
  }

  return {
    add: async (report, wantsCount) => (await writer.add([{ report, wantsCount }]))[0] as Written,
    addAll: (reports) => writer.add(reports.map((report) => ({ report, wantsCount: false }))),
    salts: async (days) => {
      const { salts: kept, destroyed } = await salts(days);
      // Until the log begins anew, an older page of the file is still in it.
      if (destroyed > 0) await connection.rest().catch(() => {});
      return kept;
    },
    count: (page) => (page === undefined ? numbers.total() : numbers.page(page)),
    numbers: (page) => numbers.numbers(page),
    topPages: () => numbers.topPages(),
    stats: async (now) => {
      await settled();
      return summary.get(asOf(now));
    },
    analytics: async (query) => {
      // It is not cached, so it is of now: what others have appended is not known here yet.
      if (connection.shared) await scheduler.catchUp();
      else await settled();
      return readAnalytics(connection.reader, query);
    },
    overview: async (query, now) => {
      await settled();
      // Until when it is compared moves with every minute: of the same period the latest is read.
      const key = JSON.stringify([query.starts, query.limit]);
      const held = overviews.get(key);
      if (held !== undefined) {
        held.query = query;
        return held.cache.get(asOf(now));
      }
      const fresh: CachedOverview = {
        query,
        cache: new VersionedCache(async (_last, { version, store }) => {
          return { ...(await readOverview(connection.publicReader, fresh.query)), version, store };
        }, OVERVIEW_MS),
      };
      overviews.set(key, fresh);
      return fresh.cache.get(asOf(now));
    },
    notCounted: (now) => notCounted.get(() => ({ ...asOf(now)(), version: 0 })),
    forgetBefore: async (before) => {
      await scheduler.catchUp();
      return forgetBefore(forgetting, before);
    },
    forgetIds: (now) => forgetIds(forgetting, now),
    forgetVisitors: async (visitors) => {
      if (!(await scheduler.catchUp())) throw storeUnavailable();
      return forgetVisitors(forgetting, visitors);
    },
    fold: async () => {
      await scheduler.catchUp();
    },
    unfolded: () => ({ events: scheduler.waiting, ageMs: scheduler.ageMs }),
    follow: (listener) => {
      followers.add(listener);
      return () => void followers.delete(listener);
    },
    version: () => known,
    outrank,
    supersede: newVersion,
    ping: async () => {
      await connection.check().catch((error: unknown) => {
        throw storeUnavailable(error);
      });
      await reads.state();
    },
    waiting: () => writer.length,
    close: async () => {
      clearInterval(resting);
      clearInterval(watching);
      await writer.drain();
      await scheduler.close();
      await door.close();
      await connection.close();
    },
  };
}
