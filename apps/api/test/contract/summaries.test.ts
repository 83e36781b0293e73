import { CONFIGURATION, has } from '@footfall/e2e/configurations';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  BROWSER,
  CACHE_CONTROL,
  expectUnavailable,
  expectCors,
  expectError,
  newId,
  newPage,
  start,
  takeDown,
  OUTAGES,
  type Footfall,
  STORE,
} from '../support.ts';

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The response of `GET /api/sys/stats` (docs/api.md). */
interface SysStats {
  readonly total_visitors: number;
  readonly countries: Readonly<Record<string, number>>;
  readonly last_updated: string | null;
  readonly updatedAt: string | null;
  readonly stale?: true;
}

/** The response of `GET /api/visitor-stats` (docs/api.md). */
interface VisitorStats {
  readonly live: number;
  readonly active: number;
  readonly today: number;
  readonly total: number;
  readonly location: { readonly country: string; readonly percent: number } | null;
  readonly ukPercent: number;
  readonly unitedKingdomPercent: number;
  readonly version: number;
  readonly store: number;
  readonly updatedAt: string | null;
  readonly stale?: true;
}

const ROUTES = ['/api/sys/stats', '/api/visitor-stats'] as const;
const ALL_ROUTES = [...ROUTES, '/api/stats'] as const;

/** Where the tests' proxy, or the platform, locates visitors. */
const LOCATED = { COUNTRY_HEADER: 'X-Country', TRUSTED_PROXIES: '127.0.0.1' };
const isPlatform = CONFIGURATION === 'workerd';
const countryOf = (reported: string): string => (isPlatform ? 'BD' : reported);

