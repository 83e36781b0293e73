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

/** What isbot takes for a person. */
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** Stands in for SvelteKit: says what reached it. */
const stubSite: MakeSite = () => (request, response) => {
  const body = `site ${request.url ?? ''}`;
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length }).end(body);
};

/** What `POST /api/visitors/track` answers (docs/api.md). */
export interface Tracked {
  readonly count: number;
  readonly total: number;
  readonly counted: boolean;
  readonly reason?: string;
  /** What the page is counted as where its own name is one too many. */
  readonly page?: string;
  readonly version: number;
  readonly store: number;
}

/** What `GET /api/visitors/count` answers (docs/api.md). */
export interface Count {
  readonly count: number;
  readonly version: number;
  readonly store: number;
  readonly updatedAt: string | null;
  readonly stale?: true;
}

/** A Footfall in the configuration under test. */
export interface Footfall {
  readonly url: string;
  /** The processes behind that address, each at one of its own; none where the platform runs it. */
  readonly instances: readonly string[];
  /** What another one has to be told to be on the same store. */
  readonly environment: Readonly<Record<string, string>>;
  /** The server with the numbers, where there is one. */
  readonly sqld: Sqld | undefined;
  /** Sends a page view as a browser would; `body` that is no text or bytes is sent as JSON. */
  readonly send: (body: unknown, options?: SendOptions) => Promise<Response>;
  /** The same, until it is taken: what a busy store refuses with 503 is sent again under the same id, as a tracker does. */
  readonly deliver: (body: unknown, options?: SendOptions) => Promise<Response>;
  /** The same, and reads the answer. */
  readonly track: (body: unknown, options?: SendOptions) => Promise<Tracked>;
  /** All page views, or one page's, as they stand now: what has been acknowledged is in them. */
  readonly count: (page?: string) => Promise<Count>;
  /** All page views, or one page's, as whoever asks is told them, at once. */
  readonly read: (page?: string) => Promise<Count>;
  /**
   * Asks until the answer has in it what was acknowledged before, which must be so in time (docs/api.md, Freshness): in one
   * process with the first request, else of each process within `SETTLES_MS`.
   * @param ask asks at an address
   */
  readonly settled: <T extends { readonly version: number }>(ask: (url: string) => Promise<T>) => Promise<T>;
  /** All page views as they are in the store, once they are folded: no cache can hide that something was counted. */
  readonly stored: () => Promise<Count>;
  /** Resolves when all that was acknowledged is in visits and statistics: a reader waits for that for a while only. */
  readonly folded: () => Promise<void>;
  /** What it has logged, as text. */
  readonly logged: () => string;
  /** Ends what answers; the store stays until the test's or the file's end. */
  readonly stop: () => Promise<void>;
}

/** A Footfall in this process, with what only that shows. */
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

/** What is done when a Footfall is stopped: after the file's or the group's tests, or `onTestFinished`. */
type WhenDone = (stop: () => Promise<void>) => void;

type Environment = Readonly<Record<string, string>>;

/** What is added to a promise of time for the tests' own share in it: asking takes time, and so does being scheduled. */
const MARGIN_MS = 500;

/**
 * Starts a Footfall as the configuration under test runs it, on free ports and with a store of its own, unless it is told
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

/** The same before a group's tests, and only where these are run: what is not promised here may not even start here. */
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
    if (footfall === undefined) throw new Error('It is started with the tests of its group, not before.');
    return footfall;
  };
}

/** Starts one in this process, on a file, whatever the configuration under test. */
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

