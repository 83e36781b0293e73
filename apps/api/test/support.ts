import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, expect } from 'vitest';
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

/** What `POST /api/visitors/track` answers (API.md). */
export interface Tracked {
  readonly count: number;
  readonly total: number;
  readonly counted: boolean;
  readonly reason?: string;
  readonly version: number;
}

/** What `GET /api/visitors/count` answers (API.md). */
export interface Count {
  readonly count: number;
  readonly version: number;
  readonly updatedAt: string | null;
}

export interface Footfall {
  readonly url: string;
  readonly port: number;
  readonly app: App;
  /** Path of the database file. */
  readonly file: string;
  /** What was logged, as text. */
  readonly logged: () => string;
  /** Sends a page view as a browser would; `body` that is no text or bytes is sent as JSON. */
  readonly send: (body: unknown, options?: SendOptions) => Promise<Response>;
  /** The same, and reads the answer. */
  readonly track: (body: unknown, options?: SendOptions) => Promise<Tracked>;
  /** All page views, or one page's. */
  readonly count: (page?: string) => Promise<Count>;
  /** How often requests of a route ended with an outcome. */
  readonly outcomes: (route: string, outcome: string) => Promise<number>;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/**
 * Starts a Footfall on a free port with a database of its own.
 * @param whenDone when it is stopped: after the file's or the group's tests, or `onTestFinished`
 */
export async function start(
  environment: Readonly<Record<string, string>> = {},
  whenDone: (stop: () => Promise<void>) => void = afterAll,
): Promise<Footfall> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-api-'));
  const file = join(folder, 'footfall.db');
  let log = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString();
      done();
    },
  });
  const app = await createApp(
    readConfig({ DATABASE_URL: `file:${file}`, ...environment }),
    pino({ level: 'trace' }, stream),
    stubSite,
  );
  app.server.listen(0, environment['HOST'] ?? '127.0.0.1');
  await once(app.server, 'listening');
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  whenDone(async () => {
    app.server.closeAllConnections();
    if (app.server.listening) {
      await app.stop().catch((error: unknown) => {
        // A test may have closed the store itself.
        if ((error as { code?: unknown }).code !== 'CLIENT_CLOSED') throw error;
      });
    }
    await rm(folder, { recursive: true, force: true });
  });

  const send = (body: unknown, { headers = {}, query = '' }: SendOptions = {}): Promise<Response> =>
    fetch(`${url}/api/visitors/track${query}`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  return {
    url,
    port,
    app,
    file,
    logged: () => log,
    send,
    track: async (body, options) => {
      const response = await send(body, options);
      expect(response.status).toBe(200);
      return (await response.json()) as Tracked;
    },
    count: async (page) => {
      const query = page === undefined ? '' : `?page=${encodeURIComponent(page)}`;
      const response = await fetch(`${url}/api/visitors/count${query}`);
      expect(response.status).toBe(200);
      return (await response.json()) as Count;
    },
    outcomes: async (route, outcome) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text
        .split('\n')
        .find((candidate) =>
          candidate.startsWith(`footfall_requests_total{route="${route}",outcome="${outcome}"} `),
        );
      return Number(line?.split(' ').at(-1) ?? 0);
    },
  };
}

let pages = 0;

/** A page that no other test of this file uses. */
export function newPage(): string {
  pages += 1;
  return `/page-${pages}`;
}

export const newId = (): string => randomUUID();

/** What a counted page view is answered. */
export const COUNTED = {
  count: expect.any(Number) as number,
  total: expect.any(Number) as number,
  counted: true,
  version: expect.any(Number) as number,
};

/** Says that an answer is an error as API.md has it, to the letter. */
export async function expectError(response: Response, status: number, code: string): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expectCors(response.headers);
  const body = (await response.json()) as { error: string };
  expect(body).toEqual({ error: expect.any(String) as string, code });
  expectSentence(body.error);
  return body.error;
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
