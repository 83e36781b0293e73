import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import { DROP_SCRATCH, MAKE_SCRATCH } from './fold-sql.ts';
import type { Tables } from './schema.ts';
import { NEW_STORE_ID } from './store-id.ts';

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
      await (db as Kysely<{ visitor_stats: Record<string, number | null> }>)
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

  // The page views of before have no visitor: they stay in the totals and in the pages' counts, and in nothing else.
  '0003_visitors': {
    async up(db) {
      for (const statement of VISITORS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_VISITORS) await sql.raw(statement).execute(db);
    },
  },

  // A store id, so that a database that takes another's place is recognised; and the salt of devices in a place of its
  // own: day 0 of `visitor_salts` was a day like any other.
  '0004_store_id': {
    async up(db) {
      for (const statement of STORE_ID) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_STORE_ID) await sql.raw(statement).execute(db);
    },
  },
};

const STORE_ID = [
  'alter table visitor_stats add column store integer not null default 0',
  `update visitor_stats set store = ${NEW_STORE_ID}`,
  `create table visitor_device_salt (
    id integer primary key check (id = 1),
    salt blob not null,
    made_at integer not null
  ) strict`,
  'insert into visitor_device_salt (id, salt, made_at) select 1, salt, made_at from visitor_salts where day = 0',
  'delete from visitor_salts where day = 0',
];

const NO_STORE_ID = [
  'delete from visitor_salts where day = 0',
  'insert into visitor_salts (day, salt, made_at) select 0, salt, made_at from visitor_device_salt',
  'drop table visitor_device_salt',
  'alter table visitor_stats drop column store',
];

