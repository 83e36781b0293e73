import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { startBalancer } from '@footfall/e2e/balancer';
import { CONFIGURATION, has, SETTLES_MS } from '@footfall/e2e/configurations';
import { startSqldWithTables, type Sqld } from '@footfall/e2e/sqld';
import { startWorkerd } from '@footfall/e2e/workerd';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { createApp, type App } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import type { MakeSite } from '../src/site.ts';

/** A user agent that isbot classifies as a person's. */
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** Stands in for SvelteKit: echoes the request. */
const stubSite: MakeSite = () => (request, response) => {
  const body = `site ${request.url ?? ''}`;
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
};

/** The response of `POST /api/visitors/track` (docs/api.md). */
export interface Tracked {
  readonly count: number;
  readonly total: number;
  readonly counted: boolean;
  readonly reason?: string;
  /** The page that a page view is counted as if its own name exceeds the quota. */
  readonly page?: string;
  readonly version: number;
  readonly store: number;
}

/** The response of `GET /api/visitors/count` (docs/api.md). */
export interface Count {
  readonly count: number;
  readonly version: number;
  readonly store: number;
  readonly updatedAt: string | null;
  readonly stale?: true;
}

/** A server in the configuration under test. */
export interface Footfall {
  readonly url: string;
  /** The addresses of the processes behind that address; empty if the platform runs them. */
  readonly instances: readonly string[];
  /** The environment that another server needs to share the store. */
  readonly environment: Readonly<Record<string, string>>;
  /** The database server, if there is one. */
  readonly sqld: Sqld | undefined;
  /** Sends a page view as a browser would; a `body` that is not a string or bytes is sent as JSON. */
  readonly send: (body: unknown, options?: SendOptions) => Promise<Response>;
  /** The same, until it is accepted: if a busy store refuses it with 503 it is retried under the same id, as a tracker does. */
  readonly deliver: (body: unknown, options?: SendOptions) => Promise<Response>;
  /**
   * The same, and reads the response. A store that refused an event for being slow may have it all the same: then the
   * retry is a duplicate, and the event is counted.
   */
  readonly track: (body: unknown, options?: SendOptions) => Promise<Tracked>;
  /** All page views, or one page's, including every acknowledged one. */
  readonly count: (page?: string) => Promise<Count>;
  /** All page views, or one page's, as served right now. */
  readonly read: (page?: string) => Promise<Count>;
  /**
   * Reads until the response includes what was acknowledged before, which must be so in time (docs/api.md, Freshness): in one
   * process with the first request, otherwise in each process within `SETTLES_MS`.
   * @param ask reads from an address
   */
  readonly settled: <T extends { readonly version: number }>(ask: (url: string) => Promise<T>) => Promise<T>;
  /** All page views in the store, once they are folded: no cache can hide that something was counted. */
  readonly stored: () => Promise<Count>;
  /** Resolves when all acknowledged events are in visits and statistics: a read waits for that only for a while. */
  readonly folded: () => Promise<void>;
  /** The log. */
  readonly logged: () => string;
  /** Stops the server; the store stays until the end of the test or file. */
  readonly stop: () => Promise<void>;
}

