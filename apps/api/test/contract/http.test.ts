import { has } from '@footfall/e2e/configurations';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  expectCors,
  expectError,
  newPage,
  plain,
  start,
  STACK,
  type Count,
  type Plain,
} from '../support.ts';

const footfall = await start();

const ROUTES = [
  ['/api/visitors/track', 'POST, OPTIONS'],
  ['/api/visitors/pixel.gif', 'GET, OPTIONS'],
  ['/api/visitors/seen.gif', 'GET, OPTIONS'],
  ['/api/visitors/count', 'GET, HEAD, OPTIONS'],
  ['/api/badge.svg', 'GET, HEAD, OPTIONS'],
  ['/api/openapi.json', 'GET, HEAD, OPTIONS'],
  ['/api/trpc/count', 'GET, HEAD, POST, OPTIONS'],
  ['/healthz', 'GET, HEAD, OPTIONS'],
  ['/readyz', 'GET, HEAD, OPTIONS'],
  ...(has('process') ? ([['/metrics', 'GET, HEAD, OPTIONS']] as const) : []),
] as const;

/** Headers of the transport. */
const OF_THE_CONNECTION = ['connection', 'date', 'keep-alive', 'transfer-encoding'];

describe('a method', () => {
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'];

  it.each(ROUTES)('that %s does not support is refused with 405 and Allow: %s', async (route, allowed) => {
    const taken = allowed.split(', ');
    for (const method of METHODS.filter((name) => !taken.includes(name))) {
      const answer = await fetch(footfall.url + route, { method });
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, allowed]);
      if (method === 'HEAD') expectCors(answer.headers);
      else await expectError(answer, 405, 'METHOD_NOT_SUPPORTED');
    }
  });

  it.each(ROUTES)('of a preflight of %s is allowed: %s', async (route, allowed) => {
    const answer = await fetch(footfall.url + route, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,sentry-trace,baggage,traceparent,x-anything',
      },
    });
    expect(answer.status).toBe(204);
    expect(await answer.text()).toBe('');
    expectCors(answer.headers);
    // Other scripts decorate `fetch`; there are no credentials to protect.
    expect(answer.headers.get('access-control-allow-headers')).toBe(
      'content-type,sentry-trace,baggage,traceparent,x-anything',
    );
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')).toBe('Access-Control-Request-Headers');
    expect(answer.headers.get('access-control-allow-methods')).toBe(allowed);
    expect(answer.headers.get('access-control-max-age')).toMatch(/^\d+$/);
  });

  it.each(['/api/visitors/count', '/api/openapi.json', '/healthz', '/readyz'])(
    'HEAD of %s is GET without its body',
    async (route) => {
      await footfall.count(); // from here on nothing changes
      const [head, get] = await Promise.all([
        fetch(footfall.url + route, { method: 'HEAD' }),
        fetch(footfall.url + route),
      ]);
      const named = (headers: Headers) => [...headers].filter(([name]) => !OF_THE_CONNECTION.includes(name));
      expect([head.status, named(head.headers)]).toEqual([get.status, named(get.headers)]);
      expect(await head.text()).toBe('');
      expect(await get.text()).not.toBe('');
    },
  );
});

describe('a trailing slash that a proxy adds', () => {
  it.each(ROUTES)('does not change the route of %s', async (route, allowed) => {
    const answer = await fetch(`${footfall.url}${route}/`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('access-control-allow-methods')]).toEqual([204, allowed]);
  });

  it('counts, and reads with its query', async () => {
    const page = newPage();
    const send = (path: string, body: object) =>
      plain(footfall.url, {
        method: 'POST',
        path,
        headers: { 'user-agent': BROWSER },
        body: JSON.stringify(body),
      });
    expect((await send('/api/visitors/track/?return=minimal', { url: page })).status).toBe(204);
    expect((await send('/api/track/', { events: [{ url: page }] })).status).toBe(200);
    await footfall.settled(async (url) => {
      const count = (await (await fetch(`${url}/api/visitors/count/?page=${page}`)).json()) as Count;
      return count;
    });
    const read = await fetch(`${footfall.url}/api/visitors/count/?page=${page}`);
    expect(((await read.json()) as Count).count).toBe(2);
  });
});

