import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { madeLink } from './made-link.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
const DAY_MS = 24 * 60 * 60 * 1000;

/** What may move of a page, by no hand of its reader (Web Vitals: below 0.1 is good). */
const MOST = 0.02;

test.use({
  environment: {
    ADMIN_PASSWORD,
    COUNT_OWN_PAGES: 'false',
    COUNTRY_HEADER: 'X-Country',
    TRUSTED_PROXIES: '127.0.0.1',
  },
});

const COUNTRIES = ['DE', 'FR', 'US', 'GB', 'IN', 'BR', 'CA', 'IT', 'ES', 'JP', 'AU'];

/** A page view that has something to say in each list; each `n` is a visitor of its own. */
async function send({ url }: Running, n: number, ageMs = 0): Promise<void> {
  const tags = new URLSearchParams(
    ['source', 'medium', 'campaign', 'term', 'content'].map((tag) => [`utm_${tag}`, `${tag} ${n % 9}`]),
  ).toString();
  const { status } = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/${100 + n}.0`,
      'x-country': COUNTRIES[n % COUNTRIES.length]!,
    },
    body: JSON.stringify({ id: randomUUID(), url: `https://example.com/page-${n % 12}?${tags}`, ageMs }),
  });
  expect(status).toBe(200);
}

/** What moved on a page from its first paint on: how much, and which elements. */
async function observe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: { sum: number; moved: string[] } = { sum: 0, moved: [] };
    Reflect.set(window, 'seenShifts', seen);
    interface Shift extends PerformanceEntry {
      readonly value: number;
      readonly sources: readonly { readonly node: Node | null }[];
    }
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as Shift[]) {
        seen.sum += value;
        for (const { node } of sources)
          seen.moved.push(
            `${value.toFixed(4)} ${node?.nodeName ?? ''} ${node?.textContent?.slice(0, 60) ?? ''}`,
          );
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

const shiftsOf = (page: Page) =>
  page.evaluate(() => Reflect.get(window, 'seenShifts') as { sum: number; moved: string[] });

test('nothing moves on the dashboard, the public page and a shared page while numbers arrive', async ({
  footfall,
  page,
  browser,
}) => {
  for (let n = 0; n < 40; n += 1) await send(footfall, n, n % 3 === 0 ? DAY_MS : 0);
  await page.goto(`${footfall.url}/admin/share`);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name', { exact: false }).first().fill('Guests');
  await page.getByRole('button', { name: 'Make a link' }).click();
  const shared = new URL(await madeLink(page)).pathname;
  const storageState = await page.context().storageState();

  let views = 40;
  for (const viewport of [
    { width: 1_440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    const context = await browser.newContext({ viewport, storageState });
    const open = async (path: string) => {
      const opened = await context.newPage();
      await observe(opened);
      await opened.goto(footfall.url + path, { waitUntil: 'networkidle' });
      return opened;
    };
    for (const path of ['/admin', '/stats', shared]) {
      const opened = await open(`${path}?period=7d`);
      const shown = opened.getByTestId('measure-views').locator('.value');
      await expect(shown).toHaveText(String(views));
      for (let n = 0; n < 3; n += 1) await send(footfall, views + n);
      views += 3;
      await expect(shown).toHaveText(String(views));
      const { sum, moved } = await shiftsOf(opened);
      expect(sum, `${path} at ${viewport.width}: ${moved.join('; ')}`).toBeLessThan(MOST);
      if (path === '/admin') {
        // All tabs of campaigns are there, and the page is as high as it may be without them.
        for (const name of ['Media', 'Terms', 'Contents'])
          await expect(opened.getByText(name, { exact: true }).first()).toBeAttached();
        const height = await opened.evaluate(() => document.documentElement.scrollHeight);
        expect(height).toBeLessThanOrEqual(viewport.width === 390 ? 1_100 : 1_500);
      }
      await opened.close();
    }
    await context.close();
  }
});
