import { storeUnavailable } from '@footfall/core';
import { Kysely } from 'kysely';
import { LibsqlDialect } from './dialect.ts';
import { compileFold, type Entry, type Written } from './fold.ts';
import { numbersOf, topPagesOf, totalOf } from './published.ts';
import { compileReads } from './reads.ts';
import type { Connection, Store, StoreOptions } from './store.ts';
import type { Tables } from './schema.ts';
import { Turns } from './turns.ts';

/**
 * A store that keeps nothing between two calls: each page view is a commit of its own, each number is read. It is for
 * where nothing can be kept, because requests share no connection and no timer runs between them. Its tables are made
 * beforehand (`migrateConnection`): many first calls at once would be in each other's way.
 */
export function directStore(
  { database, patienceMs, close }: Connection,
  { onCommit }: Pick<StoreOptions, 'onCommit'> = {},
): Store {
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  const fold = compileFold(db);
  const reads = compileReads(db, database);
  // From eight writers at once on, a sqld was seen to commit nothing for seconds, and the more the longer.
  const turns = new Turns(patienceMs);

  async function commit(entry: Entry): Promise<Written> {
    const began = performance.now();
    try {
      const { written } = await turns.take(() => fold.commit(database, [entry]));
      onCommit?.({ size: 1, ms: performance.now() - began });
      return written[0] as Written;
    } catch (error) {
      onCommit?.({ size: 1, ms: performance.now() - began, error });
      throw storeUnavailable(error);
    }
  }

  async function numbers(page: string) {
    return numbersOf(await reads.numbers([page]));
  }

  return {
    add: (view, wantsCount) => commit({ view, wantsCount }),
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
    ping: () => reads.upToDate(),
    waiting: () => 0,
    close,
  };
}
