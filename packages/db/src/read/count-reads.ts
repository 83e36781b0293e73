import type { InStatement, Row } from '@libsql/client/web';
import { storeUnavailable, type StoreVersion } from '@footfall/core';
import { sql, type Kysely } from 'kysely';
import type { Database, Result } from '../connection/dialect.ts';
import type { Write } from '../log/write.ts';
import type { Committed, PageNumber } from '../log/committed.ts';
import { quotasIn } from '../log/names.ts';
import { MIGRATIONS } from '../keep/migrations.ts';
import type { Tables } from '../keep/schema.ts';
import { outrank } from '../keep/store-id.ts';

/** How many pages a list shows. */
const TOP_PAGES = 100;

const LAST_MIGRATION = Object.keys(MIGRATIONS).sort().at(-1) ?? '';

/** What is read, and the way to write: asking the primary is a write. */
export interface ReadSources {
  readonly database: Database;
  readonly write: Write;
}

/**
 * Builds and compiles every read once.
 * Each throws {FootfallError} SERVICE_UNAVAILABLE when the database does not answer.
 */
export function compileReads(db: Kysely<Tables>, { database, write }: ReadSources) {
  const stateSql = selectState(db).select('settings').compile().sql;
  const numbersSql = selectNumbers(db).compile().sql;
  const migrationSql = sql<{
    name: string;
  }>`select name from kysely_migration order by name desc limit 1`.compile(db).sql;
  const topPagesSql = db
    .selectFrom('visitor_counts')
    .select(['page_identifier', 'view_count', 'last_updated_at'])
    .orderBy('view_count', 'desc')
    .orderBy('id', 'desc')
    .limit(sql.lit(TOP_PAGES))
    .compile().sql;
  async function read(statement: InStatement): Promise<Result> {
    try {
      return await database.execute(statement);
    } catch (cause) {
      throw storeUnavailable(cause);
    }
  }

  return {
    state: async () => stateOf(await read(stateSql)),
    /** The state of the primary, which gets a later store id first if it is behind a state that was published before. */
    outranking: async (published: StoreVersion) => {
      try {
        return stateOf((await write([outrank(published), stateSql]))[1]);
      } catch (cause) {
        throw storeUnavailable(cause);
      }
    },
    /** Resolves where all of this program's migrations have run. */
    upToDate: async () => {
      const { rows } = await read(migrationSql);
      const last = rows[0]?.['name'];
      if (typeof last !== 'string' || last < LAST_MIGRATION) {
        throw storeUnavailable(new Error(`The tables are not up to date: ${LAST_MIGRATION} has not run.`));
      }
    },
    /** The totals and some pages' numbers, of the same moment. */
    numbers: async (pages: readonly string[]) =>
      committedOf(await read({ sql: numbersSql, args: [JSON.stringify(pages)] })),
    /** The list with the total of the same moment: read one after the other, they might not agree. */
    topPages: async () => {
      try {
        const [state, list] = await database.batch([stateSql, topPagesSql], 'read');
        return { state: committedOf(state), pages: list?.rows.map(pageNumberOf) ?? [] };
      } catch (cause) {
        throw storeUnavailable(cause);
      }
    },
  };
}

/** The totals, with the version of the settings. */
function stateOf(result: Result | undefined): Committed & { readonly settings: number } {
  return { ...committedOf(result), settings: Number(result?.rows[0]?.['settings']) };
}

function selectState(db: Kysely<Tables>) {
  return db.selectFrom('visitor_stats').select(['total_views', 'version', 'store', 'last_updated_at']);
}

/**
 * The totals, with the numbers of those pages that a JSON argument lists: one row with the pages as JSON is ten times as
 * fast as many rows.
 */
export function selectNumbers(db: Kysely<Tables>) {
  return selectState(db).select(
    db
      .selectFrom('visitor_counts')
      .select(
        sql<string>`json_group_array(json_array(page_identifier, view_count, last_updated_at))`.as('pages'),
      )
      .where('page_identifier', 'in', sql<string>`(select value from json_each(${''}))`)
      .as('pages'),
  );
}

/** Reads a row of `visitor_stats`, with what was asked for beside it. */
export function committedOf(result: Result | undefined): Committed {
  const row = result?.rows[0];
  if (row === undefined) throw storeUnavailable(new Error('visitor_stats has no row'));
  return {
    total: Number(row['total_views']),
    version: Number(row['version']),
    store: Number(row['store']),
    updatedAt: row['last_updated_at'] === null ? null : Number(row['last_updated_at']),
    pages: listOf<PageNumber>(row['pages']),
    added: row['added'] === null ? undefined : listOf<number>(row['added']),
    others: listOf<string>(row['others']),
    quotas: quotasIn(row['quotas']),
  };
}

function listOf<T>(json: unknown): T[] {
  return typeof json === 'string' ? (JSON.parse(json) as T[]) : [];
}

function pageNumberOf(row: Row): PageNumber {
  return [row['page_identifier'] as string, Number(row['view_count']), Number(row['last_updated_at'])];
}
