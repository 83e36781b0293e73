import type { Salts } from '@footfall/core';
import type { Store } from '@footfall/db';
import { describe, expect, it } from 'vitest';
import { NOWHERE } from '../src/address.ts';
import { assemble } from '../src/assemble.ts';
import { countAttempts } from '../src/attempts.ts';
import { readConfig } from '../src/config.ts';
import { currentSettings } from '../src/settings.ts';
import type { HttpRequest } from '../src/http.ts';
import { BROWSER } from './support.ts';

const KEY = 'a-write-key-of-32-characters-xyz';
const NOW = Date.parse('2026-11-20T12:00:00Z');

/** The maximum lengths of a header in Node, and of each kind of body. */
const HEADER = 15_000;
const BODY = 7_900;
const BATCH = 65_000;

/** Maximum time for one string, in milliseconds. */
const LIMIT_MS = 10;

/** Fragments that make regular expressions backtrack, each repeated up to the maximum length. */
const FILLS = [
  ...[' ', '\t', 'a', 'A', '0', '.', ',', ';', ':', '/', '\\', '-', '_', '=', '&', '+', '%', '"', "'", '('],
  ...[')', '[', '<', '{', '*', '@', '#', '?', '\xa0', '\xff', '\n'],
  ...[
    '%41',
    '%e0',
    '%25',
    '%ff',
    '1.',
    '1:',
    '::',
    'a.',
    'a-',
    'a,',
    'a;',
    'a/',
    ' a',
    ', ',
    '; ',
    ';q=1',
    'a=b&',
  ],
  ...[
    '../',
    '//',
    '/.',
    '\\"',
    '10.0.0.1,',
    '::ffff:',
    'W/"1",',
    'compatible;',
    'bot/',
    'Mozilla/5.0 (',
    'utm_a=1&',
  ],
  ...['xn--', '\u0130', '€', '\ud800'],
];

/** Prefixes after which a string nearly matches an expression. */
const BEFORE: Readonly<Record<string, string>> = {
  authorization: 'Bearer ',
  url: 'https://example.com/',
  origin: 'https://',
  referer: 'https://example.com/',
  referrer: 'https://',
  page: '/',
  'user-agent': 'Mozilla/5.0 (X11; Linux) ',
  userAgent: 'Mozilla/5.0 (compatible; ',
  'sec-ch-ua': '"',
  'if-none-match': 'W/"',
  timestamp: '2026-11-20T12:00:00.',
  from: '2026-11-20T12:00:00.',
};

function textsFor(name: string, length: number): string[] {
  const before = BEFORE[name] ?? '';
  const filled = (start: string, fill: string): string =>
    `${start}${fill.repeat((length - start.length - 1) / fill.length)}x`;
  return FILLS.flatMap((fill) => [
    fill.repeat(length / fill.length),
    filled(before, fill),
    filled(`${before}x`, fill),
  ]);
}

/** Those that are valid in a header. */
const headersFor = (name: string): string[] =>
  textsFor(name, HEADER).filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text));

/** A store that returns at once: only the handling of strings is measured. */
const numbers = { count: 1, total: 1, version: 1, store: 1, updatedAt: null };
const store = {
  owner: { secondFactor: {} },
  keys: { list: async () => [], used: async () => {} },
  add: async () => ({ counted: true, ...numbers }),
  addAll: async (reports: readonly unknown[]) => reports.map(() => ({ counted: true, ...numbers })),
  version: () => ({ version: 1, store: 1 }),
  salts: async (): Promise<Salts & { store: number }> => ({
    store: 1,
    days: new Map([[Date.parse('2026-11-20'), new Uint8Array(32)]]),
    device: new Uint8Array(32),
  }),
  count: () => numbers,
  numbers: async () => numbers,
  analytics: async () => ({}),
  stats: async () => ({ stats: { version: 1 }, visitorStats: {}, sysStats: {}, count: 1 }),
  follow: () => () => {},
} as unknown as Store;

const config = readConfig({
  API_KEYS: KEY,
  WRITE_KEYS: KEY,
  SITE_HOSTS: 'example.com,*.example.org',
  KEEP_PARAMETERS: 'id',
  CLIENT_IP_HEADER: 'X-Forwarded-For',
  COUNTRY_HEADER: 'X-Country',
  REGION_HEADER: 'X-Region',
  CITY_HEADER: 'X-City',
  TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8',
});
const stored = { store: 1, version: 0, values: {}, isEmpty: true };
const log = { error: () => {} };
const { handler } = assemble(config, {
  store,
  settings: currentSettings(config, { store: { ...store.settings, current: () => stored }, log }),
  locate: () => NOWHERE,
  metrics: { request: () => {} },
  log,
  rateLimit: undefined,
  attempts: countAttempts(Date.now),
  live: { pollMs: 1_000 },
  now: () => NOW,
  randomId: () => crypto.randomUUID(),
});

