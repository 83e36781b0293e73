import superjson from 'superjson';
import { appRouter } from '@footfall/trpc';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it } from 'vitest';
import { BROWSER, expectCors, newPage, start } from '../support.ts';

const PASSWORD = 'one for the tests alone';
const footfall = await start({ ADMIN_PASSWORD: PASSWORD });
const headers = {
  'user-agent': BROWSER,
  'content-type': 'application/json',
  authorization: `Bearer ${PASSWORD}`,
};

/** A long list from which a typed array, a set or a map would be made, or the name of a length. */
const LONG = { length: 2e7 };

/** Every annotation of superjson, with a value from which it builds much or little. */
const ANNOTATIONS: [string, unknown, unknown][] = [
  ...[
    'Int8Array',
    'Uint8Array',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
    'Uint8ClampedArray',
  ].map((name): [string, unknown, unknown] => [name, LONG, [['typed-array', name]]]),
  ['bigint', '9'.repeat(5_000), ['bigint']],
  ['Date', '2026-11-20T12:00:00.000Z', ['Date']],
  ['Error', { name: 'Error', message: 'text' }, ['Error']],
  ['regexp', '/(a+)+$/', ['regexp']],
  ['set', [1, 2], ['set']],
  ['map', [[1, 2]], ['map']],
  ['number', '-0', ['number']],
  ['URL', 'https://example.com/', ['URL']],
  ['symbol', 'text', [['symbol', 'text']]],
  ['class', {}, [['class', 'Nobody']]],
  ['custom', {}, [['custom', 'nobody']]],
  ['a type that does not exist', {}, ['nonsense']],
  ['a type in a set', [LONG], [['set'], { 0: [['typed-array', 'Float64Array']] }]],
  ['a type below undefined', LONG, ['undefined', { length: ['Date'] }]],
  ['undefined twice', null, ['undefined', 'undefined']],
  ['no list', null, 'undefined'],
  ['no annotation', null, null],
];

/** Positions of an annotated value in an input. */
const POSITIONS: [string, (value: unknown, annotation: unknown) => unknown][] = [
  ['the input itself', (value, annotation) => ({ json: value, meta: { values: annotation, v: 1 } })],
  [
    'a field beside others',
    (value, annotation) => ({
      json: { url: '/', period: null, page: value },
      meta: { values: { period: ['undefined'], page: annotation } },
    }),
  ],
  [
    'a field of an event',
    (value, annotation) => ({
      json: { events: [{ url: value }] },
      meta: { values: { 'events.0.url': annotation }, v: 1 },
    }),
  ],
];

const REFERENCES = [
  { page: ['url'] },
  { 'constructor.prototype.x': ['page'] },
  [['page']],
  [['page'], { page: ['url'] }],
  {},
  null,
];

interface Procedure {
  readonly _def: { readonly type: 'query' | 'mutation' | 'subscription'; readonly inputs: unknown[] };
}

/** Every procedure with an input. */
const PROCEDURES = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
  .filter(([, { _def }]) => _def.inputs.length > 0)
  .map(([name, { _def }]) => [name, _def.type] as const);

function call(name: string, type: Procedure['_def']['type'], input: unknown): Promise<Response> {
  const url = `${footfall.url}/api/trpc/${name}`;
  const text = JSON.stringify(input);
  if (type === 'mutation') return fetch(url, { method: 'POST', headers, body: text });
  const accept = type === 'subscription' ? 'text/event-stream' : 'application/json';
  return fetch(`${url}?input=${encodeURIComponent(text)}`, { headers: { ...headers, accept } });
}

/** The response, and its minimum time, in milliseconds: on a busy machine any single one may take longer. */
async function answerOf(act: () => Promise<Response>): Promise<{ status: number; text: string; ms: number }> {
  let best = Infinity;
  for (let times = 1; ; times += 1) {
    const began = performance.now();
    const response = await act();
    const text = await response.text();
    best = Math.min(best, performance.now() - began);
    if (best < LIMIT_MS || times === 10) return { status: response.status, text, ms: best };
  }
}

/** How soon an input that is not plain JSON is refused, in milliseconds. */
const LIMIT_MS = 200;

describe('an input that is more than plain JSON', () => {
  it('has procedures to be sent to', () => {
    expect(PROCEDURES.map(([name]) => name)).toEqual(
      expect.arrayContaining(['track', 'trackBatch', 'count', 'overview', 'live', 'analytics.visitors']),
    );
  });

  describe.each(PROCEDURES)('is refused by %s (a %s) with 400 at once:', (name, type) => {
    it.each(ANNOTATIONS)('%s', async (_, value, annotation) => {
      for (const [position, inputOf] of POSITIONS) {
        const { status, text, ms } = await answerOf(() => call(name, type, inputOf(value, annotation)));
        expect([position, status, text]).toEqual([position, 400, expect.stringContaining('plain JSON')]);
        expect(ms).toBeLessThan(LIMIT_MS);
      }
    });

    it('the same object in several positions', async () => {
      for (const referentialEqualities of REFERENCES) {
        const input = { json: { page: LONG, url: '/' }, meta: { referentialEqualities, v: 1 } };
        const { status, text, ms } = await answerOf(() => call(name, type, input));
        expect([status, text]).toEqual([400, expect.stringContaining('plain JSON')]);
        expect(ms).toBeLessThan(LIMIT_MS);
      }
    });
  });

  it('fails its whole batch, with CORS headers', async () => {
    const inputs = { 0: { json: { page: '/' } }, 1: { json: '1', meta: { values: ['bigint'] } } };
    const response = await fetch(
      `${footfall.url}/api/trpc/count,count?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`,
    );
    expect(response.status).toBe(400);
    expectCors(response.headers);
  });
});

describe('undefined in an input', () => {
  it('is accepted wherever a client has it', async () => {
    const client = createFootfallClient({ url: footfall.url, headers });
    const page = newPage();
    expect(await client.track.mutate({ url: page, referrer: undefined })).toMatchObject({ counted: true });
    expect(await client.count.query(undefined)).toMatchObject({ count: expect.any(Number) as number });
    const events = [{ url: page, referrer: undefined, visitorId: undefined }];
    expect(await client.trackBatch.mutate({ events })).toMatchObject({ accepted: 1 });
  });

  it('is set only in place of null, and adds nothing', async () => {
    const page = newPage();
    const track = (values: object) =>
      call('track', 'mutation', { json: { url: page, referrer: null }, meta: { values } });
    expect((await track({ referrer: ['undefined'], 'more.deep.0': ['undefined'] })).status).toBe(200);
    expect((await track({ '__proto__.referrer': ['undefined'] })).status).toBe(400); // null is no referrer
    expect((await footfall.count(page)).count).toBe(1);
    const list = { json: { events: [] }, meta: { values: { 'events.4294967294': ['undefined'] } } };
    const { status, ms } = await answerOf(() => call('trackBatch', 'mutation', list));
    expect(status).toBe(400);
    expect(ms).toBeLessThan(LIMIT_MS);
  });
});

it('the typed client may send the same object twice', async () => {
  const client = createFootfallClient({ url: footfall.url, headers });
  const event = { url: newPage() };
  expect(await client.trackBatch.mutate({ events: [event, event] })).toMatchObject({ accepted: 2 });
});

it('responses are superjson as before', async () => {
  const text = await (await call('count', 'query', { json: { page: '/nobody' } })).text();
  const { result } = JSON.parse(text) as { result: { data: Parameters<typeof superjson.deserialize>[0] } };
  expect(superjson.deserialize(result.data)).toMatchObject({ count: 0 });
});
