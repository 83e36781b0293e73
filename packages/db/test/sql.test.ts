import type { InStatement, Row } from '@libsql/client/web';
import { createClient } from '@libsql/client/sqlite3';
import { Kysely } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  combinationKey,
  DIMENSIONS,
  VISIT_DIMENSIONS,
  listedAttributes,
  type Attributes,
  type PageView,
  type CollectedEvent,
} from '@footfall/core';
import { verify, type Connection, type ReadConnection, type Store } from '@footfall/db';
import { LibsqlDialect, type Database } from '../src/connection/dialect.ts';
import { compileAppend, type Append } from '../src/log/append.ts';
import type { Write } from '../src/log/write.ts';
import type { Tables } from '../src/keep/schema.ts';
import {
  campaignOf,
  newNames,
  QUOTAS,
  expectAgreement,
  filePlace,
  idOf,
  NOON,
  open,
  type Opened,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  STORE,
  watched,
  WHEN_ASKED,
} from './support.ts';

const HOUR_MS = 3_600_000;

const textOf = (statement: unknown): string =>
  typeof statement === 'string' ? statement : (statement as { sql: string }).sql;
const argsOf = (statement: unknown): unknown[] =>
  typeof statement === 'string' ? [] : ((statement as { args?: unknown[] }).args ?? []);

/** A statement of one long line on lines that can be read; others are as they are. */
const readable = (sql: string): string =>
  sql.length < 100 || sql.trim().includes('\n')
    ? sql.trim()
    : sql.replaceAll(/ (?=(?:select|from|where|on conflict|set|values|order by) )/g, '\n');

/** Has committed nothing, so it knows no page; its database only says which dialect it speaks. */
function newAppend(): Append {
  const database = { protocol: 'http' } as Database;
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(database) });
  return compileAppend(db, QUOTAS, newNames());
}

const entriesOf = (reports: readonly CollectedEvent[], wantsCount = false) =>
  reports.map((event) => ({ event, wantsCount }));

const IGNORED: CollectedEvent = {
  kind: 'ignored',
  reason: 'bot',
  detail: "'a' bot",
  day: NOON - 12 * HOUR_MS,
};

/** The statements of each round trip of a connection, as they are written here. */
async function overheard(): Promise<{ connection: Connection; trips: string[][] }> {
  const trips: string[][] = [];
  const connection = await (await filePlace())();
  const { publicReader } = connection;
  const forgetting: ReadConnection = {
    batch: (statements) => {
      trips.push(statements.map(textOf));
      return publicReader.batch(statements);
    },
  };
  const overhear = (sql: string): void => void trips.push(sql.split(';\n'));
  return { connection: { ...watched(connection, overhear), publicReader: forgetting }, trips };
}

/** All that is stored, by table. */
async function everything(connection: Connection): Promise<Record<string, unknown>> {
  const tables = await rowsOf(
    connection,
    `select name from sqlite_master where type = 'table' and name like 'visitor%'`,
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables)
    rows[String(name)] = await rowsOf(connection, `select * from ${String(name)}`);
  return rows;
}

/** The tables and indexes of a file that a statement goes through from one end, instead of looking rows up in them. */
async function scansOf(client: Opened, sql: string): Promise<string[]> {
  const stored = await rowsOf(client, 'select name, rootpage from sqlite_master where rootpage > 0');
  const names = new Map(stored.map(({ name, rootpage }) => [rootpage, String(name)]));
  const program = await rowsOf(client, `explain ${sql.replaceAll(/\?\d*/g, "'[]'")}`);
  // After the statement's own program come those of triggers, each with cursors of its own.
  let programs = 0;
  const placed = program.map((row): Record<string, unknown> => ({
    ...row,
    cursor: `${(programs += Number(row['addr'] === 0))} ${String(row['p1'])}`,
  }));
  const cursors = new Map<unknown, string>();
  for (const { opcode, cursor, p2, p3 } of placed) {
    if ((opcode === 'OpenRead' || opcode === 'OpenWrite') && p3 === 0)
      cursors.set(cursor, names.get(p2) ?? '');
  }
  return placed.flatMap(({ opcode, cursor }) =>
    opcode === 'Rewind' || opcode === 'Last' ? (cursors.get(cursor) ?? []) : [],
  );
}

