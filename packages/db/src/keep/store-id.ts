import { storeUnavailable, type StoreVersion } from '@footfall/core';
import type { InStatement } from '@libsql/client/web';
import type { Database, Result } from '../connection/dialect.ts';

/**
 * SQL of a new store id (docs/decisions/0026): the seconds since 1970, then twenty random bits. So the database that was
 * made or restored later has the higher id, and no two have the same. It fits a double until 2242.
 */
export const NEW_STORE_ID = '(unixepoch() * 1048576 + (random() & 1048575))';

/** Gives a database that was restored a later store id, so that nobody takes its numbers for an older state of the same. */
export const RENEW_STORE_ID = `update visitor_stats set store = max(store + 1, ${NEW_STORE_ID})`;

const OUTRANK = `
  update visitor_stats set store = max(?1 + 1, ${NEW_STORE_ID})
  where store < ?1 or (store = ?1 and version < ?2)`;

/**
 * Gives the database a later store id, if it is behind a state that was published before. In a write transaction, so that it is
 * the primary that answers: a replica may be behind for another reason.
 */
export function outrank({ store, version }: StoreVersion): InStatement {
  return { sql: OUTRANK, args: [BigInt(store), BigInt(version)] };
}

/** Ends a transaction in a database that is not the known one, or is behind the known version: the column takes no null. */
const REQUIRE_STORE = 'update visitor_stats set store = null where store <> ? or version < ?';

/** The first statement of a transaction that relies on what is cached of a database. */
export function requireStore({ store, version }: StoreVersion): InStatement {
  return { sql: REQUIRE_STORE, args: [BigInt(store), BigInt(version)] };
}

/** Whether it was {@link requireStore} that ended a transaction. */
export function isAnotherStore(error: unknown): boolean {
  return error instanceof Error && error.message.includes('visitor_stats.store');
}

/** What the tables of SQLite itself, of libSQL and of replication begin with. */
const TABLES = `
  select name from sqlite_master
  where type = 'table' and name not like 'sqlite%' and name not like '%libsql%'
  order by name limit 10`;

/**
 * Looks whether a read failed because the tables are gone.
 * @param error what the read threw
 * @returns the names of up to ten tables that are there instead; undefined where it failed for another reason
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export async function tablesInstead(error: unknown, database: Database): Promise<string[] | undefined> {
  const reasons = [error, error instanceof Error ? error.cause : undefined];
  const isGone = reasons.some(
    (reason) =>
      reason instanceof Error &&
      /no such (table: visitor_stats|column: (store|settings))/.test(reason.message),
  );
  if (!isGone) return;
  let result: Result | undefined;
  try {
    [result] = await database.batch([TABLES], 'write'); // the primary
  } catch (cause) {
    throw storeUnavailable(cause);
  }
  return result?.rows.map((row) => row['name'] as string);
}
