import superjson from 'superjson';
import { has } from '@footfall/e2e/configurations';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  atOnce,
  BROWSER,
  COUNTED,
  expectCors,
  newId,
  newPage,
  plain,
  STACK,
  start,
  started,
  type Footfall,
  STORE,
} from '../support.ts';

const footfall = await start();
const clientAt = (url: string) => createFootfallClient({ url, headers: { 'user-agent': BROWSER } });
const client = clientAt(footfall.url);

/** The current result of the typed client. */
const counted = (page?: string) =>
  footfall.settled((url) => clientAt(url).count.query(page === undefined ? undefined : { page }));
const listed = (of: Footfall = footfall) => of.settled((url) => clientAt(url).pages.query());

interface Failure {
  readonly message: string;
  readonly code: number;
  readonly data: { readonly code: string; readonly httpStatus: number; readonly path?: string };
}

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${footfall.url}/api/trpc/${path}`, {
    ...init,
    headers: {
      'user-agent': BROWSER,
      ...(init.method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(init.headers as Record<string, string> | undefined),
    },
  });
const post = (path: string, body: RequestInit['body'], headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body, headers });
const wire = (value: unknown) => JSON.stringify(superjson.serialize(value));
const batchOf = (values: readonly unknown[]) =>
  JSON.stringify(Object.fromEntries(values.map((value, n) => [n, superjson.serialize(value)])));

/** Reads one failure, and asserts that a person and a program can read it. */
async function failureOf(response: Response): Promise<Failure> {
  expectCors(response.headers);
  expect(response.headers.get('content-type')).toContain('application/json');
  const text = await response.text();
  expect(text).not.toMatch(STACK);
  expect(text).not.toContain('stack');
  const answer = JSON.parse(text) as unknown;
  const first = (Array.isArray(answer) ? answer[0] : answer) as {
    error: Parameters<typeof superjson.deserialize>[0];
  };
  const failure = superjson.deserialize<Failure>(first.error);
  expect(failure.message).toMatch(/^[^\n]{5,}$/); // tRPC's own messages end without a full stop
  expect(failure.code).toBeLessThan(0);
  return failure;
}

async function expectFailure(response: Response, status: number, code: string): Promise<string> {
  const failure = await failureOf(response);
  expect([response.status, failure.data.httpStatus, failure.data.code]).toEqual([status, status, code]);
  return failure.message;
}

describe('the typed client', () => {
  it('tracks and counts like REST', async () => {
    const page = newPage();
    expect(await client.track.mutate({ url: `https://example.com${page}` })).toEqual({
      ...COUNTED,
      count: 1,
    });
    expect(await counted(page)).toEqual(await footfall.count(page));
    expect(await counted()).toEqual(await footfall.count());
  });

  it('counts an id once with REST', async () => {
    const [one, other] = [
      { id: newId(), url: newPage() },
      { id: newId(), url: newPage() },
    ];
    await footfall.track(one);
    expect(await client.track.mutate(one)).toMatchObject({ count: 1, counted: false, reason: 'duplicate' });
    await client.track.mutate(other);
    expect(await footfall.track(other)).toMatchObject({ count: 1, counted: false, reason: 'duplicate' });
  });

  it('counts an id once with REST at the same time', async () => {
    const body = { id: newId(), url: newPage() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? client.track.mutate(body) : footfall.track(body))),
    );
    expect(answers.filter(({ counted }) => counted)).toHaveLength(1);
    expect((await footfall.count(body.url)).count).toBe(1);
  });

  it('gets the reason', async () => {
    expect(await client.track.mutate({ url: newPage(), referrer: 'https://semalt.com/' })).toMatchObject({
      counted: false,
      reason: 'spam',
    });
    const bot = createFootfallClient({ url: footfall.url, headers: { 'user-agent': 'curl/8' } });
    expect(await bot.track.mutate({ url: newPage() })).toMatchObject({ counted: false, reason: 'bot' });
    const shy = createFootfallClient({
      url: footfall.url,
      headers: { 'user-agent': BROWSER, 'sec-gpc': '1' },
    });
    expect(await shy.track.mutate({ url: newPage() })).toMatchObject({ counted: false, reason: 'opted-out' });
  });

  it('makes its many calls in batches that are accepted', async () => {
    const page = newPage();
    await Promise.all(Array.from({ length: 25 }, () => client.track.mutate({ url: page })));
    expect((await counted(page)).count).toBe(25);
  });

  it('throws a readable error', async () => {
    await expect(client.track.mutate({ url: 'nonsense' })).rejects.toMatchObject({
      message: 'url must be an http(s) URL or a path that begins with /.',
      data: { code: 'BAD_REQUEST', httpStatus: 400 },
    });
    await expect(client.count.query({ page: '' })).rejects.toMatchObject({
      message: 'page must not be empty.',
      data: { code: 'BAD_REQUEST' },
    });
  });
});

