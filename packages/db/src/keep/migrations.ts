import { channelOfStored, combinationKey } from '@footfall/core';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { Migrator, type Migration, type MigrationResultSet } from 'kysely/migration';
import type { Tables } from './schema.ts';
import { NEW_STORE_ID } from './store-id.ts';

/** From this migration on, events wait in the log until they are folded. */
export const LOG_TAIL = '0006_log_tail';

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

  // Quotas of new names, and short keys of combinations (decision 0028).
  '0005_names': {
    async up(db) {
      await sql.raw(FACTS_BY_HASH).execute(db);
      await hashKeys(db);
      for (const statement of NAMES) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_NAMES) await sql.raw(statement).execute(db);
      await joinKeys(db);
      await db.schema.dropIndex('visitor_facts_by_use').execute();
      await db.schema.dropTable('visitor_facts_by_hash').execute();
    },
  },

  // From here on a commit appends, and visits and statistics are folded from the log a moment later.
  [LOG_TAIL]: {
    async up(db) {
      for (const statement of WITH_LOG_TAIL) await sql.raw(statement).execute(db);
    },
    async down(db) {
      const { rows } = await sql`select 1 from visitor_log_tail limit 1`.execute(db);
      if (rows.length > 0) throw new Error('The log is not folded to its end, as this migration needs it.');
      for (const statement of NO_LOG_TAIL) await sql.raw(statement).execute(db);
    },
  },

  // The channel is a tenth attribute (decision 0038).
  '0007_channel': {
    async up(db) {
      for (const statement of BEFORE_CHANNELS) await sql.raw(statement).execute(db);
      await addChannels(db);
      for (const statement of CHANNELS_OF_VISITS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of BEFORE_NO_CHANNELS) await sql.raw(statement).execute(db);
      await removeChannels(db);
      for (const statement of NO_CHANNELS) await sql.raw(statement).execute(db);
    },
  },

  // The owner's password and sessions (decision 0043).
  '0008_owner': {
    async up(db) {
      for (const statement of OWNER) await sql.raw(statement).execute(db);
    },
    async down(db) {
      await db.schema.dropTable('visitor_owner_sessions').execute();
      await db.schema.dropTable('visitor_owner').execute();
    },
  },

  // What the owner has set while Footfall runs (decision 0044).
  '0009_settings': {
    async up(db) {
      for (const statement of SETTINGS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      await db.schema.dropTable('visitor_settings').execute();
      await db.schema.alterTable('visitor_stats').dropColumn('settings').execute();
    },
  },

  '0010_annotations': {
    async up(db) {
      await sql.raw(ANNOTATIONS).execute(db);
    },
    async down(db) {
      await db.schema.dropTable('visitor_annotations').execute();
    },
  },

  // The owner's API keys and second factor (decision 0049).
  '0011_keys': {
    async up(db) {
      for (const statement of KEYS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_KEYS) await sql.raw(statement).execute(db);
    },
  },

  // Private links to the statistics (decision 0051).
  '0012_shares': {
    async up(db) {
      await sql.raw(SHARES).execute(db);
    },
    async down(db) {
      await db.schema.dropTable('visitor_shares').execute();
    },
  },

  // The owner's segments (decision 0052).
  '0013_segments': {
    async up(db) {
      await sql.raw(SEGMENTS).execute(db);
    },
    async down(db) {
      await db.schema.dropTable('visitor_segments').execute();
    },
  },

  // Annotations that Footfall makes by itself (decision 0055).
  '0014_automatic_annotations': {
    async up(db) {
      for (const statement of AUTOMATIC) await sql.raw(statement).execute(db);
    },
    async down(db) {
      await db.schema.alterTable('visitor_stats').dropColumn('seen_at').execute();
      await db.schema.alterTable('visitor_annotations').dropColumn('is_automatic').execute();
    },
  },

  // The owner's passkeys (decision 0054).
  '0015_passkeys': {
    async up(db) {
      for (const statement of PASSKEYS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_PASSKEYS) await sql.raw(statement).execute(db);
    },
  },

  // Medium, term and content of the link that led to a visit (decision 0056).
  '0016_tags': {
    async up(db) {
      for (const statement of TAGS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of BEFORE_NO_TAGS) await sql.raw(statement).execute(db);
      await removeTags(db);
      for (const statement of NO_TAGS) await sql.raw(statement).execute(db);
    },
  },

  // Indexes for analytics with filters (decision 0057).
  '0017_filters': {
    async up(db) {
      for (const statement of FILTER_INDEXES) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_FILTER_INDEXES) await sql.raw(statement).execute(db);
    },
  },

  // What was imported, for as long as an import can be repeated and undone (decision 0060).
  '0018_imports': {
    async up(db) {
      for (const statement of IMPORTS) await sql.raw(statement).execute(db);
    },
    async down(db) {
      for (const statement of NO_IMPORTS) await sql.raw(statement).execute(db);
    },
  },

  // Numbers from before Footfall counted (decision 0061).
  '0019_starting_numbers': {
    async up(db) {
      await sql.raw(STARTING_NUMBERS).execute(db);
    },
    async down(db) {
      for (const statement of NO_STARTING_NUMBERS) await sql.raw(statement).execute(db);
    },
  },

  // From which position of the log on the owner's session timeout holds (decision 0066).
  '0021_session_timeouts': {
    async up(db) {
      await sql.raw(SESSION_TIMEOUTS).execute(db);
    },
    async down(db) {
      await sql.raw('drop table visitor_session_timeouts').execute(db);
      // Text without its place in the log would say what does not hold.
      await sql.raw(`delete from visitor_settings where name = 'SESSION_TIMEOUT_MINUTES'`).execute(db);
    },
  },
};

