import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFootfallClient, type FootfallClientOptions } from '../src/client.ts';

/** What a server answers to one request. */
interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

const tracked = (answer: object): Answer => ({
  body: JSON.stringify([{ result: { data: { json: answer } } }]),
});
const refused = (status: number, message: string): Answer => ({
  status,
  body: JSON.stringify([{ error: { json: { message, code: -32603, data: { httpStatus: status } } } }]),
});
const COUNTED = { count: 1, total: 1, counted: true, version: 1, store: 1 };
const PAGE = '<!doctype html><title>A page</title>';

/** A client of something that answers one thing after another, the last from then on. */
function clientOf(answers: readonly (Answer | Error)[], options: FootfallClientOptions = {}) {
  const bodies: unknown[] = [];
  const client = createFootfallClient({
    url: 'https://stats.example.com',
    fetch: (_, init) => {
      bodies.push(typeof init?.body === 'string' ? JSON.parse(init.body) : undefined);
      const answer = answers[Math.min(bodies.length, answers.length) - 1];
      if (answer instanceof Error) return Promise.reject(answer);
      const { status = 200, type = 'application/json', body = '' } = answer ?? {};
      return Promise.resolve(new Response(body, { status, headers: { 'content-type': type } }));
    },
    ...options,
  });
  return { client, bodies };
}

describe('the address of a client', () => {
  it.each([
    'stats.example.com',
    'ftp://stats.example.com',
    'https://',
    '/stats',
    'https://a/?b',
    'https://a/#b',
  ])('is refused at once where it is none: %s', (url) => {
    expect(() => createFootfallClient({ url })).toThrow(
      `url must be the address of a Footfall server, such as https://stats.example.com; it is ${JSON.stringify(url)}.`,
    );
  });

  it('is needed outside a browser', () => {
    expect(() => createFootfallClient()).toThrow('url must be the address of a Footfall server');
  });

  it.each([
    ['https://stats.example.com', 'https://stats.example.com/api/trpc/count'],
    ['http://localhost:3000/', 'http://localhost:3000/api/trpc/count'],
    ['https://example.com/stats/', 'https://example.com/stats/api/trpc/count'],
  ])('%s is asked at %s', async (url, asked) => {
    const urls: string[] = [];
    const send: typeof fetch = (input) => {
      urls.push(String(input));
      return Promise.resolve(Response.json([{ result: { data: { json: { count: 3 } } } }]));
    };
    const { count } = await createFootfallClient({ url, fetch: send }).count.query();
    expect(count).toBe(3);
    expect(urls[0]?.split('?', 1)[0]).toBe(asked);
  });
});

describe('an error of a client', () => {
  it.each<[string, Answer, string]>([
    ['a page', { type: 'text/html; charset=utf-8', body: PAGE }, 'it answered 200 with text/html.'],
    ['no such page', { status: 404, type: 'text/html', body: PAGE }, 'it answered 404 with text/html.'],
    ['other JSON', { body: '{"error":"There is no such route."}' }, 'it answered 200 with application/json.'],
    ['an empty list', { body: '[]' }, 'it answered 200 with application/json.'],
  ])('says that %s is not the answer of a Footfall server', async (_, answer, how) => {
    const { client } = clientOf([answer]);
    await expect(client.count.query()).rejects.toThrow(
      `https://stats.example.com is not a Footfall server: ${how}`,
    );
  });

  it('says that the server is unavailable where a proxy answers for it', async () => {
    const { client } = clientOf([{ status: 502, type: 'text/html', body: PAGE }]);
    await expect(client.count.query()).rejects.toThrow(
      'https://stats.example.com is unavailable: it answered 502.',
    );
  });

  it('says which server does not answer', async () => {
    const { client } = clientOf([new TypeError('fetch failed')]);
    await expect(client.count.query()).rejects.toThrow('https://stats.example.com does not answer.');
  });

  it('is the server’s own where it has one', async () => {
    const { client } = clientOf([refused(400, 'url must not be empty.')]);
    await expect(client.track.mutate({ url: '' })).rejects.toMatchObject({
      message: 'url must not be empty.',
      data: { httpStatus: 400 },
    });
  });

  it('is the caller’s own where the caller gave up', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const client = createFootfallClient({ url: `http://127.0.0.1:${port}` });
    const given = new AbortController();
    const asked = client.count.query(undefined, { signal: given.signal });
    given.abort(new Error('enough'));
    await expect(asked).rejects.not.toThrow('does not answer');
  });
});

describe('report', () => {
  it('makes an id, and sends it again under that id until it is acknowledged', async () => {
    const { client, bodies } = clientOf([
      refused(503, 'The store cannot answer right now.'),
      tracked(COUNTED),
    ]);
    expect(await client.report('https://example.com/')).toEqual(COUNTED);
    const [first, second] = bodies as { 0: { json: { id: string; url: string; ageMs?: number } } }[];
    expect(first?.[0].json).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string,
      url: 'https://example.com/',
    });
    expect(second?.[0].json).toEqual({ ...first?.[0].json, ageMs: expect.any(Number) as number });
  });

  it.each([
    ['what the server refuses', refused(400, 'url must not be empty.'), 'url must not be empty.'],
    ['no Footfall server', { status: 404, body: PAGE }, 'is not a Footfall server'],
  ])('gives up at once for %s', async (_, answer, message) => {
    const { client, bodies } = clientOf([answer]);
    await expect(client.report('/')).rejects.toThrow(message);
    expect(bodies).toHaveLength(1);
  });

  it('uses the given id and attributes', async () => {
    const { client, bodies } = clientOf([tracked(COUNTED)]);
    const id = '0193669f-8c1e-4d52-9f0e-3f6f2c9e7b11';
    await client.report('/about', { id, language: 'en', ageMs: 5 });
    expect(bodies).toEqual([
      { 0: { json: { id, url: '/about', language: 'en', ageMs: expect.any(Number) as number } } },
    ]);
  });
});

it('live names the missing option on Node', () => {
  const { client } = clientOf([]);
  expect(() => client.live.subscribe(undefined, { onData: () => {} })).toThrow(
    'This runtime has no EventSource, which live needs. Install the package "eventsource" and pass its class: createFootfallClient({ url, EventSource }).',
  );
});