const versionIn = (response: Response): number =>
  Number(/^"(\d+)/.exec(response.headers.get('etag') ?? '')?.[1]);

/** Both summaries, as of now. */
async function summaries(footfall: Footfall): Promise<{ sys: SysStats; visitors: VisitorStats }> {
  const [sys, visitors] = await Promise.all(
    ROUTES.map((route) =>
      footfall.settled(async (url) => {
        const response = await fetch(url + route);
        expect(response.status).toBe(200);
        return { version: versionIn(response), body: await response.json() };
      }),
    ),
  );
  return { sys: sys?.body as SysStats, visitors: visitors?.body as VisitorStats };
}

const visitor = (footfall: Footfall, body: object = {}, headers: Record<string, string> = {}) =>
  footfall.track({ url: newPage(), visitorId: newId(), ...body }, { headers });

describe('before the first visitor', async () => {
  const footfall = await start();

  it('all numbers are 0, with 200', async () => {
    const { sys, visitors } = await summaries(footfall);
    expect(sys).toEqual({ total_visitors: 0, countries: {}, last_updated: null, updatedAt: null });
    expect(visitors).toEqual({
      live: 0,
      active: 0,
      today: 0,
      total: 0,
      location: null,
      ukPercent: 0,
      unitedKingdomPercent: 0,
      version: 0,
      store: STORE,
      updatedAt: null,
    });
  });
});

describe('visitors', async () => {
  const footfall = await start(LOCATED);

  it('are live for 5 minutes, active for 30, today’s for 24 hours, and in the total forever', async () => {
    const own = await start({}, onTestFinished);
    const now = Date.now();
    for (const ago of [0, 4 * MINUTE_MS, 6 * MINUTE_MS, 29 * MINUTE_MS, 31 * MINUTE_MS, 23 * HOUR_MS]) {
      await visitor(own, { timestamp: now - ago });
    }
    const { visitors, sys } = await summaries(own);
    expect(visitors).toMatchObject({ live: 2, active: 4, today: 6, total: 6 });
    expect(sys.total_visitors).toBe(6);
  });

  it('are counted once, however often they return, however often an event is sent', async () => {
    const own = await start({}, onTestFinished);
    const body = { id: newId(), url: newPage(), visitorId: 'visitor' };
    await own.track(body);
    expect(await own.track(body)).toMatchObject({ reason: 'duplicate' });
    await visitor(own, { visitorId: 'visitor' });
    await visitor(own, { visitorId: undefined });
    await visitor(own, { visitorId: undefined });
    await visitor(own, { visitorId: 'else' }, { 'user-agent': 'curl/8.11.0' });
    await visitor(own, { visitorId: 'another' }, { 'sec-gpc': '1' });
    const { visitors, sys } = await summaries(own);
    expect(visitors).toMatchObject({ live: 2, active: 2, today: 2, total: 2 });
    expect(sys.total_visitors).toBe(2);
  });

  it('are listed by country, unknown is XX, and the countries sum to the total', async () => {
    for (const country of ['GB', 'BD', 'BD', 'XX', 'T1', 'gb', '']) {
      await visitor(footfall, {}, country === '' ? {} : { 'x-country': country });
    }
    const { sys, visitors } = await summaries(footfall);
    const { countries } = sys;
    expect(sys).toEqual({
      total_visitors: 7,
      countries: isPlatform ? { BD: 7 } : { BD: 2, GB: 2, XX: 3 },
      last_updated: visitors.updatedAt,
      updatedAt: visitors.updatedAt,
    });
    expect(Object.values(countries).reduce((sum, each) => sum + each, 0)).toBe(sys.total_visitors);
    // Of all of today's visitors, in whole percent.
    expect(visitors).toMatchObject({
      location: { country: countryOf('BD'), percent: isPlatform ? 100 : 29 },
      ukPercent: isPlatform ? 0 : 29,
      unitedKingdomPercent: isPlatform ? 0 : 29,
    });
  });

  it('cannot change numbers by their own claims', async () => {
    const own = await start({ WRITE_KEYS: 'a-write-key-of-32-characters-xyz' }, onTestFinished);
    const send = async (headers: Record<string, string>, body: object = {}) =>
      own.track({ url: newPage(), ...body }, { headers });
    await send({});
    const before = await summaries(own);
    const named = { ip: '81.2.69.142', userAgent: PHONE, country: 'GB', address: '81.2.69.142' };
    const spoofed: Record<string, string>[] = [
      { 'x-forwarded-for': '81.2.69.142' },
      { 'x-real-ip': '81.2.69.142', forwarded: 'for=81.2.69.142', 'true-client-ip': '81.2.69.142' },
      { 'cf-ipcountry': 'GB', 'x-country': 'GB', 'x-vercel-ip-country': 'GB' },
    ];
    for (const headers of spoofed) {
      expect(await send(headers, named)).toMatchObject({ counted: true });
    }
    for (const wrong of ['not-a-write-key-of-this-site', 'a-write-key-of-32-characters-xy']) {
      const headers = { authorization: `Bearer ${wrong}` };
      expect((await own.send({ url: newPage(), ...named }, { headers })).status).toBe(401);
    }
    const { sys, visitors } = await summaries(own);
    expect(sys).toEqual({
      ...before.sys,
      last_updated: visitors.updatedAt,
      updatedAt: visitors.updatedAt,
    });
    expect(visitors).toEqual({
      ...before.visitors,
      version: expect.any(Number) as number,
      updatedAt: expect.any(String) as string,
    });
    // With the key the same claims are the visitor's.
    await send({ authorization: 'Bearer a-write-key-of-32-characters-xyz' }, named);
    expect((await summaries(own)).sys.total_visitors).toBe(before.sys.total_visitors + 1);
  });

  it('are located by the address that a trusted proxy reports', async () => {
    const own = await start(
      { ...LOCATED, CLIENT_IP_HEADER: 'X-Forwarded-For', COUNTRY_HEADER: 'CF-IPCountry' },
      onTestFinished,
    );
    for (const client of ['192.0.2.1', '192.0.2.2', '10.0.0.9, 192.0.2.2']) {
      await visitor(own, { visitorId: undefined }, { 'x-forwarded-for': client, 'cf-ipcountry': 'FR' });
    }
    const { sys } = await summaries(own);
    // On the platform the address is the platform's.
    expect(sys).toMatchObject(
      isPlatform ? { total_visitors: 1, countries: { BD: 1 } } : { total_visitors: 2, countries: { FR: 2 } },
    );
  });

  it('who leave are gone in time, under a newer version, without other visitors', async () => {
    const own = await start({}, onTestFinished);
    await visitor(own, { timestamp: Date.now() - 5 * MINUTE_MS + 4 * SECOND_MS });
    const before = (await summaries(own)).visitors;
    let last = before.version;
    const request = async (): Promise<number> => {
      const response = await fetch(`${own.url}/api/visitor-stats`);
      const { live, version } = (await response.json()) as VisitorStats;
      expect(version).toBeGreaterThanOrEqual(last);
      last = version;
      expect(versionIn(response)).toBe(version);
      return live;
    };
    // Four seconds, five until the next poll, and the lifetime of a cache.
    await expect.poll(request, { timeout: 20_000, interval: 200 }).toBe(0);
    const { visitors } = await summaries(own);
    expect(visitors).toMatchObject({ live: 0, active: 1, today: 1, total: 1, updatedAt: before.updatedAt });
    expect(visitors.version).toBeGreaterThan(before.version);
  });
});

describe('a response', async () => {
  const footfall = await start(LOCATED);
  const CACHING = {
    '/api/sys/stats': CACHE_CONTROL,
    '/api/visitor-stats': 'no-cache',
    '/api/stats': 'no-cache',
  };

  it.each(ALL_ROUTES)('of %s may be cached as documented, by any page', async (route) => {
    await visitor(footfall);
    await summaries(footfall);
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(footfall.url + route, {
        method,
        headers: { origin: 'https://a.example' },
      });
      expect(response.status).toBe(200);
      expectCors(response.headers);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe(CACHING[route]);
      expect(response.headers.get('etag')).toMatch(/^"\d+-\d+"$/);
    }
  });

  it.each(ALL_ROUTES)('of %s gets 304 if the client has it, until something is counted', async (route) => {
    await visitor(footfall);
    const request = (known?: string) =>
      footfall.settled(async (url) => {
        const headers: Record<string, string> = known === undefined ? {} : { 'if-none-match': known };
        const response = await fetch(url + route, { headers });
        return { version: versionIn(response), response };
      });
    const etag = (await request()).response.headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { response } = await request(known);
      expect([known, response.status, await response.text()]).toEqual([known, 304, '']);
      expect(response.headers.get('cache-control')).toBe(CACHING[route]);
      expectCors(response.headers);
    }
    expect((await request('"0"')).response.status).toBe(200);
    await visitor(footfall);
    expect((await request(etag)).response.status).toBe(200);
  });

  it.each(ALL_ROUTES)('of %s is for GET and HEAD, with a preflight for every page', async (route) => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await fetch(footfall.url + route, { method });
      expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
      await expectError(response, 405, 'METHOD_NOT_SUPPORTED');
    }
    const preflight = await fetch(footfall.url + route, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expectCors(preflight.headers);
    await expectError(await fetch(`${footfall.url}${route}/more`), 404, 'NOT_FOUND');
  });

  it('is the same for a typed client, with the requested list beside it', async () => {
    await visitor(footfall);
    const { sys, visitors } = await summaries(footfall);
    const client = createFootfallClient({ url: footfall.url, headers: { 'user-agent': BROWSER } });
    expect(await client.sysStats.query()).toEqual(sys);
    expect(await client.visitorStats.query()).toEqual(visitors);
    for (const route of ROUTES) {
      expect(await (await fetch(`${footfall.url}${route}?_=1764137040202&%=%`)).json()).toEqual(
        route === '/api/sys/stats' ? sys : visitors,
      );
    }
  });

  it('is not for a single page: an unknown parameter is refused', async () => {
    for (const route of ALL_ROUTES) {
      const error = await expectError(await fetch(`${footfall.url}${route}?page=/x`), 400, 'BAD_REQUEST');
      expect(error).toBe('"page" is unknown; this route has no parameters.');
    }
  });

  it('of each may be cached by a CDN, if there is one', async () => {
    const own = await start({ CDN_ENABLED: 'true' }, onTestFinished);
    for (const route of ALL_ROUTES) {
      const cacheControl = (await fetch(own.url + route)).headers.get('cache-control');
      expect(cacheControl).toBe(CACHE_CONTROL);
      expect(cacheControl).not.toContain('s-maxage');
    }
  });
});

