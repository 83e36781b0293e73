import { createHash } from 'node:crypto';
import { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { describe, expect, it } from 'vitest';
import { channelOfStored, combinationKey, VISIT_DIMENSIONS, type Attributes } from '@footfall/core';
import { migrate, migrateConnection, MIGRATIONS, type Connection } from '@footfall/db';
import { LibsqlDialect } from '../src/connection/dialect.ts';
import type { Tables } from '../src/keep/schema.ts';
import { fill0003 } from './filled.ts';
import {
  campaignOf,
  differencesIn,
  expectAgreement,
  idOf,
  NO_TAGS,
  NOON,
  open,
  openBoth,
  pageView,
  EMPTY_PLACES,
  rowsOf,
  STORE,
} from './support.ts';

const kysely = ({ database }: Connection): Kysely<Tables> =>
  new Kysely({ dialect: new LibsqlDialect(database) });

/** Everything of Footfall's in a database, by kind and name; Kysely's own two tables aside. */
function schemaOf(connection: Connection): Promise<Record<string, unknown>[]> {
  return rowsOf(
    connection,
    `select type, name, sql from sqlite_master where name not like 'kysely%' and name not like 'sqlite%' and name not like '%libsql%' order by type, name`,
  );
}

/** A statement without the indentation that it has in the migration. */
const readable = (sql: string): string => sql.replaceAll(/\n {2,6}(?! )/g, '\n  ').replace(/\n +\)/, '\n)');

/** The same as the database understands it: which columns each table has and what they hold, and what is indexed. */
async function columnsOf(connection: Connection): Promise<Record<string, unknown>[]> {
  return rowsOf(
    connection,
    `select object.name, cid, columns.name column, columns.type, "notnull", pk
    from sqlite_master object join pragma_table_xinfo(object.name) columns
    where object.name like 'visitor%' order by object.name, cid`,
  );
}

/** Every migration after another, in order. */
const migrationsAfter = (name: string): string[] =>
  Object.keys(MIGRATIONS)
    .sort()
    .filter((other) => other > name);

/** What is the same before and after. */
const COUNTS = 'select id, page_identifier, view_count, last_updated_at from visitor_counts order by id';

/** Page views as version 0002 stores them; the last two are of one page. */
const STORED = ['/a', "/it's", '/b', '/b'].map((page, at) => ({
  seq: at + 1,
  id: idOf(at + 1),
  viewed_at: NOON - 86_400_000 + at,
  page_identifier: page,
  referrer: at === 0 ? 'search.example/find' : null,
  utm_source: at === 1 ? '"s"' : null,
  utm_medium: at === 1 ? 'm' : null,
  utm_campaign: at === 1 ? 'c' : null,
  utm_term: at === 1 ? 't' : null,
  utm_content: at === 1 ? 'o' : null,
  click_id: at === 2 ? 'gclid' : null,
  country: at === 3 ? 'BD' : null,
}));

/** Brings a database to version 0002 and puts these page views there. */
async function fill0002(connection: Connection): Promise<void> {
  await migrateConnection(connection, '0002_country');
  const column = (name: string) => `value ->> '${name}'`;
  await connection.database.batch(
    [
      {
        sql: `insert into visitor_page_views (${Object.keys(STORED[0] ?? {}).join(', ')})
          select ${Object.keys(STORED[0] ?? {})
            .map((name) => (name === 'id' ? `unhex(${column(name)})` : column(name)))
            .join(', ')}
          from json_each(?)`,
        args: [JSON.stringify(STORED)],
      },
      `insert into visitor_counts (page_identifier, view_count, last_updated_at)
        select page_identifier, count(*), max(viewed_at) from visitor_page_views group by page_identifier`,
      `update visitor_stats set total_views = 4, version = 3, folded = 4, folded_before = 2,
        last_updated_at = ${NOON - 86_400_000 + 3}`,
    ],
    'write',
  );
}

/** The log as version 0002 has it. */
const logOf0002 = (connection: Connection) =>
  rowsOf(
    connection,
    `select seq, lower(hex(id)) id, viewed_at, page_identifier, referrer,
      utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id, country
    from visitor_page_views order by seq`,
  );

