import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import {
  DIMENSIONS,
  isTag,
  type Campaign,
  type Attributes,
  type EventAttributes,
  quotasOf,
  type PageView,
  type CollectedEvent,
} from '@footfall/core';
import {
  openStore,
  verify,
  type Connection,
  type Difference,
  type Store,
  type StoreOptions,
} from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { startSqld as startServer, startSqldWithTables, type Sqld } from '@footfall/e2e/sqld';
import type { InStatement } from '@libsql/client/web';
import { Kysely } from 'kysely';
import { LibsqlDialect, type Database, type Result } from '../src/connection/dialect.ts';
import { Folder } from '../src/fold/fold.ts';
import type { FoldOptions } from '../src/fold/load.ts';
import { compileAppend } from '../src/log/append.ts';
import type { FoldSchedule } from '../src/fold/schedule.ts';
import { Names } from '../src/log/names.ts';
import { WriteQueue, type Write } from '../src/log/write.ts';
import type { Tables } from '../src/keep/schema.ts';
import { FOLD_DEFAULTS } from '../src/store.ts';

/** Some store id. */
export const STORE = expect.any(Number) as number;

/** A time to count from. */
export const NOON = Date.parse('2026-11-20T12:00:00Z');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ATTRIBUTES: EventAttributes = {
  country: 'DE',
  region: 'DE-BE',
  city: 'Berlin',
  language: 'de',
  source: 'direct',
  campaign: '',
  device: 'desktop',
  browser: 'Firefox',
  system: 'Linux',
  channel: 'direct',
};

/** What visits have that no link with tags led to. */
export const NO_TAGS = { medium: '', term: '', content: '' } as const;

/** The campaign of a link with tags; undefined where it has none. */
export function tagsOf({ medium, term, content }: Partial<Attributes>): Campaign | undefined {
  const tags = { utmMedium: medium || null, utmTerm: term || null, utmContent: content || null };
  return Object.values(tags).some((tag) => tag !== null) ? campaignOf(tags) : undefined;
}

/** What a test says of a page view; of its facts, those that it cares about. */
export type PageViewChanges = Partial<Omit<PageView, 'kind' | 'facts'>> & {
  readonly facts?: Partial<Attributes>;
};