describe.runIf(!has('file')).each(OUTAGES)('while the store is %s', (way) => {
  it('the last known numbers are returned, marked stale, and unknown ones are not', async () => {
    const own = await start({}, onTestFinished);
    const unread = await start(own.environment, onTestFinished);
    await visitor(own);
    const { sys, visitors } = await summaries(own);
    const giveBack = await takeDown(own, way);
    // Regression: with a silent store reads waited for fifteen seconds.
    const began = performance.now();
    expect((await fetch(`${own.url}/api/visitor-stats`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(4_000);
    const read = async (route: string): Promise<unknown> => (await fetch(own.url + route)).json();
    const marked = { timeout: 10_000, interval: 100 };
    await expect.poll(() => read('/api/sys/stats'), marked).toEqual({ ...sys, stale: true });
    await expect.poll(() => read('/api/visitor-stats'), marked).toEqual({ ...visitors, stale: true });
    const known = { 'if-none-match': `"${visitors.version}-${visitors.store}"` };
    // By each instance once it has noticed.
    const again = async () => (await fetch(`${own.url}/api/visitor-stats`, { headers: known })).status;
    await expect.poll(again, marked).toBe(200);
    if (has('process')) for (const route of ROUTES) await expectUnavailable(await fetch(unread.url + route));
    await giveBack();
    await expect.poll(() => read('/api/sys/stats'), marked).toEqual(sys);
  });
});