describe.each(EMPTY_PLACES)('migrations on %s', (_, place) => {
  it('make these tables', async () => {
    const connection = await (await place())();
    expect(await schemaOf(connection)).toEqual([]);
    expect(await migrateConnection(connection)).toEqual(Object.keys(MIGRATIONS).sort());
    const schema = await schemaOf(connection);
    await connection.close();
    await expect(schema.map(({ sql }) => `${readable(String(sql))};\n`).join('\n')).toMatchFileSnapshot(
      'schema.sql',
    );
  });

  it('run once: a second time there is nothing to do, and nothing is touched', async () => {
    const connection = await (await place())();
    const store = await open(connection);
    await store.add(pageView(), false);
    expect(await migrateConnection(connection)).toEqual([]);
    await expectAgreement({ store, connection }, 1);
  });

  it('go down and up again on a filled database', async () => {
    const reopen = await place();
    const connection = await reopen();
    const store = await open(connection);
    await Promise.all(Array.from({ length: 100 }, (_, at) => store.add(pageView({ page: `/${at}` }), false)));
    await expectAgreement({ store, connection }, 100);
    const before = await schemaOf(connection);
    expect(await migrateConnection(connection, 'nothing')).toEqual(Object.keys(MIGRATIONS).sort().reverse());
    expect(await schemaOf(connection)).toEqual([]);
    expect(await migrateConnection(connection)).toEqual(Object.keys(MIGRATIONS).sort());
    expect(await schemaOf(connection)).toEqual(before);
    await store.close();

    const again = await reopen();
    const next = await open(again);
    expect(next.count()).toEqual({ count: 0, version: 0, store: STORE, updatedAt: null });
    expect(await next.add(pageView(), true)).toEqual({
      counted: true,
      count: 1,
      total: 1,
      version: 1,
      store: STORE,
    });
    await expectAgreement({ store: next, connection: again }, 1);
  });

  it('go to a named one', async () => {
    const connection = await (await place())();
    expect(await migrateConnection(connection, '0001_counter')).toEqual(['0001_counter']);
    await expect(migrateConnection(connection, 'no such')).rejects.toThrow('no such');
    expect(await schemaOf(connection)).not.toEqual([]);
    await connection.close();
  });

  it('keep the page views of an older schema, and count on', async () => {
    const reopen = await place();
    const connection = await reopen();
    await migrateConnection(connection, '0001_counter');
    await connection.database.batch(
      [
        `insert into visitor_page_views (seq, id, viewed_at, page_identifier) values (1, x'${idOf(1)}', ${NOON}, '/a')`,
        `insert into visitor_counts (page_identifier, view_count, last_updated_at) values ('/a', 1, ${NOON})`,
        `update visitor_stats set total_views = 1, version = 1, folded = 1, last_updated_at = ${NOON}`,
      ],
      'write',
    );
    const store = await open(connection);
    expect(await store.add(pageView({ id: idOf(1), page: '/a' }), true)).toMatchObject({ counted: false });
    expect(await store.add(pageView({ page: '/a', facts: { country: 'BD' } }), true)).toMatchObject({
      count: 2,
    });
    await expectAgreement({ store, connection }, 2, { before: 1 });
    expect(
      await rowsOf(
        connection,
        `select session, country.value country from visitor_page_views log
        left join visitor_facts facts on facts.id = log.facts
        left join visitor_values country on country.id = facts.country order by seq`,
      ),
    ).toEqual([
      { session: null, country: null },
      { session: 1, country: 'BD' },
    ]);
  });

  it('to 0003 keep what was counted before there were visits, in the totals, the pages’ counts and the log alone', async () => {
    const connection = await (await place())();
    await fill0002(connection);
    const counts = await rowsOf(connection, COUNTS);
    const store = await open(connection);
    const updatedAt = new Date(NOON - 86_400_000 + 3).toISOString();
    expect(store.count()).toEqual({ count: 4, version: 3, store: STORE, updatedAt });
    expect(await store.count('/b')).toEqual({ count: 2, version: 3, store: STORE, updatedAt });
    expect(await store.count("/it's")).toMatchObject({ count: 1 });
    expect(await rowsOf(connection, COUNTS)).toEqual(counts);
    expect(
      await rowsOf(
        connection,
        `select log.seq, lower(hex(known.id)) id, viewed_at, value page_identifier, referrer,
          utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id,
          coalesce(session, visitor, facts, hour, prior, engaged_ms, scroll_percent, seen_until) visited
        from visitor_page_views log
        join visitor_event_ids known on known.seq = log.seq
        join visitor_values on visitor_values.id = page
        order by log.seq`,
      ),
    ).toEqual(STORED.map(({ country: _, ...row }) => ({ ...row, visited: null })));
    await expectAgreement({ store, connection }, 4, { before: 4 });

    for (const { id, page_identifier: page } of STORED)
      expect(await store.add(pageView({ id, page }), true)).toMatchObject({
        counted: false,
        total: 4,
        version: 3,
      });
    await expectAgreement({ store, connection }, 4, { before: 4 });
    const at = new Date(NOON).toISOString();
    expect(await store.add(pageView({ page: '/b' }), true)).toEqual({
      counted: true,
      count: 3,
      total: 5,
      version: 4,
      store: STORE,
    });
    expect(await store.add(pageView({ page: '/c' }), true)).toEqual({
      counted: true,
      count: 1,
      total: 6,
      version: 5,
      store: STORE,
    });
    expect(await store.count('/b')).toEqual({ count: 3, version: 5, store: STORE, updatedAt: at });
    await expectAgreement({ store, connection }, 6, { before: 4 });
    expect(await rowsOf(connection, 'select session from visitor_page_views order by seq')).toEqual([
      ...STORED.map(() => ({ session: null })),
      { session: 1 },
      { session: 1 },
    ]);

    // What was counted before belongs to no visit, whatever engagement comes later.
    await store.add(
      { kind: 'engagement', id: STORED[0]?.id ?? '', at: NOON, engagedMs: 20_000, scrollPercent: 50 },
      false,
    );
    await expectAgreement({ store, connection }, 6, { before: 4 });
  });

  it('down from 0003 keep every page view with its page, time, referrer and campaign, and every count; and go up again', async () => {
    const reopen = await place();
    const connection = await reopen();
    await fill0002(connection);
    const before = await columnsOf(connection);
    expect(await logOf0002(connection)).toEqual(STORED);
    const store = await open(connection);
    const schema = await schemaOf(connection);
    const campaign = campaignOf({ utmSource: 'news', utmTerm: '"', clickId: 'fbclid' });
    const views = [
      pageView({ id: idOf(11), page: '/b', at: NOON, referrer: 'a.example' }),
      pageView({ id: idOf(12), page: '/new', at: NOON + 1, campaign }),
    ];
    await store.addAll([
      ...views,
      { ...pageView({ id: idOf(13), visitor: 4 }), kind: 'registration' }, // no page view: 0002 does not know such
      { kind: 'engagement', id: idOf(11), at: NOON + 5_000, engagedMs: 5_000, scrollPercent: 50 },
      { kind: 'ignored', reason: 'bot', detail: 'a bot', day: 0 },
    ]);
    const counts = await rowsOf(connection, COUNTS);
    await expectAgreement({ store, connection }, 6, { before: 4 });
    const stats = 'select total_views, last_updated_at, version, folded from visitor_stats';
    const totals = await rowsOf(connection, stats);
    expect(totals).toEqual([{ total_views: 6, last_updated_at: NOON + 1, version: 4, folded: 8 }]);

    const since = migrationsAfter('0002_country');
    expect(await migrateConnection(connection, '0002_country')).toEqual(since.toReversed());
    expect(await columnsOf(connection)).toEqual(before);
    expect(await logOf0002(connection)).toEqual([
      ...STORED.map((row) => ({ ...row, country: null })), // it is a fact of visits by now
      ...views.map(({ id, at, page, referrer, campaign: from }, place) => ({
        seq: 5 + place,
        id,
        viewed_at: at,
        page_identifier: page,
        referrer,
        utm_source: from?.utmSource ?? null,
        utm_medium: null,
        utm_campaign: null,
        utm_term: from?.utmTerm ?? null,
        utm_content: null,
        click_id: from?.clickId ?? null,
        country: null,
      })),
    ]);
    expect(await rowsOf(connection, COUNTS)).toEqual(counts);
    expect(await rowsOf(connection, stats)).toEqual(totals);

    expect(await migrateConnection(connection)).toEqual(since);
    expect(await schemaOf(connection)).toEqual(schema);
    expect(await rowsOf(connection, COUNTS)).toEqual(counts);
    expect(await rowsOf(connection, stats)).toEqual(totals);
    await store.close();
    const { store: next, connection: way } = await openBoth(reopen);
    expect(next.count()).toMatchObject({ count: 6, version: 4 });
    expect(await next.add(views[1] ?? pageView(), true)).toMatchObject({
      counted: false,
      count: 1,
      total: 6,
    });
    expect(await next.add(pageView({ page: '/b' }), true)).toEqual({
      counted: true,
      count: 4,
      total: 7,
      version: 5,
      store: STORE,
    });
    await expectAgreement({ store: next, connection: way }, 7, { before: 6 });
  });

  it('to 0005 give every combination of attributes a short key, and down again the long one it had', async () => {
    const connection = await (await place())();
    await migrateConnection(connection, '0003_visitors');
    // Enough for more than one slice; a value may hold whatever would show if it were not kept as it is.
    const hostile = ['', '"', "it's", '\\', 'ü 😀', '","', 'x'.repeat(250)];
    const nine = VISIT_DIMENSIONS.slice(0, 9);
    const textsOf = (facts: Attributes): string[] => nine.map((fact) => facts[fact]);
    const combinations = Array.from({ length: 6_000 }, (_, n): Attributes => {
      const text = (at: number): string => hostile[(n + at) % hostile.length] ?? '';
      const campaign = n % 9 === 0 ? '(other)' : text(3);
      return {
        ...pageView().attributes,
        ...NO_TAGS,
        region: text(0),
        city: text(n % 5),
        source: `${n}`,
        campaign,
        channel: channelOfStored(`${n}`, campaign),
      };
    });
    const value = (dimension: number, at: number): string =>
      `(select id from visitor_values where dimension = ${dimension} and value = facts.value ->> ${at})`;
    await connection.database.batch(
      [
        {
          sql: `insert or ignore into visitor_values (dimension, value, since)
            select nth.value + 2, facts.value ->> nth.value, ${NOON}
            from json_each(?) facts cross join json_each('[0,1,2,3,4,5,6,7,8]') nth`,
          args: [JSON.stringify(combinations.map(textsOf))],
        },
        {
          sql: `insert into visitor_facts (id, key, ${nine.join(', ')})
            select 3 * facts.key + 1, facts.value ->> 9, ${nine.map((_fact, at) => value(at + 2, at)).join(', ')}
            from json_each(?) facts`,
          args: [
            JSON.stringify(
              combinations.map((facts) => {
                const strings = textsOf(facts);
                return [...strings, strings.join('\n')];
              }),
            ),
          ],
        },
      ],
      'write',
    );
    const schema = await schemaOf(connection);
    const everything = async (columns = '*') => [
      await rowsOf(connection, `select ${columns} from visitor_facts order by id`),
      await rowsOf(connection, 'select id, dimension, value, since from visitor_values order by id'),
    ];
    const before = await everything();

    await migrateConnection(connection, '0005_names');
    expect(await everything(`id, lower(hex(key)) key, ${nine.join(', ')}`)).toEqual([
      before[0]?.map((row, n) => ({ ...row, key: combinationKey(textsOf(combinations[n] as Attributes)) })),
      before[1],
    ]);
    expect(await migrateConnection(connection, '0003_visitors')).toContain('0005_names');
    expect(await everything()).toEqual(before);
    expect(await schemaOf(connection)).toEqual(schema);

    const store = await open(connection);
    await store.addAll(
      combinations.slice(0, 20).map((facts, n) => pageView({ visitor: 2 * n + 2, at: NOON + n, facts })),
    );
    await store.fold();
    expect(await rowsOf(connection, 'select facts from visitor_page_views order by seq')).toEqual(
      combinations.slice(0, 20).map((_, n) => ({ facts: 3 * n + 1 })),
    );
    await expectAgreement({ store, connection }, 20);

    // What an older version still sends fails, so that its sender sends it again, and is not stored wrongly.
    await expect(
      connection.database.execute(
        `insert into visitor_facts (key, ${nine.join(', ')}) values ('long', 2, 3, 4, 5, 6, 7, 8, 9, 10)`,
      ),
    ).rejects.toThrow();
  });

  it('down from 0006 are refused while the log is not folded to its end, and change nothing then; so it is folded first', async () => {
    const connection = await (await place())();
    const store = await open(connection);
    await store.addAll([pageView(), pageView({ at: NOON + 40 * 60_000 })]);
    const before = await schemaOf(connection);
    await expect(migrate(kysely(connection), '0003_visitors')).rejects.toThrow(
      'The log is not folded to its end, as this migration needs it.',
    );
    expect(await schemaOf(connection)).toEqual(before);
    expect(await rowsOf(connection, 'select count(*) visits from visitor_sessions')).toEqual([{ visits: 0 }]);
    const hour = { sessionTimeoutMs: 60 * 60_000 };
    expect(await migrateConnection(connection, '0003_visitors', hour)).toEqual(
      migrationsAfter('0003_visitors').toReversed(),
    );
    expect(await migrateConnection(connection)).toEqual(migrationsAfter('0003_visitors'));
    await expectAgreement({ connection }, 2);
    expect(await rowsOf(connection, 'select views from visitor_sessions')).toEqual([{ views: 2 }]);
  });

  it('that fail half-way leave nothing behind, and run when what was in their way is gone', async () => {
    const connection = await (await place())();
    await connection.database.execute('create table visitor_stats (in_the_way)');
    const before = await schemaOf(connection);
    await expect(open({ ...connection, close: () => Promise.resolve() })).rejects.toThrow(/already exists/);
    expect(await schemaOf(connection)).toEqual(before);
    await connection.database.execute('drop table visitor_stats');
    const store = await open(connection);
    expect(await store.add(pageView(), false)).toMatchObject({ counted: true });
  });

  it('that fail after others of the same run take those back, too', async () => {
    const connection = await (await place())();
    await migrateConnection(connection);
    const before = await schemaOf(connection);
    const made = (name: string): Migration => ({
      up: (db: Kysely<unknown>) => db.schema.createTable(name).addColumn('a', 'integer').execute(),
    });
    const { error } = await new Migrator({
      db: kysely(connection),
      provider: {
        getMigrations: () =>
          Promise.resolve({
            ...MIGRATIONS,
            '9001_good': made('good'),
            '9002_bad': {
              up: async (db: Kysely<unknown>) => {
                await made('half').up(db);
                throw new Error('bad');
              },
            },
          }),
      },
    }).migrateToLatest();
    expect(error).toMatchObject({ message: 'bad' });
    expect(await schemaOf(connection)).toEqual(before);
    expect(await migrateConnection(connection)).toEqual([]);
    await connection.close();
  });
});

