import { countOf, expect, test } from './fixtures.ts';
import { startHostSite } from './host-site.ts';

const snippet = (footfall: string, attributes = ''): string =>
  `<script defer src="${footfall}/footfall.js"${attributes}></script>`;

test('one line on a page counts its loads, without a preflight, a cookie or an error', async ({
  footfall,
  page,
}) => {
  const host = await startHostSite(() => snippet(footfall.url), {
    'content-security-policy': `default-src 'none'; script-src ${footfall.url}; connect-src ${footfall.url}`,
  });
  const methods: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/'))
      methods.push(`${request.method()} ${request.headers()['content-type']}`);
  });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));

  await page.goto(`${host.url}/shoes?gclid=secret&utm_source=news#top`);
  await expect.poll(() => countOf(footfall, '/shoes')).toBe(1);
  expect(methods).toEqual(['POST text/plain;charset=UTF-8']);
  expect(await page.context().cookies()).toEqual([]);
  // Browsers request an icon from every site; the host's policy forbids it.
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
  await host.stop();
});

for (const script of ['/footfall.js', '/footfall-more.js']) {
  test(
    `any page may load ${script} and cache it for an hour`,
    { tag: '@answer' },
    async ({ footfall, request }) => {
      const response = await request.get(footfall.url + script);
      expect(response.status()).toBe(200);
      expect(response.headers()).toMatchObject({
        'content-type': expect.stringMatching(/^(?:text|application)\/javascript/),
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
        'x-content-type-options': 'nosniff',
      });
      expect((await response.body()).length).toBeGreaterThan(500);
      const again = await request.get(footfall.url + script, {
        headers: { 'if-none-match': response.headers()['etag'] ?? 'none' },
      });
      expect(again.status()).toBe(304);
    },
  );
}

test('100 browsers’ page loads at once lose nothing', async ({ footfall, browser }) => {
  test.setTimeout(180_000); // only completeness is promised; two cores take their time to load this
  const pages = 20;
  const frames = Array.from({ length: 10 }, (_, frame) => frame);
  // Ten browser profiles, each with ten pages of the site in frames: a hundred documents, each with its own tracker.
  const host = await startHostSite((path) =>
    path.startsWith('/all')
      ? frames
          .map(
            (frame) => `<iframe src="/page-${(frame + Number(path.slice('/all'.length))) % pages}"></iframe>`,
          )
          .join('')
      : snippet(footfall.url, ' data-frames="true"'),
  );
  const contexts = await Promise.all(Array.from({ length: 10 }, () => browser.newContext()));
  await Promise.all(
    contexts.map(async (context, at) => {
      const page = await context.newPage();
      await page.goto(`${host.url}/all${at}`);
    }),
  );
  // While views arrive, two instances may disagree for longer than a moment.
  await expect(async () => expect(await countOf(footfall)).toBe(100)).toPass({ timeout: 120_000 });
  let sum = 0;
  for (let page = 0; page < pages; page += 1) sum += await countOf(footfall, `/page-${page}`);
  expect(sum).toBe(100);
  await Promise.all(contexts.map((context) => context.close()));
  await host.stop();
});

test.describe('without JavaScript', { tag: '@answer' }, () => {
  test.use({ javaScriptEnabled: false });

  test('the pixel counts the page that its snippet names', async ({ footfall, page }) => {
    const url = encodeURIComponent('https://example.com/quiet');
    const host = await startHostSite(
      () =>
        `<noscript><img src="${footfall.url}/api/visitors/seen.gif?url=${url}" alt="" width="1" height="1" ` +
        `referrerpolicy="no-referrer-when-downgrade"></noscript>`,
    );
    await page.goto(`${host.url}/elsewhere`);
    await expect.poll(() => countOf(footfall, '/quiet')).toBe(1);
    expect(await countOf(footfall)).toBe(1);
    await host.stop();
  });
});