/** What a statement goes through again for each row of something else. */
async function repeatedScansOf(client: Opened, sql: string): Promise<string[]> {
  const plan = await rowsOf(client, `explain query plan ${sql.replaceAll(/\?\d*/g, "'[]'")}`);
  const repeated = new Set<unknown>();
  const scans: string[] = [];
  for (const { id, parent, detail } of plan) {
    const isAskedOnce = /^(?:LIST|SCALAR) SUBQUERY/.test(String(detail));
    if ((repeated.has(parent) && !isAskedOnce) || /^CORRELATED/.test(String(detail))) repeated.add(id);
    if (repeated.has(id) && /^SCAN (?!CONSTANT ROW)/.test(String(detail)))
      scans.push(`${String(detail)} in: ${readable(sql)}`);
  }
  return scans;
}

/** Statements as a file that can be read. */
const scriptOf = (statements: readonly unknown[]): string =>
  statements.map((statement) => `${readable(textOf(statement))};\n`).join('\n');

/** An event of each kind. */
const EVERYTHING: readonly CollectedEvent[] = [
  pageView({ id: idOf(1) }),
  { ...pageView({ id: idOf(2) }), kind: 'registration' },
  { kind: 'engagement', id: idOf(1), at: NOON + 1_000, engagedMs: 1_000, scrollPercent: 50 },
  IGNORED,
];

const MINUTE_MS = 60_000;

/** Appends what needs every statement of the fold there is, in two parts. */
async function tellEverything(store: Store): Promise<void> {
  const engaged = (id: string, engagedMs: number): CollectedEvent => ({
    kind: 'engagement',
    id,
    at: NOON + engagedMs,
    engagedMs,
    scrollPercent: 50,
  });
  const [stored, early, unknown] = [pageView(), pageView({ visitor: 4 }), pageView()];
  await store.addAll([stored, pageView({ at: NOON + 50 * MINUTE_MS, page: '/b' }), engaged(early.id, 1_000)]);
  await store.fold();
  await store.addAll([
    pageView({ at: NOON + 25 * MINUTE_MS, page: '/new', facts: { source: 'new' } }), // joins two visits
    early,
    engaged(stored.id, 2_000),
    engaged(unknown.id, 3_000),
    { ...pageView({ visitor: 3, previousDayKey: 5 }), kind: 'registration' },
  ]);
  await store.fold();
}

const isApply = (trip: readonly string[]): boolean =>
  trip.some((sql) => sql.includes('update visitor_stats set folded'));