interface RequestParts {
  readonly method?: 'GET' | 'POST' | 'OPTIONS';
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function request({ method = 'GET', path, query = '', headers = {}, body = '' }: RequestParts): HttpRequest {
  const all: Readonly<Record<string, string>> = { 'user-agent': BROWSER, ...headers };
  const header = (name: string): string | undefined => all[name];
  return {
    method,
    path,
    query,
    header,
    text: () => Promise.resolve(body),
    bytes: () => Promise.resolve(Buffer.from(body)),
    address: () => config.addressOf('127.0.0.1', header),
    place: () => config.placeOf('127.0.0.1', header),
  };
}

/** The minimum time of a request, in milliseconds: on a busy machine any single one may take longer. */
async function msOf(parts: RequestParts): Promise<number> {
  let best = Infinity;
  for (let times = 0; times < 200 && best >= LIMIT_MS; times += 1) {
    const began = performance.now();
    const answer = await handler(request(parts));
    best = Math.min(best, performance.now() - began);
    if (answer === undefined || answer.status >= 500) throw new Error(`answered ${answer?.status}`);
  }
  return best;
}

/** The strings that take too long. */
async function tooSlow(
  values: readonly string[],
  requestOf: (text: string) => RequestParts,
): Promise<string[]> {
  const slow: string[] = [];
  for (const text of values) {
    const ms = await msOf(requestOf(text));
    if (ms >= LIMIT_MS) slow.push(`${ms.toFixed(0)} ms: ${JSON.stringify(text.slice(0, 40))}`);
  }
  return slow;
}

const TRACK = JSON.stringify({ url: 'https://example.com/' });
const SECRET = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

describe(`the longest string takes less than ${LIMIT_MS} ms`, () => {
  it.each([
    'user-agent',
    'sec-ch-ua',
    'sec-ch-ua-mobile',
    'sec-ch-ua-platform',
    'accept-language',
    'origin',
    'referer',
    'authorization',
    'x-visitor-id',
    'content-type',
    'dnt',
    'x-forwarded-for',
    'x-country',
    'x-region',
    'x-city',
  ])('in the header %s of a page view', async (name) => {
    const slow = await tooSlow(headersFor(name), (text) => ({
      method: 'POST',
      path: '/api/visitors/track',
      headers: { [name]: text },
      body: TRACK,
    }));
    expect(slow).toEqual([]);
  });

  it.each([
    ['if-none-match', '/api/visitors/count'],
    ['accept', '/api/live'],
    ['origin', '/api/live'],
    ['last-event-id', '/api/live'],
    ['authorization', '/api/analytics/visitors'],
    ['authorization', '/api/trpc/analytics.visitors'],
    ['accept', '/api/trpc/count'],
    ['content-type', '/api/trpc/count'],
  ])('in the header %s of a read of %s', async (name, path) => {
    expect(await tooSlow(headersFor(name), (text) => ({ path, headers: { [name]: text } }))).toEqual([]);
  });

  it.each([
    ['id', 36],
    ['url', 4_096],
    ['referrer', 7_900],
    ['timestamp', 40],
    ['visitorId', 128],
    ['screen', 255],
    ['language', 255],
    ['timeZone', 255],
    ['userAgent', 4_096],
    ['ip', 64],
  ])(
    'in the field %s of a page view, up to the length of the field and of the body',
    async (field, length) => {
      for (const most of [length, BODY]) {
        const slow = await tooSlow(textsFor(field, most), (text) => ({
          method: 'POST',
          path: '/api/visitors/track',
          headers: SECRET,
          body: JSON.stringify({ url: 'https://example.com/', [field]: text }),
        }));
        expect(slow).toEqual([]);
      }
    },
  );

  it.each(['id', 'url', 'type'])('in the field %s of an event of a batch', async (field) => {
    const slow = await tooSlow(textsFor(field, BATCH), (text) => ({
      method: 'POST',
      path: '/api/track',
      body: JSON.stringify({ events: [{ url: '/', [field]: text }] }),
    }));
    expect(slow).toEqual([]);
  });

  it.each([
    ['page', '/api/visitors/count', 2_048],
    ['label', '/api/badge.svg', 200],
    ['style', '/api/badge.svg', 2_048],
    ['url', '/api/visitors/pixel.gif', 4_096],
    ['referrer', '/api/visitors/pixel.gif', 8_192],
    ['from', '/api/analytics/visitors', 40],
    ['page', '/api/analytics/visitors', 2_048],
    ['country', '/api/analytics/visitors', 512],
    ['limit', '/api/analytics/visitors', 4],
    ['input', '/api/trpc/count', 2_048],
  ])('in the parameter %s of %s', async (name, path, length) => {
    for (const most of [length, HEADER]) {
      const slow = await tooSlow(textsFor(name, most), (text) => ({
        path,
        headers: SECRET,
        query: `${name}=${encodeURIComponent(text.toWellFormed()).slice(0, HEADER)}`,
      }));
      expect(slow).toEqual([]);
    }
  });

  it('in a path and in a query', async () => {
    const values = textsFor('', HEADER);
    expect(await tooSlow(values, (text) => ({ path: `/api/${text}`, query: text }))).toEqual([]);
    expect(await tooSlow(values, (text) => ({ path: `/api/trpc/${text}`, query: text }))).toEqual([]);
    expect(await tooSlow(values, (query) => ({ path: '/api/visitors/pixel.gif', query }))).toEqual([]);
  });
});
