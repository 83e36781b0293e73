import { randomUUID } from 'node:crypto';
import type { Locator } from '@playwright/test';
import { countOf, expect, expectShown, test } from './fixtures.ts';

/** The text of a page without waiting: without JavaScript it does not change. */
const textOf = async (place: Locator): Promise<string | undefined> => (await place.textContent())?.trim();

/** Sends page views in one batch until they are counted, as every client does. */
async function sendAll(footfall: string, urls: readonly string[]): Promise<void> {
  const body = JSON.stringify({ events: urls.map((url) => ({ id: randomUUID(), url })) });
  for (let attempt = 1; ; attempt += 1) {
    const { status } = await fetch(`${footfall}/api/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (status < 300) return; // a duplicate is an earlier attempt whose response was lost
    expect(status).toBe(503);
    expect(attempt).toBeLessThan(100);
  }
}

test('a visit raises the number that the page shows, for all visitors', async ({
  footfall,
  page,
  browser,
}) => {
  await page.goto(footfall.url);
  await expect(page.getByTestId('total-views')).toHaveText('1');
  await expect(page.getByTestId('page-views')).toHaveText('1');

  await page.reload();
  await expect(page.getByTestId('total-views')).toHaveText('2');

  await page.goto(`${footfall.url}/stats`);
  await expect(page.getByTestId('total-views')).toHaveText('3');
  // An open page reads the lists again now and then, from a cache on workerd.
  const row = page.getByTestId('page-row').filter({ hasText: '/stats' });
  await expect(row).toContainText('1', { timeout: 30_000 });
  expect(await countOf(footfall)).toBe(3);
  expect(await countOf(footfall, '/')).toBe(2);

  // Without JavaScript a page shows the numbers of its HTML, and counts nothing itself.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const other = await context.newPage();
  for (const path of ['/', '/stats']) {
    await expectShown(footfall, other, path, async () => {
      expect(await textOf(other.getByTestId('total-views'))).toBe('3');
    });
  }
  await context.close();
});

test('navigation within the site counts each page once', { tag: '@page' }, async ({ footfall, page }) => {
  await page.goto(footfall.url);
  await expect(page.getByTestId('total-views')).toHaveText('1');
  await page.getByRole('link', { name: 'Statistics' }).first().click();
  await expect(page).toHaveURL(`${footfall.url}/stats`);
  await expect(page.getByTestId('total-views')).toHaveText('2');
  // Regression: the page's data had an address that the API claimed.
  await page.getByRole('link', { name: 'API', exact: true }).first().click();
  await expect(page.getByText('/api/visitors/track').first()).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect.poll(() => countOf(footfall, '/')).toBe(2);
  expect(await countOf(footfall, '/api/docs')).toBe(1);
});

test(
  'a page that was offline sends its view once when it is online again',
  { tag: '@page' },
  async ({ footfall, page, context }) => {
    let connected = false;
    // The page arrives, then the connection breaks before its event is sent.
    await page.route('**/api/trpc/track*', (route) =>
      connected ? route.continue() : route.abort('internetdisconnected'),
    );
    const failed = page.waitForEvent('requestfailed');
    await page.goto(footfall.url);
    await failed;
    await context.setOffline(true);
    connected = true;
    await context.setOffline(false);
    await expect(page.getByTestId('total-views')).toHaveText('1');
    expect(await countOf(footfall)).toBe(1);
  },
);

test.describe('without JavaScript', { tag: '@answer' }, () => {
  test.use({ javaScriptEnabled: false });

  test('both pages show the right number as one piece of text', async ({ footfall, page }) => {
    const views = 1_234;
    for (let sent = 0; sent < views; sent += 50)
      await sendAll(footfall.url, Array(Math.min(50, views - sent)).fill('https://example.com/'));
    for (const path of ['/', '/stats']) {
      await expectShown(footfall, page, path, async (response) => {
        expect(await response?.text()).toContain('1,234');
        expect(await textOf(page.getByTestId('total-views'))).toBe('1,234');
      });
    }
    await expect(page.getByTestId('page-row').first()).toContainText('1,234');
  });
});

test.describe('if test browsers are not counted', { tag: '@page' }, () => {
  test.use({
    environment: { COUNT_BOTS: 'false' },
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
  });

  test('the page explains why this view was not counted', async ({ footfall, page }) => {
    await page.goto(footfall.url);
    await expect(page.getByRole('status')).toContainText('bot');
    await expect(page.getByTestId('total-views')).toHaveText('0');
    expect(await countOf(footfall)).toBe(0);
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(
    `every page fits every width, ${colorScheme}, and obeys its own content policy`,
    { tag: '@page' },
    async ({ footfall, browser }) => {
      for (const width of [390, 1280]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
        });
        page.on('pageerror', (error) => complaints.push(error.message));
        for (const path of ['/', '/stats', '/install', '/privacy', '/api/docs']) {
          const response = await page.goto(footfall.url + path);
          await page.waitForLoadState('networkidle');
          const headers = response?.headers() ?? {};
          expect(headers['content-security-policy']).toContain("default-src 'none'");
          expect(headers['content-security-policy']).not.toContain('nonce-');
          expect(headers['content-security-policy']).not.toContain("'unsafe-inline'");
          expect(headers['x-content-type-options']).toBe('nosniff');
          expect(headers['referrer-policy']).toBeTruthy();
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(overflow, `${path} scrolls sideways at ${width} pixels`).toBe(0);
        }
        // A page may be closed while it still connects.
        const faults = complaints.filter(
          (text) => !text.includes('closed before the connection is established'),
        );
        expect(faults, `at ${width} pixels`).toEqual([]);
        await context.close();
      }
    },
  );
}

test(
  'the assets of a page are cached forever, and missing ones are not',
  { tag: '@answer' },
  async ({ footfall, request }) => {
    const html = await (await request.get(`${footfall.url}/`)).text();
    const paths = [...new Set(html.match(/\/_app\/immutable\/[\w./-]+\.(?:js|css)/g))];
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      const response = await request.get(footfall.url + path);
      expect([path, response.status()]).toEqual([path, 200]);
      const headers = response.headers();
      expect(directivesOf(headers['cache-control'])).toEqual(['immutable', 'max-age=31536000', 'public']);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-type']).toMatch(
        path.endsWith('.css') ? /^text\/css/ : /^(?:text|application)\/javascript/,
      );
    }
    const missing = await request.get(`${footfall.url}/_app/immutable/nothing.js`);
    expect(missing.status()).toBe(404);
    expect(directivesOf(missing.headers()['cache-control'])).not.toContain('immutable');
  },
);

/** The Cache-Control directives, in any order. */
function directivesOf(header = ''): string[] {
  return header
    .split(',')
    .map((directive) => directive.trim())
    .sort();
}
