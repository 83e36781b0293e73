import { storeUnavailable } from '@footfall/core';
import { Kysely } from 'kysely';
import { LibsqlDialect } from './dialect.ts';
import { compileFold, type Entry, type Written } from './fold.ts';
import { migrate } from './migrations.ts';
import { pageOf, topPagesOf, totalOf } from './published.ts';
import { compileReads } from './reads.ts';
import type { Connection, Store, StoreOptions } from './store.ts';
import type { Tables } from './schema.ts';

/**
 * A store that keeps nothing between two calls: each page view is a commit of its own, each number is read. It is for
 * where nothing can be kept, because requests share no connection and no timer runs between them.
 *
 * Nothing happens before the first call, so tables that are missing are made by whoever needs them first.
 */
export function directStore(
  { database, close }: Connection,
  { onCommit }: Pick<StoreOptions, 'onCommit'> = {},
): Store {
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  const fold = compileFold(db);
  const reads = compileReads(db, database);

  async function withTables<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isAboutTables(error)) throw error;
      await migrate(db).catch((cause: unknown) => {
        throw storeUnavailable(cause);
      });
      return work();
    }
  }

  async function commit(entry: Entry): Promise<Written> {
    const began = performance.now();
    try {
      const { written } = await withTables(() => fold.commit(database, [entry]));
      onCommit?.({ size: 1, ms: performance.now() - began });
      return written[0] as Written;
    } catch (error) {
      onCommit?.({ size: 1, ms: performance.now() - began, error });
      throw storeUnavailable(error);
    }
  }

  return {
    add: (view, wantsCount) => commit({ view, wantsCount }),
    count: async (page) =>
      page === undefined
        ? totalOf(await withTables(reads.state))
        : pageOf(await withTables(() => reads.numbers([page]))),
    topPages: async () => {
      const { state, pages } = await withTables(reads.topPages);
      return topPagesOf(state, pages);
    },
    ping: async () => {
      await withTables(reads.state);
    },
    waiting: () => 0,
    close,
  };
}

/** Whether the database answered, but is not as far as this program is. */
function isAboutTables(error: unknown): boolean {
  const reasons = [error, error instanceof Error ? error.cause : undefined];
  return reasons.some((reason) => reason instanceof Error && NOT_MIGRATED.test(reason.message));
}

const NOT_MIGRATED = /no such (?:table|column)|has no column/;
