import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Campaign, PageView } from '@footfall/core';
import { openStore, type Connection, type Store, type StoreOptions } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { startSqld as startServer, type Sqld } from '@footfall/e2e/sqld';

/** A time to count from. */
export const NOON = Date.parse('2026-11-20T12:00:00Z');

/** A page view like any other, but for what is said of it. */
export function pageView(changes: Partial<PageView> = {}): PageView {
  return {
    id: randomUUID().replaceAll('-', ''),
    at: NOON,
    page: '/',
    referrer: null,
    country: null,
    campaign: undefined,
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

export async function filePlace(options: { thread: boolean } = { thread: true }): Promise<Place> {
  const path = join(await temporaryFolder(), 'footfall.db');
  return () => openFile({ path, ...options });
}

export async function sqldPlace(): Promise<Place> {
  const sqld = await startSqld();
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

/** Rows as plain objects. */
export async function rowsOf(
  { database }: Pick<Connection, 'database'>,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const { columns, rows } = await database.execute(sql);
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
}

/** Says that all numbers agree with the log, and that the log holds `views` page views. */
export async function expectAgreement(
  connection: Pick<Connection, 'database'>,
  views: number,
): Promise<void> {
  expect(
    await rowsOf(
      connection,
      `select total_views,
        (select count(*) from visitor_page_views) logged,
        (select count(distinct id) from visitor_page_views) ids,
        (select ifnull(sum(view_count), 0) from visitor_counts) counted,
        folded = (select ifnull(max(seq), 0) from visitor_page_views) folded,
        last_updated_at is (select max(viewed_at) from visitor_page_views) dated
      from visitor_stats`,
    ),
  ).toEqual([{ total_views: views, logged: views, ids: views, counted: views, folded: 1, dated: 1 }]);
  const perPage = (columns: string) =>
    rowsOf(
      connection,
      `select page_identifier page, ${columns} group by page_identifier order by page_identifier`,
    );
  expect(await perPage('view_count views, last_updated_at at from visitor_counts')).toEqual(
    await perPage('count(*) views, max(viewed_at) at from visitor_page_views'),
  );
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
export async function startSqld(): Promise<Sqld> {
  const sqld = await startServer();
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
