import { storeUnavailable, type PageView } from '@footfall/core';
import { Kysely } from 'kysely';
import { LibsqlDialect, type Database } from './dialect.ts';
import { compileFold, type Entry, type Written } from './fold.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrations.ts';
import { Numbers } from './numbers.ts';
import type { Count, PageNumbers, TopPages } from './published.ts';
import { compileReads } from './reads.ts';
import type { Tables } from './schema.ts';

/** A way to a database, opened by `openFile` or `openServer`. */
export interface Connection {
  readonly database: Database;
  /** Whether other instances may commit to it too. */
  readonly shared: boolean;
  /** How long a page view may wait until its commit begins, in milliseconds. */
  readonly patienceMs: number;
  /** How long a batch is worth waiting for company, in milliseconds: less than a commit takes. */
  readonly companyMs: number;
  /** Makes the connection trustworthy again after a write has failed. */
  readonly renew: () => Promise<void>;
  /** Tidies up while no writes come. */
  readonly rest: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Brings a database's tables to a migration, up or down, and to the newest when none is named.
 * @returns the names of the migrations that ran
 */
export function migrateConnection({ database }: Connection, target?: string): Promise<string[]> {
  return migrate(new Kysely<Tables>({ dialect: new LibsqlDialect(database) }), target);
}

/** What is told of each commit, for metrics and the log. */
export interface CommitReport {
  readonly size: number;
  readonly ms: number;
  /** Why it failed; its senders were told to try again. */
  readonly error?: unknown;
}

export interface StoreOptions {
  readonly onCommit?: (report: CommitReport) => void;
  /** Page views that may wait for a commit before more are refused. */
  readonly capacity?: number;
}

/** The store of one site: a durable log of page views and the numbers folded from it. */
export interface Store {
  /**
   * Stores a page view; resolves when it is durable. One that has been stored before, by its id, is not counted again.
   * @param wantsCount whether the page's own number is needed in the answer
   * @throws {FootfallError} SERVICE_UNAVAILABLE: not acknowledged, may be sent again
   */
  readonly add: (view: PageView, wantsCount: boolean) => Promise<Written>;
  /** A page's views, or all. */
  readonly count: (page?: string) => Count | Promise<Count>;
  /** A page's views with all of the same moment, which are never older. */
  readonly numbers: (page: string) => Promise<PageNumbers>;
  /** The 100 pages with the most views. */
  readonly topPages: () => Promise<TopPages>;
  /** Resolves when the store answers and its tables are up to date. */
  readonly ping: () => Promise<void>;
  /** Page views that wait for a commit. */
  readonly waiting: () => number;
  /** Commits what waits, then closes. */
  readonly close: () => Promise<void>;
}

/** Page views that may wait for a commit, and the most that one commit takes: each bounds memory and the time of a turn. */
const CAPACITY = 10_000;
const LARGEST_COMMIT = 1_000;

/** How often a shared database is asked whether someone else has committed, in milliseconds (API.md, Freshness). */
const WATCH_MS = 500;

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

  const fold = compileFold(db);
  const reads = compileReads(db, database);
  const numbers = new Numbers(reads, await reads.state());

  let distrusted = false;
  let busyUntil = 0;

  /** One transaction for the whole batch. Until it has succeeded nobody is answered and nothing is kept. */
  async function commit(batch: readonly Entry[]): Promise<readonly Written[]> {
    const began = performance.now();
    try {
      if (distrusted) await connection.renew();
      distrusted = true;
      const { written, state, inserted } = await fold.commit(database, batch);
      distrusted = false;
      numbers.committed(state, new Set(inserted === 0 ? [] : batch.map(({ view }) => view.page)));
      options.onCommit?.({ size: batch.length, ms: performance.now() - began });
      return written;
    } catch (error) {
      options.onCommit?.({ size: batch.length, ms: performance.now() - began, error });
      throw storeUnavailable(error);
    } finally {
      busyUntil = performance.now() + REST_AFTER_MS;
    }
  }

  const writer = new GroupCommit(commit, {
    capacity: options.capacity ?? CAPACITY,
    largest: LARGEST_COMMIT,
    patienceMs: connection.patienceMs,
    companyMs: connection.companyMs,
  });

  const resting = setInterval(() => {
    if (busyUntil === 0 || performance.now() < busyUntil || writer.length > 0) return;
    busyUntil = 0;
    connection.rest().catch(() => {}); // the next commit says what is wrong, to someone who can act on it
  }, REST_AFTER_MS);
  resting.unref();

  const watching = connection.shared ? setInterval(() => void watch(), WATCH_MS) : undefined;
  watching?.unref();
  let looking = false;

  async function watch(): Promise<void> {
    if (looking) return;
    looking = true;
    await reads.state().then(
      (state) => {
        numbers.read(state);
      },
      () => {
        numbers.lost();
      },
    );
    looking = false;
  }

  return {
    add: (view, wantsCount) => writer.add({ view, wantsCount }),
    count: (page) => (page === undefined ? numbers.total() : numbers.page(page)),
    numbers: (page) => numbers.numbers(page),
    topPages: () => numbers.topPages(),
    ping: async () => {
      await reads.state();
    },
    waiting: () => writer.length,
    close: async () => {
      clearInterval(resting);
      clearInterval(watching);
      await writer.drain();
      if (distrusted) await connection.renew().catch(() => {}); // closing says what is wrong
      await connection.close();
    },
  };
}