const SESSION_TIMEOUTS = `create table visitor_session_timeouts (
  from_seq integer primary key,
  timeout_ms integer not null check (timeout_ms between 60000 and 14400000)
) strict`;

const IMPORTS = [
  `create table visitor_imports (
    id integer primary key autoincrement,
    fingerprint text not null unique,
    origin text not null,
    format text not null,
    title text not null,
    salt blob,
    began_at integer not null,
    finished_at integer,
    held_until integer not null,
    counted_from integer,
    first_day integer,
    kept_from_before integer,
    is_into_empty integer not null,
    page_views integer not null default 0
  ) strict`,
  `create table visitor_import_ranges (
    last integer primary key,
    first integer not null,
    import integer not null
  ) strict`,
  `create table visitor_imported_counts (
    import integer not null,
    dimension integer not null,
    hour integer not null,
    value integer not null,
    day integer not null,
    views integer not null,
    visits integer not null,
    visitors integer not null,
    bounces integer not null default 0,
    visit_ms integer not null default 0,
    primary key (import, dimension, hour, value)
  ) strict, without rowid`,
  `create table visitor_imported_numbers (
    import integer not null,
    kind text not null,
    name text not null,
    number integer not null,
    primary key (import, kind, name)
  ) strict, without rowid`,
  "alter table visitor_stats add column origin text not null default ''",
  'update visitor_stats set origin = lower(hex(randomblob(16)))',
];
const NO_IMPORTS = [
  // What was imported as counts stays counted, like what was forgotten.
  `insert into visitor_forgotten_counts
      (dimension, hour, value, day, views, visits, visitors, bounces, visit_ms)
    select dimension, hour, value, day, sum(views), sum(visits), sum(visitors), sum(bounces), sum(visit_ms)
    from visitor_imported_counts
    where hour >= (select kept_from from visitor_stats)
    group by dimension, hour, value
    on conflict (dimension, hour, value) do update set
      views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors,
      bounces = bounces + excluded.bounces, visit_ms = visit_ms + excluded.visit_ms`,
  'alter table visitor_stats drop column origin',
  'drop table visitor_imported_numbers',
  'drop table visitor_imported_counts',
  'drop table visitor_import_ranges',
  'drop table visitor_imports',
];

const STARTING_NUMBERS = `create table visitor_starting_numbers (
  page text primary key,
  number integer not null
) strict, without rowid`;
const NO_STARTING_NUMBERS = [
  // Those of pages are in the pages' counts, as forgotten page views are; the total's is in the total alone.
  'drop table visitor_starting_numbers',
  'update visitor_stats set total_views = (select ifnull(sum(view_count), 0) from visitor_counts)',
];

const PASSKEYS = [
  `create table visitor_passkeys (
    id blob primary key,
    name text not null,
    public_key blob not null,
    counter integer not null,
    created_at integer not null,
    used_at integer
  ) strict, without rowid`,
  `create table visitor_passkey_challenges (
    challenge blob primary key,
    until integer not null
  ) strict, without rowid`,
  'alter table visitor_owner add column passkey_secret blob',
];
const NO_PASSKEYS = [
  'alter table visitor_owner drop column passkey_secret',
  'drop table visitor_passkey_challenges',
  'drop table visitor_passkeys',
];

const SEGMENTS = `create table visitor_segments (
  id integer primary key autoincrement,
  name text not null unique,
  filters text not null
) strict`;

const AUTOMATIC = [
  'alter table visitor_annotations add column is_automatic integer not null default 0',
  'alter table visitor_stats add column seen_at integer',
];

const SHARES = `create table visitor_shares (
  token blob primary key,
  name text not null,
  password text,
  filters text not null,
  origins text not null,
  created_at integer not null,
  expires_at integer,
  used_at integer
) strict, without rowid`;

