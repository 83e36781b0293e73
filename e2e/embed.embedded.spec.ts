import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { startHostSite } from './host-site.ts';
import { madeLink } from './made-link.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
const DAY_MS = 24 * 60 * 60 * 1000;

test.use({
  environment: {
    ADMIN_PASSWORD,
    COUNT_OWN_PAGES: 'false',
    COUNTRY_HEADER: 'X-Country',
    TRUSTED_PROXIES: '127.0.0.1',
  },
});

async function send({ url }: Running, country: string, ageMs = 0): Promise<void> {
  const { status } = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 ${country}`,
      'x-country': country,
    },
    body: JSON.stringify({ id: randomUUID(), url: 'https://example.com/', ageMs }),
  });
  expect(status).toBe(200);
}

/** Yesterday from Germany, today from Germany and France. */
async function seed(footfall: Running): Promise<void> {
  await send(footfall, 'DE', DAY_MS);
  await send(footfall, 'DE');
  await send(footfall, 'FR');
}

/** Opens `/admin/share` as the owner, with the filters of a query. */
async function openShare({ url }: Running, page: Page, query = ''): Promise<void> {
  await page.goto(`${url}/admin/share${query}`);
  if (!page.url().includes('/sign-in')) return;
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${url}/admin/share${query}`);
}

/** Makes a link that a site may embed. @returns its path */
async function embeddable(page: Page, sites: string): Promise<string> {
  await page.getByLabel('Name', { exact: false }).first().fill('Intranet');
  await page.getByLabel('Sites that may embed it').fill(sites);
  await page.getByRole('button', { name: 'Make a link' }).click();
  return new URL(await madeLink(page)).pathname;
}

/** How much of the page has moved since it began, by no hand of its reader. */
const shiftOf = (page: Page): Promise<number> =>
  page.frames()[1]!.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value;
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => setTimeout(() => resolve(sum)));
      }),
  );

