import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it } from 'vitest';
import { BROWSER, newPage, start, type Footfall } from '../support.ts';

const BLOG = 'https://blog.example.com';

/** Asserts that none of these page views was counted, since their host is not one of the site's. */
async function expectNotOurs(
  footfall: Footfall,
  views: readonly (readonly [url: string, headers?: Record<string, string>])[],
): Promise<void> {
  const { count } = await footfall.stored();
  for (const [url, headers = {}] of views) {
    const answer = await footfall.track({ url }, { headers });
    expect([url, answer.counted, answer.reason]).toEqual([url, false, 'origin']);
  }
  expect((await footfall.stored()).count).toBe(count);
}

describe('the pages of a site with several hosts', async () => {
  const footfall = await start({
    SITE_HOSTS: 'example.com, blog.example.com',
    API_KEYS: 'a key for the analytics',
  });
  const { track, count, url: door } = footfall;

  it('are named with their host, except those of the first in the list', async () => {
    const path = newPage();
    expect(await track({ url: `https://example.com${path}` })).toMatchObject({ count: 1 });
    expect(await track({ url: `${BLOG}${path}` })).toMatchObject({ count: 1 });
    expect(await track({ url: `${BLOG}${path}/?x=1#top` })).toMatchObject({ count: 2 });
    expect((await count(path)).count).toBe(1);
    expect((await count(`https://example.com${path}`)).count).toBe(1);
    for (const name of [`blog.example.com${path}`, `${BLOG}${path}`, `Blog.Example.com${path}/`])
      expect([name, (await count(name)).count]).toEqual([name, 2]);
    expect((await count(`https://elsewhere.example${path}`)).count).toBe(0);
  });

  it('are on the host of the page that sends a bare path', async () => {
    const path = newPage();
    await track({ url: path }, { headers: { origin: BLOG } });
    await track({ url: path }, { headers: { origin: 'https://example.com', referer: `${BLOG}/` } });
    await track({ url: path });
    expect((await count(path)).count).toBe(2);
    expect((await count(`blog.example.com${path}`)).count).toBe(1);
  });

  it('have their own number also in the response to a view that is not counted', async () => {
    const path = newPage();
    await track({ url: path }, { headers: { origin: BLOG } });
    const bot = { headers: { origin: BLOG, 'user-agent': 'Googlebot/2.1' } };
    expect(await track({ url: path }, bot)).toMatchObject({ counted: false, count: 1 });
    expect(await track({ url: path }, { headers: { 'user-agent': 'Googlebot/2.1' } })).toMatchObject({
      count: 0,
    });
  });

  it('are named with it in a batch and in the registration of a visit too', async () => {
    const path = newPage();
    const post = (route: string, body: object) =>
      fetch(`${door}${route}`, {
        method: 'POST',
        headers: { 'user-agent': BROWSER, 'content-type': 'application/json', origin: BLOG },
        body: JSON.stringify(body),
      });
    const batch = await post('/api/track', {
      events: [{ url: path }, { url: `https://example.com${path}` }],
    });
    expect(await batch.json()).toMatchObject({ accepted: 2 });
    expect((await post('/api/visitor/register', { url: path })).status).toBe(200);
    expect((await count(`${BLOG}${path}`)).count).toBe(2);
    expect((await count(path)).count).toBe(1);
  });

  it('are listed and filtered with their host', async () => {
    const path = newPage();
    for (const host of ['https://example.com', BLOG, BLOG]) await track({ url: host + path });
    const client = createFootfallClient({
      url: door,
      headers: { authorization: 'Bearer a key for the analytics' },
    });
    const shown = await footfall.settled(async () => {
      const { pages, version } = await client.pages.query();
      return { pages, version };
    });
    const viewsOf = (page: string) => shown.pages.find((row) => row.page === page)?.views;
    expect([viewsOf(path), viewsOf(`blog.example.com${path}`)]).toEqual([1, 2]);
    for (const page of [`blog.example.com${path}`, `${BLOG}${path}`]) {
      const { totals } = await client.analytics.visitors.query({ page });
      expect([page, totals.views]).toEqual([page, 2]);
    }
  });
});

it('the pages of one host are named without it, with or without www., and so are those of several that are merged', async () => {
  const one = await start({ SITE_HOSTS: 'example.com, www.example.com' });
  const merged = await start({ SITE_HOSTS: 'example.com, blog.example.com', MERGE_HOSTS: 'true' });
  for (const [footfall, host] of [
    [one, 'https://www.example.com'],
    [merged, BLOG],
  ] as const) {
    const path = newPage();
    await footfall.track({ url: `https://example.com${path}` });
    expect(await footfall.track({ url: `${host}${path}` })).toMatchObject({ count: 2 });
    expect((await footfall.count(path)).count).toBe(2);
  }
});

describe('Footfall’s own pages', async () => {
  const PUBLIC_URL = 'http://localhost:4000';
  const unlisted = await start({ PUBLIC_URL });
  const listed = await start({ SITE_HOSTS: 'example.com', PUBLIC_URL });
  const wanted = await start({ COUNT_OWN_PAGES: 'true', PUBLIC_URL });
  const both = await start({ SITE_HOSTS: 'example.com', COUNT_OWN_PAGES: 'true', PUBLIC_URL });

  it.each([
    ['no host is listed', unlisted],
    ['others are', listed],
  ])('are not counted among the owner’s if %s', async (_, footfall) => {
    await expectNotOurs(footfall, [
      ['http://localhost:4000/'],
      ['http://localhost:4000/stats?period=7d'],
      ['http://127.0.0.1:4000/'],
      ['/', { origin: 'http://localhost:4000' }],
      ['/stats', { referer: 'http://[::1]:4000/stats' }],
    ]);
  });

  it('do not prevent other pages from being counted if no host is listed', async () => {
    for (const url of ['https://example.com/', 'http://localhost:5173/', '/'])
      expect(await unlisted.track({ url })).toMatchObject({ counted: true });
  });

  it('are counted with COUNT_OWN_PAGES, under their host if others are listed', async () => {
    expect(await wanted.track({ url: 'http://localhost:4000/stats' })).toMatchObject({
      counted: true,
      count: 1,
    });
    expect((await wanted.count('/stats')).count).toBe(1);
    expect(await both.track({ url: 'http://localhost:4000/stats' })).toMatchObject({
      counted: true,
      count: 1,
    });
    expect(await both.track({ url: 'https://elsewhere.example/' })).toMatchObject({ reason: 'origin' });
  });
});