const SETTINGS = [
  `create table visitor_settings (
    name text primary key,
    value text not null
  ) strict, without rowid`,
  'alter table visitor_stats add column settings integer not null default 0',
];

const KEYS = [
  `create table visitor_api_keys (
    key blob primary key,
    name text not null,
    can_read integer not null,
    can_write integer not null,
    created_at integer not null,
    used_at integer
  ) strict, without rowid`,
  'alter table visitor_owner add column factor_secret text',
  'alter table visitor_owner add column factor_step integer',
  'alter table visitor_owner add column code_tries integer not null default 0',
  'alter table visitor_owner add column code_tries_since integer not null default 0',
  'create table visitor_owner_recovery (code blob primary key) strict, without rowid',
  `create table visitor_owner_pending (
    token blob primary key,
    proof blob not null,
    until integer not null
  ) strict, without rowid`,
  'alter table visitor_owner_sessions add column password blob',
];
const NO_KEYS = [
  'alter table visitor_owner_sessions drop column password',
  'drop table visitor_owner_pending',
  'drop table visitor_owner_recovery',
  ...['code_tries_since', 'code_tries', 'factor_step', 'factor_secret'].map(
    (column) => `alter table visitor_owner drop column ${column}`,
  ),
  'drop table visitor_api_keys',
];

/** The numbers of deleted ones are not given again: an old page must not edit another. */
const ANNOTATIONS = `create table visitor_annotations (
  id integer primary key autoincrement,
  date text not null,
  text text not null,
  is_public integer not null
) strict`;

const OWNER = [
  `create table visitor_owner (
    id integer primary key check (id = 1),
    password text,
    setup_token blob,
    setup_until integer
  ) strict`,
  `create table visitor_owner_sessions (
    token blob primary key,
    proof blob not null,
    created_at integer not null,
    seen_at integer not null,
    browser text not null
  ) strict, without rowid`,
];

/** Tables that the fold of then handed its sets on in. */
const SCRATCH = [
  `fold_reports (
    seq integer primary key,
    place integer,
    id blob not null,
    at integer not null,
    hour integer not null,
    day integer not null,
    visitor integer not null,
    person integer not null,
    prior integer,
    page integer,
    facts integer not null,
    referrer text,
    campaign text,
    engaged_ms integer,
    seen_until integer,
    was integer
  )`,
  `fold_others (
    key text primary key,
    facts integer not null
  ) without rowid`,
  `fold_near (
    seq integer not null,
    session integer not null,
    precedes integer not null,
    primary key (seq, session)
  ) without rowid`,
  `fold_plain (is_plain integer not null, constraint fold_plain check (is_plain))`,
  `fold_touched (session integer primary key)`,
  `fold_days (
    visitor integer not null,
    day integer not null,
    primary key (visitor, day)
  ) without rowid`,
  `fold_hours (
    sign integer not null,
    visitor integer not null,
    day integer not null,
    session integer not null,
    hour integer not null,
    views integer not null,
    began integer not null,
    started_at integer not null,
    facts integer not null,
    entry integer,
    exit integer,
    bounce integer not null,
    ms integer not null,
    primary key (sign, visitor, day, session, hour)
  ) without rowid`,
  `fold_points (
    n integer primary key,
    seq integer not null,
    at integer not null,
    hour integer not null,
    day integer not null,
    visitor integer not null,
    prior integer,
    page integer,
    facts integer not null,
    engaged_ms integer,
    seen_until integer,
    was integer,
    opens integer not null,
    session integer,
    anchor integer
  )`,
  `fold_looks (
    seq integer primary key,
    session integer not null,
    id blob not null,
    before integer not null,
    engaged_ms integer not null,
    scroll_percent integer not null,
    seen_until integer not null
  )`,
  `fold_counts (
    dimension integer not null,
    hour integer not null,
    day integer not null,
    value integer not null,
    views integer not null,
    visits integer not null,
    visitors integer not null
  )`,
];

const NO_SCRATCH = SCRATCH.map((table) => `drop table ${table.slice(0, table.indexOf(' '))}`);

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
  ...SCRATCH.map((table) => `create table ${table}`),
];