test('the owner chooses a chart and copies a line that shows it, live, on the pages of the site named and on no others', async ({
  footfall,
  page,
  browser,
}) => {
  await seed(footfall);
  await using host = await hosted(footfall);
  await openShare(footfall, page, '?country=DE');
  const path = await embeddable(page, host.url);
  const made = page.getByRole('status').filter({ hasText: path });
  await made.getByLabel('Measure').selectOption('views');
  await made.getByLabel('Period').selectOption('7d');
  await made.getByLabel('Theme').selectOption('dark');
  const snippet = await made.getByRole('figure').filter({ hasText: '/chart?' }).locator('code').innerText();
  expect(snippet).toContain('title="Page views, last 7 days"');
  host.show(snippet.replace(/http:\/\/[^/"]+/, footfall.url).replace('height: 320px', 'height: 200px'));

  const reader = await (await browser.newContext({ viewport: { width: 320, height: 640 } })).newPage();
  const refused: string[] = [];
  reader.on('console', (message) => refused.push(message.text()));
  await reader.goto(host.url);
  const frame = reader.frameLocator('iframe');
  await expect(frame.getByTestId('chart-total')).toHaveText('2');
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(frame.getByRole('img', { name: /^Page views by the day, Last 7 days: 2/ })).toBeVisible();
  await expect(frame.getByRole('slider')).toBeAttached();
  const inFrame = reader.frames()[1]!;
  const overflow = () =>
    inFrame.evaluate(() => {
      const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
      return { wide: scrollWidth - clientWidth, high: scrollHeight - clientHeight };
    });
  expect(await overflow()).toEqual({ wide: 0, high: 0 });
  expect((await frame.getByTestId('chart').boundingBox())?.height).toBeGreaterThan(95);

  // It moves without being loaded again, and only by what the link's filters let through.
  await send(footfall, 'DE');
  await expect(frame.getByTestId('chart-total')).toHaveText('3');
  await send(footfall, 'FR');
  await send(footfall, 'DE');
  await expect(frame.getByTestId('chart-total')).toHaveText('4');
  expect(await shiftOf(reader)).toBeLessThan(0.02);
  expect(refused).toEqual([]);

  await frame.getByText('Show as table').click();
  await expect(frame.getByTestId('chart-table').getByRole('row').last()).toContainText('so far');
  expect((await overflow()).wide).toBe(0);

  // The same page under a name that the link does not have.
  const other = host.url.replace('127.0.0.1', 'localhost');
  await reader.goto(other);
  await expect.poll(() => refused.join(' ')).toContain('frame-ancestors');
  await expect(frame.getByTestId('chart-total')).toHaveCount(0);
});

/** A page of another site, whose body a test chooses. */
async function hosted({ url }: Running) {
  let body = '';
  const site = await startHostSite(() => body);
  expect(site.url).not.toBe(url);
  return {
    url: site.url,
    show: (html: string) => (body = `<style>body { margin: 0 }</style>${html}`),
    [Symbol.asyncDispose]: site.stop,
  };
}

const ancestorsOf = async (page: Page, address: string) => {
  const answer = await page.request.get(address);
  const policy = answer.headers()['content-security-policy'] ?? '';
  return { status: answer.status(), ancestors: /frame-ancestors ([^;]*)/.exec(policy)?.[1], policy };
};

test('the chart of the public statistics may be embedded by any page while no hosts are set, then by theirs', async ({
  footfall,
  page,
}) => {
  await seed(footfall);
  await openShare(footfall, page);
  const section = page.getByRole('region', { name: 'A chart of the public statistics' });
  await section.getByLabel('Period').selectOption('7d');
  await section.getByLabel('Measure').selectOption('visits');
  const snippet = await section.locator('code').innerText();
  await using host = await hosted(footfall);
  host.show(snippet.replace(/http:\/\/[^/"]+/, footfall.url));
  await page.goto(host.url);
  const frame = page.frameLocator('iframe');
  await expect(frame.getByTestId('chart-total')).toHaveText('3');
  await expect(frame.getByRole('link', { name: 'Visits' })).toHaveAttribute('target', '_blank');
  await expect(frame.getByRole('slider')).toBeAttached();
  await send(footfall, 'BD');
  await expect(frame.getByTestId('chart-total')).toHaveText('4');
  expect(await shiftOf(page)).toBeLessThan(0.02);

  const chart = `${footfall.url}/stats/chart?period=30d&metric=views&theme=light`;
  expect(await ancestorsOf(page, chart)).toMatchObject({ status: 200, ancestors: '*' });
  expect(await ancestorsOf(page, `${footfall.url}/stats`)).toMatchObject({ ancestors: "'none'" });
  // An embedded chart is no page view, and its own does not count.
  const counted = await page.request.get(`${footfall.url}/api/visitors/count?page=/stats/chart`);
  expect(await counted.json()).toMatchObject({ count: 0 });

  const change = (settings: object) =>
    page.request.post(`${footfall.url}/api/trpc/settings.set`, {
      headers: { authorization: `Bearer ${ADMIN_PASSWORD}` },
      data: { json: settings },
    });
  expect((await change({ SITE_HOSTS: 'example.com,*.example.org' })).status()).toBe(200);
  await expect
    .poll(async () => (await ancestorsOf(page, chart)).ancestors)
    .toBe("'self' http://example.com:* https://example.com:* http://*.example.org:* https://*.example.org:*");
  // Twice, once rendered and once from memory: the policy stays with the page.
  expect((await ancestorsOf(page, chart)).ancestors).toContain('https://example.com:*');
  expect((await change({ STATS_PUBLIC: 'false' })).status()).toBe(200);
  await expect.poll(async () => (await ancestorsOf(page, chart)).status).toBe(404);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a chart has its numbers as a picture and as a table, its own filters, and says what it does not know', async ({
    footfall,
    page,
  }) => {
    await seed(footfall);
    await openShare(footfall, page, '?country=DE');
    const path = await embeddable(page, 'a.example');
    const made = page.getByRole('status').filter({ hasText: path });
    await expect(made.getByText('The metric is one of visitors, visits, views')).toBeVisible();
    const chart = `${footfall.url}${path}/chart`;

    await page.goto(`${chart}?metric=views&period=7d`);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'auto');
    await expect(page.getByTestId('chart-total')).toHaveText('2');
    await expect(page.getByRole('img', { name: /^Page views by the day/ })).toBeVisible();
    await page.getByText('Show as table').click();
    await expect(page.getByTestId('chart-table').getByRole('row')).toHaveCount(8);
    for (const metric of ['bounceRate', 'averageVisitMs', 'viewsPerVisit']) {
      await page.goto(`${chart}?metric=${metric}&period=7d`);
      await expect(page.getByTestId('chart-total')).toHaveText(/\d/);
    }
    await page.goto(`${chart}?metric=views&country=FR`);
    await expect(page.getByText('Nothing was counted in this period.')).toBeVisible();
    await page.goto(`${chart}?contry=DE`);
    await expect(page.getByRole('alert')).toContainText('“contry”'.replace(/[“”]/g, '"'));

    expect(await ancestorsOf(page, chart)).toMatchObject({ status: 200, ancestors: 'https://a.example' });
    await openShare(footfall, page);
    await page.getByLabel('Name', { exact: false }).first().fill('Not framed');
    await page.getByRole('button', { name: 'Make a link' }).click();
    const closed = footfall.url + new URL(await madeLink(page)).pathname;
    expect(await ancestorsOf(page, `${closed}/chart`)).toMatchObject({ status: 200, ancestors: "'none'" });
    const unknown = `${footfall.url}/share/${'a'.repeat(43)}/chart`;
    // Nobody is left who could be named: a frame says so, and has nothing else.
    expect(await ancestorsOf(page, unknown)).toMatchObject({ status: 404, ancestors: '*' });
    expect(await ancestorsOf(page, `${footfall.url}/share/${'a'.repeat(43)}`)).toMatchObject({
      status: 404,
      ancestors: "'none'",
    });
    await using host = await hosted(footfall);
    host.show(`<iframe src="${unknown}?theme=dark" title="A chart" width="320" height="200"></iframe>`);
    await page.goto(host.url);
    const frame = page.frameLocator('iframe');
    await expect(frame.getByRole('heading', { name: 'This link has ended' })).toBeVisible();
    await expect(frame.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(frame.locator('a, button, form, input')).toHaveCount(0);
  });
});