const VISITORS = [
  `create table visitor_values (
    id integer primary key,
    dimension integer not null,
    value text not null,
    since integer not null,
    unique (dimension, value)
  ) strict`,
  'create index visitor_values_by_age on visitor_values (dimension, since)',
  `create table visitor_facts (
    id integer primary key,
    key text not null unique,
    country integer not null,
    region integer not null,
    city integer not null,
    language integer not null,
    source integer not null,
    campaign integer not null,
    device integer not null,
    browser integer not null,
    system integer not null
  ) strict`,

  'alter table visitor_page_views rename to visitor_page_views_before',
  `create table visitor_page_views (
    seq integer primary key,
    page integer,
    session integer,
    visitor integer,
    facts integer,
    hour integer,
    prior integer,
    viewed_at integer not null,
    engaged_ms integer,
    scroll_percent integer,
    seen_until integer,
    id blob not null unique,
    referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_term text,
    utm_content text,
    click_id text
  ) strict`,
  `insert into visitor_values (dimension, value, since)
    select value, '(other)', 0 from json_each('[1,2,3,4,5,6,7,8,9,10]')`,
  `insert or ignore into visitor_values (dimension, value, since)
    select 1, page_identifier, 0 from visitor_counts order by id`,
  `insert into visitor_page_views
    select before.seq, visitor_values.id, null, null, null, null, null, before.viewed_at, null, null, null,
      before.id, before.referrer, before.utm_source, before.utm_medium, before.utm_campaign, before.utm_term,
      before.utm_content, before.click_id
    from visitor_page_views_before before
    join visitor_values on visitor_values.dimension = 1 and visitor_values.value = before.page_identifier`,
  'drop table visitor_page_views_before',
  `create index visitor_page_views_by_session on visitor_page_views (session, page, hour)
    where session is not null`,

  `create table visitor_sessions (
    id integer primary key,
    visitor integer not null,
    prior integer,
    started_at integer not null,
    ended_at integer not null,
    exited_at integer,
    seen_until integer not null,
    hour integer not null,
    day integer not null,
    views integer not null,
    engaged_ms integer not null,
    entry integer,
    exit integer,
    facts integer not null
  ) strict`,
  'create index visitor_sessions_by_prior on visitor_sessions (prior, started_at) where prior is not null',
  'create index visitor_sessions_by_end on visitor_sessions (ended_at)',
  'create index visitor_sessions_by_hour on visitor_sessions (hour)',
  `create table visitor_session_hours (
    session integer not null,
    hour integer not null,
    day integer not null,
    visitor integer not null,
    views integer not null,
    primary key (session, hour)
  ) strict, without rowid`,
  'create index visitor_session_hours_by_visitor on visitor_session_hours (visitor, hour)',
  `create table visitor_engagements (
    id blob primary key,
    engaged_ms integer not null,
    scroll_percent integer not null,
    seen_until integer not null
  ) strict, without rowid`,
  `create table visitors (
    visitor integer primary key,
    first_at integer not null,
    first_hour integer not null,
    country integer not null
  ) strict`,

  ...['hourly', 'daily'].map(
    (every) => `create table visitor_${every}_counts (
      dimension integer not null,
      ${every === 'hourly' ? 'hour' : 'day'} integer not null,
      value integer not null,
      views integer not null,
      visits integer not null,
      visitors integer not null,
      primary key (dimension, ${every === 'hourly' ? 'hour' : 'day'}, value)
    ) strict, without rowid`,
  ),
  `create table visitor_hours (
    hour integer primary key,
    day integer not null,
    views integer not null,
    visits integer not null,
    visitors integer not null,
    bounces integer not null,
    visit_ms integer not null
  ) strict`,
  `create table visitor_countries (
    country integer primary key,
    visitors integer not null,
    forgotten integer not null default 0
  ) strict`,
  `create table visitor_forgotten_counts (
    dimension integer not null,
    hour integer not null,
    value integer not null,
    day integer not null,
    views integer not null,
    visits integer not null,
    visitors integer not null,
    bounces integer not null default 0,
    visit_ms integer not null default 0,
    primary key (dimension, hour, value)
  ) strict, without rowid`,
  `create table visitor_ledger (
    day integer not null,
    reason text not null,
    detail text not null,
    reports integer not null,
    primary key (day, reason, detail)
  ) strict, without rowid`,
  `create table visitor_failures (
    id integer primary key,
    failed_at integer not null,
    reports integer not null,
    error text not null
  ) strict`,
  `create table visitor_salts (
    day integer primary key,
    salt blob not null,
    made_at integer not null
  ) strict`,
  'alter table visitor_stats drop column folded_before',
  'alter table visitor_stats add column kept_from integer not null default 0',
  'alter table visitor_counts add column forgotten integer not null default 0',
  ...MAKE_SCRATCH,
];

const NO_VISITORS = [
  ...DROP_SCRATCH,
  'alter table visitor_stats add column folded_before integer not null default 0',
  'alter table visitor_stats drop column kept_from',
  'alter table visitor_counts drop column forgotten',
  ...[
    'visitor_salts',
    'visitor_failures',
    'visitor_ledger',
    'visitor_forgotten_counts',
    'visitor_countries',
    'visitor_hours',
    'visitor_daily_counts',
    'visitor_hourly_counts',
    'visitors',
    'visitor_engagements',
    'visitor_session_hours',
    'visitor_sessions',
  ].map((table) => `drop table ${table}`),
  'alter table visitor_page_views rename to visitor_page_views_after',
  `create table visitor_page_views (
    seq integer primary key,
    id blob not null unique,
    viewed_at integer not null,
    page_identifier text not null,
    referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_term text,
    utm_content text,
    click_id text,
    country text
  ) strict`,
  `insert into visitor_page_views
    select seq, after.id, viewed_at, visitor_values.value, referrer, utm_source, utm_medium, utm_campaign, utm_term,
      utm_content, click_id, null
    from visitor_page_views_after after join visitor_values on visitor_values.id = after.page`,
  'drop table visitor_page_views_after',
  'drop table visitor_facts',
  'drop table visitor_values',
];

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