describe('a preflight', () => {
  const preflightOf = (headers: string) =>
    fetch(`${footfall.url}/api/visitors/track`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.com', 'access-control-request-headers': headers },
    });

  it.each(['', 'a b', 'x'.repeat(2_000), '<script>', 'a,,b;c'])(
    'for %j, which are not names, gets those that the routes read',
    async (headers) => {
      const answer = await preflightOf(headers);
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-headers')).toBe(
        'Content-Type, X-Visitor-Id, If-None-Match',
      );
    },
  );
});

describe('a preflight for Authorization', () => {
  // An owner's page elsewhere may send a write key; the owner's own routes are not for pages of other sites (analytics.test.ts).
  it.each(ROUTES.map(([route]) => route))('is allowed it at %s, like any header', async (route) => {
    for (const names of ['Authorization, baggage', 'authorization,content-type', 'Authorization']) {
      const answer = await fetch(footfall.url + route, {
        method: 'OPTIONS',
        headers: { origin: 'https://example.com', 'access-control-request-headers': names },
      });
      expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([204, names]);
    }
  });
});

describe('a route', () => {
  async function expectNone(path: string): Promise<void> {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      await expectError(await plain(footfall.url, { method, path }), 404, 'NOT_FOUND');
    }
  }

  it.each([
    '/api/',
    '/api//',
    '/api/nonsense',
    '/api/visitors',
    '/api/visitors/',
    '/api/visitors//count',
    '/api/visitors/count;page=/',
    '/api/visitors/%63ount',
    '/api/visitors/track//',
    '/api/visitors/TRACK',
    '/api/visitors/pixel.gif/x',
    '/api/trpc',
    '/api/%',
    '/api/%zz',
    '/api/..;/x',
    '/api/visitors/track%00',
    '/api/visitors/track%20',
    '/api/healthz',
    '/api/%5c',
  ])('%s, an unknown path of the API, gets 404', expectNone);

  // URL parsers normalise these to other addresses or to none, and so does a platform that parses requests.
  it
    .runIf(has('http'))
    .each([
      '/api/%2e%2e/healthz',
      '/api/../healthz',
      '/api/visitors/./count',
      '/api/visitors\\count',
      '/api/<script>',
    ])('%s, as sent, is unknown', expectNone);

  it('of the API has no other name: paths beside the API are not the API', async () => {
    for (const path of ['/api', '/API/visitors/count', '/%61pi/visitors/count', '/HEALTHZ']) {
      const answer = await plain(footfall.url, { path });
      expect([path, answer.headers.get('content-type')]).not.toEqual([
        path,
        'application/json; charset=utf-8',
      ]);
      expect([path, answer.headers.has('access-control-allow-origin')]).toEqual([path, false]);
      expect(answer.status).toBeLessThan(500);
    }
  });

  it.each(['/healthz?', '/healthz?x=%', '/readyz?x', '/api/visitors/count?', '/api/openapi.json?x=y'])(
    'is the part before the question mark: %s',
    async (path) => {
      expect((await plain(footfall.url, { path })).status).toBe(200);
    },
  );

  it.each(['/api/live', '/api/openapi.json'])(
    'has no parameters, and an unknown one is refused: %s',
    async (path) => {
      const response = await fetch(`${footfall.url}${path}?page=/x`);
      const error = await expectError(response, 400, 'BAD_REQUEST');
      expect(error).toBe('"page" is unknown; this route has no parameters.');
    },
  );

  it.each(['https://anyone.example/x', undefined])(
    'is for a page at %s, without credentials',
    async (origin) => {
      const headers = origin === undefined ? {} : { origin, cookie: 'a=b', authorization: 'Bearer x' };
      for (const route of [
        '/api/visitors/count',
        '/api/openapi.json',
        '/healthz',
        '/readyz',
        '/api/trpc/count',
      ]) {
        const answer = await fetch(footfall.url + route, { headers });
        expect([route, answer.status]).toEqual([route, 200]);
        expectCors(answer.headers);
        expect(answer.headers.has('set-cookie')).toBe(false);
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
        expect(await answer.text()).not.toBe('');
      }
    },
  );
});