describe('pages', () => {
  it('lists the most viewed pages in order, with the total that includes them', async () => {
    const own = await start({}, onTestFinished);
    expect(await listed(own)).toEqual({ count: 0, version: 0, store: STORE, updatedAt: null, pages: [] });
    for (const [page, views] of [
      ['/few', 1],
      ['/many', 3],
      ['/some', 2],
    ] as const) {
      for (let n = 0; n < views; n += 1) await own.track({ url: page });
    }
    const { pages, ...total } = await listed(own);
    expect(total).toEqual(await own.count());
    expect(pages.map(({ page, views }) => [page, views])).toEqual([
      ['/many', 3],
      ['/some', 2],
      ['/few', 1],
    ]);
    for (const { page, updatedAt } of pages) expect(updatedAt).toBe((await own.count(page)).updatedAt);
  });

  it('are at most 100', async () => {
    await atOnce(120, () => footfall.track({ url: newPage() }));
    expect((await listed()).pages).toHaveLength(100);
  });
});

describe('a batch', () => {
  it('of 10 calls is answered, each separately', async () => {
    const page = newPage();
    const calls = Array.from({ length: 10 }, (_, n) => ({ url: n === 3 ? 'nonsense' : page }));
    const response = await post(`${calls.map(() => 'track').join(',')}?batch=1`, batchOf(calls));
    expectCors(response.headers);
    const answers = (await response.json()) as { result?: unknown; error?: unknown }[];
    expect(answers).toHaveLength(10);
    expect(answers.map(({ error }) => error !== undefined)).toEqual(calls.map((_, n) => n === 3));
    expect((await footfall.count(page)).count).toBe(9);
  });

  it('of 11 calls is refused, and nothing is counted', async () => {
    const page = newPage();
    const calls = Array.from({ length: 11 }, () => ({ url: page }));
    const response = await post(`${calls.map(() => 'track').join(',')}?batch=1`, batchOf(calls));
    await expectFailure(response, 400, 'BAD_REQUEST');
    expect((await footfall.count(page)).count).toBe(0);
  });

  it('of 11 reads is refused', async () => {
    const calls = Array.from({ length: 11 }, () => ({ page: '/nobody' }));
    const input = encodeURIComponent(batchOf(calls));
    const response = await call(`${calls.map(() => 'count').join(',')}?batch=1&input=${input}`);
    await expectFailure(response, 400, 'BAD_REQUEST');
  });

  it('of reads is answered', async () => {
    const input = encodeURIComponent(batchOf([{ page: '/nobody' }, { page: '/nobody' }]));
    const answers = (await (await call(`count,count?batch=1&input=${input}`)).json()) as unknown[];
    expect(answers).toHaveLength(2);
  });
});