describe('the SQL is', () => {
  it('for a commit in which there is something of everything, this', async () => {
    const statements = newAppend().statements(entriesOf(EVERYTHING));
    await expect(scriptOf(statements)).toMatchFileSnapshot('commit.sql');
  });

  it('for the counter what was asked for: a row for each page, which each new page view raises by one', () => {
    const statements = newAppend()
      .statements(entriesOf([pageView()]))
      .map(textOf);
    expect(statements.filter((sql) => sql.includes('visitor_counts" ('))).toEqual([
      expect.stringMatching(
        /^insert into "visitor_counts" \("page_identifier", "view_count", "last_updated_at"\) select .* on conflict \("page_identifier"\) do update set "view_count" = view_count \+ 1, "last_updated_at" = max\(last_updated_at, excluded.last_updated_at\)$/s,
      ),
    ]);
  });

  it('for a commit at most nine statements in one round trip, the same whatever the size of the batch', async () => {
    const { connection, trips } = await overheard();
    const store = await open(connection);
    const views = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        pageView({
          page: `/${at % 3}`,
          visitor: 2 * at + 2,
          at: NOON + at,
          facts: { country: `C${at % 2}` },
        }),
      );
    trips.length = 0;
    await store.addAll(views(6));
    await store.add(views(1)[0] ?? pageView(), true);
    await store.addAll(views(2));
    await Promise.all(views(300).map((view) => store.add(view, true)));
    await store.addAll(views(1_000));
    const [first = [], one = [], ...more] = trips;
    expect(more).toHaveLength(3);
    for (const trip of more) expect(trip).toEqual(one);
    expect(one).toHaveLength(7);
    // In another database nothing more is done.
    expect(one[0]).toBe('update visitor_stats set store = null where store <> ? or version < ?');
    // Pages that may be new are offered in one statement more.
    expect(first).toHaveLength(8);
    expect(first[1]).toMatch(/^\s*insert into visitor_value_offers/);
    trips.length = 0;
    await store.addAll(EVERYTHING);
    expect(trips.map((trip) => trip.length)).toEqual([9]);
    await expectAgreement({ store, connection }, 1_310);
  });

  it('with the events and the wanted pages as one argument each', () => {
    const views = [
      pageView({ id: idOf(1), page: "/'" }),
      pageView({
        id: idOf(2),
        at: NOON + HOUR_MS + 1,
        page: '/b',
        visitor: 3,
        previousDayKey: 4,
        referrer: 'a.example/b',
        campaign: campaignOf({ utmSource: '"' }),
        facts: { country: 'BD', city: '"; --' },
        sender: { address: 7, network: 5 },
      }),
    ];
    const args = newAppend()
      .statements([
        ...views.map((event, at) => ({ event, wantsCount: at === 0 })),
        ...entriesOf([
          { ...(views[0] ?? pageView()), id: idOf(3), kind: 'registration' },
          views[1] ?? pageView(), // a second time
          { kind: 'engagement', id: idOf(9), at: NOON, engagedMs: 1_000, scrollPercent: 50 },
          IGNORED,
          IGNORED,
        ]),
      ])
      .map(argsOf);
    const [one, other] = [
      ['DE', 'DE-BE', 'Berlin', 'de', 'direct', '', 'desktop', 'Firefox', 'Linux', 'direct'],
      ['BD', 'DE-BE', '"; --', 'de', 'direct', '', 'desktop', 'Firefox', 'Linux', 'direct'],
    ];
    const DAY = NOON - 12 * HOUR_MS;
    const keys = JSON.stringify([
      [idOf(1), "/'", NOON, DAY],
      [idOf(2), '/b', NOON + HOUR_MS + 1, DAY],
      [idOf(3), null, NOON, DAY],
    ]);
    const batch = JSON.stringify([
      [
        [NOON, NOON, DAY, 2, null, "/'", one, null, null, idOf(1), null],
        [
          ...[NOON + HOUR_MS + 1, NOON + HOUR_MS, DAY, 3, 4, '/b', other, 'a.example/b'],
          ['"', null, null, null, null, null],
          idOf(2),
          [7, 5],
        ],
        [NOON, NOON, DAY, 2, null, null, one, null, null, idOf(3), null],
      ],
      [[idOf(9), 1_000, 50, NOON]],
    ]);
    const newPages = JSON.stringify(["/'", '/b']);
    const offers = JSON.stringify([
      [1, "/'", 1, null, null],
      [1, '/b', 1, 7, 5],
    ]);
    const [events, size] = [3n, 4n];
    expect(args).toEqual([
      [10_000n, 1_000n, 500n, offers],
      [keys],
      [events, keys],
      [size, batch, newPages, 1n],
      [keys],
      [2n, BigInt(NOON + HOUR_MS + 1), keys, 1n, size],
      [
        JSON.stringify([
          [DAY, 'duplicate', '', 1],
          [DAY, 'bot', "'a' bot", 2],
        ]),
      ],
      [`["/'","(other)"]`, size, events, size, size, newPages, offers],
    ]);
  });

  it('for the names of a fold this, with all that is offered as one argument', async () => {
    const combinationOf = (country: string, city: string) => {
      const values = [country, 'DE-BE', city, 'de', 'direct', '', 'desktop', 'Firefox', 'Linux', 'direct'];
      const facts = Object.fromEntries(
        VISIT_DIMENSIONS.map((fact, nth) => [fact, values[nth]]),
      ) as unknown as Attributes;
      const listed = listedAttributes(facts);
      const listedValues = VISIT_DIMENSIONS.map((fact) => listed[fact]);
      return {
        values,
        own: combinationKey(values),
        listed: combinationKey(listedValues),
        listedValues,
      };
    };
    const [one, other] = [combinationOf('DE', 'Berlin'), combinationOf('BD', '"; --')];
    const sent: InStatement[] = [];
    const write: Write = (statements) => {
      sent.push(...statements);
      const rows = [{ names: '[]' }] as unknown as Row[];
      return Promise.resolve(statements.map(() => ({ columns: [], rows, rowsAffected: 0 })));
    };
    await newNames().resolve(
      {
        pages: [],
        named: [
          { attributes: one.values, at: NOON, sender: undefined },
          { attributes: other.values, at: NOON + 24 * HOUR_MS, sender: { address: 7, network: 5 } },
          { attributes: one.values, at: NOON - 24 * HOUR_MS, sender: undefined },
        ],
      },
      { read: write, write },
    );
    await expect(scriptOf(sent)).toMatchFileSnapshot('names.sql');

    const isLimited = (dimension: number): number => ([2, 8, 9, 10, 13].includes(dimension) ? 0 : 1);
    const [nobody, sender] = [
      [null, null],
      [7, 5],
    ];
    const valuesOf = (values: readonly string[], from: readonly unknown[]) =>
      values.flatMap((value, at) => {
        const dimension = DIMENSIONS.indexOf(VISIT_DIMENSIONS[at] ?? 'page') + 1;
        if (isLimited(dimension) === 0) return [[dimension, value, 0, ...nobody]];
        return [value, '(other)'].map((each) => [dimension, each, 1, ...from]);
      });
    const today = (NOON - 12 * HOUR_MS) / (24 * HOUR_MS);
    const offers = JSON.stringify([
      ...valuesOf(one.values, nobody),
      // Where a quota holds, each sender offers a name, as long as it is not remembered.
      ...valuesOf(other.values, sender).filter(
        ([dimension]) => dimension === 2 || isLimited(Number(dimension)) === 1,
      ),
      [0, one.own, 1, ...nobody, today, ...one.values],
      [0, one.listed, 0, ...nobody, today, ...one.listedValues],
      [0, other.own, 1, ...sender, today + 1, ...other.values],
      [0, other.listed, 0, ...nobody, today + 1, ...other.listedValues],
    ]);
    expect(sent.map(argsOf)).toEqual([
      [10_000n, 1_000n, 500n, offers],
      [offers],
      [50_000n, 5_000n, 2_500n, offers],
      [JSON.stringify([one.own, one.listed, other.own, other.listed])],
      [offers],
    ]);
  });

  it('for the writes of a fold in which there is something of everything, this', async () => {
    const { connection, trips } = await overheard();
    const store = await open(connection);
    await tellEverything(store);
    const apply = trips.findLast(isApply);
    await expect(scriptOf(apply ?? [])).toMatchFileSnapshot('fold.sql');
    expect(await verify(connection.reader)).toEqual([]);
  });

  it('for a fold the same, whatever the size of the batch, in few round trips, and nothing where there is nothing', async () => {
    const { connection, trips } = await overheard();
    const store = await open(connection, { schedule: { ...WHEN_ASKED, stepMs: 60_000 } });
    const visit = (nth: number): PageView[] =>
      ['/a', '/b'].map((page, at) => pageView({ page, visitor: 2 * nth + 2, at: NOON + at }));
    for (const nth of [0, 1]) {
      await store.addAll(visit(nth));
      await store.fold(); // the first one stores the names, the second one looks them up
    }
    const folded = async (...views: PageView[]): Promise<string[][]> => {
      await store.addAll(views);
      trips.length = 0;
      await store.fold();
      return trips.splice(0);
    };
    const one = await folded(...visit(2));
    expect(await folded(...Array.from({ length: 100 }, (_, nth) => visit(3 + nth)).flat())).toEqual(one);
    expect(one).toHaveLength(3); // the tail, the visits, and the writes
    expect(one.map(isApply)).toEqual([false, false, true]);
    const more = await folded(pageView({ page: '/b', visitor: 2, at: NOON + 2 }));
    expect(more.map(isApply)).toEqual([false, false, false, true]); // also where a page was viewed before
    trips.length = 0;
    await store.fold();
    expect(trips.length).toBeLessThanOrEqual(1);
    expect(trips.flat().join()).not.toMatch(/insert|update|delete/);
    await expectAgreement({ store, connection }, 207);
  });

  it('for reads these', async () => {
    const { connection, trips } = await overheard();
    const store = await open(connection);
    await store.add(pageView(), false);
    trips.length = 0;
    await store.count('/');
    await store.topPages();
    await store.ping();
    await store.salts({ today: NOON, previous: NOON - 24 * HOUR_MS, now: NOON });
    expect(trips.map((trip) => trip.map(readable).join(';\n'))).toMatchInlineSnapshot(`
      [
        "select "total_views", "version", "store", "last_updated_at", (select json_group_array(json_array(page_identifier, view_count, last_updated_at)) as "pages"
      from "visitor_counts"
      where "page_identifier" in (select value
      from json_each(?))) as "pages"
      from "visitor_stats"",
        "select "total_views", "version", "store", "last_updated_at", "settings" from "visitor_stats";
      select "page_identifier", "view_count", "last_updated_at"
      from "visitor_counts"
      order by "view_count" desc, "id" desc limit 100",
        "select "total_views", "version", "store", "last_updated_at", "settings" from "visitor_stats"",
        "update "visitor_salts" set "made_at" = ? where "made_at" > ?;
      delete from "visitor_salts" where ("day" < ? or "made_at" <= ? or "day" > ?);
      insert into "visitor_salts" ("day", "salt", "made_at")
      values (?, randomblob(32), ?)
      on conflict ("day") do nothing;
      insert into "visitor_device_salt" ("id", "salt", "made_at")
      values (1, randomblob(32), ?)
      on conflict ("id") do nothing;
      select "day", "salt" from "visitor_salts";
      select "salt", "store" from "visitor_device_salt", "visitor_stats";
      delete from "visitor_engagements" where "seen_until" < ?;
      delete from "visitor_new_names" where "hour" < unixepoch() / 3600 * 3600000",
      ]
    `);
  });
});