/** A page view like any other, of one visitor and in UTC, but for what is said of it. */
export function pageView({ facts = {}, ...changes }: PageViewChanges = {}): PageView {
  const { medium: _medium, term: _term, content: _content, ...attributes } = facts;
  const { at = NOON } = changes;
  return {
    kind: 'page-view',
    id: randomUUID().replaceAll('-', ''),
    at,
    hour: at - (at % HOUR_MS),
    day: at - (at % DAY_MS),
    visitor: 2,
    previousDayKey: null,
    page: '/',
    referrer: null,
    campaign: tagsOf(facts),
    attributes: { ...ATTRIBUTES, ...attributes },
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

type NamedPlace = readonly [name: string, make: () => Promise<Place>];

/** The two kinds of database; what a store promises, it promises on both. */
export const PLACES: readonly NamedPlace[] = [
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

const NEVER_MS = 2 ** 31 - 1;

/** The log is folded when a test asks for it, and not before: every fold makes a new version. */
export const WHEN_ASKED: Partial<FoldSchedule> = { delayMs: NEVER_MS, readerMs: 60_000, retryMs: NEVER_MS };

/** Opens a store that folds when it is asked to, to be closed when the test ends. */
export async function open(
  connection: Connection | Promise<Connection>,
  options?: StoreOptions,
): Promise<Store> {
  const opened = await connection;
  const store = await openStore(opened, { schedule: WHEN_ASKED, ...options });
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

/** The quotas of new names that hold where nothing else is said. */
export const QUOTAS = quotasOf(FOLD_DEFAULTS.newValuesPerHour);

/** What remembers no name. */
export const newNames = (): Names => new Names(QUOTAS, FOLD_DEFAULTS.elapsed);

/** Commits reports as another instance would, that nobody here knows of. */
export async function commitElsewhere(
  connection: Connection,
  ...reports: readonly CollectedEvent[]
): Promise<void> {
  const { write } = new WriteQueue(connection);
  const db = new Kysely<Tables>({ dialect: new LibsqlDialect(connection.database) });
  await compileAppend(db, QUOTAS, newNames()).commit(
    write,
    reports.map((event) => ({ event, wantsCount: false })),
  );
}

/** What folds a database's log, as another instance would. */
export function folderOn({ database }: Opened, options: Partial<FoldOptions> = {}): Folder {
  const write: Write = (statements) => database.batch(statements, 'write');
  return new Folder(
    { read: (statements) => database.batch(statements, 'read'), write },
    { ...FOLD_DEFAULTS, ...options, names: newNames() },
  );
}

/** Rows as plain objects. */
/** A database that is open: a connection's, or a client's that is not Footfall's. */
export interface Opened {
  readonly database: Pick<Database, 'execute'> & {
    readonly batch: (statements: InStatement[], mode: 'read' | 'write') => Promise<Result[]>;
  };
}

export async function rowsOf({ database }: Opened, sql: string): Promise<Record<string, unknown>[]> {
  const { columns, rows } = await database.execute(sql);
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}

/** The events that are in the log and not in the visits yet, each with its place and its page. */
const UNFOLDED = `
  select first + event.key seq, event.value ->> 5 page
  from (
    select events, seq + 1 - json_array_length(events, '$[0]') - json_array_length(events, '$[1]') first
    from visitor_log_tail
  )
  join json_each(events, '$[0]') event
  where first + event.key in (select seq from visitor_event_ids)
    and first + event.key > (select folded from visitor_stats)`;

/** What `verify` finds, however long it takes: a reader gives up after a while. */
export function differencesIn({ database }: Opened): Promise<Difference[]> {
  return verify({ batch: (statements) => database.batch(statements, 'read') });
}

/** All that every visit is counted by: of its pages only the first and the last. */
const VISIT_DIMENSIONS = DIMENSIONS.flatMap((dimension, at) =>
  dimension === 'page' || isTag(dimension) ? [] : [at + 1],
);

const isPage = (dimension: number): boolean => ['entry', 'exit'].includes(DIMENSIONS[dimension - 1] ?? '');

/** What has been counted, and who folds what is not in the visits yet; without a store all must be folded already. */
interface Counted {
  readonly connection: Opened;
  readonly store?: Pick<Store, 'fold'>;
}

/**
 * Checks that the totals and the pages' counts agree with the log as it is, then has it folded, and checks that all other
 * numbers agree with it and with each other.
 * @param views the page views in the log
 * @param before those of them that were counted before there were visits
 */
export async function expectAgreement(
  { connection, store }: Counted,
  views: number,
  { before = 0 }: { readonly before?: number } = {},
): Promise<void> {
  expect(
    await rowsOf(
      connection,
      `select total_views,
        (select count(*) from visitor_page_views where page is not null)
          + (select count(*) from (${UNFOLDED}) where page is not null) logged,
        (select ifnull(sum(view_count), 0) from visitor_counts) counted
      from visitor_stats`,
    ),
  ).toEqual([{ total_views: views, logged: views, counted: views }]);

  await store?.fold();
  expect(
    await rowsOf(
      connection,
      `select total_views,
        (select count(*) from visitor_page_views where page is not null) logged,
        (select count(*) from visitor_log_tail) unfolded,
        (select count(*) from visitor_event_ids where seq not in (select seq from visitor_page_views)) lost,
        (select ifnull(sum(view_count), 0) from visitor_counts) counted,
        folded between (select ifnull(max(seq), 0) from visitor_page_views) and appended folded,
        last_updated_at is (select max(viewed_at) from visitor_page_views where page is not null) dated
      from visitor_stats`,
    ),
  ).toEqual([
    { total_views: views, logged: views, unfolded: 0, lost: 0, counted: views, folded: 1, dated: 1 },
  ]);
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
        visits: visits?.[isPage(dimension) ? 'entered' : 'visits'],
      })),
    );
  }
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