/** All rows of a query, in a few characters that differ where anything does. */
async function digestOf(connection: Connection, sql: string): Promise<string> {
  return createHash('sha256')
    .update(JSON.stringify(await rowsOf(connection, sql)))
    .digest('base64url');
}

/** What is the same in 0003 and in 0006: every number, every visit, every page view. */
const KEPT: readonly string[] = [
  'select * from visitor_counts order by id',
  'select * from visitor_hourly_counts where dimension <= 12 order by dimension, hour, value',
  'select * from visitor_daily_counts where dimension <= 12 order by dimension, day, value',
  'select * from visitor_hours order by hour',
  'select * from visitor_countries where visitors > 0 order by country',
  'select * from visitors order by visitor',
  'select * from visitor_session_hours order by session, hour',
  `select id, visitor, prior, started_at, ended_at, exited_at, seen_until, hour, day, views, engaged_ms, entry, exit, facts
  from visitor_sessions order by id`,
  `select seq, page, session, visitor, facts, hour, prior, viewed_at, engaged_ms, scroll_percent, seen_until
  from visitor_page_views order by seq`,
  'select total_views, last_updated_at, version, folded from visitor_stats',
];

const keptIn = (connection: Connection): Promise<string[]> =>
  Promise.all(KEPT.map((sql) => digestOf(connection, sql)));

