import { createClient } from '@libsql/client/sqlite3';
import { Kysely } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Report } from '@footfall/core';
import type { Connection } from '@footfall/db';
import { LibsqlDialect, type Database } from '../src/dialect.ts';
import { compileFold, type Fold } from '../src/fold.ts';
import type { Tables } from '../src/schema.ts';
import { FOLD_DEFAULTS } from '../src/store.ts';
import {
  campaignOf,
  expectAgreement,
  filePlace,
  idOf,
  NOON,
  open,
  openBoth,
  pageView,
  PLACES,
  rowsOf,
  watched,
  STORE,
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

/** A fold that has committed nothing, so it knows no value; its database is only there to say how it speaks. */
function newFold(): Fold {
  const database = { protocol: 'http' } as Database;
  return compileFold(new Kysely<Tables>({ dialect: new LibsqlDialect(database) }), FOLD_DEFAULTS);
}

const entriesOf = (reports: readonly Report[], wantsCount = false) =>
  reports.map((report) => ({ report, wantsCount }));

const IGNORED: Report = { kind: 'ignored', reason: 'bot', detail: "'a' bot", day: NOON - 12 * HOUR_MS };

/** The statements of each round trip of a connection, as they are written here. */
async function overheard(): Promise<{ connection: Connection; trips: string[][] }> {
  const trips: string[][] = [];
  const connection = await (await filePlace())();
  return { connection: watched(connection, (sql) => void trips.push(sql.split(';\n'))), trips };
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
async function scansOf(client: Pick<Connection, 'database'>, sql: string): Promise<string[]> {
  const stored = await rowsOf(client, 'select name, rootpage from sqlite_master where rootpage > 0');
  const names = new Map(stored.map(({ name, rootpage }) => [rootpage, String(name)]));
  const program = await rowsOf(client, `explain ${sql.replaceAll('?', "'[]'")}`);
  const cursors = new Map<unknown, string>();
  for (const { opcode, p1, p2, p3 } of program) {
    if ((opcode === 'OpenRead' || opcode === 'OpenWrite') && p3 === 0) cursors.set(p1, names.get(p2) ?? '');
  }
  return program.flatMap(({ opcode, p1 }) =>
    opcode === 'Rewind' || opcode === 'Last' ? (cursors.get(p1) ?? []) : [],
  );
}

/** What a statement goes through again for each row of something else. */
async function repeatedScansOf(client: Pick<Connection, 'database'>, sql: string): Promise<string[]> {
  const plan = await rowsOf(client, `explain query plan ${sql.replaceAll('?', "'[]'")}`);
  const repeated = new Set<unknown>();
  const scans: string[] = [];
  for (const { id, parent, detail } of plan) {
    const isAskedOnce = /^(?:LIST|SCALAR) SUBQUERY/.test(String(detail));
    if ((repeated.has(parent) && !isAskedOnce) || /^CORRELATED/.test(String(detail))) repeated.add(id);
    if (repeated.has(id) && /^SCAN/.test(String(detail)))
      scans.push(`${String(detail)} in: ${readable(sql)}`);
  }
  return scans;
}

describe('the SQL is', () => {
  it('for a commit in which there is something of everything, this', async () => {
    const statements = newFold().statements(
      entriesOf([
        pageView({ id: idOf(1) }),
        { ...pageView({ id: idOf(2) }), kind: 'registration' },
        { kind: 'engagement', id: idOf(1), at: NOON + 1_000, engagedMs: 1_000, scrollPercent: 50 },
        IGNORED,
      ]),
      false,
    );
    await expect(
      statements.map((statement) => `${readable(textOf(statement))};\n`).join('\n'),
    ).toMatchFileSnapshot('commit.sql');
  });

  it('for a commit of page views the same in one round trip, whatever the size of the batch, once their values are known', async () => {
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
    await store.addAll(views(6));
    const [known] = trips.splice(0).slice(-1);
    await Promise.all([store.add(views(1)[0] ?? pageView(), true)]);
    await store.addAll(views(2));
    await Promise.all(views(300).map((view) => store.add(view, true)));
    await store.addAll(views(1_000));
    expect(trips).toHaveLength(4);
    const [one = [], ...more] = trips;
    for (const trip of more) expect(trip).toEqual(one);
    // What is not known is brought along, in three statements more, behind the one that requires the known store.
    expect([known?.[0], ...(known?.slice(4) ?? [])]).toEqual(one);
    expect(known?.[0]).toBe('update visitor_stats set store = null where store <> ? or version < ?');
    expect(known?.slice(1, 4).map((sql) => /insert into (\w+)/.exec(sql)?.[1])).toEqual([
      'visitor_values',
      'visitor_facts',
      'fold_others',
    ]);
    await expectAgreement(connection, 1_309);
  });

  it('without what only few need, and whole in a second round trip where that is needed after all', async () => {
    const { connection, trips } = await overheard();
    const store = await open(connection);
    const first = pageView({ at: NOON });
    await store.addAll([first]);
    await store.addAll([pageView({ at: NOON + 1_000 })]);
    const plain = trips.splice(0).at(-1) ?? [];
    await store.addAll([pageView({ at: NOON - 1_000 })]); // before the visit that it belongs to
    expect(trips).toHaveLength(2);
    expect(trips[0]).toEqual(plain);
    expect(trips[1]?.length).toBeGreaterThan(plain.length + 10);
    trips.splice(0);
    const early = pageView({ visitor: 4 });
    await store.addAll([{ kind: 'engagement', id: early.id, at: NOON, engagedMs: 1_000, scrollPercent: 50 }]);
    expect(trips).toHaveLength(1);
    await store.addAll([early]); // engagement waits for it
    expect(trips).toHaveLength(3);
    await store.addAll([pageView({ at: NOON + 2_000 })]);
    expect(trips).toHaveLength(4);
    await expectAgreement(connection, 5);
  });

  it('with the reports and the wanted pages as one argument each', () => {
    const views = [
      pageView({ id: idOf(1), page: "/'" }),
      pageView({
        id: idOf(2),
        at: NOON + HOUR_MS + 1,
        page: '/b',
        visitor: 3,
        prior: 4,
        referrer: 'a.example/b',
        campaign: campaignOf({ utmSource: '"' }),
        facts: { country: 'BD', city: '"; --' },
      }),
    ];
    const args = newFold()
      .statements(
        [
          ...views.map((report, at) => ({ report, wantsCount: at === 0 })),
          ...entriesOf([
            { ...(views[0] ?? pageView()), id: idOf(3), kind: 'registration' },
            views[1] ?? pageView(), // a second time
            { kind: 'engagement', id: idOf(9), at: NOON, engagedMs: 1_000, scrollPercent: 50 },
            IGNORED,
            IGNORED,
          ]),
        ],
        false,
      )
      .map(argsOf)
      .filter((each) => each.length > 0);
    const [one, other] = [
      ['DE', 'DE-BE', 'Berlin', 'de', 'direct', '', 'desktop', 'Firefox', 'Linux'],
      ['BD', 'DE-BE', '"; --', 'de', 'direct', '', 'desktop', 'Firefox', 'Linux'],
    ];
    const DAY = NOON - 12 * HOUR_MS;
    const reports = JSON.stringify([
      [idOf(1), NOON, NOON, DAY, 2, null, "/'", one.join('\n'), null],
      [
        ...[idOf(2), NOON + HOUR_MS + 1, NOON + HOUR_MS, DAY, 3, 4, '/b', other.join('\n'), 'a.example/b'],
        ['"', null, null, null, null, null],
      ],
      [idOf(3), NOON, NOON, DAY, 2, null, null, one.join('\n'), null],
    ]);
    const combinations = JSON.stringify([one, other].map((facts) => [facts.join('\n'), ...facts]));
    const engagements = JSON.stringify([[idOf(9), 1_000, 50, NOON]]);
    expect(args).toEqual([
      [
        JSON.stringify([
          [1, "/'"],
          ...one.map((value, at) => [at + 2, value]),
          [1, '/b'],
          [2, 'BD'],
          [4, '"; --'],
        ]),
        10_000n,
      ],
      [combinations],
      [combinations],
      [reports],
      [engagements],
      [engagements],
      [engagements],
      [reports, 3n],
      [
        JSON.stringify([
          [DAY, 'duplicate', '', 1],
          [DAY, 'bot', "'a' bot", 2],
        ]),
      ],
      [`["/'","(other)"]`, 3n],
    ]);
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
        "select "total_views", "version", "store", "last_updated_at" from "visitor_stats";
      select "page_identifier", "view_count", "last_updated_at"
      from "visitor_counts"
      order by "view_count" desc, "id" desc limit 100",
        "select "total_views", "version", "store", "last_updated_at" from "visitor_stats"",
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
      delete from "visitor_engagements" where "seen_until" < ?",
      ]
    `);
  });
});

describe.each(PLACES)('on %s', (_, place) => {
  it('a commit of reports that are not counted touches the ledger and nothing else', async () => {
    const statements = newFold().statements(entriesOf([IGNORED, IGNORED]), true);
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
    await expectAgreement(connection, 1);
  });

  it('a commit of duplicates changes the ledger and nothing else', async () => {
    const { store, connection } = await openBoth(await place());
    const [view, other] = [pageView({ page: '/a' }), pageView({ page: '/b' })];
    await store.addAll([view, other]);
    const before = await everything(connection);
    await store.addAll([view, other, view]);
    await store.addAll([{ ...other, at: NOON - HOUR_MS, hour: NOON - HOUR_MS, visitor: 8 }]);
    expect(await everything(connection)).toEqual({
      ...before,
      visitor_ledger: [{ day: NOON - 12 * HOUR_MS, reason: 'duplicate', detail: '', reports: 4 }],
    });
  });
});

describe('of all the statements', () => {
  /** Every statement there is, and a way to have it explained: the driver of the store cannot. */
  async function allStatements() {
    const { connection, trips } = await overheard();
    const store = await open(connection);
    trips.length = 0;
    const view = pageView();
    await store.addAll([
      view,
      { ...pageView(), kind: 'registration' },
      { kind: 'engagement', id: view.id, at: NOON, engagedMs: 1, scrollPercent: 1 },
      IGNORED,
    ]);
    await store.add(view, true);
    await store.count('/other');
    await store.topPages();
    await store.ping();
    await store.salts({ today: NOON, previous: NOON - 24 * HOUR_MS, now: NOON });
    const statements = new Set(trips.flat());
    expect(statements.size).toBeGreaterThan(50);
    const [main] = await rowsOf(connection, 'pragma database_list');
    const database = createClient({ url: `file:${String(main?.['file'])}` });
    onTestFinished(() => database.close());
    return { statements, client: { database } };
  }

  it('each finds its rows by an index, but the row of totals, the list of pages, the last visit, the salts and what waits', async () => {
    const { statements, client } = await allStatements();
    expect(
      await scansOf(client, 'select 1 from visitor_page_views where viewed_at = 1'), // it would be seen
    ).toEqual(['visitor_page_views']);
    const scans = new Set<string>();
    for (const sql of statements) for (const name of await scansOf(client, sql)) scans.add(name);
    expect([...scans].filter((name) => !name.startsWith('fold_')).sort()).toEqual([
      'visitor_counts_by_views',
      'visitor_device_salt',
      'visitor_engagements',
      'visitor_salts',
      'visitor_sessions',
      'visitor_stats',
    ]);
  });

  it('none goes through the whole of anything for each row of something else', async () => {
    const { statements, client } = await allStatements();
    const scans: string[] = [];
    for (const sql of statements) scans.push(...(await repeatedScansOf(client, sql)));
    expect(scans).toEqual([]);
  });
});
