import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false' } });

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Markup, and marks that turn the direction of what follows. */
const HOSTILE = '/<img src=x onerror=alert(1)>\u202egnp';

interface View {
  readonly path: string;
  readonly userAgent?: string;
  readonly ageMs?: number;
}

async function send({ url }: Running, { path, userAgent = CHROME, ageMs }: View): Promise<void> {
  const body = JSON.stringify({ id: randomUUID(), url: `https://example.com${encodeURI(path)}`, ageMs });
  const headers = { 'content-type': 'application/json', 'user-agent': userAgent };
  const { status } = await fetch(`${url}/api/visitors/track`, { method: 'POST', headers, body });
  expect(status).toBe(200);
}

/** Yesterday and today, two browsers, one page whose name is hostile. */
async function seed(footfall: Running): Promise<void> {
  const DAY_MS = 24 * 60 * 60 * 1000;
  await send(footfall, { path: '/', ageMs: DAY_MS });
  for (const path of ['/', '/about', '/pricing', HOSTILE]) await send(footfall, { path });
  for (const path of ['/', '/about']) await send(footfall, { path, userAgent: FIREFOX });
  expect(await countOf(footfall)).toBe(7);
}

async function signIn(footfall: Running, page: Page, path = '/admin'): Promise<void> {
  await page.goto(footfall.url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(footfall.url + path);
}

interface Totals {
  readonly visitors: number;
  readonly visits: number;
  readonly views: number;
}

/** What the API answers for the same days and filters. */
async function totalsOf({ url }: Running, query: Readonly<Record<string, string>>): Promise<Totals> {
  const address = `${url}/api/analytics/visitors?${new URLSearchParams(query).toString()}`;
  const response = await fetch(address, { headers: { authorization: `Bearer ${ADMIN_PASSWORD}` } });
  expect(response.status).toBe(200);
  return ((await response.json()) as { totals: Totals }).totals;
}

/** The measures, as the page has them, are those of the API. */
async function expectTotals(page: Page, { visitors, visits, views }: Totals): Promise<void> {
  for (const [name, value] of Object.entries({ visitors, visits, views }))
    await expect(page.getByTestId(`measure-${name}`).locator('.value')).toHaveText(String(value));
}

const row = (page: Page, list: string, name: string) =>
  page.getByTestId(`${list}-row`).filter({ hasText: name }).getByRole('link');

for (const javaScriptEnabled of [true, false]) {
  test.describe(`${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    test('a row filters by its value, the numbers are those of the API, and the back button undoes it', async ({
      footfall,
      page,
    }) => {
      await seed(footfall);
      await signIn(footfall, page);
      const all = await totalsOf(footfall, {});
      expect(all.views).toBe(7);
      await expectTotals(page, all);

      await row(page, 'browser', 'Firefox').click();
      await expect(page).toHaveURL(`${footfall.url}/admin?browser=Firefox`);
      await expect(page.getByTestId('chip')).toContainText('Browser is Firefox');
      const filtered = await totalsOf(footfall, { browser: 'Firefox' });
      expect(filtered.views).toBe(2);
      await expectTotals(page, filtered);
      await row(page, 'page', '/about').click();
      await expect(page.getByTestId('chip')).toHaveCount(2);
      await expectTotals(page, await totalsOf(footfall, { browser: 'Firefox', page: '/about' }));

      // A page out of the browser's cache is shown without being loaded.
      await page.goBack({ waitUntil: 'commit' });
      await expect(page.getByTestId('chip')).toHaveCount(1);
      await expectTotals(page, filtered);
      await page.getByRole('link', { name: 'Remove the filter by browser' }).click();
      await expectTotals(page, all);
    });

    test('a period is stepped, a filter is typed, a measure chooses the line, a list is searched', async ({
      footfall,
      page,
    }) => {
      await seed(footfall);
      await signIn(footfall, page, '/admin?period=today');
      await page.getByRole('link', { name: 'Period before' }).click();
      await expect(page.getByTestId('period')).toHaveText('Yesterday');
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');
      await expect(page.getByTestId('measure-views')).toContainText('nothing before');
      await page.getByRole('link', { name: 'Period after' }).click();
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('6');
      // Yesterday's view was a day ago to the minute: it is compared once this minute is over.
      await expect(page.getByTestId('measure-views')).toContainText(/nothing before|too few to compare/);

      await page.getByRole('link', { name: 'Page views' }).click();
      await expect(page.getByRole('heading', { name: 'Page views' })).toBeVisible();
      await expect(page).toHaveURL(/[?&]metric=views/);

      await page.getByText('+ Filter').click();
      await page.getByLabel('Filter by').selectOption('Page');
      await page.getByLabel('Is', { exact: true }).fill('/pricing');
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await expect(page.getByTestId('chip')).toContainText('Page is /pricing');
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');

      await page.goto(`${footfall.url}/admin?list=topPages`);
      await page.getByRole('searchbox').fill('ABOUT');
      await page.getByRole('button', { name: 'Search' }).click();
      await expect(page.getByTestId('page-row')).toHaveCount(1);
      await expect(page.getByTestId('page-row')).toContainText('/about');
    });

    test('what an address has that is not known is said, and no number shown', async ({ footfall, page }) => {
      await seed(footfall);
      await signIn(footfall, page);
      for (const [query, sentence] of [
        ['contry=DE', '"contry" is not a parameter of this page.'],
        ['browser=Chrom', 'such as Chrome'],
        ['country=Germany', 'country must be an ISO code'],
        ['from=2026-02-30&to=2026-03-01', 'from must be a date'],
        ['from=2000-01-01&to=2026-01-01&interval=hour', 'more than 2000 intervals'],
      ] as const) {
        await page.goto(`${footfall.url}/admin?${query}`);
        await expect(page.getByTestId('problems')).toContainText(sentence);
        await expect(page.getByTestId('measure-views')).toHaveCount(0);
      }
    });
  });
}

test('views that come are shown by themselves, the first one too', async ({ footfall, page }) => {
  await signIn(footfall, page);
  await expect(page.getByRole('heading', { name: 'Nothing has been counted yet' })).toBeVisible();
  await send(footfall, { path: '/first' });
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');
  await expect(page.getByTestId('measure-bounceRate')).toHaveCount(0);
  await send(footfall, { path: '/second' });
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('2');
  await expect(page.getByTestId('page-row').filter({ hasText: '/second' })).toHaveCount(1);
});

test('the measure that was chosen stays chosen when views come, and in every link', async ({
  footfall,
  page,
}) => {
  await seed(footfall);
  await signIn(footfall, page);
  await page.getByRole('link', { name: 'Page views' }).click();
  const before = page.getByRole('link', { name: 'Period before' });
  await expect(before).toHaveAttribute('href', /metric=views/);
  await send(footfall, { path: '/more' });
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('8');
  await expect(page.getByRole('heading', { name: 'Page views' })).toBeVisible();
  await expect(before).toHaveAttribute('href', /metric=views/);
});

test('a store that does not answer once leaves the last known numbers, and then they go on', async ({
  footfall,
  page,
}) => {
  await seed(footfall);
  await signIn(footfall, page);
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('7');
  let failed = 0;
  await page.route(/\/admin\/__data\.json/, async (route) => {
    if (failed > 0) return route.continue();
    const response = await route.fetch();
    const answer = (await response.json()) as { nodes: object[] };
    answer.nodes[answer.nodes.length - 1] = {
      type: 'error',
      error: { message: 'The numbers cannot be read right now.' },
      status: 503,
    };
    failed += 1;
    return route.fulfill({ response, json: answer });
  });
  await send(footfall, { path: '/more' });
  await expect.poll(() => failed).toBe(1);
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('8');
  await expect(page.getByRole('heading', { name: 'Visitors' })).toBeVisible();
});

test('markup and marks of direction in a page’s name are text, and fit a phone', async ({
  footfall,
  page,
}) => {
  await seed(footfall);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(footfall, page);
  await row(page, 'page', 'onerror').click();
  await expect(page.getByTestId('chip')).toContainText('<img src=x onerror=alert(1)>');
  await expect(page.locator('img[src=x]')).toHaveCount(0);
  expect(await page.getByRole('main').textContent()).not.toContain('\u202e');
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});

test.describe('where own pages are counted', () => {
  test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'true', COUNT_BOTS: 'true' } });

  test('an address of the owner’s pages goes nowhere with a visit of the public ones', async ({
    footfall,
    page,
  }) => {
    const sent: string[] = [];
    page.on('request', (request) =>
      sent.push(JSON.stringify([request.url(), request.headers()['referer'], request.postData()])),
    );
    await page.goto(`${footfall.url}/admin/setup?token=SECRETSECRET`);
    await page.getByRole('link', { name: 'Home' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.getByRole('link', { name: 'Install' }).click();
    await expect(page).toHaveURL(/\/install$/);
    expect(
      sent.filter((line) => line.includes('SECRET')).filter((line) => !line.includes('/admin/setup?token')),
    ).toEqual([]);
    expect(sent.filter((line) => /SECRET/.test((JSON.parse(line) as string[])[2] ?? ''))).toEqual([]);
  });
});
