import type { LiveUpdate } from '@footfall/core';
import { expect } from 'vitest';

/** A subscriber to the numbers. */
export interface LiveClient {
  /** The updates received, in order. */
  readonly updates: LiveUpdate[];
  /** The ids of the updates, for transports with ids. */
  readonly ids: string[];
  /** Other messages: errors of the typed API. */
  readonly others: unknown[];
  /** Resolves with how it ended: a socket's close code, 0 for a stream that was ended, -1 for one that broke. */
  readonly over: Promise<number>;
  readonly close: () => void;
}

export interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a WebSocket. */
export function socketAt(url: string, { headers = {} }: ConnectOptions = {}): Promise<LiveClient> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  const updates: LiveUpdate[] = [];
  const over = Promise.withResolvers<number>();
  socket.addEventListener('message', ({ data }) => updates.push(JSON.parse(data as string) as LiveUpdate));
  socket.addEventListener('close', ({ code }) => {
    over.resolve(code);
  });
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => {
      reject(new Error('the socket was not opened'));
    });
    socket.addEventListener('open', () => {
      resolve({
        updates,
        ids: [],
        others: [],
        over: over.promise,
        close: () => {
          socket.close();
        },
      });
    });
  });
}

/** Opens a stream of events, the plain one or the typed API's. */
export async function streamAt(url: string, options: ConnectOptions = {}): Promise<LiveClient> {
  const { response, close } = await streamResponse(url, options);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const client = { updates: [] as LiveUpdate[], ids: [] as string[], others: [] as unknown[] };
  const read = async (): Promise<number> => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) take(event, client);
    }
    return 0;
  };
  return { ...client, over: read().catch(() => -1), close };
}

/** The same, with the response. */
export async function streamResponse(
  url: string,
  { headers = {} }: ConnectOptions = {},
): Promise<{ response: Response; close: () => void }> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  return {
    response,
    close: () => {
      abort.abort();
    },
  };
}

function take(event: string, { updates, ids, others }: Pick<LiveClient, 'updates' | 'ids' | 'others'>): void {
  const fields = Object.fromEntries(
    event
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
  ) as { id?: string; event?: string; data?: string };
  if (fields.data === undefined) return;
  const data = JSON.parse(fields.data === '' ? 'null' : fields.data) as object | null;
  const value: unknown = data !== null && 'json' in data ? data.json : data;
  if (fields.event !== undefined) others.push(value);
  else {
    updates.push(value as LiveUpdate);
    ids.push(fields.id ?? '');
  }
}

/** The ways to subscribe. */
export const WAYS = {
  'a socket at /api/live': (url: string, options?: ConnectOptions) => socketAt(`${url}/api/live`, options),
  'a socket at /': (url: string, options?: ConnectOptions) => socketAt(`${url}/`, options),
  'events at /api/live': (url: string, options?: ConnectOptions) => streamAt(`${url}/api/live`, options),
  'the subscription `live`': (url: string, options?: ConnectOptions) =>
    streamAt(`${url}/api/trpc/live`, options),
} as const;

export type Way = keyof typeof WAYS;

export const EVERY_WAY = Object.keys(WAYS) as Way[];

/** Asserts that the versions of one store only grow, and returns them. */
export function versionsOf({ updates, ids }: Pick<LiveClient, 'updates' | 'ids'>): number[] {
  const versions = updates.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  if (ids.length > 0) expect(ids).toEqual(updates.map(({ version, store }) => `${version}-${store}`));
  return versions;
}

/** The headers of a WebSocket handshake. */
export const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