/** A server in this process, with its internals. */
export interface Embedded extends Footfall {
  readonly port: number;
  readonly app: App;
  /** Path of the database file. */
  readonly file: string;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/** Registers clean-up when a server is stopped: after the file's or the group's tests, or `onTestFinished`. */
type WhenDone = (stop: () => Promise<void>) => void;

type Environment = Readonly<Record<string, string>>;

/** Added to promised times for the test's own share: requests and scheduling take time. */
const MARGIN_MS = 500;

/**
 * Starts a server in the configuration under test, on free ports and with its own store, unless the environment names
 * another one's.
 */
export async function start(environment: Environment = {}, whenDone: WhenDone = afterAll): Promise<Footfall> {
  if (CONFIGURATION === 'embedded') return startEmbedded(environment, whenDone);
  const sqld = environment['DATABASE_URL'] === undefined ? await startSqldWithTables() : undefined;
  let stop = async (): Promise<void> => {};
  whenDone(async () => {
    await stop();
    await sqld?.[Symbol.asyncDispose]();
  });
  const place = { ...environment, ...sqld?.env };
  const running = CONFIGURATION === 'workerd' ? await onWorkerd(place) : await twoInstances(place);
  stop = running.stop;
  return footfallOf({
    ...running,
    sqld,
    environment: pick(place, ['DATABASE_URL', 'DATABASE_AUTH_TOKEN']),
  });
}

/** The same before a group's tests, and only if these run: a configuration that lacks the feature may not even start. */
export function started(environment: Environment): () => Footfall {
  let footfall: Footfall | undefined;
  beforeAll(async () => {
    const stops: (() => Promise<void>)[] = [];
    footfall = await start(environment, (stop) => stops.push(stop));
    return async () => {
      for (const stop of stops) await stop();
    };
  });
  return () => {
    if (footfall === undefined) throw new Error('The server starts with the tests of its group, not before.');
    return footfall;
  };
}

/** Starts a server in this process, on a file, in any configuration under test. */
export async function startEmbedded(
  environment: Environment = {},
  whenDone: WhenDone = afterAll,
): Promise<Embedded> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-api-'));
  const place = { DATABASE_URL: `file:${join(folder, 'footfall.db')}`, ...environment };
  const { app, port, logged, url, stop } = await startApp(place);
  whenDone(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  const footfall = footfallOf({
    url,
    instances: [url],
    sqld: undefined,
    environment: pick(place, ['DATABASE_URL']),
    logged,
    stop,
  });
  return { ...footfall, app, port, file: place.DATABASE_URL.slice('file:'.length) };
}

type Started = Pick<Footfall, 'url' | 'instances' | 'logged' | 'stop'>;

/** Two instances on one store, behind a load balancer. */
async function twoInstances(environment: Environment): Promise<Started> {
  const apps = await Promise.all([startApp(environment), startApp(environment)]);
  for (const { app } of apps) {
    // The balancer distributes connections: with one for each request, requests alternate between the instances.
    app.server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  }
  const balancer = await startBalancer(apps.map(({ port }) => port));
  return {
    url: balancer.url,
    instances: apps.map(({ url }) => url),
    logged: () => apps.map(({ logged }) => logged()).join(''),
    stop: async () => {
      await balancer.stop();
      for (const { stop } of apps) await stop();
    },
  };
}

/** The Worker, with caches that settle as soon as possible. */
async function onWorkerd(environment: Environment): Promise<Started> {
  const { url, logged, stop } = await startWorkerd({ CACHE_STRATEGY: 'minimal', ...environment });
  let stopped: Promise<void> | undefined;
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(200);
  return { url, instances: [], logged, stop: () => (stopped ??= stop()) };
}

interface RunningApp {
  readonly app: App;
  readonly url: string;
  readonly port: number;
  readonly logged: () => string;
  readonly stop: () => Promise<void>;
}

async function startApp(environment: Environment): Promise<RunningApp> {
  let log = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString();
      done();
    },
  });
  const app = await createApp(readConfig({ ...environment }), pino({ level: 'trace' }, stream), stubSite);
  app.server.listen(0, environment['HOST'] ?? '127.0.0.1');
  await once(app.server, 'listening');
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    port,
    logged: () => log,
    stop: async () => {
      app.server.closeAllConnections();
      if (!app.server.listening) return;
      await app.stop().catch((error: unknown) => {
        // A test may have closed the store itself.
        if ((error as { code?: unknown }).code !== 'CLIENT_CLOSED') throw error;
      });
    },
  };
}

