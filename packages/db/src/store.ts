import {
  compareVersions,
  storeUnavailable,
  type Analytics,
  type AnalyticsQuery,
  type Annotation,
  type LedgerAnalytics,
  type LedgerQuery,
  type AnalyticsRows,
  type ListQuery,
  type NowNumbers,
  type OverviewQuery,
  type RecentViews,
  quotasOf,
  type CollectedEvent,
  type StoreVersion,
} from '@footfall/core';
import { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { readAnalytics } from './read/analytics.ts';
import { readLedgerAnalytics } from './read/ledger.ts';
import { readNow } from './read/now.ts';
import { readRows } from './read/rows.ts';
import { readRecent } from './read/recent.ts';
import { readOverview, type OverviewNumbers } from './read/overview.ts';
import type { Connection } from './connection/contract.ts';
import { LibsqlDialect, type Database } from './connection/dialect.ts';
import { Folder } from './fold/fold.ts';
import type { FoldOptions } from './fold/load.ts';
import { FOLD_SCHEDULE, FoldScheduler, type FoldReport, type FoldSchedule } from './fold/schedule.ts';
import { compileAppend, type Entry, type Written } from './log/append.ts';
import { Names } from './log/names.ts';
import { WriteQueue, type Write } from './log/write.ts';
import { Failures } from './log/failures.ts';
import { exportStore, type ExportRange, type StoreExport } from './keep/export.ts';
import { eraseAll, erasePage } from './keep/erase.ts';
import { importer, type ImportStore } from './keep/import.ts';
import { clearStart, startingNumberStore, type StartingNumberStore } from './keep/starting-numbers.ts';
import { undoImport } from './keep/undo-import.ts';
import { forgetBefore, forgetIds } from './keep/forget.ts';
import { forgetVisitors, type During, type Forgotten } from './keep/forget-visitors.ts';
import { GroupCommit } from './log/group-commit.ts';
import { readNotCounted, type NotCounted } from './log/ledger.ts';
import { LOG_TAIL, migrate } from './keep/migrations.ts';
import { CountSnapshot } from './read/count-snapshot.ts';
import type { Count, PageAndTotal, TopPages } from './read/count.ts';
import { compileReads } from './read/count-reads.ts';
import { VersionedCache, type Now } from './read/versioned-cache.ts';
import { compileSalts, type SaltDays, type StoredSalts } from './log/salts.ts';
import { cachedKeyStore, keyStore, type KeyStore } from './keep/api-keys.ts';
import { segmentStore, type SegmentStore } from './keep/segments.ts';
import { shareStore, type ShareStore } from './keep/shares.ts';
import { annotationStore, readPublicAnnotations, type AnnotationStore } from './keep/annotations.ts';
import { beat } from './keep/heartbeat.ts';
import { ownerStore, type OwnerStore } from './keep/owner.ts';
import { settingsStore, type SettingsStore } from './keep/settings.ts';
import type { Tables } from './keep/schema.ts';
import { isAnotherStore, tablesInstead } from './keep/store-id.ts';
import { hasMoved, readStats, supersede, WINDOW_MS } from './read/stats-reads.ts';
import type { StatsSnapshot } from './read/stats.ts';

/**
 * Migrates a database's tables up or down to a migration, by default the newest. Older tables cannot store events that
 * are not folded, so migrating down folds them first.
 * @param options options for that fold
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
    const { write } = new WriteQueue(connection);
    const isNewest = await compileReads(db, { database, write })
      .upToDate()
      .then(
        () => true,
        () => false, // this version cannot fold older tables
      );
    if (isNewest) {
      const { newValuesPerHour, elapsed } = { ...FOLD_DEFAULTS, ...options };
      const { sessionTimeoutMs } = options;
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

/** The result of a commit, for metrics and the log. */
export interface CommitReport {
  readonly size: number;
  readonly ms: number;
  /** Why it failed; its senders were asked to retry. */
  readonly error?: unknown;
}

/**
 * What happened to the database under a running store:
 * - `replaced`: it is another database, or an older state of the same one, than was published; all caches are cleared
 * - `emptied`: it has no tables; they are created next
 * - `foreign`: it has tables, but not Footfall's; nothing is changed in it, and nothing is counted
 */
export type DatabaseEvent =
  | { readonly kind: 'replaced'; readonly before: StoreVersion; readonly after: StoreVersion }
  | { readonly kind: 'emptied' }
  | { readonly kind: 'foreign'; readonly tables: readonly string[] };

export interface StoreOptions extends Partial<FoldOptions> {
  /** New values that each dimension may get in an hour; further ones are counted together (core's `quotasOf`). */
  readonly newValuesPerHour?: number;
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed?: () => number;
  readonly onCommit?: (report: CommitReport) => void;
  /** Called after each step of the fold. */
  readonly onFold?: (report: FoldReport) => void;
  /** Called with the reason when an event could not be folded and was set aside. */
  readonly onSetAside?: (error: unknown) => void;
  /** When the log is folded; the default is described in docs/design.md. */
  readonly schedule?: Partial<FoldSchedule>;
  /** Called for each event, before the store handles it. */
  readonly onDatabase?: (event: DatabaseEvent) => void;
  /** How long a replica may lag before the store checks whether the primary was replaced, in milliseconds. */
  readonly replicaLagMs?: number;
  /** How long an import makes way for others after each step, as a share of what the step took. */
  readonly importPause?: number;
  /** Events that may wait for a commit before more are refused. */
  readonly capacity?: number;
  /** The country whose share of visitors is published; by default the leading one. */
  readonly country?: string | undefined;
  /** Returns where the local day of an instant begins; by default in UTC. */
  readonly dayOf?: (at: number) => number;
}

/** The public analytics, with the oldest state of the numbers that they can be of. */
export interface Overview extends OverviewNumbers, StoreVersion {}

/** A period's cached overview, and the query for its next read. */
interface CachedOverview {
  query: OverviewQuery;
  readonly cache: VersionedCache<Overview>;
}

/** The store of one site: a durable log of page views and the numbers folded from it. */
export interface Store {
  /**
   * Stores an event; resolves when it is durable. An event whose id was stored before is not counted again.
   * @param wantsCount whether to return the page's own count
   * @throws {FootfallError} SERVICE_UNAVAILABLE: not acknowledged, may be sent again
   */
  readonly add: (event: CollectedEvent, wantsCount: boolean) => Promise<Written>;
  /** Stores several events in one commit: all of them or none. */
  readonly addAll: (events: readonly CollectedEvent[]) => Promise<readonly Written[]>;
  /**
   * The salts that hash visitors on these local days. Creates missing ones and destroys expired ones.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly salts: (days: SaltDays) => Promise<StoredSalts>;
  /** The views of a page, or of all pages. */
  readonly count: (page?: string) => Count | Promise<Count>;
  /** A page's views and the total, which is never older than them. */
  readonly numbers: (page: string) => Promise<PageAndTotal>;
  /** The 100 pages with the most views. */
  readonly topPages: () => Promise<TopPages>;
  /**
   * Visits, unique visitors and live visitors; never older than five seconds.
   * @param now epoch milliseconds
   * @param atLeast a state that the result must not be older than, if the store answers
   */
  readonly stats: (now: number, atLeast?: StoreVersion) => Promise<StatsSnapshot & { stale?: true }>;
  /**
   * Visits and visitors of a range, by all dimensions.
   * @throws {FootfallError} SERVICE_UNAVAILABLE; TIMEOUT for a filter that takes too long
   */
  readonly analytics: (query: AnalyticsQuery) => Promise<Analytics>;
  /**
   * The last page views and where the live visitors are; never older than five seconds. Only for the site's owner.
   * @param now epoch milliseconds
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly recent: (now: number) => Promise<RecentViews & { stale?: true }>;
  /**
   * What was not counted on some local days, by reason and name.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly ledger: (query: LedgerQuery) => Promise<LedgerAnalytics>;
  /**
   * A page of one list, with bounces and durations.
   * @throws {FootfallError} SERVICE_UNAVAILABLE; TIMEOUT for a filter that takes too long
   */
  readonly rows: (query: ListQuery) => Promise<AnalyticsRows>;
  /**
   * What happens right now: the last 30 minutes, and the pages viewed last.
   * @param now epoch milliseconds
   */
  readonly now: (now: number) => Promise<NowNumbers>;
  /** The public analytics: cached, and read again when a number has changed. */
  readonly overview: (query: OverviewQuery, now: number) => Promise<Overview & { stale?: true }>;
  /**
   * How many events of a local day were not counted, by reason; at most a second old.
   * @param now epoch milliseconds, in that day
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly notCounted: (now: number) => Promise<NotCounted & { stale?: true }>;
  /**
   * How many events were not counted since a local day began, by reason.
   * @param day where it begins, epoch milliseconds
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly notCountedSince: (day: number) => Promise<NotCounted>;
  /**
   * Deletes a batch of the page views and visits that ended before a local day. They stay counted.
   * @param before where that day begins, epoch milliseconds
   * @returns whether there is more to be deleted
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly forgetBefore: (before: number) => Promise<boolean>;
  /**
   * Deletes a batch of the ids of events older than four days, which no client sends again.
   * @param now epoch milliseconds
   * @returns whether there are more to be deleted
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly forgetIds: (now: number) => Promise<boolean>;
  /**
   * Deletes the page views and visits of a visitor. They stay counted.
   * @param visitors all keys of the visitor
   * @param during only the visits that began then; all by default
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly forgetVisitors: (visitors: readonly number[], during?: During) => Promise<Forgotten>;
  /**
   * Deletes a page, from the numbers, too: the database is a later store then.
   * @returns how many page views were deleted
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly erasePage: (page: string) => Promise<number>;
  /**
   * Deletes everything that was counted.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly eraseAll: () => Promise<void>;
  /** What pages had before Footfall counted. */
  readonly startingNumbers: StartingNumberStore;
  /** Imports; undefined where no process could work on one for long. */
  readonly imports: ImportStore | undefined;
  /**
   * Reads everything for an export (docs/decisions/0060).
   * @param range hours; all time by default
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly export: (range?: ExportRange) => Promise<StoreExport>;
  /**
   * Calls back whenever this instance learns of a newer version of the numbers. It is a hint: versions committed by
   * other instances may be noticed late.
   * @returns a function that unsubscribes
   */
  readonly follow: (listener: () => void) => () => void;
  /** Folds what has been appended by now into visits and statistics; each read of these folds first. */
  readonly fold: () => Promise<void>;
  /** Events appended by this instance that are not folded yet, and the age of the oldest in milliseconds. */
  readonly unfolded: () => { readonly events: number; readonly ageMs: number };
  /** The newest state that this instance knows; undefined if none. */
  readonly version: () => StoreVersion | undefined;
  /**
   * Gives the database a later store id if it is behind a state that was published: then it was replaced.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly outrank: (published: StoreVersion) => Promise<void>;
  /**
   * Makes a new version of the numbers, unless there is one after the published state. For numbers that have changed
   * since that state was published.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly supersede: (published: StoreVersion) => Promise<void>;
  /** The owner's password and sessions. */
  readonly owner: OwnerStore;
  /** What the owner has set. */
  readonly settings: SettingsStore;
  /** The owner's API keys. */
  readonly keys: KeyStore;
  /** Private links to the statistics. */
  readonly shares: ShareStore;
  /** The owner's segments. */
  readonly segments: SegmentStore;
  /** The owner's annotations. */
  readonly annotations: AnnotationStore;
  /**
   * The annotations that everyone may read; at most a second old.
   * @param now epoch milliseconds
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly publicAnnotations: (now: number) => Promise<{ readonly annotations: readonly Annotation[] }>;
  /**
   * Stores that a server runs, without waiting for the disk.
   * @returns when one said so before; undefined for the first time
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly beat: (now: number) => Promise<number | undefined>;
  /** Resolves when the store answers and its tables are up to date. */
  readonly ping: () => Promise<void>;
  /** Events that wait for a commit. */
  readonly waiting: () => number;
  /** Commits the waiting events, then closes. */
  readonly close: () => Promise<void>;
}

/** Default options (docs/api.md, Running). */
export const FOLD_DEFAULTS: Required<Pick<StoreOptions, 'newValuesPerHour' | 'elapsed'>> = {
  newValuesPerHour: 10_000,
  elapsed: () => performance.now(),
};

/**
 * The most events that may wait for a commit, and that one commit takes. They bound memory and the time of a commit.
 */
const CAPACITY = 10_000;
const LARGEST_COMMIT = 1_000;

/** Where the UTC day of an instant begins. */
export const utcDayOf = (at: number): number => at - (at % (24 * 60 * 60 * 1000));

/** Number of ranges whose overviews are cached, and for how long without a change, in milliseconds. */
const OVERVIEWS = 16;
const OVERVIEW_MS = 60_000;

/** How long the day's reasons and the annotations are cached, in milliseconds: no version changes with them. */
const UNVERSIONED_MS = 1_000;

/** How often a shared database is polled for other instances' commits, in milliseconds (docs/api.md, Freshness). */
const WATCH_MS = 500;

/** Events of a step of the fold at the start, when no append waits. */
const START_STEP = 2_000;

/** How many imported events wait to be folded at most, and how often a fold is waited for. */
const IMPORT_UNFOLDED = 1_000;
const FOLD_TRIES = 300;

/** An import makes way for as long as it works. */
const IMPORT_PAUSE = 1;

/** Replication takes milliseconds: a replica that lags longer than this is broken, in milliseconds. */
export const REPLICA_LAG_MS = 5_000;

/** Time without a commit after which the store does maintenance, in milliseconds. */
const REST_AFTER_MS = 1_000;

/**
 * Opens a store: migrates its tables and reads its state.
 * @throws the database's error if it cannot be opened or migrated
 */
export async function openStore(connection: Connection, options: StoreOptions = {}): Promise<Store> {
  const { database } = connection;
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  await migrate(db);

  const { newValuesPerHour, elapsed } = { ...FOLD_DEFAULTS, ...options };
  const quotas = quotasOf(newValuesPerHour);
  const names = new Names(quotas, elapsed);
  const door = new WriteQueue(connection);
  const { write } = door;
  const append = compileAppend(db, quotas, names);
  const salts = compileSalts(db, write);
  const reads = compileReads(db, { database, write });
  const folder = new Folder(
    { read: readerOf(database), write: door.writeDerived },
    {
      sessionTimeoutMs: options.sessionTimeoutMs,
      names,
      ...(options.onSetAside !== undefined && { onSetAside: options.onSetAside }),
    },
  );
  const began = performance.now();
  try {
    await foldAll(folder); // events that the last process did not fold
  } catch (error) {
    // Page counts are right without it, and it is retried on reads and after appends.
    options.onFold?.({ events: 0, ms: performance.now() - began, error });
  }
  const followers = new Set<() => void>();
  const { replicaLagMs = REPLICA_LAG_MS, onDatabase = () => {} } = options;
  const first = await reads.state();
  let known: StoreVersion = { store: first.store, version: first.version };
  const settings = settingsStore({
    read: connection.publicReader.batch,
    write,
    onChange: async () => {
      numbers.read(await reads.state());
    },
  });
  await settings.read();
  const numbers = new CountSnapshot(reads, first, () => {
    const { store, version } = numbers.total();
    const before = known;
    known = { store, version };
    if (store !== before.store) {
      overviews.clear();
      names.forget(); // they belong to the other database
      settings.read().catch(() => {}); // a shared store's poll tries again
      onDatabase({ kind: 'replaced', before, after: known });
    }
    for (const notify of followers) notify();
  });

  const failures = new Failures(write);
  const forgetting = { read: connection.publicReader.batch, write };
  // The owner expects to read what was just written: a replica may be behind.
  const ownersRead = connection.shared ? write : connection.publicReader.batch;
  const segments = segmentStore({ read: ownersRead, write });
  const annotations = annotationStore({ read: ownersRead, write });
  const startingNumbers = startingNumberStore({
    read: ownersRead,
    write,
    onChange: async () => {
      numbers.read(await reads.state());
    },
  });
  const importing = importer({
    read: ownersRead,
    write,
    imported: append.imported,
    onAppended: async (events) => {
      numbers.read(await reads.state());
      scheduler.appended(events);
      if (scheduler.waiting > IMPORT_UNFOLDED) await scheduler.catchUp();
    },
    fold: foldRest,
    settings,
    segments,
    annotations,
    pause: options.importPause ?? IMPORT_PAUSE,
  });

  /** A reader waits for two seconds; an import longer. */
  async function foldRest(): Promise<void> {
    for (let tries = 0; tries < FOLD_TRIES; tries += 1) if (await scheduler.catchUp()) return;
    throw storeUnavailable();
  }
  const { country, dayOf = utcDayOf } = options;

  /**
   * Reads the primary's state. A primary that is behind a published state gets a later store id, and its numbers are
   * used.
   */
  async function outrank(published: StoreVersion): Promise<void> {
    numbers.read(await reads.outranking(published));
  }

  /** Commits a batch in one transaction. No event is acknowledged and nothing is cached until it has succeeded. */
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

  /** Makes a new version when numbers have changed without a commit, and notifies followers. */
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
    return { version, store, at, unavailable: stale === true };
  };
  const statsCache = new VersionedCache<StatsSnapshot>(async (last, { at }) => {
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
  const recentCache = new VersionedCache<RecentViews>(
    (_, { at }) => readRecent(connection.publicReader, at),
    WINDOW_MS,
  );
  const notCounted = new VersionedCache<NotCounted>(
    (_, { at }) => readNotCounted(connection.publicReader, dayOf(at)),
    UNVERSIONED_MS,
  );
  const publicAnnotations = new VersionedCache<{ readonly annotations: readonly Annotation[] }>(
    () => readPublicAnnotations(connection.publicReader),
    UNVERSIONED_MS,
  );
  const overviews = new LRUCache<string, CachedOverview>({ max: OVERVIEWS });

  /** The state as of which all appended events were folded. */
  let folded: StoreVersion | undefined;

  /** Whether a reader got statistics before everything was folded. */
  let isBehind = false;

  /** Folds appended events before statistics are read. Does not query the store if there are none. */
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
    arrivingMs: connection.arrivingMs,
  });

  const scheduler = new FoldScheduler(
    folder,
    { ...FOLD_SCHEDULE, ...options.schedule },
    {
      isBusy: () => writer.isSaturated,
      isAppending: () => writer.isActive,
      onFold: options.onFold,
      onCaughtUp: () => {
        if (!isBehind) return;
        isBehind = false;
        void newVersion(known).catch(() => {}); // the next commit makes a version too
      },
    },
  );

  const resting = setInterval(() => {
    door.rest(REST_AFTER_MS).catch(() => {}); // the next commit fails too, and reports the error
  }, REST_AFTER_MS);
  resting.unref();

  const watching = connection.shared ? setInterval(() => void watch(), WATCH_MS) : undefined;
  watching?.unref();
  let isWatching = false;
  let behindSince: number | undefined;
  let isForeign = false;

  async function watch(): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    try {
      const state = await reads.state();
      const stored = settings.current();
      // Before the numbers: what is rendered under a new version must not show old settings.
      if (stored?.version !== state.settings || stored.store !== state.store) await settings.read();
      numbers.read(state);
      isForeign = false;
      behindSince = compareVersions(state, known) < 0 ? (behindSince ?? performance.now()) : undefined;
      if (behindSince !== undefined && performance.now() - behindSince >= replicaLagMs) {
        behindSince = undefined;
        await outrank(known);
      }
    } catch (error) {
      numbers.lost();
      await remake(error).catch(() => {}); // the next poll tries again
    } finally {
      isWatching = false;
    }
  }

  /** Creates the tables again in a database that was emptied; does nothing in any other. */
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

  /** What is not cached must include what other instances have just appended. */
  const caughtUp = () => (connection.shared ? scheduler.catchUp() : settled());

  return {
    add: async (event, wantsCount) => (await writer.add([{ event, wantsCount }]))[0] as Written,
    addAll: (events) => writer.add(events.map((event) => ({ event, wantsCount: false }))),
    salts: async (days) => {
      const { salts: stored, destroyed } = await salts(days);
      // Until a checkpoint restarts the log, it still holds the page with the destroyed salt.
      if (destroyed > 0) await connection.rest().catch(() => {});
      return stored;
    },
    count: (page) => (page === undefined ? numbers.total() : numbers.page(page)),
    numbers: (page) => numbers.numbers(page),
    topPages: () => numbers.topPages(),
    stats: async (now) => {
      await settled();
      return statsCache.get(asOf(now));
    },
    analytics: async (query) => {
      await caughtUp();
      return readAnalytics(connection.reader, query);
    },
    recent: async (now) => {
      await settled();
      return recentCache.get(asOf(now));
    },
    ledger: async (query) => {
      await settled(); // the page views beside it
      return readLedgerAnalytics(connection.reader, query);
    },
    rows: async (query) => {
      await caughtUp();
      return readRows(connection.reader, query);
    },
    now: async (now) => {
      await caughtUp();
      return readNow(connection.reader, now);
    },
    overview: async (query, now) => {
      await settled();
      // The end of the comparison moves every minute, so the key is the period alone and the latest query is read.
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
    notCountedSince: (day) => readNotCounted(connection.publicReader, day),
    forgetBefore: async (before) => {
      await scheduler.catchUp();
      return forgetBefore(forgetting, before);
    },
    forgetIds: (now) => forgetIds(forgetting, now),
    forgetVisitors: async (visitors, during) => {
      if (!(await scheduler.catchUp())) throw storeUnavailable();
      return forgetVisitors(forgetting, visitors, during);
    },
    erasePage: async (page) => {
      if (!(await scheduler.catchUp())) throw storeUnavailable();
      await clearStart(startingNumbers, page);
      const erased = await erasePage(forgetting, page);
      numbers.read(await reads.state());
      return erased;
    },
    eraseAll: async () => {
      await eraseAll(forgetting);
      numbers.read(await reads.state());
    },
    export: async (range) => {
      if (!(await scheduler.catchUp())) throw storeUnavailable();
      return exportStore(connection.reader, range);
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
    owner: ownerStore({
      read: connection.publicReader.batch,
      write,
      primary: connection.shared ? write : undefined,
    }),
    // The poll of a shared store has them within half a second; a store of its own makes every change itself.
    settings: { ...settings, refresh: () => Promise.resolve() },
    keys: cachedKeyStore(keyStore({ read: connection.publicReader.batch, write }), (at) => asOf(at)()),
    shares: shareStore({ read: connection.publicReader.batch, write, isShared: connection.shared }),
    segments,
    annotations,
    startingNumbers,
    imports: {
      ...importing,
      undo: async (id, now) => {
        await foldRest();
        const erased = await undoImport(forgetting, id, now);
        names.forget();
        numbers.read(await reads.state());
        return erased;
      },
    },
    publicAnnotations: (now) => publicAnnotations.get(() => ({ ...asOf(now)(), version: 0 })),
    beat: (now) => beat(door.writeDerived, now),
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
