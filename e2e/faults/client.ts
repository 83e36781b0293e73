import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client as DatabaseClient } from '@libsql/client';
import { expect } from 'vitest';
import { CONFIGURATION, SETTLES_MS, type Configuration, type Running } from '../configurations.ts';
import type { Sqld } from '../sqld.ts';

/** The user agent of a person. */
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** One event as a client stores it until it is acknowledged. */
export interface View {
  readonly id: string;
  readonly url: string;
}

export const newView = (url: string): View => ({ id: randomUUID(), url });

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A client with that number of keep-alive connections. */
export class Client {
  readonly #agent: Agent;
  readonly #url: string;

  constructor(url: string, connections: number) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws if there is no response */
  send(method: string, path: string, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        this.#url + path,
        {
          method,
          agent: this.#agent,
          headers: { 'user-agent': BROWSER, 'content-type': 'application/json' },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  track(view: View, query = ''): Promise<Answer> {
    return this.send('POST', `/api/visitors/track${query}`, JSON.stringify(view));
  }

  /** All page views, or one page's. */
  async count(page?: string): Promise<number> {
    const query = page === undefined ? '' : `?page=${encodeURIComponent(page)}`;
    const answer = await this.send('GET', `/api/visitors/count${query}`);
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.body) as { count: number }).count;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Asserts that a response is the documented one of an unavailable store (docs/api.md, Rules for all). */
export function expectUnavailable({ status, headers, body }: Answer): void {
  expect(status).toBe(503);
  expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(JSON.parse(body)).toEqual({
    error: 'The store cannot answer right now.',
    code: 'SERVICE_UNAVAILABLE',
  });
}

/** Processes a list with limited concurrency. */
export async function eachOf<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < items.length) {
        const item = items[next] as Item;
        next += 1;
        await work(item);
      }
    }),
  );
}

/** Asserts a number, once the previous one may no longer be served. */
export async function expectSettled(
  read: () => Promise<number>,
  expected: number,
  configuration: Configuration = CONFIGURATION,
): Promise<void> {
  const timeout = SETTLES_MS[configuration];
  if (timeout === 0) expect(await read()).toBe(expected);
  else await expect.poll(read, { timeout, interval: 20 }).toBe(expected);
}

/** The content of a database. */
export interface Contents {
  readonly ids: ReadonlySet<string>;
  readonly total: number;
  /** The views of each page as they are published. */
  readonly pages: ReadonlyMap<string, number>;
}

/**
 * Reads a database file whose server has ended, and asserts that it is intact and that its numbers agree.
 * It reads a copy, so that a server that starts on the file must recover it itself.
 */
export async function readContents(file: string): Promise<Contents> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-copy-'));
  try {
    for (const suffix of ['', '-wal']) {
      if (existsSync(file + suffix)) await copyFile(file + suffix, join(folder, `copy.db${suffix}`));
    }
    return await contentsOf(createClient({ url: `file:${join(folder, 'copy.db')}` }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same for a server's database, while it is up. */
export function readServer({ url, token }: Pick<Sqld, 'url' | 'token'>): Promise<Contents> {
  return contentsOf(createClient({ url, authToken: token }));
}

/** The same for any configuration: with a file, its processes must have ended. */
export function readStore({ instances: [instance], sqld }: Running): Promise<Contents> {
  return sqld === undefined ? readContents(instance!.file) : readServer(sqld);
}

/** The page views of the log by page: the folded ones, and those in its tail. */
const LOGGED = `
  select page, count(*) views
  from (
    select value page from visitor_page_views join visitor_values on visitor_values.id = page
    union all
    select event.value ->> 5
    from (
      select *, seq + 1 - json_array_length(events, '$[0]') - json_array_length(events, '$[1]') first
      from visitor_log_tail
    ) tail
    cross join json_each(tail.events, '$[0]') event
    where first + event.key in (select seq from visitor_event_ids)
      and first + event.key > (select folded from visitor_stats)
  )
  group by page order by page`;

async function contentsOf(client: DatabaseClient): Promise<Contents> {
  try {
    const [integrity, views, stats, counts, logged] = await client.batch(
      [
        'pragma integrity_check',
        'select lower(hex(id)) id from visitor_event_ids',
        'select total_views from visitor_stats',
        'select page_identifier page, view_count views from visitor_counts order by 1',
        LOGGED,
      ],
      'read',
    );
    expect(integrity?.rows.map((row) => row[0])).toEqual(['ok']);
    const ids = new Set(views?.rows.map((row) => String(row['id'])));
    const total = Number(stats?.rows[0]?.['total_views']);
    const pagesOf = (result: typeof counts) =>
      new Map(result?.rows.map((row) => [String(row['page']), Number(row['views'])]));
    const pages = pagesOf(counts);
    expect(pages).toEqual(pagesOf(logged));
    expect(views?.rows.length).toBe(ids.size);
    expect(total).toBe(ids.size);
    return { ids, total, pages };
  } finally {
    client.close();
  }
}

/** An id as stored in the database. */
export const storedId = (id: string): string => id.replaceAll('-', '');

/** Opens a socket and sends bytes as they are; stores what it receives. */
export async function openSocket(port: number, bytes: string | Uint8Array = ''): Promise<OpenSocket> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  const closed = new Promise<void>((resolve) =>
    socket.on('close', () => {
      resolve();
    }),
  );
  socket.on('error', () => {}); // a reset is an end, too
  await once(socket, 'connect');
  if (bytes.length > 0) socket.write(bytes);
  return {
    socket,
    read: () => {
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => (text += chunk));
    },
    text: () => text,
    closed,
  };
}

export interface OpenSocket {
  readonly socket: Socket;
  /** Starts reading; until then the socket receives nothing. */
  readonly read: () => void;
  readonly text: () => string;
  readonly closed: Promise<void>;
}

/** A pattern of stacks. */
export const STACK = /\n\s+at |node:internal|\.[jt]s:\d+|node_modules/;

/** Number of connections to a port that its server still has, according to the system (Linux). */
export async function connectionsOf(port: number): Promise<number> {
  const ESTABLISHED = '01';
  const CLOSE_WAIT = '08';
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
  return lines.filter((line) => {
    const [, local = '', , state = ''] = line.trim().split(/\s+/);
    return local.endsWith(`:${hex}`) && [ESTABLISHED, CLOSE_WAIT].includes(state);
  }).length;
}
