import { expect, it, onTestFinished } from 'vitest';
import { BROWSER, newId, newPage, start } from '../support.ts';
import { followVisits } from '../visits.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
const OWNER = { authorization: `Bearer ${ADMIN_PASSWORD}` };

it('the owner follows each view as it comes, with the number that everyone sees', async () => {
  const footfall = await start({ ADMIN_PASSWORD }, onTestFinished);
  const [first, second] = [newPage(), newPage()];
  const view = (page: string) => ({
    id: newId(),
    url: `https://example.com${page}`,
    referrer: 'https://news.ycombinator.com/item?id=1',
  });
  const sent = { headers: { 'user-agent': BROWSER } };
  await footfall.deliver(view(first), sent);
  const { response, updates } = await followVisits(footfall, OWNER);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  await expect.poll(() => updates.at(-1)?.recent[0]?.page, { timeout: 20_000 }).toBe(first);
  expect(updates.at(-1)).toMatchObject({ count: 1, recent: [{ page: first, source: 'Hacker News' }] });

  // One more: with the view that made it, here and in the public numbers.
  await footfall.deliver(view(second), sent);
  await expect.poll(() => updates.at(-1)?.count, { timeout: 20_000 }).toBe(2);
  await expect
    .poll(() => updates.at(-1)?.recent.map(({ page }) => page), { timeout: 20_000 })
    .toEqual([second, first]);
  await expect
    .poll(() => updates.at(-1)?.here.pages, { timeout: 20_000 })
    .toEqual([{ value: second, visitors: 1 }]);
  expect(await footfall.count()).toMatchObject({ count: 2 });
  const versions = updates.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));

  // Nothing that distinguishes visitors.
  expect(Object.keys(updates.at(-1)?.recent[0] ?? {}).sort()).toEqual(
    ['at', 'country', 'device', 'id', 'isEntry', 'page', 'source'].sort(),
  );
  const now = await fetch(`${footfall.url}/api/live/visits`, { headers: OWNER });
  expect(now.headers.get('cache-control')).toBe('no-store');
  expect(await now.json()).toMatchObject({ count: 2, recent: [{ page: second }, { page: first }] });
});

it('nobody else does, over any transport', async () => {
  const footfall = await start({ ADMIN_PASSWORD }, onTestFinished);
  for (const path of [
    '/api/live/visits',
    '/api/trpc/visits.now',
    '/api/trpc/ledger.range',
    '/api/trpc/ledger.explain',
  ]) {
    for (const headers of [
      {},
      { accept: 'text/event-stream' },
      { cookie: `footfall=${'a'.repeat(43)}` },
    ] as Record<string, string>[]) {
      const response = await fetch(footfall.url + path, { headers });
      expect([path, response.status]).toEqual([path, 401]);
      await response.body?.cancel();
    }
  }
  const subscribed = await fetch(`${footfall.url}/api/trpc/visits.follow`, {
    headers: { accept: 'text/event-stream' },
  });
  expect(await subscribed.text()).toContain('UNAUTHORIZED');
});
