import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
test.use({ environment: { ADMIN_PASSWORD, SITE_HOSTS: 'example.com', COUNT_BOTS: 'false' } });

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

async function send({ url }: Running, page: string, headers: Record<string, string> = {}): Promise<void> {
  const { status } = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': FIREFOX, ...headers },
    body: JSON.stringify({ url: page }),
  });
  expect(status).toBe(200);
}

async function signIn({ url }: Running, page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(url + path);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    test('the owner reads what was not counted, by reason and name, and why a browser is not', async ({
      footfall,
      page,
    }) => {
      await send(footfall, 'https://example.com/');
      const ignored: Record<string, string>[] = [
        { 'user-agent': 'curl/8.5.0' },
        { 'user-agent': 'curl/8.5.0' },
        { dnt: '1' },
      ];
      for (const headers of ignored) await send(footfall, 'https://example.com/', headers);
      await send(footfall, 'https://copy.example/');
      await signIn(footfall, page, '/admin');
      await page.getByRole('link', { name: 'Not counted', exact: true }).click();
      await expect(page.getByTestId('not-counted')).toContainText(
        '4 events were not counted, beside 1 page view',
      );
      await expect(page.getByTestId('reason').first()).toContainText('2 Bots');
      await expect(page.getByTestId('bot-row')).toContainText('curl · program');
      await expect(page.getByTestId('origin-row')).toContainText('copy.example');
      await page.getByRole('link', { name: 'Period before' }).click();
      await expect(page.getByTestId('not-counted')).toContainText('Nothing came on these days');

      // Asking counts nothing.
      await page.getByLabel('User agent').fill('curl/8.5.0 <img src=x onerror=alert(1)>');
      await page.getByRole('button', { name: 'Explain' }).click();
      await expect(page.getByTestId('verdict')).toContainText('Not counted: bots (curl)');
      await expect(page.locator('img[src=x]')).toHaveCount(0);
      await page.getByLabel('User agent').fill(FIREFOX);
      await page.getByLabel('Page it was on').fill('https://copy.example/about');
      await page.getByRole('button', { name: 'Explain' }).click();
      await expect(page.getByTestId('verdict')).toContainText('Not counted: other hosts (copy.example)');
      await page.getByLabel('Page it was on').fill('no address');
      await page.getByRole('button', { name: 'Explain' }).click();
      await expect(page.getByRole('alert')).toContainText('url must be an http(s) URL or a path');
      await page.getByLabel('Page it was on').fill('/about');
      await page.getByRole('button', { name: 'Explain' }).click();
      await expect(page.getByTestId('verdict')).toContainText('Counted.');
      await expect(page.getByTestId('verdict')).toContainText('Firefox');
      await page.goto(`${footfall.url}/admin/not-counted?period=today`);
      await expect(page.getByTestId('not-counted')).toContainText('4 events');

      await page.goto(`${footfall.url}/admin/not-counted?perod=today`);
      await expect(page.getByTestId('problems')).toContainText('"perod" is not a parameter of this page.');
    });
  });
}

test('a browser reads what it would be counted as, without signing in', async ({ footfall, browser }) => {
  for (const [userAgent, headers, query, words] of [
    [FIREFOX, {}, '', 'Counted.'],
    [FIREFOX, { 'sec-gpc': '1' }, '', 'Not counted: asked not to be tracked'],
    ['HeadlessChrome/140', {}, '', 'Not counted: bots (HeadlessChrome)'],
    [FIREFOX, {}, '?url=https://copy.example/', 'Not counted: other hosts (copy.example)'],
    [FIREFOX, {}, '?url=https://example.com/a&referrer=https://news.ycombinator.com/', 'Hacker News'],
  ] as const) {
    const context = await browser.newContext({ userAgent, extraHTTPHeaders: headers });
    const page = await context.newPage();
    await page.goto(`${footfall.url}/this-browser${query}`);
    await expect(page.getByTestId('verdict')).toContainText(words);
    await context.close();
  }
});
