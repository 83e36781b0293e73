import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { DIMENSIONS, type Campaign, type Facts, type PageView, type Report } from '@footfall/core';
import { openStore, type Connection, type Store, type StoreOptions } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { startSqld as startServer, startSqldWithTables, type Sqld } from '@footfall/e2e/sqld';
import { Kysely } from 'kysely';
import { LibsqlDialect } from '../src/dialect.ts';
import { SCRATCH } from '../src/fold-sql.ts';
import { compileFold } from '../src/fold.ts';
import type { Tables } from '../src/schema.ts';
import { FOLD_DEFAULTS } from '../src/store.ts';

/** Some store id. */
export const STORE = expect.any(Number) as number;

/** A time to count from. */
export const NOON = Date.parse('2026-11-20T12:00:00Z');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const FACTS: Facts = {
  country: 'DE',
  region: 'DE-BE',
  city: 'Berlin',
  language: 'de',
  source: 'direct',
  campaign: '',
  device: 'desktop',
  browser: 'Firefox',
  system: 'Linux',
};

/** What a test says of a page view; of its facts, those that it cares about. */
export type PageViewChanges = Partial<Omit<PageView, 'kind' | 'facts'>> & { readonly facts?: Partial<Facts> };

/** A page view like any other, of one visitor and in UTC, but for what is said of it. */
export function pageView({ facts, ...changes }: PageViewChanges = {}): PageView {
  const { at = NOON } = changes;
  return {
    kind: 'page-view',
    id: randomUUID().replaceAll('-', ''),
    at,
    hour: at - (at % HOUR_MS),
    day: at - (at % DAY_MS),
    visitor: 2,
    prior: null,
    page: '/',
    referrer: null,
    campaign: undefined,
    facts: { ...FACTS, ...facts },
    ...changes,
  };
}

/** A campaign that says nothing, but for what is said of it. */
export function campaignOf(changes: Partial<Campaign>): Campaign {
  return {
    utmSource: null,
    utmMedium: null,
    utmCampaign: null,
    utmTerm: null,
    utmContent: null,
    clickId: null,
    ...changes,
  };
}

/** The id of the nth page view, where a test wants to name it. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** A folder of the test's own, removed after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A database of the test's own that can be opened again and again. */
export type Place = () => Promise<Connection>;

/** The two kinds of database; what a store promises, it promises on both. */
export const PLACES: readonly (readonly [name: string, make: () => Promise<Place>])[] = [
  ['a file', filePlace],
  ['a file without a thread', () => filePlace({ thread: false })],
  ['sqld', sqldPlace],
];

/** The same, where there are no tables yet. */
export const EMPTY_PLACES: typeof PLACES = [...PLACES.slice(0, -1), ['sqld', emptySqldPlace]];

export async function filePlace(options: { thread: boolean } = { thread: true }): Promise<Place> {
  const path = join(await temporaryFolder(), 'footfall.db');
  return () => openFile({ path, ...options });
}

/** A server with the tables, which take longer to make than most tests. */
export async function sqldPlace(): Promise<Place> {
  return placeOn(await sqldWithTables());
}

/** A server with the tables, ended with the test. */
export function sqldWithTables(): Promise<Sqld> {
  return endedWithTest(startSqldWithTables());
}

export async function emptySqldPlace(): Promise<Place> {
  return placeOn(await startSqld());
}

function placeOn(sqld: Sqld): Place {
  return () => Promise.resolve(openSqld(sqld, { deadlineMs: 10_000 }));
}

/** Opens a store, to be closed when the test ends. */
export async function open(
  connection: Connection | Promise<Connection>,
  options?: StoreOptions,
): Promise<Store> {
  const opened = await connection;
  const store = await openStore(opened, options);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= store.close());
  onTestFinished(close);
  return { ...store, close };
}

/** Opens a store and its connection, for a look behind the store. */
export async function openBoth(
  place: Place,
  options?: StoreOptions,
): Promise<{ store: Store; connection: Connection }> {
  const connection = await place();
  return { store: await open(connection, options), connection };
}

/** Commits reports as another instance would, that nobody here knows of. */
export async function commitElsewhere(
  { database }: Pick<Connection, 'database'>,
  ...reports: readonly Report[]
): Promise<void> {
  const fold = compileFold(new Kysely<Tables>({ dialect: new LibsqlDialect(database) }), FOLD_DEFAULTS);
  await fold.commit(
    database,
    reports.map((report) => ({ report, wantsCount: false })),
  );
}

/** Rows as plain objects. */
export async function rowsOf(
  { database }: Pick<Connection, 'database'>,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { columns, rows } = await database.execute(sql);
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}

/** All that is counted by a visit's values: of its pages only the first and the last. */
const VISIT_DIMENSIONS = DIMENSIONS.flatMap((dimension, at) => (dimension === 'page' ? [] : [at + 1]));

const SCRATCH_TABLES = SCRATCH.map((table) => table.slice(0, table.indexOf(' ')));

