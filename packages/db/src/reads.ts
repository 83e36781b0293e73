import type { InStatement, Row } from '@libsql/client/web';
import { storeUnavailable } from '@footfall/core';
import { sql, type Kysely } from 'kysely';
import type { Database, Result } from './dialect.ts';
import type { Committed, PageNumber } from './fold.ts';
import type { Tables } from './schema.ts';

/** How many pages a list shows. */
const TOP_PAGES = 100;

/**
 * Builds and compiles every read once.
 * Each throws {FootfallError} SERVICE_UNAVAILABLE when the database does not answer.
 */
export function compileReads(db: Kysely<Tables>, database: Database) {
  const stateSql = db
    .selectFrom('visitor_stats')
    .select(['total_views', 'version', 'last_updated_at', 'folded_before', 'folded'])
    .compile().sql;
  const numbers = db
    .selectFrom('visitor_counts')
    .select(['page_identifier', 'view_count', 'last_updated_at']);
  const pageSql = numbers.where('page_identifier', '=', '').compile().sql;
  const topPagesSql = numbers
    .orderBy('view_count', 'desc')
    .orderBy('id', 'desc')
    .limit(sql.lit(TOP_PAGES))
    .compile().sql;
  const placesSql = db
    .selectFrom('visitor_page_views')
    .select(sql<string>`json_group_array(seq - ${0} - 1)`.as('places'))
    .where('seq', '>', 0)
    .where('seq', '<=', 0)
    .compile().sql;

  async function read(statement: InStatement): Promise<Result> {
    try {
      return await database.execute(statement);
    } catch (cause) {
      throw storeUnavailable(cause);
    }
  }

  return {
    state: async () => committedOf(await read(stateSql)),
    page: async (page: string) => (await read({ sql: pageSql, args: [page] })).rows.map(pageNumberOf)[0],
    /** The list with the total of the same moment: read one after the other, they might not agree. */
    topPages: async () => {
      try {
        const [state, list] = await database.batch([stateSql, topPagesSql], 'read');
        return { state: committedOf(state), pages: list?.rows.map(pageNumberOf) ?? [] };
      } catch (cause) {
        throw storeUnavailable(cause);
      }
    },
    /** Which places of the batch that a commit stored were inserted: the others are duplicates. */
    placesInserted: async ({ foldedBefore, folded }: Committed) => {
      const from = BigInt(foldedBefore);
      const { rows } = await read({ sql: placesSql, args: [from, from, BigInt(folded)] });
      return JSON.parse(rows[0]?.['places'] as string) as number[];
    },
  };
}

/** Reads a row of `visitor_stats`, with the pages that were asked for if there is such a column. */
export function committedOf(result: Result | undefined): Committed {
  const row = result?.rows[0];
  if (row === undefined) throw storeUnavailable(new Error('visitor_stats has no row'));
  return {
    total: Number(row['total_views']),
    version: Number(row['version']),
    updatedAt: row['last_updated_at'] === null ? null : Number(row['last_updated_at']),
    foldedBefore: Number(row['folded_before']),
    folded: Number(row['folded']),
    pages: typeof row['pages'] === 'string' ? (JSON.parse(row['pages']) as PageNumber[]) : [],
  };
}

function pageNumberOf(row: Row): PageNumber {
  return [row['page_identifier'] as string, Number(row['view_count']), Number(row['last_updated_at'])];
}