describe('a size', () => {
  /** A valid event of a given size in bytes. */
  const filled = (bytes: number, page: string) => {
    const empty = JSON.stringify({ url: page, more: '' });
    return JSON.stringify({ url: page, more: 'x'.repeat(bytes - empty.length) });
  };

  it('of a body may be 8 KiB, and not a byte more', async () => {
    const page = newPage();
    expect(await footfall.track(filled(8_192, page))).toMatchObject({ counted: true });
    expect(await expectError(await footfall.send(filled(8_193, page)), 413, 'PAYLOAD_TOO_LARGE')).toBe(
      'The body is over 8 KiB.',
    );
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('is counted in bytes, not characters', async () => {
    const page = newPage();
    await expectError(
      await footfall.send(JSON.stringify({ url: page, more: 'ü'.repeat(4_090) })),
      413,
      'PAYLOAD_TOO_LARGE',
    );
    expect((await footfall.count(page)).count).toBe(0);
  });

  const inPieces = (body: string) => body.match(/.{1,1000}/gs) ?? [];
  const TRACK = { method: 'POST', path: '/api/visitors/track', headers: { 'user-agent': BROWSER } };

  it('of a body without a length may be 8 KiB, and not a byte more', async () => {
    const page = newPage();
    const fits = await plain(footfall.url, { ...TRACK, body: inPieces(filled(8_192, page)) });
    expect(fits.status).toBe(200);
    const over = await plain(footfall.url, { ...TRACK, body: inPieces(filled(8_193, page)) });
    await expectError(over, 413, 'PAYLOAD_TOO_LARGE');
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('that is announced is refused before the body arrives', async () => {
    const announced = { ...TRACK, headers: { ...TRACK.headers, 'content-length': '1000000000' }, open: true };
    await expectError(await plain(footfall.url, announced), 413, 'PAYLOAD_TOO_LARGE');
  });

  it('that exceeds the limit is refused before the body ends', async () => {
    const growing = { ...TRACK, body: inPieces('x'.repeat(9_000)), open: true };
    await expectError(await plain(footfall.url, growing), 413, 'PAYLOAD_TOO_LARGE');
  });
});

describe('a refusal', () => {
  const POST = { method: 'POST', path: '/api/visitors/track' };

  it.each<[string, Plain, number, string]>([
    ['no route', { path: '/api/nonsense' }, 404, 'NOT_FOUND'],
    ['a method', { method: 'DELETE', path: '/api/visitors/count' }, 405, 'METHOD_NOT_SUPPORTED'],
    ['a parameter', { path: '/api/visitors/count?page=' }, 400, 'BAD_REQUEST'],
    ['no body', POST, 400, 'BAD_REQUEST'],
    ['a body', { ...POST, body: '{"url":"nonsense"}' }, 400, 'BAD_REQUEST'],
    ['bytes', { ...POST, body: Uint8Array.of(0xff) }, 400, 'BAD_REQUEST'],
    [
      'a header',
      { ...POST, headers: { 'x-visitor-id': 'x'.repeat(129) }, body: '{"url":"/"}' },
      400,
      'BAD_REQUEST',
    ],
    [
      'a type',
      { ...POST, headers: { 'content-type': 'text/html' }, body: '{}' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a size', { ...POST, body: 'x'.repeat(9_000) }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('for %s can be read by the page, is not cached, and counts nothing', async (_, request, ...error) => {
    const before = await footfall.stored();
    const headers = { 'user-agent': BROWSER, origin: 'https://example.com', ...request.headers };
    const answer = await plain(footfall.url, { ...request, headers });
    const clone = answer.clone();
    await expectError(answer, ...error);
    expect(await clone.text()).not.toMatch(STACK);
    expect(clone.headers.get('cache-control')).toBe('no-store');
    expect(clone.headers.get('x-content-type-options')).toBe('nosniff');
    expect(clone.headers.has('set-cookie')).toBe(false);
    expect(clone.headers.has('etag')).toBe(false);
    expect(await footfall.stored()).toEqual(before);
  });

  it.each([
    ['/api/nonsense', 404],
    ['/api/visitors/count?page=', 400],
    ['/api/visitors/track', 405],
  ])('of HEAD %s is %i, without a body', async (path, status) => {
    const answer = await plain(footfall.url, { method: 'HEAD', path });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe('');
    expectCors(answer.headers);
  });
});