/** Two of them on one store, behind a load balancer. */
async function twoInstances(environment: Environment): Promise<Started> {
  const apps = await Promise.all([startApp(environment), startApp(environment)]);
  for (const { app } of apps) {
    // The balancer deals out connections: with one for each request, every request is the other instance's.
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

/** The Worker, with caches that settle as soon as they may. */
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

/** What a test does with a Footfall, however that is run. */
function footfallOf(running: Started & Pick<Footfall, 'environment' | 'sqld'>): Footfall {
  const { url, instances, environment } = running;
  const isFile = environment['DATABASE_URL']?.startsWith('file:') === true;
  const settlesMs = isFile ? SETTLES_MS.embedded : SETTLES_MS[CONFIGURATION];
  // Whoever is told the numbers is told them by one of these.
  const doors = instances.length === 0 ? [url] : instances;
  let turn = 0;
  let acknowledged = 0;

  const send: Footfall['send'] = (body, { headers = {}, query = '' } = {}) =>
    fetch(`${url}/api/visitors/track${query}`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });

  const deliver: Footfall['deliver'] = async (body, options) => {
    const identified = withId(body);
    let response = await send(identified, options);
    while (response.status === 503 && hasId(identified)) response = await send(identified, options);
    return response;
  };

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
      const response = await deliver(body, options);
      expect(response.status).toBe(200);
      const tracked = (await response.json()) as Tracked;
      acknowledged = Math.max(acknowledged, tracked.version);
      return tracked;
    },
    count: (page) => settled((door) => readAt(door, page)),
    read: (page) => readAt(url, page),
    settled,
    folded,
    // Beside an open file nobody else may stand; and there nothing lies between the store and its reader.
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

/** The value of a gauge in Prometheus' text. */
function gauge(text: string, name: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

/** Where all numbers stand in a server, as it says itself. */
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

/** Runs a statement on a server, past Footfall. */
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

/** The ways in which the store of the configuration under test can be away. */
export const WAYS_TO_BE_AWAY =
  CONFIGURATION === 'embedded' ? (['held'] as const) : (['gone', 'silent'] as const);
export type WayToBeAway = 'held' | 'gone' | 'silent';

/** Takes the store away; the answer gives it back, and so does the test's end. */
export async function takeAway(
  { environment, sqld }: Footfall,
  way: WayToBeAway,
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

/** Takes a file away as another program would that writes to it. */
async function holdFile(file: string, whenDone: WhenDone): Promise<() => Promise<void>> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { DatabaseSync } from 'node:sqlite';
       const database = new DatabaseSync(process.argv[1], { timeout: 5000 });
       database.exec('begin immediate');
       process.stdout.write('held');
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

/** Does something many times: all at once, or as many at a time as the configuration takes. */
export async function atOnce<T>(many: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const most = has('burst') ? many : 12;
  const results: T[] = [];
  for (let at = 0; at < many; at += most) {
    const size = Math.min(most, many - at);
    results.push(...(await Promise.all(Array.from({ length: size }, (_, n) => work(at + n)))));
  }
  return results;
}

function pick(from: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

let pages = 0;

/** What caches are told of public numbers, where the test has not said otherwise. */
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

/** Some store id. */
export const STORE = expect.any(Number) as number;

/** What a counted page view is answered. */
export const COUNTED = {
  count: expect.any(Number) as number,
  total: expect.any(Number) as number,
  counted: true,
  version: expect.any(Number) as number,
  store: STORE,
};

/** Says that an answer is an error in the form of docs/api.md, to the letter. */
export async function expectError(response: Response, status: number, code: string): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expectCors(response.headers);
  const body = (await response.json()) as { error: string };
  expect(body).toEqual({ error: expect.any(String) as string, code });
  expectSentence(body.error);
  return body.error;
}

/** Says that an answer is that the store is away, and when to come again. */
export async function expectAway(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await expectError(response, 503, 'SERVICE_UNAVAILABLE')).toBe('The store cannot answer right now.');
}

/** Says that a message is one a person can read: a sentence, without stack, SQL or path. */
export function expectSentence(message: string): void {
  expect(message).toMatch(/^[^\n]{5,250}\.$/);
  expect(message).not.toMatch(STACK);
  expect(message).not.toMatch(/sqlite|select |insert |undefined|\[object/i);
}

/** What a stack looks like. */
export const STACK = /\n\s+at |node:internal|\.[jt]s:\d+|node_modules/;

/** Public routes may be used from any page, and never with credentials. */
export function expectCors(headers: Headers): void {
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.has('access-control-allow-credentials')).toBe(false);
}

/** A request that `fetch` would tidy up before it goes out. */
export interface Plain {
  readonly method?: string;
  /** Path and query, as they are sent. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In pieces it is sent in chunks, without its length, unless a header tells that. */
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The body does not end: the answer must come before it has. */
  readonly open?: boolean;
}

/** Sends a request as it is, on a connection of its own. */
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

/** One answer as it came over a socket. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A socket of the test's own, with what it was sent. */
export interface Raw {
  readonly socket: Socket;
  readonly text: () => string;
  /** Resolves with all answers when the server has closed its side. */
  readonly closed: Promise<RawAnswer[]>;
  /** Resolves when so many answers have come. */
  readonly answers: (many: number) => Promise<RawAnswer[]>;
}

/**
 * Opens a socket and sends bytes as they are.
 * @param bytes text is sent as Latin-1
 */
export async function raw(port: number, bytes: string | Uint8Array = ''): Promise<Raw> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {}); // a reset is an end, too: what came before it is what counts
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
    answers: async (many) => {
      while (answersIn(text).length < many) {
        if (socket.destroyed) throw new Error(`closed after: ${text}`);
        await Promise.race([once(socket, 'data'), closed]);
      }
      return answersIn(text);
    },
  };
}

/** A track request as it goes over the wire. */
export function trackBytes(body: string, headers = ''): string {
  return `POST /api/visitors/track HTTP/1.1\r\nHost: x\r\nUser-Agent: ${BROWSER}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The complete answers at the head of what a socket was sent. */
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
