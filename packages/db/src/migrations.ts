import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import type { Tables } from './schema.ts';

/** Every migration, up and down, in the order of the names. A migration that has shipped is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_counter': {
    async up(db) {
      await db.schema
        .createTable('visitor_counts')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('page_identifier', 'text', (column) => column.notNull().unique())
        .addColumn('view_count', 'integer', (column) => column.notNull())
        .addColumn('last_updated_at', 'integer', (column) => column.notNull())
        .modifyEnd(sql`strict`)
        .execute();
      await db.schema
        .createIndex('visitor_counts_by_views')
        .on('visitor_counts')
        .column('view_count')
        .execute();
      await db.schema
        .createTable('visitor_page_views')
        .addColumn('seq', 'integer', (column) => column.primaryKey())
        .addColumn('id', 'blob', (column) => column.notNull().unique())
        .addColumn('viewed_at', 'integer', (column) => column.notNull())
        .addColumn('page_identifier', 'text', (column) => column.notNull())
        .addColumn('referrer', 'text')
        .addColumn('utm_source', 'text')
        .addColumn('utm_medium', 'text')
        .addColumn('utm_campaign', 'text')
        .addColumn('utm_term', 'text')
        .addColumn('utm_content', 'text')
        .addColumn('click_id', 'text')
        .modifyEnd(sql`strict`)
        .execute();
      await db.schema
        .createTable('visitor_stats')
        .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
        .addColumn('total_views', 'integer', (column) => column.notNull())
        .addColumn('last_updated_at', 'integer')
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('folded', 'integer', (column) => column.notNull())
        .addColumn('folded_before', 'integer', (column) => column.notNull())
        .modifyEnd(sql`strict`)
        .execute();
      await (db as Kysely<Tables>)
        .insertInto('visitor_stats')
        .values({ id: 1, total_views: 0, last_updated_at: null, version: 0, folded: 0, folded_before: 0 })
        .execute();
    },
    async down(db) {
      await db.schema.dropTable('visitor_stats').execute();
      await db.schema.dropTable('visitor_page_views').execute();
      await db.schema.dropTable('visitor_counts').execute();
    },
  },

  '0002_country': {
    async up(db) {
      await db.schema.alterTable('visitor_page_views').addColumn('country', 'text').execute();
    },
    async down(db) {
      await db.schema.alterTable('visitor_page_views').dropColumn('country').execute();
    },
  },
};

/**
 * Brings the tables to a migration, up or down, and to the newest when none is named. What fails leaves nothing behind;
 * several processes may do it at once.
 * @returns the names of the migrations that ran
 */
export async function migrate(db: Kysely<Tables>, target?: string): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const set: MigrationResultSet =
    target === undefined
      ? await migrator.migrateToLatest()
      : await migrator.migrateTo(target === 'nothing' ? { __noMigrations__: true } : target);
  if (set.error !== undefined) throw set.error as Error;
  return (set.results ?? []).map((result) => result.migrationName);
}