it.each([
  ...EMPTY_PLACES.map(([name, place]) => [3_000, name, place] as const),
  ...(process.env['FOOTFALL_LONG'] === '1'
    ? [[100_000, ...(EMPTY_PLACES[0] as (typeof EMPTY_PLACES)[0])] as const]
    : []),
])(
  'a database of %d page views on %s goes from 0003 to 0006, counts on, and goes down and up again',
  async (size, _, place) => {
    const reopen = await place();
    const connection = await reopen();
    const visits = await fill0003(connection, size);
    const of0003 = await columnsOf(connection);
    const kept = await keptIn(connection);
    const events = visits.toSorted((a, b) => a.marks[0].at - b.marks[0].at).flatMap(({ marks }) => marks);
    const views = events.filter(({ page }) => page !== null).length;

    const store = await open(connection);
    expect(await keptIn(connection)).toEqual(kept);
    expect(await differencesIn(connection)).toEqual([]);
    await expectAgreement({ connection }, views);
    expect(store.count()).toMatchObject({ count: views, version: 1_000 });

    // A page view of the last days that is sent again is the same one; ids of before are not needed any more.
    const lastAt = Math.max(...events.map(({ at }) => at));
    const known = await rowsOf(
      connection,
      'select seq, lower(hex(id)) id from visitor_event_ids order by seq',
    );
    expect(known).toEqual(
      events.flatMap(({ at }, n) => (at >= lastAt - 96 * 3_600_000 ? [{ seq: n + 1, id: idOf(n + 1) }] : [])),
    );
    expect(known.length).toBeLessThan(events.length);
    const last = visits.at(-1)?.marks.at(-1);
    const again = await store.add(pageView({ id: idOf(events.length), page: '/a', at: lastAt }), false);
    expect(again).toMatchObject({ counted: false, total: views });
    // The visitor goes on, and looks at a page that was viewed before; somebody else comes.
    const visitor = last?.visitor ?? 2;
    const at = (last?.at ?? 0) + 60_000;
    const moment = { at, hour: at - (at % 3_600_000), day: at - (at % 86_400_000) };
    const viewed = events.findLastIndex(({ page }) => page !== null) + 1;
    await store.addAll([
      pageView({ ...moment, visitor, page: '/next' }),
      pageView({ ...moment, visitor: 2 }),
      { ...pageView({ ...moment, visitor: 4 }), kind: 'registration' },
      { kind: 'engagement', id: idOf(viewed), at: at + 90_000, engagedMs: 90_000, scrollPercent: 100 },
    ]);
    await expectAgreement({ store, connection }, views + 2);
    expect(await differencesIn(connection)).toEqual([]);
    const marks = visits.at(-1)?.marks ?? [];
    const viewedBefore = marks.filter(({ page }) => page !== null).length;
    expect(
      await rowsOf(
        connection,
        `select views, registrations from visitor_sessions where id >= ${visits.length} order by id`,
      ),
    ).toEqual([
      { views: viewedBefore + 1, registrations: marks.length - viewedBefore },
      { views: 1, registrations: 0 },
      { views: 0, registrations: 1 },
    ]);

    const counted = await keptIn(connection);
    expect(await migrateConnection(connection, '0003_visitors')).toEqual(
      migrationsAfter('0003_visitors').toReversed(),
    );
    expect(await columnsOf(connection)).toEqual(of0003);
    expect(await keptIn(connection)).toEqual(counted);
    expect(
      await rowsOf(
        connection,
        'select count(*) events, count(distinct id) ids, min(length(id)) bytes from visitor_page_views',
      ),
    ).toEqual([{ events: events.length + 3, ids: events.length + 3, bytes: 16 }]);
    expect(await migrateConnection(connection)).toEqual(migrationsAfter('0003_visitors'));
    expect(await keptIn(connection)).toEqual(counted);
    await store.close();
    const next = await openBoth(reopen);
    expect(await differencesIn(next.connection)).toEqual([]);
    await expectAgreement(next, views + 2);
    expect(await next.store.add(pageView({ id: idOf(events.length) }), false)).toMatchObject({
      counted: false,
    });
  },
);