const NO_VISITORS = [
  ...NO_SCRATCH,
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

const ATTRIBUTES = [
  'country',
  'region',
  'city',
  'language',
  'source',
  'campaign',
  'device',
  'browser',
  'system',
] as const;

const FACTS_BY_HASH = `create table visitor_facts_by_hash (
    id integer primary key,
    key blob not null unique,
    used integer not null,
    country integer not null,
    region integer not null,
    city integer not null,
    language integer not null,
    source integer not null,
    campaign integer not null,
    device integer not null,
    browser integer not null,
    system integer not null
  ) strict`;

/** Rows that are read, or written, at once. */
const SLICE = 5_000;

/** Copies the combinations with a hash in place of each long key: SQL has no hash. */
async function hashKeys(db: Kysely<unknown>): Promise<void> {
  const values = new Map<number, string>();
  for await (const slice of slicesOf<[id: number, value: string]>(db, 'visitor_values', ['id', 'value']))
    for (const [id, value] of slice) values.set(id, value);

  for await (const slice of slicesOf<number[]>(db, 'visitor_facts', ['id', ...ATTRIBUTES])) {
    const rows = slice.map(([id, ...ids]) => {
      const strings = ATTRIBUTES.map((_, at) => values.get(ids[at] ?? 0)) as string[];
      return [id, combinationKey(strings), ...ids];
    });
    await sql`
      insert into visitor_facts_by_hash (id, key, used, ${sql.join(ATTRIBUTES.map((name) => sql.ref(name)))})
      select value ->> 0, unhex(value ->> 1), unixepoch() / 86400,
        ${sql.join(ATTRIBUTES.map((_, at) => sql`value ->> ${sql.lit(at + 2)}`))}
      from json_each(${JSON.stringify(rows)})`.execute(db);
  }
}

/** Copies them back, each with its values for a key. */
async function joinKeys(db: Kysely<unknown>): Promise<void> {
  const strings = ATTRIBUTES.map(
    (name) => sql`(select value from visitor_values where id = facts.${sql.ref(name)})`,
  );
  for await (const slice of slicesOf<[id: number]>(db, 'visitor_facts_by_hash', ['id'])) {
    await sql`
      insert into visitor_facts (id, key, ${sql.join(ATTRIBUTES.map((name) => sql.ref(name)))})
      select id, ${sql.join(strings, sql` || char(10) || `)}, ${sql.join(ATTRIBUTES.map((name) => sql.ref(name)))}
      from visitor_facts_by_hash facts
      where id between ${slice[0]?.[0]} and ${slice.at(-1)?.[0]}
      order by id`.execute(db);
  }
}

/** The rows of a table in the order of their ids, some thousands at a time. */
async function* slicesOf<Row extends unknown[]>(
  db: Kysely<unknown>,
  table: string,
  columns: readonly (string | RawBuilder<unknown>)[],
): AsyncGenerator<Row[]> {
  const listed = sql.join(columns.map((column) => (typeof column === 'string' ? sql.ref(column) : column)));
  for (let after = 0; ;) {
    const { rows } = await sql<{ rows: string }>`
      select json_group_array(json_array(${listed})) as rows
      from (select * from ${sql.table(table)} where id > ${after} order by id limit ${sql.lit(SLICE)})`.execute(
      db,
    );
    const slice = JSON.parse(rows[0]?.rows ?? '[]') as Row[];
    if (slice.length > 0) yield slice;
    if (slice.length < SLICE) return;
    after = slice.at(-1)?.[0] as number;
  }
}

/** Whether an hour's quotas have room for a name that is offered: for everyone's, its sender's and its sender's network's. */
const HAS_ROOM = `not exists (
      select 1 from visitor_new_names counted
      where counted.hour = new.hour and counted.dimension = new.dimension
        and counted.sender in (0, new.address, new.network)
        and counted.names >= case counted.sender
          when 0 then new.most when new.network then new.most_of_network else new.most_of_address end
    )`;

/** Counts a name for all whose quota it uses. */
const COUNT_NAME = `insert into visitor_new_names (hour, dimension, sender, names)
    select new.hour, new.dimension, sender.value, 1
    from json_each(json_array(0, new.address, new.network)) sender
    where new.is_limited and sender.value is not null
    on conflict (hour, dimension, sender) do update set names = names + 1`;

/** What is inserted into these is stored only as far as the quotas have room for it, one row after the other. */
const FACTS_OFFERS = [
  `create view visitor_facts_offers as
    select 0 as dimension, facts.*, 0 as hour, 0 as is_limited, 0 as address, 0 as network,
      0 as most, 0 as most_of_network, 0 as most_of_address
    from visitor_facts facts where false`,
  `create trigger visitor_facts_offered instead of insert on visitor_facts_offers
    when not exists (select 1 from visitor_facts known where known.key = new.key)
      and (not new.is_limited or ${HAS_ROOM})
  begin
    insert into visitor_facts
      (key, used, country, region, city, language, source, campaign, device, browser, system)
    values (new.key, new.used, new.country, new.region, new.city, new.language, new.source, new.campaign,
      new.device, new.browser, new.system);
    ${COUNT_NAME};
  end`,
];

/** A value is used as long as a combination that has it is. */
const usedByFacts = (columns: readonly string[]): string[] =>
  ['insert on', 'update of used on'].map(
    (change) => `create trigger visitor_values_used_by_${change.split(' ')[0]} after ${change} visitor_facts
  begin
    update visitor_values set used = new.used
    where id in (${columns.map((column) => `new.${column}`).join(', ')}) and used < new.used;
  end`,
  );

const NAMED = ['region', 'city', 'language', 'source', 'campaign'];
const USED_BY_FACTS = usedByFacts(NAMED);

const NAMES = [
  'drop table visitor_facts',
  'alter table visitor_facts_by_hash rename to visitor_facts',
  'create index visitor_facts_by_use on visitor_facts (used)',
  'drop index visitor_values_by_age',
  'alter table visitor_values add column used integer',
  'create index visitor_values_by_use on visitor_values (used) where used is not null',

  `create table visitor_new_names (
    hour integer not null,
    dimension integer not null,
    sender integer not null,
    names integer not null,
    primary key (hour, dimension, sender)
  ) strict, without rowid`,

  `create view visitor_value_offers as
    select 0 as dimension, '' as value, 0 as used, 0 as hour, 0 as is_limited, 0 as address, 0 as network,
      0 as most, 0 as most_of_network, 0 as most_of_address
    where false`,
  `create trigger visitor_value_offered instead of insert on visitor_value_offers
    when not exists (
      select 1 from visitor_values known where known.dimension = new.dimension and known.value = new.value
    ) and (not new.is_limited or ${HAS_ROOM})
  begin
    insert into visitor_values (dimension, value, since, used)
    values (new.dimension, new.value, new.hour, iif(new.is_limited, new.used, null));
    ${COUNT_NAME};
  end`,
  ...FACTS_OFFERS,

  // A value that was counted stays for good, as its counts do.
  ...USED_BY_FACTS,
  `create trigger visitor_values_counted after insert on visitor_daily_counts
  begin
    update visitor_values set used = null where id = new.value and used is not null;
  end`,
];

const NO_NAMES = [
  ...['visitor_values_counted', 'visitor_values_used_by_update', 'visitor_values_used_by_insert'].map(
    (trigger) => `drop trigger ${trigger}`,
  ),
  'drop view visitor_facts_offers',
  'drop view visitor_value_offers',
  'drop table visitor_new_names',
  'drop index visitor_values_by_use',
  'alter table visitor_values drop column used',
  'create index visitor_values_by_age on visitor_values (dimension, since)',
  'alter table visitor_facts rename to visitor_facts_by_hash',
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
];

/** Columns of the log that stay. */
const LOG_COLUMNS = `seq, page, session, visitor, facts, hour, prior, viewed_at, engaged_ms, scroll_percent, seen_until,
  referrer, utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id`;

const logTable = (id: string): string => `create table visitor_page_views (
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
    ${id}referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    utm_term text,
    utm_content text,
    click_id text
  ) strict`;

const LOG_BY_SESSION = `create index visitor_page_views_by_session on visitor_page_views (session, page, hour)
    where session is not null`;

/** Resent events come within a day; ids are kept for three more. */
const IDS_MS = 96 * 60 * 60 * 1000;

const WITH_LOG_TAIL = [
  ...NO_SCRATCH,
  `create table visitor_event_ids (seq integer primary key, id blob not null unique) strict`,
  `insert into visitor_event_ids (seq, id)
    select seq, id from visitor_page_views
    where viewed_at >= (select max(viewed_at) from visitor_page_views) - ${IDS_MS}`,
  `create table visitor_log_tail (seq integer primary key, events text not null, others text) strict`,
  `create table visitor_set_aside (
    seq integer primary key,
    event text not null,
    page text,
    error text not null,
    set_aside_at integer not null
  ) strict`,
  'drop index visitor_page_views_by_session',
  'alter table visitor_page_views rename to visitor_page_views_before',
  logTable(''),
  `insert into visitor_page_views select ${LOG_COLUMNS} from visitor_page_views_before`,
  'drop table visitor_page_views_before',
  LOG_BY_SESSION,
  'alter table visitor_sessions add column entered_at integer',
  'alter table visitor_sessions add column registrations integer not null default 0',
  `update visitor_sessions set entered_at = first.at, registrations = first.registrations
    from (
      select session, min(iif(page is null, null, viewed_at)) as at, count(*) - count(page) as registrations
      from visitor_page_views where session is not null group by session
    ) first
    where first.session = visitor_sessions.id`,
  'alter table visitor_stats add column appended integer not null default 0',
  'alter table visitor_stats add column fold_version integer not null default 0',
  'update visitor_stats set appended = folded',
];

const NO_LOG_TAIL = [
  'alter table visitor_stats drop column fold_version',
  'alter table visitor_stats drop column appended',
  'alter table visitor_sessions drop column registrations',
  'alter table visitor_sessions drop column entered_at',
  'drop index visitor_page_views_by_session',
  'alter table visitor_page_views rename to visitor_page_views_after',
  logTable('id blob not null unique,\n    '),
  `insert into visitor_page_views
    select ${LOG_COLUMNS.replace('seen_until,', 'seen_until, coalesce(known.id, randomblob(16)),').replace('seq,', 'after.seq,')}
    from visitor_page_views_after after left join visitor_event_ids known on known.seq = after.seq`,
  'drop table visitor_page_views_after',
  LOG_BY_SESSION,
  'drop table visitor_set_aside',
  'drop table visitor_log_tail',
  'drop table visitor_event_ids',
  ...SCRATCH.map((table) => `create table ${table}`),
];

/** The number of the dimension. */
const CHANNEL = 13;

const UNKNOWN_CHANNEL = `(select id from visitor_values where dimension = ${CHANNEL} and value = '')`;

const BEFORE_CHANNELS = [
  'drop view visitor_facts_offers',
  `insert into visitor_values (dimension, value, since) values (${CHANNEL}, '', 0)`,
  `create table visitor_facts_with_channel (
    id integer primary key,
    key blob not null unique,
    used integer not null,
    country integer not null,
    region integer not null,
    city integer not null,
    language integer not null,
    source integer not null,
    campaign integer not null,
    device integer not null,
    browser integer not null,
    system integer not null,
    channel integer not null
  ) strict`,
];

/** Copies the combinations, each with the channel that it leaves no doubt of, and with a new key. */
async function addChannels(db: Kysely<unknown>): Promise<void> {
  for await (const rows of combinationsIn(db)) {
    const keyed = rows.map(({ id, used, ids, strings }) => {
      const channel = channelOfStored(
        strings[ATTRIBUTES.indexOf('source')] ?? '',
        strings[ATTRIBUTES.indexOf('campaign')] ?? '',
      );
      return [id, combinationKey([...strings, channel]), used, channel, ...ids];
    });
    const json = JSON.stringify(keyed);
    await sql`
      insert or ignore into visitor_values (dimension, value, since)
      select distinct ${sql.lit(CHANNEL)}, value ->> 3, 0 from json_each(${json})`.execute(db);
    await sql`
      insert into visitor_facts_with_channel
        (id, key, used, ${sql.join(ATTRIBUTES.map((name) => sql.ref(name)))}, channel)
      select row.value ->> 0, unhex(row.value ->> 1), row.value ->> 2,
        ${sql.join(ATTRIBUTES.map((_, at) => sql`row.value ->> ${sql.lit(at + 4)}`))}, channel.id
      from json_each(${json}) row
      cross join visitor_values channel
        on channel.dimension = ${sql.lit(CHANNEL)} and channel.value = row.value ->> 3`.execute(db);
  }
}

interface Combination {
  readonly id: number;
  readonly used: number;
  /** The ids of its values, and the values, in the order of `ATTRIBUTES`. */
  readonly ids: readonly number[];
  readonly strings: readonly string[];
}

/** The combinations in the order of their ids, some thousands at a time. */
async function* combinationsIn(db: Kysely<unknown>): AsyncGenerator<Combination[]> {
  const strings = ATTRIBUTES.map(
    (name) => sql`(select value from visitor_values known where known.id = ${sql.ref(name)})`,
  );
  for await (const slice of slicesOf<[id: number, used: number, ...rest: unknown[]]>(db, 'visitor_facts', [
    'id',
    'used',
    ...ATTRIBUTES,
    ...strings,
  ])) {
    yield slice.map(([id, used, ...rest]) => ({
      id,
      used,
      ids: rest.slice(0, ATTRIBUTES.length) as number[],
      strings: rest.slice(ATTRIBUTES.length) as string[],
    }));
  }
}

/** The name of the view is another one: an older instance then finds none and waits, in place of setting events aside. */
const COMBINATION_OFFERS = [
  `create view visitor_combination_offers as
    select 0 as dimension, facts.*, 0 as hour, 0 as is_limited, 0 as address, 0 as network,
      0 as most, 0 as most_of_network, 0 as most_of_address
    from visitor_facts facts where false`,
  `create trigger visitor_combination_offered instead of insert on visitor_combination_offers
    when not exists (select 1 from visitor_facts known where known.key = new.key)
      and (not new.is_limited or ${HAS_ROOM})
  begin
    insert into visitor_facts
      (key, used, country, region, city, language, source, campaign, device, browser, system, channel)
    values (new.key, new.used, new.country, new.region, new.city, new.language, new.source, new.campaign,
      new.device, new.browser, new.system, new.channel);
    ${COUNT_NAME};
  end`,
];

/**
 * Counts by channel, from the visits as far as they are kept. What was counted of others counts as unknown: all of it
 * together is exact, by channel it cannot be known.
 */
const CHANNELS_OF_VISITS = [
  'drop table visitor_facts',
  'alter table visitor_facts_with_channel rename to visitor_facts',
  'create index visitor_facts_by_use on visitor_facts (used)',
  ...COMBINATION_OFFERS,
  ...USED_BY_FACTS,

  `insert into visitor_forgotten_counts (dimension, hour, value, day, views, visits, visitors)
    select ${CHANNEL}, hour, ${UNKNOWN_CHANNEL}, day, views, visits, visitors
    from visitor_forgotten_counts where dimension = 0`,
  `insert into visitor_hourly_counts (dimension, hour, value, views, visits, visitors)
    with kept as (select kept_from from visitor_stats)
    select ${CHANNEL}, hour, value, sum(views), sum(visits), sum(visitors)
    from (
      select hours.hour, facts.channel as value, hours.views, hours.hour = visit.hour as visits, 0 as visitors
      from kept
      cross join visitor_session_hours hours
      join visitor_sessions visit on visit.id = hours.session
      join visitor_facts facts on facts.id = visit.facts
      where hours.hour >= kept_from
      union all
      select min(hours.hour), facts.channel, 0, 0, 1
      from kept
      cross join visitor_session_hours hours
      join visitor_sessions visit on visit.id = hours.session
      join visitor_facts facts on facts.id = visit.facts
      where hours.hour >= kept_from
      group by hours.visitor, hours.day, facts.channel
      union all
      select hour, value, views, visits, visitors
      from kept cross join visitor_forgotten_counts where dimension = ${CHANNEL} and hour >= kept_from
      union all
      select hour, ${UNKNOWN_CHANNEL}, views, visits, visitors
      from kept cross join visitor_hours where hour < kept_from
    )
    group by hour, value`,
  `insert into visitor_daily_counts (dimension, day, value, views, visits, visitors)
    select ${CHANNEL}, hours.day, counts.value, sum(counts.views), sum(counts.visits), sum(counts.visitors)
    from visitor_hourly_counts counts join visitor_hours hours on hours.hour = counts.hour
    where counts.dimension = ${CHANNEL}
    group by hours.day, counts.value`,
];

const BEFORE_NO_CHANNELS = [
  ...['visitor_hourly_counts', 'visitor_daily_counts', 'visitor_forgotten_counts'].map(
    (table) => `delete from ${table} where dimension = ${CHANNEL}`,
  ),
  'drop view visitor_combination_offers',
  FACTS_BY_HASH,
];

/** Copies the combinations without their channels; of those that are the same then, the first one stays. */
async function removeChannels(db: Kysely<unknown>): Promise<void> {
  for await (const rows of combinationsIn(db)) {
    const json = JSON.stringify(
      rows.map(({ id, used, ids, strings }) => [id, combinationKey(strings), used, ...ids]),
    );
    await sql`
      insert into visitor_facts_by_hash (id, key, used, ${sql.join(ATTRIBUTES.map((name) => sql.ref(name)))})
      select value ->> 0, unhex(value ->> 1), value ->> 2,
        ${sql.join(ATTRIBUTES.map((_, at) => sql`value ->> ${sql.lit(at + 3)}`))}
      from json_each(${json}) where true
      on conflict (key) do update set used = max(used, excluded.used)`.execute(db);
  }
}

const NO_CHANNELS = [
  'create table visitor_facts_joined (was integer primary key, facts integer not null) strict',
  `insert into visitor_facts_joined
    select gone.id, kept.id
    from visitor_facts gone
    join visitor_facts_by_hash kept on ${ATTRIBUTES.map((name) => `kept.${name} = gone.${name}`).join(' and ')}
    where gone.id not in (select id from visitor_facts_by_hash)`,
  ...['visitor_page_views', 'visitor_sessions'].map(
    (table) => `update ${table} set facts = joined.facts
    from visitor_facts_joined joined where joined.was = ${table}.facts`,
  ),
  'drop table visitor_facts_joined',
  'drop table visitor_facts',
  'alter table visitor_facts_by_hash rename to visitor_facts',
  'create index visitor_facts_by_use on visitor_facts (used)',
  ...FACTS_OFFERS,
  ...USED_BY_FACTS,
  `delete from visitor_values where dimension = ${CHANNEL}`,
];

/** What a link says beside the name of its campaign. */
const TAG_COLUMNS = ['medium', 'term', 'content'] as const;

/** The numbers of these dimensions. */
const TAG_DIMENSIONS = '(14, 15, 16)';

const NO_NAMES_USED = ['insert', 'update'].map((change) => `drop trigger visitor_values_used_by_${change}`);

/** Combinations stay as they are: none has a tag yet, which is 0. The view has another name, for the same reason as before. */
const TAGS = [
  'drop view visitor_combination_offers',
  ...NO_NAMES_USED,
  ...TAG_COLUMNS.map((column) => `alter table visitor_facts add column ${column} integer not null default 0`),
  `create view visitor_attribute_offers as
    select 0 as dimension, facts.*, 0 as hour, 0 as is_limited, 0 as address, 0 as network,
      0 as most, 0 as most_of_network, 0 as most_of_address
    from visitor_facts facts where false`,
  `create trigger visitor_attributes_offered instead of insert on visitor_attribute_offers
    when not exists (select 1 from visitor_facts known where known.key = new.key)
      and (not new.is_limited or ${HAS_ROOM})
  begin
    insert into visitor_facts
      (key, used, country, region, city, language, source, campaign, device, browser, system, channel,
        medium, term, content)
    values (new.key, new.used, new.country, new.region, new.city, new.language, new.source, new.campaign,
      new.device, new.browser, new.system, new.channel, new.medium, new.term, new.content);
    ${COUNT_NAME};
  end`,
  ...usedByFacts([...NAMED, ...TAG_COLUMNS]),
  // What is one too many is counted as this, so it has to be there before the quota is used up.
  `insert into visitor_values (dimension, value, since)
    select value, '(other)', 0 from json_each('[14,15,16]')`,
];

const TEN = [...ATTRIBUTES, 'channel'] as const;
const HAS_TAG = `(${TAG_COLUMNS.map((column) => `${column} > 0`).join(' or ')})`;

/** Combinations that differ by their tags alone become one: that without a tag, or else the first. */
const BEFORE_NO_TAGS = [
  ...['visitor_hourly_counts', 'visitor_daily_counts', 'visitor_forgotten_counts'].map(
    (table) => `delete from ${table} where dimension in ${TAG_DIMENSIONS}`,
  ),
  'drop view visitor_attribute_offers',
  ...NO_NAMES_USED,
  'create table visitor_facts_joined (was integer primary key, facts integer not null) strict',
  `insert into visitor_facts_joined
    select id, kept
    from (
      select id, first_value(id) over (partition by ${TEN.join(', ')} order by ${HAS_TAG}, id) as kept
      from visitor_facts
    )
    where id <> kept`,
  ...['visitor_page_views', 'visitor_sessions'].map(
    (table) => `update ${table} set facts = joined.facts
    from visitor_facts_joined joined where joined.was = ${table}.facts`,
  ),
  `update visitor_facts set used = max(visitor_facts.used, joined.used)
    from (
      select facts, max(gone.used) as used
      from visitor_facts_joined joined join visitor_facts gone on gone.id = joined.was
      group by facts
    ) joined
    where joined.facts = visitor_facts.id`,
  'delete from visitor_facts where id in (select was from visitor_facts_joined)',
  'drop table visitor_facts_joined',
];

/** Gives the combinations that still have a tag the keys that they have without. */
async function removeTags(db: Kysely<unknown>): Promise<void> {
  const strings = TEN.map(
    (name) => sql`(select value from visitor_values known where known.id = ${sql.ref(name)})`,
  );
  for await (const slice of slicesOf<[id: number, hasTag: 0 | 1, ...strings: string[]]>(db, 'visitor_facts', [
    'id',
    sql.raw(HAS_TAG),
    ...strings,
  ])) {
    const keyed = slice.flatMap(([id, hasTag, ...its]) => (hasTag === 1 ? [[id, combinationKey(its)]] : []));
    await sql`
      update visitor_facts set key = unhex(keyed.value ->> 1)
      from json_each(${JSON.stringify(keyed)}) keyed
      where visitor_facts.id = keyed.value ->> 0`.execute(db);
  }
}

const NO_TAGS = [
  ...TAG_COLUMNS.map((column) => `alter table visitor_facts drop column ${column}`),
  ...COMBINATION_OFFERS,
  ...USED_BY_FACTS,
  `delete from visitor_values where dimension in ${TAG_DIMENSIONS}`,
];

/** Three hours: longer visits are few, so that an index of them costs nothing. */
const FILTER_INDEXES = [
  `create index visitor_sessions_long on visitor_sessions (ended_at) where ended_at - started_at > 10800000`,
  `create index visitor_page_views_by_page on visitor_page_views (page, hour / 3600000)
    where session is not null and page is not null`,
];

const NO_FILTER_INDEXES = ['drop index visitor_page_views_by_page', 'drop index visitor_sessions_long'];

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