/**
 * Says that all numbers agree with the log and with each other, and that the log holds `views` page views.
 * @param before so many of them were counted before there were visits
 */
export async function expectAgreement(
  connection: Pick<Connection, 'database'>,
  views: number,
  { before = 0 }: { readonly before?: number } = {},
): Promise<void> {
  expect(
    await rowsOf(
      connection,
      `select total_views,
        (select count(*) from visitor_page_views where page is not null) logged,
        (select count(*) - count(distinct id) from visitor_page_views) twice,
        (select ifnull(sum(view_count), 0) from visitor_counts) counted,
        folded = (select ifnull(max(seq), 0) from visitor_page_views) folded,
        last_updated_at is (select max(viewed_at) from visitor_page_views where page is not null) dated
      from visitor_stats`,
    ),
  ).toEqual([{ total_views: views, logged: views, twice: 0, counted: views, folded: 1, dated: 1 }]);
  const perPage = (columns: string) => rowsOf(connection, `select ${columns} group by page order by page`);
  expect(
    await perPage('page_identifier page, view_count views, last_updated_at at from visitor_counts'),
  ).toEqual(
    await perPage(
      `visitor_values.value page, count(*) views, max(viewed_at) at
      from visitor_page_views log join visitor_values on visitor_values.id = log.page`,
    ),
  );

  const visited = views - before;
  expect(
    await rowsOf(
      connection,
      `select
        (select count(*) from visitor_page_views where page is not null and session is not null) logged,
        (select ifnull(sum(views), 0) from visitor_sessions) sessions,
        (select ifnull(sum(views), 0) from visitor_session_hours) session_hours,
        (select ifnull(sum(views), 0) from visitor_hours) hours,
        (select ifnull(sum(views), 0) from visitor_hourly_counts where dimension = 1) hourly,
        (select ifnull(sum(views), 0) from visitor_daily_counts where dimension = 1) daily`,
    ),
  ).toEqual([
    {
      logged: visited,
      sessions: visited,
      session_hours: visited,
      hours: visited,
      hourly: visited,
      daily: visited,
    },
  ]);

  // A visit that was only registered has no entry and no exit.
  const [visits] = await rowsOf(
    connection,
    'select count(*) visits, count(entry) entered, count(exit) exited from visitor_sessions',
  );
  expect(visits?.['exited']).toBe(visits?.['entered']);
  expect(await rowsOf(connection, 'select ifnull(sum(visits), 0) visits from visitor_hours')).toEqual([
    { visits: visits?.['visits'] },
  ]);
  for (const every of ['hourly', 'daily']) {
    expect(
      await rowsOf(
        connection,
        `select dimension.value dimension, ifnull(sum(views), 0) views, ifnull(sum(visits), 0) visits
        from json_each('${JSON.stringify(VISIT_DIMENSIONS)}') dimension
        left join visitor_${every}_counts counts on counts.dimension = dimension.value
        group by dimension.value order by dimension.value`,
      ),
    ).toEqual(
      VISIT_DIMENSIONS.map((dimension) => ({
        dimension,
        views: visited,
        visits: visits?.[dimension > 10 ? 'entered' : 'visits'],
      })),
    );
  }

  const tables = SCRATCH_TABLES.flatMap((table) => [table, `main.${table}`]);
  expect(
    await rowsOf(
      connection,
      tables
        .map((table) => `select '${table}' name where exists (select 1 from ${table})`)
        .join(' union all '),
    ),
  ).toEqual([]);
}

/** A way into the same connection that lets a test see, hold or fail what passes. */
export function watched(
  connection: Connection,
  watch: (sql: string, kind: 'execute' | 'batch') => Promise<void> | void,
): Connection {
  const { database } = connection;
  const textOf = (statement: unknown): string =>
    typeof statement === 'string' ? statement : (statement as { sql: string }).sql;
  return {
    ...connection,
    database: {
      protocol: database.protocol,
      transaction: (mode) => database.transaction(mode),
      execute: async (statement) => {
        await watch(textOf(statement), 'execute');
        return database.execute(statement);
      },
      batch: async (statements, mode) => {
        await watch(statements.map(textOf).join(';\n'), 'batch');
        return database.batch(statements, mode);
      },
    },
  };
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>();
}

/** A process of the test's own, ended with it. */
export function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => stop(child));
  return child;
}

/** Ends a process as a power cut would, and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A real libSQL server that asks for a token, ended with the test. */
export function startSqld(): Promise<Sqld> {
  return endedWithTest(startServer());
}

async function endedWithTest(starting: Promise<Sqld>): Promise<Sqld> {
  const sqld = await starting;
  onTestFinished(() => sqld[Symbol.asyncDispose]());
  return sqld;
}

/** Opens a way to one, with its token. */
export function openSqld(
  { url, token }: Pick<Sqld, 'url' | 'token'>,
  options: { readonly deadlineMs?: number } = {},
): Connection {
  return openServer({ url, authToken: token, ...options });
}