describe.each(PLACES)('on %s', (_, place) => {
  it('a commit of reports that are not counted touches the ledger and nothing else', async () => {
    const statements = newAppend().statements(entriesOf([IGNORED, IGNORED]));
    expect(
      statements.map((statement) => textOf(statement).trim().split(/\s+/).slice(0, 3).join(' ')),
    ).toEqual(['insert into visitor_ledger', 'select "total_views", "version",']);

    const { store, connection } = await openBoth(await place());
    await store.add(pageView(), false);
    const before = await everything(connection);
    expect(await store.addAll([IGNORED, IGNORED])).toEqual([
      { counted: false, count: 0, total: 1, version: 1, store: STORE },
      { counted: false, count: 0, total: 1, version: 1, store: STORE },
    ]);
    expect(await everything(connection)).toEqual({
      ...before,
      visitor_ledger: [{ day: NOON - 12 * HOUR_MS, reason: 'bot', detail: "'a' bot", reports: 2 }],
    });
    await expectAgreement({ store, connection }, 1);
  });

  it('a commit of duplicates changes the ledger and no number', async () => {
    const { store, connection } = await openBoth(await place());
    const [view, other] = [pageView({ page: '/a' }), pageView({ page: '/b' })];
    await store.addAll([view, other]);
    await store.fold();
    const before = await everything(connection);
    const [stats] = before['visitor_stats'] as [{ appended: number }];
    await store.addAll([view, other, view]);
    await store.addAll([{ ...other, at: NOON - HOUR_MS, hour: NOON - HOUR_MS, visitor: 8 }]);
    await store.fold();
    expect(await everything(connection)).toEqual({
      ...before,
      visitor_stats: [{ ...stats, appended: stats.appended + 3 }], // places that stay empty
      visitor_ledger: [{ day: NOON - 12 * HOUR_MS, reason: 'duplicate', detail: '', reports: 4 }],
    });
  });
});