describe('a body', () => {
  /** A valid call of `bytes` bytes. */
  const filled = (bytes: number, page: string) => {
    const empty = wire({ url: page, more: '' });
    return wire({ url: page, more: 'x'.repeat(bytes - empty.length) });
  };
  const filledBatch = (bytes: number, page: string) => {
    const empty = batchOf([{ url: page, more: '' }]);
    return batchOf([{ url: page, more: 'x'.repeat(bytes - empty.length) }]);
  };

  it('may be 8 KiB', async () => {
    const page = newPage();
    expect((await post('track', filled(8_192, page))).status).toBe(200);
    expect(await expectFailure(await post('track', filled(8_193, page)), 413, 'PAYLOAD_TOO_LARGE')).toBe(
      'The body is over 8 KiB.',
    );
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('may be 64 KiB in a batch', async () => {
    const page = newPage();
    expect((await post('track?batch=1', filledBatch(65_536, page))).status).toBe(200);
    expect(
      await expectFailure(await post('track?batch=1', filledBatch(65_537, page)), 413, 'PAYLOAD_TOO_LARGE'),
    ).toBe('The body is over 64 KiB.');
    expect((await footfall.count(page)).count).toBe(1);
  });

  it.each([
    ['8 KiB', 'track', 9_000],
    ['64 KiB', 'track?batch=1', 70_000],
  ])('over %s is refused before it has ended, also without its length', async (limit, path, bytes) => {
    const response = await plain(footfall.url, {
      method: 'POST',
      path: `/api/trpc/${path}`,
      headers: { 'content-type': 'application/json' },
      body: Array.from({ length: bytes / 1_000 }, () => 'x'.repeat(1_000)),
      open: true,
    });
    expect(await expectFailure(response, 413, 'PAYLOAD_TOO_LARGE')).toBe(`The body is over ${limit}.`);
  });

  it.each([
    ['nothing', ''],
    ['a string', 'hello'],
    ['half an object', '{"json":{"url":"/a"}'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no superjson', '{"url":"/a"}'],
    ['an empty object', '{}'],
    ['a number', '1'],
  ])('of %s is refused as invalid', async (_, body) => {
    const before = await footfall.stored();
    const failure = await failureOf(await post('track', body));
    expect([failure.data.code, failure.data.httpStatus]).toEqual(['BAD_REQUEST', 400]);
    expect(await footfall.stored()).toEqual(before);
  });

  it.each(['', 'hello', '{', 'null', '[]', '{}', '{"0":1}', '{"1":{"json":{"url":"/a"}}}'])(
    'of %j in a batch is refused as invalid',
    async (body) => {
      const before = await footfall.stored();
      const failure = await failureOf(await post('track?batch=1', body));
      expect([failure.data.code, failure.data.httpStatus]).toEqual(['BAD_REQUEST', 400]);
      expect(await footfall.stored()).toEqual(before);
    },
  );

  it('that is not UTF-8 is refused', async () => {
    const body = Buffer.concat([Buffer.from('{"json":{"url":"/'), Buffer.from([0xff]), Buffer.from('"}}')]);
    await expectFailure(await post('track', body), 400, 'BAD_REQUEST');
  });

  it.each([
    [
      'a path to the prototype',
      { json: { url: '/a' }, meta: { values: { '__proto__.polluted': ['Date'] } } },
    ],
    [
      'a path to the constructor',
      { json: { url: '/a' }, meta: { values: { 'constructor.prototype.x': ['Date'] } } },
    ],
    ['an unknown type', { json: { url: '/a' }, meta: { values: { url: ['nonsense'] } } }],
    ['a wrong shape', { json: { url: '/a' }, meta: { values: 1 } }],
    ['a class', { json: { url: '/a' }, meta: { values: { url: [['class', 'Nobody']] } } }],
    ['a broken reference', { json: { url: '/a' }, meta: { referentialEqualities: { a: ['b.c'] } } }],
    [
      'an endless number',
      { json: { url: '/a', timestamp: 'Infinity' }, meta: { values: { timestamp: ['number'] } } },
    ],
    ['a Date', { json: { url: '2026-11-20T12:00:00.000Z' }, meta: { values: { url: ['Date'] } } }],
    ['a bigint', { json: { url: '/a', timestamp: '1' }, meta: { values: { timestamp: ['bigint'] } } }],
    ['undefined', { json: { url: null }, meta: { values: { url: ['undefined'] } } }],
  ])('of superjson with %s never causes an internal error, and pollutes nothing', async (_, body) => {
    const response = await post('track', JSON.stringify(body));
    expect([200, 400]).toContain(response.status);
    expect(await response.text()).not.toMatch(STACK);
    expect('polluted' in {}).toBe(false);
    expect('x' in {}).toBe(false);
  });
});

describe('a page to be counted', () => {
  it.each(['\ud800', 'a\udfff', '/\ud800', '\0', '.', '..', '#', '?', 'https://', '\u202e', '€'.repeat(400)])(
    'may be any string: %j has no views',
    async (page) => {
      const input = encodeURIComponent(wire({ page }));
      const response = await call(`count?input=${input}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ result: { data: { json: { count: 0 } } } });
    },
  );
});

describe('invalid calls', () => {
  it.each([
    'nonsense',
    'track.x',
    'visitors',
    '__proto__',
    'constructor',
    'toString',
    'a'.repeat(200),
    '%20',
  ])('a procedure named %s is not found', async (name) => {
    await expectFailure(await call(name), 404, 'NOT_FOUND');
    const failure = await failureOf(await post(name, wire({ url: '/a' })));
    expect([failure.data.code, failure.data.httpStatus]).toEqual(['NOT_FOUND', 404]);
  });

  it('a mutation by GET is refused', async () => {
    const before = await footfall.stored();
    const input = encodeURIComponent(wire({ url: '/a' }));
    await expectFailure(await call(`track?input=${input}`), 405, 'METHOD_NOT_SUPPORTED');
    expect(await footfall.stored()).toEqual(before);
  });

  it('a query by POST is refused', async () => {
    await expectFailure(await post('count', wire({})), 405, 'METHOD_NOT_SUPPORTED');
  });

  it('another content type is refused', async () => {
    const before = await footfall.stored();
    const response = await post('track', wire({ url: '/a' }), { 'content-type': 'text/plain' });
    await expectFailure(response, 415, 'UNSUPPORTED_MEDIA_TYPE');
    expect(await footfall.stored()).toEqual(before);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('%s is refused with Allow', async (method) => {
    const response = await call('count', { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
    expectCors(response.headers);
  });

  it.each([
    '?input=%',
    '?input={',
    '?input=1',
    '?input=%7B%22json%22%3A1%7D',
    '?input=',
    '?batch=1',
    '?batch=1&input=[',
  ])('the input of %s is refused as invalid, or is none', async (query) => {
    const response = await call(`count${query}`);
    expect([200, 400]).toContain(response.status);
    expect(await response.text()).not.toMatch(STACK);
  });

  it.each(['%', '%zz', '%E0%A4', '%00', '%2e%2e%2fadmin', '..%5c', ','])(
    'the path %s is not found or invalid, without an internal error',
    async (path) => {
      const response = await call(path);
      expect([400, 404]).toContain(response.status);
      await failureOf(response);
    },
  );
});

describe('preflight', () => {
  it('of a page of another site is answered', async () => {
    const response = await call('track', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, OPTIONS');
    expectCors(response.headers);
  });
});

describe.runIf(has('rateLimit'))('regression:', () => {
  const limited = started({ RATE_LIMIT_PER_SECOND: '1' });

  it('over the rate limit a tRPC client gets the reason', async () => {
    const eager = createFootfallClient({ url: limited().url, headers: { 'user-agent': BROWSER } });
    const answers = await Promise.allSettled(
      [1, 2, 3, 4].map(() => fetch(`${limited().url}/api/trpc/count`)),
    );
    expect(answers.every(({ status }) => status === 'fulfilled')).toBe(true);
    await expect(eager.count.query()).rejects.toMatchObject({
      message: 'Too many requests from this address.',
      data: { code: 'TOO_MANY_REQUESTS', httpStatus: 429 },
    });
  });
});

describe('regressions', () => {
  it.each(['null', '["class","X"]', '{"json":{"a":1},"meta":{"values":{"a":["custom","X"]}}}'])(
    'a parser’s message about %s does not reach the client',
    async (body) => {
      const response = await fetch(`${footfall.url}/api/trpc/track`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toMatch(/destructure|superjson|github|stack|custom transformer/i);
    },
  );
});