/** Helpers of a test for a server in any configuration. */
function footfallOf(running: Started & Pick<Footfall, 'environment' | 'sqld'>): Footfall {
  const { url, instances, environment } = running;
  const isFile = environment['DATABASE_URL']?.startsWith('file:') === true;
  const settlesMs = isFile ? SETTLES_MS.embedded : SETTLES_MS[CONFIGURATION];
  // The numbers are served by one of these.
  const doors = instances.length === 0 ? [url] : instances;
  let turn = 0;
  let acknowledged = 0;

  const send: Footfall['send'] = (body, { headers = {}, query = '' } = {}) =>
    fetch(`${url}/api/visitors/track${query}`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });

  const sendUntilAccepted = async (body: unknown, options?: SendOptions) => {
    const identified = withId(body);
    let response = await send(identified, options);
    let isRetry = false;
    while (response.status === 503 && hasId(identified)) {
      response = await send(identified, options);
      isRetry = true;
    }
    return { response, isRetry };
  };

  const deliver: Footfall['deliver'] = async (body, options) =>
    (await sendUntilAccepted(body, options)).response;

  const readAt = async (door: string, page: string | undefined): Promise<Count> => {
    const query = page === undefined ? '' : `?page=${encodeURIComponent(page)}`;
    const response = await fetch(`${door}/api/visitors/count${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Count;
  };

  const settled: Footfall['settled'] = async (ask) => {
    const wanted = isFile ? acknowledged : Math.max(acknowledged, (await storedAt(environment)).version);
    const deadline = performance.now() + settlesMs + MARGIN_MS;
    const answers = await Promise.all(
      doors.map(async (door) => {
        for (;;) {
          const answer = await ask(door);
          if (answer.version >= wanted) return answer;
          expect(settlesMs, 'a read after an acknowledged write sees it').toBeGreaterThan(0);
          expect(performance.now(), `the numbers settle within ${settlesMs} ms`).toBeLessThan(deadline);
          await pause(settlesMs / 50);
        }
      }),
    );
    turn += 1;
    return answers[turn % answers.length] as (typeof answers)[number];
  };

  const unfolded = async (): Promise<number> =>
    isFile
      ? gauge(await (await fetch(`${url}/metrics`)).text(), 'footfall_unfolded_events')
      : Number((await query(environment, 'select count(*) from visitor_log_tail'))[0]?.[0]);
  const folded = (): Promise<void> => expect.poll(unfolded, { timeout: FOLDED_MS }).toBe(0);

  return {
    ...running,
    send,
    deliver,
    track: async (body, options) => {
      const { response, isRetry } = await sendUntilAccepted(body, options);
      expect(response.status).toBe(200);
      const { reason, ...tracked } = (await response.json()) as Tracked;
      acknowledged = Math.max(acknowledged, tracked.version);
      if (isRetry && reason === 'duplicate') return { ...tracked, counted: true };
      return { ...tracked, ...(reason !== undefined && { reason }) };
    },
    count: (page) => settled((door) => readAt(door, page)),
    read: (page) => readAt(url, page),
    settled,
    folded,
    // An open file cannot be read by others; and there is no cache between the store and its reads.
    stored: async () => {
      await folded();
      return isFile ? readAt(url, undefined) : storedAt(environment);
    },
  };
}

function hasId(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'id' in body;
}

/** A page view that may be sent again. */
function withId(body: unknown): unknown {
  return hasId(body) || typeof body !== 'object' || body instanceof Uint8Array
    ? body
    : { id: newId(), ...body };
}

/** How often requests of a route ended with an outcome, in all processes. */
export async function outcomes({ instances }: Footfall, route: string, outcome: string): Promise<number> {
  const counts = await Promise.all(
    instances.map(async (url) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text
        .split('\n')
        .find((candidate) =>
          candidate.startsWith(`footfall_requests_total{route="${route}",outcome="${outcome}"} `),
        );
      return Number(line?.split(' ').at(-1) ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How long folding may take on a busy machine, in milliseconds. */
const FOLDED_MS = 60_000;

/** The value of a gauge in Prometheus' text format. */
function gauge(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

/** The totals of a server, from its database. */
async function storedAt(environment: Environment): Promise<Count> {
  const [[count, version, store, at] = []] = await query(
    environment,
    'select total_views, version, store, last_updated_at from visitor_stats',
  );
  return {
    count: Number(count),
    version: Number(version),
    store: Number(store),
    updatedAt: typeof at !== 'string' ? null : new Date(Number(at)).toISOString(),
  };
}

/** Runs a statement on a server, bypassing Footfall. */
export async function query(environment: Environment, sql: string): Promise<(string | null | undefined)[][]> {
  const response = await fetch(`${environment['DATABASE_URL']}/v2/pipeline`, {
    method: 'POST',
    headers: { authorization: `Bearer ${environment['DATABASE_AUTH_TOKEN']}` },
    body: JSON.stringify({ requests: [{ type: 'execute', stmt: { sql } }, { type: 'close' }] }),
  });
  if (!response.ok) throw new Error(await response.text());
  const answer = (await response.json()) as {
    results: [
      { response?: { result: { rows: { value?: string | null }[][] } }; error?: { message: string } },
    ];
  };
  const [{ response: ran, error }] = answer.results;
  if (ran === undefined) throw new Error(error?.message ?? 'the server has not answered');
  return ran.result.rows.map((row) => row.map(({ value }) => value));
}

/** The ways in which the store of the configuration under test can be unavailable. */
export const OUTAGES = CONFIGURATION === 'embedded' ? (['locked'] as const) : (['gone', 'silent'] as const);
export type Outage = 'locked' | 'gone' | 'silent';

/** Makes the store unavailable; the returned function restores it, and so does the end of the test. */
export async function takeDown(
  { environment, sqld }: Footfall,
  way: Outage,
  whenDone: WhenDone = onTestFinished,
): Promise<() => Promise<void>> {
  if (sqld === undefined)
    return holdFile((environment['DATABASE_URL'] ?? '').slice('file:'.length), whenDone);
  if (way === 'gone') {
    await sqld.kill();
    return sqld.restart;
  }
  await sqld.freeze();
  const thaw = async (): Promise<void> => {
    sqld.thaw();
  };
  whenDone(thaw);
  return thaw;
}

/** Makes a file unavailable like another program that writes to it. */
async function holdFile(file: string, whenDone: WhenDone): Promise<() => Promise<void>> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { DatabaseSync } from 'node:sqlite';
       const database = new DatabaseSync(process.argv[1], { timeout: 5000 });
       database.exec('begin immediate');
       process.stdout.write('locked');
       process.stdin.resume().on('end', () => { database.exec('rollback'); database.close(); });`,
      file,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  );
  whenDone(async () => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  return async () => {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
}

/** Runs something many times, with the concurrency that the configuration allows. */
export async function atOnce<T>(times: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const most = has('burst') ? times : 12;
  const results: T[] = [];
  for (let at = 0; at < times; at += most) {
    const size = Math.min(most, times - at);
    results.push(...(await Promise.all(Array.from({ length: size }, (_, n) => work(at + n)))));
  }
  return results;
}

function pick(from: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

let pages = 0;

/** The default Cache-Control of public numbers. */
export const CACHE_CONTROL =
  CONFIGURATION === 'workerd'
    ? 'public, max-age=2, stale-while-revalidate=3'
    : 'public, max-age=5, stale-while-revalidate=10';

/** A page that no other test of this file uses. */
export function newPage(): string {
  pages += 1;
  return `/page-${pages}`;
}

export const newId = (): string => randomUUID();

/** Any store id. */
export const STORE = expect.any(Number) as number;

/** The response for a counted page view. */
export const COUNTED = {
  count: expect.any(Number) as number,
  total: expect.any(Number) as number,
  counted: true,
  version: expect.any(Number) as number,
  store: STORE,
};

/** Asserts that a response is an error in exactly the documented format. */
export async function expectError(response: Response, status: number, code: string): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expectCors(response.headers);
  const body = (await response.json()) as { error: string };
  expect(body).toEqual({ error: expect.any(String) as string, code });
  expectSentence(body.error);
  return body.error;
}

/** Asserts that a response says that the store is unavailable, and when to retry. */
export async function expectUnavailable(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await expectError(response, 503, 'SERVICE_UNAVAILABLE')).toBe('The store cannot answer right now.');
}

/** Asserts that a message is readable: a sentence, without stack, SQL or path. */
export function expectSentence(message: string): void {
  expect(message).toMatch(/^[^\n]{5,300}\.$/);
  expect(message).not.toMatch(STACK);
  expect(message).not.toMatch(/sqlite|select |insert |undefined|\[object/i);
}

/** A pattern of stacks. */
export const STACK = /\n\s+at |node:internal|\.[jt]s:\d+|node_modules/;

/** Public routes may be used from any page, and never with credentials. */
export function expectCors(headers: Headers): void {
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.has('access-control-allow-credentials')).toBe(false);
}

/** A request that `fetch` would normalise. */
export interface Plain {
  readonly method?: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An array is sent in chunks, without its length, unless a header has it. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The body does not end: the response must arrive before. */
  readonly open?: boolean;
}

/** Sends a request as it is, on its own connection. */
export async function plain(
  url: string,
  { method = 'GET', path, headers, body, open }: Plain,
): Promise<Response> {
  const { hostname, port } = new URL(url);
  const request = httpRequest({ hostname, port, method, path, headers: { ...headers }, agent: false });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  const pieces = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
  if (pieces.length === 1 && open !== true) {
    request.end(pieces[0]);
  } else {
    request.flushHeaders();
    for (const piece of pieces) if (piece !== undefined) request.write(piece);
    if (open !== true) request.end();
  }
  const [response] = await answered;
  const bytes = await buffer(response);
  request.destroy();
  const status = response.statusCode ?? 0;
  return new Response(status === 204 || status === 304 ? null : bytes, {
    status,
    headers: response.rawHeaders.flatMap((_, at, all) =>
      at % 2 === 0 ? [[all[at] ?? '', all[at + 1] ?? ''] as [string, string]] : [],
    ),
  });
}

/** One response as received on a socket. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A raw socket, with what it received. */
export interface Raw {
  readonly socket: Socket;
  readonly text: () => string;
  /** Resolves with all responses when the server has closed its side. */
  readonly closed: Promise<RawAnswer[]>;
  /** Resolves when that number of responses has arrived. */
  readonly answers: (times: number) => Promise<RawAnswer[]>;
}

/**
 * Opens a socket and sends bytes as they are.
 * @param bytes strings are sent as Latin-1
 */
export async function raw(port: number, bytes: string | Uint8Array = ''): Promise<Raw> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {}); // a reset is an end, too: what was received before counts
  const ended = new Promise<void>((resolve) => {
    socket.on('end', resolve);
    socket.on('close', () => {
      resolve();
    });
  });
  await once(socket, 'connect');
  if (bytes.length > 0) socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  const closed = ended.then(() => {
    socket.destroy();
    return answersIn(text);
  });
  return {
    socket,
    text: () => text,
    closed,
    answers: async (times) => {
      while (answersIn(text).length < times) {
        if (socket.destroyed) throw new Error(`closed after: ${text}`);
        await Promise.race([once(socket, 'data'), closed]);
      }
      return answersIn(text);
    },
  };
}

/** A track request as sent on the wire. */
export function trackBytes(body: string, headers = ''): string {
  return `POST /api/visitors/track HTTP/1.1\r\nHost: x\r\nUser-Agent: ${BROWSER}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The complete responses at the beginning of what a socket received. */
function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return answers;
    const [statusLine = '', ...lines] = text.slice(at, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no answer: ${text.slice(at)}`);
    const headers = new Headers(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = status === 304 || status === 100 ? 0 : Number(headers.get('content-length') ?? 0);
    if (text.length < end + 4 + length) return answers;
    answers.push({ status, headers, body: text.slice(end + 4, end + 4 + length) });
    at = end + 4 + length;
  }
}
