/** The middleware in real servers, in front of a real Footfall. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startServer } from '@footfall/e2e/server';
import type { RequestEvent } from '@sveltejs/kit';
import type { Handle } from '@sveltejs/kit/hooks';
import { afterAll, describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { reportPageViews, type NodeOptions } from '../src/node.ts';
import { footfallHandle } from '../src/sveltekit.ts';

const KEY = 'a key for the tests alone';
const footfall = await startServer({ env: { WRITE_KEYS: KEY, TRUSTED_PROXIES: '127.0.0.1' } });
afterAll(() => footfall[Symbol.asyncDispose]());

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const BROWSER = {
  'user-agent': FIREFOX,
  accept: 'text/html,*/*;q=0.8',
  'accept-language': 'de-AT,de;q=0.9',
  'sec-fetch-dest': 'document',
};

const countOf = async (page: string): Promise<number> => {
  const response = await fetch(`${footfall.url}/api/visitors/count?page=${encodeURIComponent(page)}`);
  return ((await response.json()) as { count: number }).count;
};

/** Somebody's website with the middleware. */
async function site(answer: RequestListener, options: Partial<NodeOptions> = {}) {
  const errors: string[] = [];
  const middleware = reportPageViews({
    server: footfall.url,
    key: KEY,
    onError: ({ message }) => errors.push(message),
    ...options,
  });
  const server = createServer((request, response) => {
    middleware(request, response, () => void answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const visit = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { ...BROWSER, ...headers } });
  return { visit, errors, close: middleware.close };
}

const page: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello</p>');
};

describe('the middleware of a Node server', () => {
  it('counts each page once for its visitor, and none for the server itself', async () => {
    const { visit, close, errors } = await site(page, { address: () => '81.2.69.142' });
    for (const path of ['/node', '/node', '/node?utm_source=news']) await visit(path);
    await close();
    expect(await countOf('/node')).toBe(3);
    expect(errors).toEqual([]);
    const stats = await fetch(`${footfall.url}/api/stats`);
    // Three page views of one visitor, found by the address that the server was given: it is in the United Kingdom.
    expect(await stats.json()).toMatchObject({ totalVisitors: 1, locations: { GB: { count: 1 } } });
  });

  it('reports no image, no error and no request that prefetches', async () => {
    const { visit, close } = await site((request, response) => {
      const isImage = request.url === '/none.png';
      response.writeHead(request.url === '/none-missing' ? 404 : 200, {
        'content-type': isImage ? 'image/png' : 'text/html',
      });
      response.end();
    });
    await visit('/none.png');
    await visit('/none-missing');
    await visit('/none', { 'sec-purpose': 'prefetch' });
    await close();
    for (const path of ['/none.png', '/none-missing', '/none']) expect(await countOf(path)).toBe(0);
  });

  it('neither delays nor breaks a response while Footfall is down', async () => {
    const { visit, close, errors } = await site(page, { server: 'http://127.0.0.1:1' });
    const response = await visit('/away');
    expect(await response.text()).toBe('<p>Hello</p>');
    await close(10);
    expect(errors.at(-1)).toBe('1 page view did not reach Footfall.');
  });

  it('does not break a response if its options throw', async () => {
    const { visit, close, errors } = await site(page, {
      describe: () => {
        throw new Error('a mistake of the owner’s');
      },
    });
    const response = await visit('/wrong');
    expect(response.status).toBe(200);
    await expect.poll(() => errors).toEqual(['A page view could not be reported.']);
    await close();
  });

  it('ignores a foreign host in the request target', async () => {
    const { visit, close } = await site(page, { origin: 'https://shop.example.com' });
    await visit('//evil.example/shop');
    await close();
    expect(await countOf('//evil.example/shop')).toBe(1);
  });
});

describe('the handle of a SvelteKit site', () => {
  it('is one that SvelteKit takes', () => {
    const handle = footfallHandle<RequestEvent>({ server: footfall.url, key: KEY });
    expectTypeOf(handle).toExtend<Handle>();
  });

  it('reports the pages it renders, after the response', async () => {
    const handle = footfallHandle({ server: footfall.url, key: KEY });
    const url = new URL('https://example.com/kit?tab=1');
    const event = {
      url,
      request: new Request(url, { headers: { ...BROWSER, referer: 'https://www.google.com/' } }),
      getClientAddress: () => '192.0.2.7',
    };
    const html = { headers: { 'content-type': 'text/html' } };
    const response = await handle({ event, resolve: () => new Response('<p>Kit</p>', html) });
    expect(await response.text()).toBe('<p>Kit</p>');
    await handle({ event, resolve: () => Response.json({ data: true }) });
    await handle.close();
    expect(await countOf('/kit')).toBe(1);
  });

  it('has sent everything when adapter-node has stopped', async () => {
    const handle = footfallHandle({ server: footfall.url, key: KEY });
    const url = new URL('https://example.com/last');
    const event = {
      url,
      request: new Request(url, { headers: BROWSER }),
      getClientAddress: () => '192.0.2.7',
    };
    const html = { headers: { 'content-type': 'text/html' } };
    await handle({ event, resolve: () => new Response('', html) });
    process.emit('sveltekit:shutdown' as never);
    await expect.poll(handle.waiting).toBe(0);
    expect(await countOf('/last')).toBe(1);
  });
});
