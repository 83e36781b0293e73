import { randomUUID } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
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
  readonly country?: string;
}

async function send({ url }: Running, { path, userAgent = CHROME, ageMs, country }: View): Promise<void> {
  const body = JSON.stringify({ id: randomUUID(), url: `https://example.com${encodeURI(path)}`, ageMs });
  const headers = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    ...(country !== undefined && { 'x-country': country }),
  };
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
      await expect(page.getByTestId('period')).toContainText('Yesterday');
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
      await page.getByLabel('Value').fill('/pricing');
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      await expect(page.getByTestId('chip')).toContainText('Page is /pricing');
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');

      await page.goto(`${footfall.url}/admin?list=topPages`);
      const drawer = page.getByTestId('drawer');
      await drawer.getByRole('searchbox').fill('ABOUT');
      await drawer.getByRole('button', { name: 'Search' }).click();
      const rows = drawer.getByTestId('page-row');
      await expect(rows).toHaveCount(1);
      await expect(rows).toContainText('/about');
    });

    test('a search in the head finds names in all lists, and filters by one of them or by the words', async ({
      footfall,
      page,
    }) => {
      await seed(footfall);
      await signIn(footfall, page, '/admin?period=7d');
      const search = async (words: string) => {
        await page.getByRole('searchbox').first().fill(words);
        await page.getByRole('searchbox').first().press('Enter');
      };
      const drawer = page.getByTestId('drawer');
      await search('R');
      await expect(page).toHaveURL(`${footfall.url}/admin?period=7d&search=R`);
      // Pages, channels, browsers: of everything that is counted, these names have the letter.
      const pricing = drawer.getByTestId('found').filter({ hasText: '/pricing' });
      await expect(pricing.getByText('1 view', { exact: true })).toBeVisible();
      await expect(drawer.getByTestId('found').filter({ hasText: 'Direct' }).first()).toBeVisible();
      await drawer.getByTestId('found').filter({ hasText: 'Firefox' }).getByRole('link').click();
      await expect(page).toHaveURL(`${footfall.url}/admin?period=7d&browser=Firefox`);
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('2');

      await search('<IMG');
      await expect(drawer.getByTestId('found')).toHaveCount(0);
      await drawer.getByRole('link', { name: 'Close' }).click();
      await page.getByRole('link', { name: 'Remove the filter by browser' }).click();
      await expect(page.getByTestId('chip')).toHaveCount(0);
      await search('<IMG');
      await expect(drawer.getByTestId('found')).toHaveCount(1);
      await expect(drawer.getByTestId('found')).toContainText('<img src=x onerror=alert(1)>');
      await expect(page.locator('img[src=x]')).toHaveCount(0);
      await drawer.getByRole('link', { name: 'Page contains “<IMG”' }).click();
      await expect(page.getByTestId('chip')).toContainText('Page contains <IMG');
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');
    });

    test('a filter takes operators and alternatives, a list is sorted in a drawer, and what is compared is chosen', async ({
      footfall,
      page,
    }) => {
      await seed(footfall);
      await signIn(footfall, page);
      const filterBy = async (dimension: string, operator: string, value?: string) => {
        await page.getByText('+ Filter').click();
        await page.getByRole('combobox', { name: 'Filter by' }).selectOption(dimension);
        await page.getByLabel('Condition').selectOption(operator);
        if (value !== undefined) await page.getByLabel('Value').fill(value);
        await page.getByRole('button', { name: 'Filter', exact: true }).click();
      };
      await filterBy('Page', 'starts with', '/AB');
      await expect(page).toHaveURL(/\?page\.starts=%2FAB$/);
      await expect(page.getByTestId('chip')).toContainText('Page starts with /AB');
      await expectTotals(page, await totalsOf(footfall, { 'page.starts': '/AB' }));
      await filterBy('Page', 'starts with', '/pri');
      await expect(page.getByTestId('chip')).toContainText('/AB or /pri');
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('3');
      await filterBy('Browser', 'is not', 'Firefox');
      await expect(page.getByTestId('chip')).toHaveCount(2);
      await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('2');

      await page.getByTestId('compare').click();
      await page.getByRole('link', { name: 'Match weekdays' }).click();
      await expect(page).toHaveURL(/[?&]compareBy=weekday&/);
      await expect(page.getByTestId('compare')).toContainText('period before by weekday');
      await page.getByTestId('compare').click();
      await page.getByRole('link', { name: 'Year before' }).click();
      await expect(page).toHaveURL(/[?&]compare=year&compareBy=weekday&/);

      await page.getByTestId('compare').click();
      await page.getByRole('link', { name: 'Nothing' }).click();
      await expect(page).toHaveURL(/[?&]compare=off&/);
      await expect(page.getByTestId('measure-views')).not.toContainText('before');
      await page.getByRole('link', { name: 'Clear all' }).click();
      await expect(page.getByTestId('chip')).toHaveCount(0);
      await filterBy('City', 'is set');
      await expect(page.getByTestId('chip')).toContainText('City is set');
      await expect(page.getByRole('heading', { name: /Nothing was counted/ })).toBeVisible();

      await page.goto(`${footfall.url}/admin?compare=off`);
      await page.getByRole('link', { name: 'All Top pages' }).click();
      const drawer = page.getByTestId('drawer');
      const named = drawer.getByRole('rowheader');
      await expect(named.first()).toHaveText('/');
      await drawer.getByRole('link', { name: 'Views' }).click();
      await expect(page).toHaveURL(/order=asc/);
      await expect(named.last()).toHaveText('/');
      await drawer.getByRole('link', { name: 'Bounce' }).click();
      await expect(drawer.getByRole('columnheader', { name: 'Bounce' })).toHaveAttribute(
        'aria-sort',
        'descending',
      );
      await drawer.getByRole('link', { name: '/about' }).click();
      await expect(page).toHaveURL(`${footfall.url}/admin?compare=off&page=%2Fabout`);
      await expect(page.getByTestId('drawer')).toHaveCount(0);
    });

    test('what an address has that is not known is said, and no number shown', async ({ footfall, page }) => {
      await seed(footfall);
      await signIn(footfall, page);
      for (const [query, sentence] of [
        ['contry=DE', '"contry" is not a parameter of this page.'],
        ['browser=Chrom', 'such as Chrome'],
        ['page.like=x', '"page.like" is not a filter: page takes is, not, contains'],
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

test('a list and the series are files in which no text is a formula', async ({ footfall, page }) => {
  await seed(footfall);
  await send(footfall, { path: '/=1+1' });
  await signIn(footfall, page);
  for (const [query, lines] of [
    ['list=topPages&search=ab', /^Page,Visitors,Visits,Page views,.*\r\n\/about,2,2,2,[\d.]+,[\d.]+\r\n$/],
    ['list=browsers&page=/about', /^Browser,.*\r\n(?:(?:Chrome|Firefox),1,1,1,.*\r\n){2}$/],
    ['period=today', /^From,Visitors,.*Views per visit\r\n(?:\d{4}-.*\r\n)+$/],
  ] as const) {
    const answer = await page.request.get(`${footfall.url}/admin/export?${query}`);
    const named = answer.headers()['content-disposition'];
    expect(named, query).toMatch(/^attachment; filename="[\w-]+\.csv"$/);
    expect(await answer.text()).toMatch(lines);
  }
  const problem = await page.request.get(`${footfall.url}/admin/export?contry=DE`);
  expect(problem.status()).toBe(400);
});

test.describe('with visits from many countries', () => {
  test.use({
    environment: {
      ADMIN_PASSWORD,
      COUNT_OWN_PAGES: 'false',
      COUNTRY_HEADER: 'X-Country',
      TRUSTED_PROXIES: '127.0.0.1',
    },
  });

  test('keys, the map and the theme work, and all of it fits', async ({ footfall, page }) => {
    await seed(footfall);
    const countries = ['DE', 'FR', 'US', 'GB', 'IN', 'BR', 'CA', 'IT', 'ES', 'JP', 'AU'];
    for (const [at, country] of countries.entries())
      await send(footfall, { path: `/page-${at}`, country, userAgent: `${FIREFOX} ${at}` });
    await page.addInitScript(() => {
      const shifts: { value: number } = { value: 0 };
      Reflect.set(window, 'shifts', shifts);
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
          shifts.value += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await signIn(footfall, page);
    const scripts = new Set<string>();
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.add(request.url());
    });
    await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
    for (const [width, most] of [
      [1_440, 1_500],
      [390, 1_100],
    ] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.reload({ waitUntil: 'networkidle' });
      await expect(page.getByText('Map', { exact: true })).toBeAttached();
      const fits = await page.evaluate(() => ({
        height: document.documentElement.scrollHeight,
        shifts: (Reflect.get(window, 'shifts') as { value: number }).value,
      }));
      expect([width, fits.height]).toEqual([width, Math.min(fits.height, most)]);
      expect(fits.shifts).toBeLessThan(0.02);
    }
    const sizes = await Promise.all(
      Array.from(scripts, async (url) =>
        brotliCompressSync(Buffer.from(await (await fetch(url)).arrayBuffer())),
      ),
    );
    expect(sizes.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(90_000);

    await page.setViewportSize({ width: 1_440, height: 900 });
    await page.getByText('Map', { exact: true }).click();
    await expect(page.locator('.map a')).toHaveCount(countries.length);
    await page.getByRole('link', { name: 'Germany: 1 visit', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('chip')).toContainText('Country is Germany');
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('chip')).toHaveCount(0);

    await page.keyboard.press('d');
    await expect(page).toHaveURL(/\?period=today$/);
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByTestId('period')).toContainText('Yesterday');
    await page.keyboard.press('x');
    await expect(page).toHaveURL(/[?&]compare=off/);
    await page.keyboard.press('f');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('dew');
    await expect(page.getByLabel('Value')).toHaveValue('dew');
    await page.keyboard.press('Escape');
    await expect(page.getByLabel('Value')).toBeHidden();
    await page.keyboard.press('/');
    const searchbox = page.getByRole('search').first().getByRole('searchbox');
    await expect(searchbox).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(searchbox).not.toBeFocused();
    await page.keyboard.press('/');
    await page.keyboard.type('germ');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('drawer').getByTestId('found')).toHaveCount(0);
    await expect(page.getByTestId('drawer').getByRole('searchbox')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('drawer')).toHaveCount(0);
    await expect(page.getByTestId('period')).toContainText('Yesterday');
    await page.keyboard.press('?');
    await page.getByLabel('Use keys in this browser').uncheck();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('w');
    await page.keyboard.press('a');
    await expect(page.getByTestId('period')).toContainText('Yesterday');

    await page.getByLabel('Theme').first().selectOption('Dark');
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await ground();
    await page.goto(`${footfall.url}/stats`);
    expect(await ground()).toBe(dark);
  });
});

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

test('what is typed stays when views come', async ({ footfall, page }) => {
  await seed(footfall);
  await signIn(footfall, page);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  const typed = {
    from: '2026-10-01',
    to: '2026-10-02',
    compareFrom: '2026-09-01',
    compareTo: '2026-09-02',
  };
  const field = (name: string) => page.locator(`input[name=${name}]`);
  for (const [name, day] of Object.entries(typed)) {
    if (!(await field(name).isVisible()))
      await page.getByTestId(name.startsWith('compare') ? 'compare' : 'period').click();
    await field(name).fill(day);
  }
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('germ');
  await send(footfall, { path: '/more' });
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('8');
  await expect(page.getByRole('searchbox')).toHaveValue('germ');
  for (const [name, day] of Object.entries(typed)) await expect(field(name)).toHaveValue(day);
});

test('on a narrow window the head has one row, and its keys work in its menu', async ({ footfall, page }) => {
  await seed(footfall);
  await signIn(footfall, page);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  for (const width of [1_440, 1_280, 1_249, 1_100, 800, 500]) {
    await page.setViewportSize({ width, height: 800 });
    const head = await page.getByRole('main').getByRole('heading', { level: 1 }).boundingBox();
    const bar = await page.getByTestId('period').boundingBox();
    expect([width, (bar?.y ?? 0) - (head?.y ?? 0) < 70]).toEqual([width, true]);
    await page.keyboard.press('/');
    const search = page.getByRole('searchbox');
    await expect(search).toBeFocused();
    await expect(search).toBeInViewport();
    await search.press('Escape');
    await page.keyboard.press('?');
    await expect(page.getByTestId('keys')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('keys')).toBeHidden();
  }
  await page.keyboard.press('/');
  await page.keyboard.type('about ');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('drawer').getByTestId('found')).toContainText(['/about']);
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
  await page.getByText('Show as table').click();
  await page.getByTestId('compare').click();
  await page.getByRole('link', { name: 'Match weekdays' }).click();
  await expect(page.getByTestId('compare').getByText('by weekday')).toBeVisible();
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

test('medium, term and content are tabs that show one list each, in which markup and formulas are text', async ({
  footfall,
  page,
}) => {
  const strings = { medium: '<img src=x onerror=alert(1)>', term: '=1-1', content: 'cpc\u202egnp' };
  const tags = Object.entries(strings).map(([name, text]) => `utm_${name}=${text}`);
  await send(footfall, { path: `/?${tags.join('&')}` });
  await send(footfall, { path: '/', userAgent: FIREFOX });
  expect(await countOf(footfall)).toBe(2);
  await signIn(footfall, page);
  await page.goto(`${footfall.url}/admin`); // loaded to the end
  const shown = { medium: strings.medium, term: strings.term, content: 'cpcgnp' };
  for (const [name, text] of Object.entries(shown)) {
    const tab = { medium: 'Media', term: 'Terms', content: 'Contents' }[name] as string;
    await page.locator('label').getByText(tab, { exact: true }).click();
    await expect(page.getByTestId(`${name}-row`).locator('bdi')).toHaveText([text]);
    for (const other of Object.keys(shown))
      await expect(page.getByTestId(`${other}-row`)).toBeVisible({ visible: other === name });
  }
  await row(page, 'content', 'cpcgnp').click();
  await expect(page).toHaveURL(/[?&]content=cpcgnp/);
  await expectTotals(page, { visitors: 1, visits: 1, views: 1 });
  const file = await page.request.get(`${footfall.url}/admin/export?list=terms`);
  expect([file.status(), await file.text()]).toEqual([200, expect.stringContaining(`'=1-1`)]);
});
