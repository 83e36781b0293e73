import type { LiveUpdate, Stats, VisitorStats } from '@footfall/core';
import { CONFIGURATION, has } from '@footfall/e2e/configurations';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  EVERY_WAY,
  HANDSHAKE,
  streamResponse,
  versionsOf,
  WAYS,
  type LiveClient,
  type ConnectOptions,
  type Way,
} from '../subscribers.ts';
import {
  BROWSER,
  expectUnavailable,
  expectCors,
  expectError,
  newId,
  newPage,
  plain,
  start,
  started,
  takeDown,
  OUTAGES,
  type Footfall,
  STORE,
} from '../support.ts';

interface Registered {
  readonly success: boolean;
  readonly reason?: string;
  readonly stats: Stats;
}

/** How soon all subscribers get a commit, with time to spare: the Worker polls every second and has a cache. */
const SOON = { timeout: 15_000, interval: 50 };

const NOTHING: Stats = {
  totalVisitors: 0,
  totalVisits: 0,
  todayVisits: 0,
  activeUsers: 0,
  uniqueVisitors: 0,
  locations: {},
  version: 0,
  store: STORE,
};

/** Registers a visit as a browser would. */
function post(footfall: Footfall, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${footfall.url}/api/visitor/register`, {
    method: 'POST',
    headers: { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function register(
  footfall: Footfall,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<Registered> {
  const response = await post(footfall, body, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as Registered;
}

/** The settled response of `GET /api/stats`. */
const stats = (footfall: Footfall): Promise<Stats> =>
  footfall.settled(async (url) => (await (await fetch(`${url}/api/stats`)).json()) as Stats);

const visitor = (footfall: Footfall) => footfall.track({ url: newPage(), visitorId: newId() });

/** Subscribes until the test ends. */
async function subscribe(
  footfall: Pick<Footfall, 'url'>,
  way: Way,
  options?: ConnectOptions,
): Promise<LiveClient> {
  const client = await WAYS[way](footfall.url, options);
  onTestFinished(() => {
    client.close();
  });
  return client;
}

const last = ({ updates }: LiveClient): LiveUpdate | undefined => updates.at(-1);

describe('a registered visit', async () => {
  const footfall = await start();

  it('is one visit and one visitor, but no page view; the response has the numbers after it', async () => {
    const own = await start({}, onTestFinished);
    const { success, stats: after } = await register(own, { visitorId: 'visitor', referrer: 'direct' });
    expect(success).toBe(true);
    expect(after).toEqual({
      totalVisitors: 1,
      totalVisits: 1,
      todayVisits: 1,
      activeUsers: 1,
      uniqueVisitors: 1,
      locations: { [CONFIGURATION === 'workerd' ? 'BD' : 'XX']: { count: 1 } },
      version: expect.any(Number) as number,
      store: STORE,
    });
    expect(await stats(own)).toEqual(after);
    expect(await own.count()).toMatchObject({ count: 0 });
  });

  it('is none while one of the same visitor is open, and a new one for another visitor', async () => {
    const { totalVisitors } = await stats(footfall);
    for (const [visitorId, visits] of [
      ['one', 1],
      ['one', 1],
      ['two', 2],
      ['one', 2],
      ['three', 3],
    ] as const) {
      expect((await register(footfall, { visitorId })).stats.totalVisitors).toBe(totalVisitors + visits);
    }
    await footfall.track({ url: newPage(), visitorId: 'one' });
    expect((await stats(footfall)).totalVisitors).toBe(totalVisitors + 3);
    await footfall.track({ url: newPage(), visitorId: 'four' });
    expect((await register(footfall, { visitorId: 'four' })).stats.totalVisitors).toBe(totalVisitors + 4);
  });

  it('is of the visitor in the header, unless the body has one', async () => {
    const { totalVisitors } = await stats(footfall);
    const headers = { 'x-visitor-id': 'in the header' };
    await register(footfall, {}, headers);
    await register(footfall, { visitorId: 'in the header' });
    expect((await stats(footfall)).totalVisitors).toBe(totalVisitors + 1);
    await register(footfall, { visitorId: 'in the body' }, headers);
    expect((await stats(footfall)).totalVisitors).toBe(totalVisitors + 2);
  });

  it('with a url is a page view as well, once for each id', async () => {
    const url = newPage();
    const visit = { id: newId(), url, visitorId: newId() };
    const before = await footfall.count();
    for (let times = 0; times < 3; times += 1) {
      expect(await register(footfall, visit)).toMatchObject({ success: true });
    }
    expect((await footfall.count(url)).count).toBe(1);
    expect((await footfall.count()).count).toBe(before.count + 1);
    await register(footfall, { ...visit, id: newId() });
    expect((await footfall.count(url)).count).toBe(2);
  });

  it('may be sent as text, as an empty JSON object, and with unknown fields', async () => {
    expect((await post(footfall, '{}', { 'content-type': 'text/plain;charset=UTF-8' })).status).toBe(200);
    expect(await register(footfall, {})).toMatchObject({ success: true });
    const body = {
      visitorId: 'x',
      userAgent: 'curl/8',
      referrer: 'direct',
      timestamp: Date.now(),
      more: [1],
    };
    expect(await register(footfall, body)).toMatchObject({ success: true });
  });

  it('is the same for a typed client', async () => {
    const client = createFootfallClient({ url: footfall.url, headers: { 'user-agent': BROWSER } });
    const registered = await client.register.mutate({ visitorId: newId() });
    expect(registered.success).toBe(true);
    const after = await stats(footfall);
    expect(after.totalVisitors).toBe(registered.stats.totalVisitors);
    expect(await client.stats.query()).toEqual(after);
  });

  it('may come from any page: CORS on responses, errors and the preflight', async () => {
    const headers = { origin: 'https://app.example' };
    expectCors((await post(footfall, {}, headers)).headers);
    expectCors((await post(footfall, '{', headers)).headers);
    const url = `${footfall.url}/api/visitor/register`;
    const preflight = await fetch(url, { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'POST, OPTIONS',
    ]);
    await expectError(await fetch(url), 405, 'METHOD_NOT_SUPPORTED');
  });

  it.each<[string, unknown, number, string, Record<string, string>?]>([
    ['no JSON', '{"visitorId":', 400, 'BAD_REQUEST'],
    ['nothing', '', 400, 'BAD_REQUEST'],
    ['a list', [], 400, 'BAD_REQUEST'],
    ['an invalid id', { id: '1' }, 400, 'BAD_REQUEST'],
    ['an invalid address', { url: 'javascript:alert(1)' }, 400, 'BAD_REQUEST'],
    ['an invalid time', { timestamp: 'now' }, 400, 'BAD_REQUEST'],
    ['a visitor of the wrong type', { visitorId: 1 }, 400, 'BAD_REQUEST'],
    ['a visitor id that is too long', { visitorId: 'v'.repeat(129) }, 400, 'BAD_REQUEST'],
    ['a header that is too long', {}, 400, 'BAD_REQUEST', { 'x-visitor-id': 'v'.repeat(129) }],
    ['a body that is too large', { referrer: 'r'.repeat(9_000) }, 413, 'PAYLOAD_TOO_LARGE'],
    [
      'a form',
      'visitorId=1',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('with %s is refused, and changes no number', async (_, body, status, code, headers) => {
    const before = await stats(footfall);
    await expectError(await post(footfall, body, headers), status, code);
    expect(await stats(footfall)).toEqual(before);
  });
});

describe('a visit that is not counted', () => {
  const CASES: [string, Record<string, string>, object, Record<string, string>][] = [
    [
      'bot',
      {},
      {},
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
    ],
    ['opted-out', {}, {}, { dnt: '1' }],
    ['opted-out', {}, {}, { 'sec-gpc': '1' }],
    ['spam', {}, { referrer: 'https://semalt.com/' }, {}],
    ['no-consent', { REQUIRE_CONSENT: 'true' }, {}, {}],
    ['origin', { SITE_HOSTS: 'site.example' }, {}, { origin: 'https://elsewhere.example' }],
    ['origin', { SITE_HOSTS: 'site.example' }, { url: 'https://elsewhere.example/' }, {}],
    ['disabled', { TRACKING_ENABLED: 'false' }, {}, {}],
  ];
  it.each(CASES)('gets its reason: %s %o', async (reason, environment, body, headers) => {
    const own = await start(environment, onTestFinished);
    expect(await register(own, body, headers)).toEqual({ success: false, reason, stats: NOTHING });
    expect(await stats(own)).toEqual(NOTHING);
  });
});

describe('the numbers', () => {
  it('before the first visit are 0, with 200', async () => {
    const own = await start({}, onTestFinished);
    expect(await stats(own)).toEqual(NOTHING);
    const live = await fetch(`${own.url}/api/live`);
    expect(live.status).toBe(200);
    expect(await live.json()).toMatchObject({ type: 'visitor_update', stats: NOTHING, count: 0, version: 0 });
  });

  it('of visits and visitors are distinguished', async () => {
    const own = await start({}, onTestFinished);
    const now = Date.now();
    await own.track({ url: '/a', visitorId: 'one', timestamp: now - 3 * 60 * 60_000 });
    await own.track({ url: '/b', visitorId: 'one', timestamp: now - 60_000 });
    await own.track({ url: '/c', visitorId: 'one', timestamp: now });
    await own.track({ url: '/a', visitorId: 'two', timestamp: now - 10 * 60_000 });
    expect(await stats(own)).toMatchObject({ totalVisitors: 3, activeUsers: 1 });
  });
});

describe.runIf(!has('file')).each(OUTAGES)('while the store is %s', (way) => {
  it('the last known numbers are returned, marked stale; a visit is refused, and can be sent again', async () => {
    const own = await start({}, onTestFinished);
    await visitor(own);
    const before = await stats(own);
    const live = async () => (await (await fetch(`${own.url}/api/live`)).json()) as LiveUpdate;
    await expect.poll(async () => (await live()).version, SOON).toBe(before.version);
    const giveBack = await takeDown(own, way);
    const read = async () => (await (await fetch(`${own.url}/api/stats`)).json()) as Stats;
    await expect.poll(read, SOON).toEqual({ ...before, stale: true });
    await expect.poll(live, SOON).toMatchObject({ stats: { stale: true }, visitorStats: { stale: true } });
    const known = { 'if-none-match': `"${before.version}"` };
    // Each instance notices by itself.
    for (const path of ['stats', 'live']) {
      const status = async () => (await fetch(`${own.url}/api/${path}`, { headers: known })).status;
      await expect.poll(status, SOON).toBe(200);
    }
    const visit = { id: newId(), visitorId: newId() };
    await expectUnavailable(await post(own, visit));
    await giveBack();
    await expect.poll(async () => (await post(own, visit)).status, SOON).toBe(200);
    expect(await stats(own)).toMatchObject({ totalVisitors: before.totalVisitors + 1 });
  });
});

describe('the current state at /api/live', async () => {
  const footfall = await start();

  it('agrees with the other routes, at one moment; a client that has it gets 304', async () => {
    await visitor(footfall);
    const response = await footfall.settled(async (url) => {
      const answer = await fetch(`${url}/api/live`, { headers: { origin: 'https://a.example' } });
      return { version: Number(/\d+/.exec(answer.headers.get('etag') ?? '')?.[0]), answer };
    });
    const { answer, version } = response;
    const { store } = await footfall.count();
    expectCors(answer.headers);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const update = (await answer.json()) as LiveUpdate;
    expect(update).toEqual({
      type: 'visitor_update',
      stats: await stats(footfall),
      visitorStats: await footfall.settled(
        async (url) => (await (await fetch(`${url}/api/visitor-stats`)).json()) as VisitorStats,
      ),
      count: (await footfall.count()).count,
      version,
      store,
    });
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toBe(`"${version}-${store}"`);
    const again = await fetch(`${footfall.url}/api/live`, { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('is for GET; and a batch cannot subscribe', async () => {
    for (const method of ['POST', 'HEAD', 'DELETE']) {
      expect((await fetch(`${footfall.url}/api/live`, { method })).status).toBe(405);
    }
    const batch = await fetch(`${footfall.url}/api/trpc/live,count?batch=1`);
    expect([400, 405, 415]).toContain(batch.status);
  });
});

describe('a stream', async () => {
  const footfall = await start();

  it('may be read by any page, is not cached and not buffered by proxies', async () => {
    const { response, close } = await streamResponse(`${footfall.url}/api/live`);
    onTestFinished(close);
    expect(response.status).toBe(200);
    expectCors(response.headers);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.has('content-length')).toBe(false);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    // A browser that loses it reconnects after five seconds.
    expect(new TextDecoder().decode(value)).toMatch(/^retry: 5000\n\n/);
  });

  it.each(['events at /api/live', 'the subscription `live`'] as const)(
    'that resumes a broken one sends newer states only: %s',
    async (way) => {
      await visitor(footfall);
      const { version, store } = await stats(footfall);
      const ids = [
        `${version - 1}-${store}`,
        `${version}-${store}`,
        `${version + 900}-${store - 1}`,
        'x',
        `${version}`,
      ];
      const clients = await Promise.all(
        ids.map((id) => subscribe(footfall, way, { headers: { 'last-event-id': id } })),
      );
      const [older, known, ...others] = clients as [LiveClient, LiveClient, ...LiveClient[]];
      // A client with the numbers of a database that was replaced gets those of the new one.
      for (const client of [older, ...others]) {
        await expect.poll(() => last(client)?.version, SOON).toBe(version);
      }
      await visitor(footfall);
      const next = await stats(footfall);
      for (const client of clients) {
        await expect.poll(() => last(client)?.version, SOON).toBe(next.version);
      }
      expect(Math.min(...versionsOf(known))).toBeGreaterThan(version);
    },
  );
});

describe.each(EVERY_WAY)('a subscriber by %s', async (way) => {
  const footfall = await start();

  it('gets the current state, then each change, in the order of the versions', async () => {
    await visitor(footfall);
    const before = await stats(footfall);
    const clients = [await subscribe(footfall, way), await subscribe(footfall, way)];
    for (const client of clients) {
      await expect.poll(() => last(client)?.stats, SOON).toEqual(before);
      expect(client.updates[0]).toMatchObject({ type: 'visitor_update' });
    }
    await register(footfall, { visitorId: newId() });
    const { count } = await visitor(footfall);
    expect(count).toBe(1);
    const after = await stats(footfall);
    expect(after.totalVisitors).toBe(before.totalVisitors + 2);
    for (const client of clients) {
      await expect.poll(() => last(client)?.stats, SOON).toEqual(after);
      const { stats: _, ...update } = last(client) as LiveUpdate;
      expect(update).toEqual({
        type: 'visitor_update',
        visitorStats: await footfall.settled(
          async (url) => (await (await fetch(`${url}/api/visitor-stats`)).json()) as VisitorStats,
        ),
        count: (await footfall.count()).count,
        version: after.version,
        store: after.store,
      });
      versionsOf(client);
      expect(client.others.filter((other) => other !== null && 'code' in (other as object))).toEqual([]);
    }
  });

  it('gets at most four states a second while there are fifty, and all numbers in the end', async () => {
    const { totalVisitors } = await stats(footfall);
    const began = performance.now();
    const client = await subscribe(footfall, way);
    for (let visits = 0; visits < 50; visits += 1) await register(footfall, { visitorId: newId() });
    await expect.poll(() => last(client)?.stats.totalVisitors, SOON).toBe(totalVisitors + 50);
    const elapsed = performance.now() - began;
    const many = versionsOf(client).length;
    expect(many).toBeLessThanOrEqual(2 + elapsed / 240);
    expect(many).toBeLessThan(50);
  });
});

describe('if the site’s hosts are listed', async () => {
  const footfall = await start({
    SITE_HOSTS: 'site.example,*.site.example',
    PUBLIC_URL: 'https://stats.other.example',
  });
  const open = await start();

  it.each(EVERY_WAY)('programs, its pages and Footfall’s own subscribe by %s', async (way) => {
    const origins = ['https://site.example', 'http://shop.site.example:8080', 'https://stats.other.example'];
    for (const origin of [undefined, ...origins]) {
      const client = await subscribe(footfall, way, origin === undefined ? {} : { headers: { origin } });
      await expect.poll(() => [origin, last(client)?.type], SOON).toEqual([origin, 'visitor_update']);
    }
  });

  it.each(EVERY_WAY)('pages of other sites cannot, by %s; if none are listed they can', async (way) => {
    for (const origin of ['https://elsewhere.example', 'https://site.example.evil.example', 'null']) {
      const headers = { origin };
      if (way.startsWith('a socket')) {
        const path = way.endsWith('/api/live') ? '/api/live' : '/';
        const refused = await plain(footfall.url, { path, headers: { ...HANDSHAKE, ...headers } });
        await expectError(refused, 403, 'FORBIDDEN');
      } else if (way.startsWith('events')) {
        const { response } = await streamResponse(`${footfall.url}/api/live`, { headers });
        await expectError(response, 403, 'FORBIDDEN');
      } else {
        const client = await subscribe(footfall, way, { headers });
        await client.over;
        expect(client.updates).toEqual([]);
        expect(client.others).toContainEqual(
          expect.objectContaining({
            data: expect.objectContaining({ code: 'FORBIDDEN', httpStatus: 403 }) as object,
          }),
        );
      }
    }
    // A page in a sandbox, or from a file, has the origin `null`.
    for (const origin of ['https://elsewhere.example', 'null']) {
      const client = await subscribe(open, way, { headers: { origin } });
      await expect.poll(() => [origin, last(client)?.type], SOON).toEqual([origin, 'visitor_update']);
    }
  });

  it('the current state is public, like all public numbers', async () => {
    const headers = { origin: 'https://elsewhere.example' };
    expect((await fetch(`${footfall.url}/api/live`, { headers })).status).toBe(200);
  });
});

describe.runIf(has('process'))('live connections', () => {
  const perAddress = started({ LIVE_CONNECTIONS_PER_ADDRESS: '2' });
  const inAll = started({ LIVE_CONNECTIONS: '2' });
  /** One of the processes: each counts its own. */
  const door = (footfall: Footfall) => ({ url: footfall.instances[0] ?? '' });

  /** The response to the next connection. */
  async function refusal(url: string, way: Way): Promise<Response> {
    if (way.startsWith('a socket')) return plain(url, { path: '/api/live', headers: HANDSHAKE });
    return (await streamResponse(`${url}/api/live`)).response;
  }

  it.each(EVERY_WAY)('are limited, by %s, and the next is admitted when one has ended', async (way) => {
    for (const [footfall, status, code] of [
      [perAddress(), 429, 'TOO_MANY_REQUESTS'],
      [inAll(), 503, 'SERVICE_UNAVAILABLE'],
    ] as const) {
      const { url } = door(footfall);
      const first = await subscribe({ url }, way);
      const second = await subscribe({ url }, way);
      for (const client of [first, second]) await expect.poll(() => last(client)?.type, SOON).toBeDefined();
      for (const next of ['a socket at /api/live', 'events at /api/live'] as const) {
        const refused = await refusal(url, next);
        expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
        await expectError(refused, status, code);
      }
      const subscribed = await subscribe({ url }, 'the subscription `live`');
      await subscribed.over;
      expect(subscribed.others).toContainEqual(
        expect.objectContaining({ data: expect.objectContaining({ code }) as object }),
      );
      // Nothing else is limited by them.
      expect((await fetch(`${url}/api/live`)).status).toBe(200);
      first.close();
      await expect
        .poll(async () => {
          const next = await WAYS[way](url).catch(() => undefined);
          if (next === undefined) return false;
          await expect.poll(() => next.updates.length + next.others.length, SOON).toBeGreaterThan(0);
          next.close();
          return next.updates.length > 0;
        }, SOON)
        .toBe(true);
      second.close();
      await expect.poll(() => freeSlots(url), SOON).toBe(2);
    }
  });

  /** Number of free slots. */
  async function freeSlots(url: string): Promise<number> {
    const opened = await Promise.all([1, 2, 3].map(() => streamResponse(`${url}/api/live`)));
    for (const { close } of opened) close();
    return opened.filter(({ response }) => response.status === 200).length;
  }
});