describe('of all the statements', () => {
  interface Heard {
    /** Each statement once. */
    readonly statements: readonly string[];
    /** A way to have one explained: the driver of the store cannot. */
    readonly client: Opened;
  }

  /** The statements of what is done with a store that holds something of everything. */
  async function heard(use: (store: Store) => Promise<void>): Promise<Heard> {
    const { connection, trips } = await overheard();
    const store = await open(connection);
    await store.addAll(EVERYTHING);
    await tellEverything(store);
    trips.length = 0;
    await use(store);
    const statements = [...new Set(trips.flat())];
    const [main] = await rowsOf(connection, 'pragma database_list');
    const database = createClient({ url: `file:${String(main?.['file'])}` });
    onTestFinished(() => database.close());
    return { statements, client: { database } };
  }

  async function inEveryWay(store: Store): Promise<void> {
    await store.addAll([...EVERYTHING, pageView({ page: '/unknown', facts: { source: 'unknown' } })]);
    await store.add(pageView({ id: idOf(1) }), true);
    await tellEverything(store);
    await store.count('/other');
    await store.topPages();
    await store.ping();
    await store.salts({ today: NOON, previous: NOON - 24 * HOUR_MS, now: NOON });
  }

  async function forgetting(store: Store): Promise<void> {
    expect(await store.forgetVisitors([4])).toMatchObject({ visits: 1 });
    while (await store.forgetBefore(NOON + 12 * HOUR_MS));
  }

  async function scansIn({ statements, client }: Heard): Promise<string[]> {
    const scans = new Set<string>();
    for (const sql of statements) for (const name of await scansOf(client, sql)) scans.add(name);
    return [...scans].sort();
  }

  it('each finds its rows by an index, but the row of totals, the list of pages, the last visit, the tail, the salts, past hours’ senders and what waits', async () => {
    const all = await heard(inEveryWay);
    expect(all.statements.length).toBeGreaterThan(40);
    expect(
      await scansOf(all.client, 'select 1 from visitor_page_views where viewed_at = 1'), // it would be seen
    ).toEqual(['visitor_page_views']);
    expect(await scansIn(all)).toEqual([
      'visitor_counts_by_views',
      'visitor_device_salt',
      'visitor_engagements',
      'visitor_log_tail',
      'visitor_new_names',
      'visitor_salts',
      'visitor_sessions',
      'visitor_stats',
    ]);
  });

  it('those that forget begin at the oldest; the hours, what was set aside and what was forgotten before its time are gone through', async () => {
    const all = await heard(forgetting);
    expect(all.statements.length).toBeGreaterThan(15);
    expect(await scansIn(all)).toEqual([
      'visitor_facts_by_use',
      'visitor_forgotten_counts',
      'visitor_hours',
      'visitor_imports',
      'visitor_log_tail',
      'visitor_page_views', // the first ones
      'visitor_sessions_by_end',
      'visitor_sessions_by_hour',
      'visitor_set_aside',
      'visitor_stats',
    ]);
  });

  it.each([
    ['', inEveryWay],
    [' when it forgets', forgetting],
  ])('none goes through the whole of anything for each row of something else%s', async (_when, use) => {
    const { statements, client } = await heard(use);
    const scans: string[] = [];
    for (const sql of statements) scans.push(...(await repeatedScansOf(client, sql)));
    expect(scans).toEqual([]);
  });
});
