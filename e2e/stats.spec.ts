import { randomUUID } from 'node:crypto';
import type { Locator, Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, expectShown, test } from './fixtures.ts';
import { openPage, snippet } from './widget.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

interface Sent {
  readonly path: string;
  readonly referrer?: string;
  readonly userAgent?: string;
  readonly language?: string;
  /** Milliseconds since then. */
  readonly ageMs?: number;
}

/** The maximum age of a page view: always yesterday. */
const YESTERDAY_MS = 24 * 60 * 60 * 1000;

/** Sends a page view until it is counted, as every client does. */
async function send({ url }: Running, view: Sent): Promise<void> {
  const { path, referrer = '', userAgent = CHROME, language = 'en', ageMs } = view;
  const body = JSON.stringify({ id: randomUUID(), url: `https://example.com${path}`, referrer, ageMs });
  const headers = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    'accept-language': language,
  };
  await expect(async () => {
    const { status } = await fetch(`${url}/api/visitors/track?return=minimal`, {
      method: 'POST',
      headers,
      body,
    });
    expect(status).toBeLessThan(300);
  }).toPass({ intervals: [50] });
}

/** The text of a page without waiting: without JavaScript it does not change. */
const textsOf = async (place: Locator): Promise<string[]> =>
  (await place.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());

/** The cells of a list's or table's rows. */
async function cellsOf(rows: Locator): Promise<string[][]> {
  return Promise.all((await rows.all()).map((row) => textsOf(row.locator('th, td'))));
}

const chartRows = (page: Page): Locator => page.getByTestId('chart-table').locator('tbody tr');

/** The sum of a column of the chart's table. */
async function sumOf(page: Page, column: number): Promise<number> {
  const rows = await cellsOf(chartRows(page));
  return rows.reduce((sum, cells) => sum + Number(cells[column]), 0);
}

test.describe('without JavaScript', { tag: '@answer' }, () => {
  test.use({ javaScriptEnabled: false });

  test('on the first day headline and lists show what was counted, without anything that needs a second day', async ({
    footfall,
    page,
  }) => {
    await send(footfall, { path: '/', referrer: 'https://www.google.com/' });
    await send(footfall, { path: '/about' });
    await send(footfall, {
      path: '/?utm_source=newsletter&utm_campaign=autumn',
      userAgent: SAFARI,
      language: 'de-DE,de;q=0.9',
    });
    await send(footfall, { path: '/pricing', userAgent: FIREFOX });
    expect(await countOf(footfall)).toBe(4);

    for (const period of ['today', '7d', '30d']) {
      await expectShown(footfall, page, `/stats?period=${period}`, async () => {
        expect(await textsOf(page.getByTestId('total-views'))).toEqual(['4']);
        const measure = (name: string) => textsOf(page.getByTestId(`measure-${name}`).locator('.value'));
        expect(await measure('visitors')).toEqual(['3']);
        expect(await measure('visits')).toEqual(['3']);
        expect(await measure('views')).toEqual(['4']);
      });
      for (const name of ['bounceRate', 'averageVisitMs', 'viewsPerVisit'])
        await expect(page.getByTestId(`measure-${name}`)).toHaveCount(0);
      await expect(page.getByText('Counting began today.')).toBeVisible();
      await expect(page.getByText(/NaN|Infinity|undefined|%\s+from|No data/)).toHaveCount(0);
      const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
        new Date(),
      );
      await expect(page.getByText(`page views since ${date}`)).toBeVisible();
      await expect(page.getByTestId('chart')).toHaveCount(period === 'today' ? 1 : 0);
      if (period === 'today')
        expect([await sumOf(page, 1), await sumOf(page, 2), await sumOf(page, 3)]).toEqual([4, 3, 3]);
      await expect(page.getByTestId('clock')).toContainText('Times in UTC');

      const list = (name: string) => cellsOf(page.getByTestId(`${name}-row`));
      const pages = await list('page');
      expect(pages[0]).toEqual(['/', '50%', '2']);
      expect(pages.slice(1).sort()).toEqual([
        ['/about', '25%', '1'],
        ['/pricing', '25%', '1'],
      ]);
      expect((await list('entry')).sort()).toEqual([
        ['/', '67%', '2'],
        ['/pricing', '33%', '1'],
      ]);
      expect((await list('exit')).map(([name]) => name).sort()).toEqual(['/', '/about', '/pricing']);
      const thirds = (...names: string[]) => names.map((name) => [name, '33%', '1']);
      expect((await list('source')).sort()).toEqual(thirds('Direct', 'Google', 'newsletter'));
      expect((await list('channel')).sort()).toEqual(thirds('Direct', 'Mail', 'Search'));
      expect((await list('browser')).sort()).toEqual(thirds('Chrome', 'Firefox', 'Safari'));
      expect((await list('system')).sort()).toEqual(thirds('Linux', 'Windows', 'iOS'));
      expect((await list('device')).sort()).toEqual([
        ['Desktop', '67%', '2'],
        ['Mobile', '33%', '1'],
      ]);
      expect((await list('language')).sort()).toEqual([
        ['English', '67%', '2'],
        ['German', '33%', '1'],
      ]);
      expect(await list('campaign')).toEqual([['autumn', '33%', '1']]);
      expect((await list('country')).map(([, share]) => share)).toEqual(['100%']);
    }
  });

  test('from the second day on there are rates, a chart, and comparisons', async ({ footfall, page }) => {
    await send(footfall, { path: '/', ageMs: YESTERDAY_MS });
    await send(footfall, { path: '/' });
    await send(footfall, { path: '/about' });
    await send(footfall, { path: '/pricing', userAgent: FIREFOX });
    expect(await countOf(footfall)).toBe(4);
    for (const [period, rows] of [
      ['7d', 7],
      ['30d', 30],
    ] as const) {
      await expectShown(footfall, page, `/stats?period=${period}`, async () => {
        const measure = (name: string) => textsOf(page.getByTestId(`measure-${name}`).locator('.value'));
        expect(await measure('visitors')).toEqual(['3']);
        expect(await measure('visits')).toEqual(['3']);
        expect(await measure('views')).toEqual(['4']);
        expect(await measure('bounceRate')).toEqual(['67%']);
        expect(await measure('viewsPerVisit')).toEqual(['1.33']);
        expect(await sumOf(page, 1)).toBe(4);
      });
      expect(await chartRows(page).count()).toBe(rows);
      await expect(page.getByTestId('chart')).toHaveAttribute(
        'aria-label',
        /^Visitors by the day, .* 3 in total/,
      );
      await expect(page.getByText(/^No data for the previous period/)).toBeVisible();
      await expect(
        page.getByText('Visitors are counted per day: someone who comes on three days counts three times.'),
      ).toBeVisible();
      // Without earlier data there is no comparison.
      await expect(page.getByText(/NaN|Infinity|undefined|\bfrom \d/)).toHaveCount(0);
    }
    await page.getByRole('link', { name: 'Page views' }).click();
    await expect(page.getByRole('heading', { name: 'Page views, day by day' })).toBeVisible();
    await expect(page).toHaveURL(`${footfall.url}/stats?period=30d&metric=views`);
    await expect(page.getByTestId('chart')).toHaveAttribute(
      'aria-label',
      /^Page views by the day, .* 4 in total/,
    );
  });

  test('a list has tabs, and a page with all its rows', { tag: '@page' }, async ({ footfall, page }) => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => send(footfall, { path: `/page-${n}` })));
    expect(await countOf(footfall)).toBe(12);
    await page.goto(`${footfall.url}/stats?period=today`);
    expect(await page.getByTestId('page-row').count()).toBe(10);
    await expect(page.getByTestId('exit-row').first()).toBeHidden();
    await page.getByText('Exit', { exact: true }).click();
    await expect(page.getByTestId('exit-row').first()).toBeVisible();
    await expect(page.getByTestId('page-row').first()).toBeHidden();
    await page.getByRole('radio', { name: 'Exit' }).press('ArrowLeft');
    await expect(page.getByTestId('entry-row').first()).toBeVisible();
    await page.getByRole('radio', { name: 'Entry' }).press('ArrowLeft');

    await page.getByRole('link', { name: 'All Top pages' }).click();
    await expect(page).toHaveURL(`${footfall.url}/stats?period=today&list=topPages`);
    expect(await page.getByTestId('page-row').count()).toBe(12);
    await expect(page.getByTestId('source-row')).toHaveCount(0);
    await page.getByRole('link', { name: 'All statistics' }).click();
    await expect(page).toHaveURL(`${footfall.url}/stats?period=today`);
  });

  test('in print all lists are shown, without controls', { tag: '@page' }, async ({ footfall, page }) => {
    await send(footfall, { path: '/' });
    expect(await countOf(footfall)).toBe(1);
    await page.goto(`${footfall.url}/stats?period=today`);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const list of ['page', 'entry', 'exit', 'source', 'device'])
      await expect(page.getByTestId(`${list}-row`).first()).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Exit pages' })).toBeVisible();
    await expect(page.getByRole('navigation')).toHaveCount(0);
    const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect(ground).toBe('rgb(255, 255, 255)');
  });

  test(
    'the periods are links, and an unknown period is seven days',
    { tag: '@page' },
    async ({ footfall, page }) => {
      await send(footfall, { path: '/', ageMs: YESTERDAY_MS });
      expect(await countOf(footfall)).toBe(1);
      const current = page.getByRole('navigation', { name: 'Period' }).locator('[aria-current="page"]');
      await expectShown(footfall, page, '/stats', async () => {
        expect(await textsOf(current)).toEqual(['7 days']);
      });
      expect(await chartRows(page).count()).toBe(7);

      await page.getByRole('link', { name: '30 days' }).click();
      await expect(page).toHaveURL(`${footfall.url}/stats?period=30d`);
      await expect(current).toHaveText('30 days');
      expect(await chartRows(page).count()).toBe(30);

      await page.getByRole('link', { name: 'Today' }).click();
      await expect(current).toHaveText('Today');
      await expect(page.getByText(/hour by hour|Nothing was counted today/)).toBeVisible();

      for (const [query, name] of [
        ['?period=1y', '7 days'],
        ['?period=', '7 days'],
        ['?period=today&period=30d', 'Today'],
        ['?utm_source=x&period=30d', '30 days'],
      ]) {
        const response = await page.goto(`${footfall.url}/stats${query}`);
        expect(response?.headers()['cache-control']).toContain('max-age=');
        await expect(current).toHaveText(name ?? '');
      }
    },
  );

  test(
    'without data the page says what to do, and draws nothing',
    { tag: '@page' },
    async ({ footfall, page }) => {
      for (const path of ['/stats', '/stats?period=today']) {
        await page.goto(footfall.url + path);
        await expect(page.getByRole('heading', { name: 'Nothing has been counted yet' })).toBeVisible();
        await expect(page.getByText('/footfall.js')).toBeVisible();
        await expect(page.getByTestId('chart')).toHaveCount(0);
        await expect(page.getByRole('table')).toHaveCount(0);
      }
      await page.getByRole('main').getByRole('link', { name: 'The install page' }).click();
      await expect(page).toHaveURL(`${footfall.url}/install`);
    },
  );
});

test.describe('with a time zone of the site', { tag: '@page' }, () => {
  test.use({ environment: { SITE_TIME_ZONE: 'Asia/Kolkata' }, javaScriptEnabled: false });

  test('hours and days are in that zone, and the page says so', async ({ footfall, page }) => {
    await send(footfall, { path: '/' });
    expect(await countOf(footfall)).toBe(1);
    await expectShown(footfall, page, '/stats?period=today', async () => {
      expect(await sumOf(page, 1)).toBe(1);
    });
    await expect(page.getByTestId('clock')).toContainText(/Asia\/Kolkata|UTC\+05:30/);
    const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', timeZone: 'Asia/Kolkata' });
    const rows = await cellsOf(chartRows(page));
    expect(rows[0]?.[0]).toMatch(/^00:00/);
    expect(rows.at(-1)).toEqual([`${hour.format(new Date())}:00, so far`, '1', '1', '1']);
  });
});

/** A time zone in which it is now eleven minutes past midnight. */
function justAfterMidnight(): string {
  const now = new Date();
  const minutes = (11 - (now.getUTCHours() * 60 + now.getUTCMinutes()) + 24 * 60) % (24 * 60);
  // Zones are at most 14 hours ahead of UTC, and 12 behind.
  const offset = minutes > 14 * 60 ? minutes - 24 * 60 : minutes;
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
}

test.describe('shortly after midnight', { tag: '@page' }, () => {
  test.use({ environment: { SITE_TIME_ZONE: justAfterMidnight() }, javaScriptEnabled: false });

  test('a visit that began before it does not make a page contradict itself', async ({ footfall, page }) => {
    const MINUTE_MS = 60_000;
    await send(footfall, { path: '/', ageMs: 20 * MINUTE_MS });
    await send(footfall, { path: '/about' });
    // Yesterday at about the same time, and much later.
    await send(footfall, { path: '/', ageMs: YESTERDAY_MS - MINUTE_MS, userAgent: SAFARI });
    for (const hours of [2, 3, 4])
      await send(footfall, { path: '/', ageMs: hours * 60 * MINUTE_MS, userAgent: FIREFOX });
    expect(await countOf(footfall)).toBe(6);
    await page.goto(`${footfall.url}/stats?period=today`);
    const measure = (name: string) => textsOf(page.getByTestId(`measure-${name}`).locator('.value'));
    expect(await measure('views')).toEqual(['1']);
    expect(await measure('visitors')).toEqual(['1']);
    expect(await measure('visits')).toEqual(['0']);
    expect(await measure('bounceRate')).toEqual(
      ['– no visit has begun yet'].map((text) => text.replace(' ', '')),
    );
    await expect(
      page.getByText(
        'A visit counts on the day it begins: 1 visitor came in a visit that began before midnight.',
      ),
    ).toBeVisible();
    // Eleven minutes are compared with eleven, not with a day.
    await expect(
      page.getByText(
        /^Compared with yesterday until 00:1\d\.|^No data for the previous period \(yesterday until 00:1\d\)/,
      ),
    ).toBeVisible();
    await expect(page.getByText('down 100%')).toHaveCount(0);
  });
});

for (const direction of ['ltr', 'rtl'] as const) {
  test(`all labels of a chart are inside it, ${direction}`, { tag: '@page' }, async ({ footfall, page }) => {
    await send(footfall, { path: '/', ageMs: YESTERDAY_MS });
    await Promise.all(Array.from({ length: 25 }, () => send(footfall, { path: '/' })));
    expect(await countOf(footfall)).toBe(26);
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const period of ['today', '7d', '30d']) {
        await page.goto(`${footfall.url}/stats?period=${period}&metric=views`);
        await page.evaluate((dir) => (document.documentElement.dir = dir), direction);
        const outside = await page.getByTestId('chart').evaluate((chart) => {
          const picture = chart.getBoundingClientRect();
          return [...chart.querySelectorAll('text')]
            .filter((text) => getComputedStyle(text).display !== 'none')
            .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
            .filter(({ box }) => box.left < picture.left - 1 || box.right > picture.right + 1)
            .map(
              ({ text, box }) =>
                `${text} from ${box.left} to ${box.right} of ${picture.left} to ${picture.right}`,
            );
        });
        expect(outside, `${period} at ${width} pixels`).toEqual([]);
      }
    }
  });
}

test(
  'a chart is read with the arrow keys, and its metric chosen without a reload',
  { tag: '@page' },
  async ({ footfall, page }) => {
    await send(footfall, { path: '/', ageMs: YESTERDAY_MS });
    await send(footfall, { path: '/a' });
    await send(footfall, { path: '/b' });
    await page.goto(`${footfall.url}/stats?period=7d`);
    const reader = page.getByRole('slider', { name: 'Read the chart point by point' });
    await reader.focus();
    await reader.press('End');
    await expect(reader).toHaveAttribute('aria-valuetext', /, so far: \d+ visitors?$/);
    const today = await reader.getAttribute('aria-valuetext');
    await reader.press('ArrowLeft');
    await expect(reader).toHaveAttribute('aria-valuetext', /: 1 visitor$/);
    await expect(
      page
        .getByTestId('chart')
        .getByText(/: 1 visitor$/)
        .first(),
    ).toBeVisible();
    expect(await reader.getAttribute('aria-valuetext')).not.toBe(today);

    let loads = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.startsWith('/stats')) loads += 1;
    });
    await page.getByRole('link', { name: 'Page views' }).click();
    await expect(page.getByRole('heading', { name: 'Page views, day by day' })).toBeVisible();
    await expect(page).toHaveURL(/period=7d&metric=views$/);
    expect(loads).toBe(0);
  },
);

test('the number of current visitors updates itself', { tag: '@page' }, async ({ footfall, page }) => {
  await send(footfall, { path: '/', userAgent: SAFARI });
  await page.goto(`${footfall.url}/stats`);
  await expect(page.getByTestId('live')).toHaveText('2'); // this page too
  await send(footfall, { path: '/', userAgent: FIREFOX });
  await expect(page.getByTestId('live')).toHaveText('3', { timeout: 20_000 });
});

test.describe('if the statistics are the owner’s', { tag: '@answer' }, () => {
  const PASSWORD = 'correct horse battery';
  test.use({ environment: { STATS_PUBLIC: 'false', ADMIN_PASSWORD: PASSWORD } });

  test('the widget leads to the privacy page instead', { tag: '@page' }, async ({ footfall, page }) => {
    const link = page.locator('visitor-tracker').getByRole('link');
    await page.goto(footfall.url);
    await expect(page.locator('visitor-tracker dd b').first()).toHaveText(/\d/);
    await expect(link).toHaveCount(0);
    await openPage(page, snippet(footfall.url));
    await expect(link).toHaveAttribute('href', `${footfall.url}/privacy`);
  });

  test('neither a page nor the API shows them to others', async ({ footfall, page, request }) => {
    await send(footfall, { path: '/secret' });
    expect(await countOf(footfall)).toBe(1);
    const response = await page.goto(`${footfall.url}/stats`);
    expect(response?.status()).toBe(404);
    await expect(page.getByText('The statistics of this site are not public.')).toBeVisible();
    await page.goto(`${footfall.url}/`);
    await expect(page.getByRole('link', { name: /statistics/i })).toHaveCount(0);
    await expect(page.getByTestId('total-views')).not.toHaveText('0'); // these stay public

    const input = encodeURIComponent(JSON.stringify({ json: { period: 'today' } }));
    for (const path of [`overview?input=${input}`, 'pages']) {
      const url = `${footfall.url}/api/trpc/${path}`;
      const refused = await request.get(url);
      expect([path, refused.status()]).toEqual([path, 401]);
      expect(await refused.text()).not.toContain('secret');
      const answered = await request.get(url, { headers: { authorization: `Bearer ${PASSWORD}` } });
      expect([path, answered.status()]).toEqual([path, 200]);
    }
  });
});

test('a page that is left open updates its numbers', async ({ footfall, page }) => {
  await page.goto(`${footfall.url}/stats?period=today`);
  // It reads the numbers again now and then, from a cache on workerd.
  await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1', { timeout: 20_000 });
  await send(footfall, { path: '/later' });
  await expect(page.getByTestId('page-row').filter({ hasText: '/later' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId('total-views')).toHaveText('2');
});

for (const what of [
  'come out of an older cache than the total',
  'were served while the store was unavailable',
]) {
  test(`lists that ${what} are read again`, { tag: '@page' }, async ({ footfall, page }) => {
    await page.goto(`${footfall.url}/stats?period=today`);
    await expect(page.getByTestId('measure-views').locator('.value')).toHaveText('1');
    const input = encodeURIComponent(JSON.stringify({ 0: {}, 1: { json: { period: 'today' } } }));
    const [, older] = (await (
      await page.request.get(`${footfall.url}/api/trpc/count,overview?batch=1&input=${input}`)
    ).json()) as [unknown, { result: { data: { json: { stale?: true } } } }];
    if (what.includes('unavailable')) older.result.data.json.stale = true;
    let isFirst = true;
    await page.route('**/api/trpc/count,overview*', async (route) => {
      const response = await route.fetch();
      const [total, newer] = (await response.json()) as unknown[];
      await route.fulfill({ response, json: [total, isFirst ? older : newer] });
      isFirst = false;
    });
    await send(footfall, { path: '/later' });
    await expect(page.getByTestId('page-row').filter({ hasText: '/later' })).toBeVisible();
  });
}

test('the public page contains no data of the owner', { tag: '@answer' }, async ({ footfall, request }) => {
  await send(footfall, { path: '/' });
  const input = encodeURIComponent(JSON.stringify({ json: { period: 'today' } }));
  const response = await request.get(`${footfall.url}/api/trpc/overview?input=${input}`);
  const { result } = (await response.json()) as { result: { data: { json: object } } };
  expect(Object.keys(result.data.json).sort()).toEqual(
    [
      'at',
      'browsers',
      'campaigns',
      'channels',
      'comparedUntil',
      'countries',
      'devices',
      'entryPages',
      'exitPages',
      'languages',
      'previous',
      'previousSeries',
      'series',
      'since',
      'sources',
      'store',
      'systems',
      'timeZone',
      'topPages',
      'totals',
      'version',
    ].sort(),
  );
});

test(
  'hostile values are shown as text, run nothing and do not break the layout',
  { tag: '@page' },
  async ({ footfall, browser }) => {
    const long = 'w'.repeat(255);
    const campaign = '<img src=x onerror=alert(1)>';
    await send(footfall, {
      path: `/%3Cscript%3Ealert(1)%3C%2Fscript%3E?utm_source=${long}&utm_campaign=${encodeURIComponent(campaign)}`,
    });
    for (const path of [
      '/%22onmouseover=alert(1)%20%22',
      '/%E2%80%AEtxt.exe',
      '/%00%07%1b[31m',
      `/${long}`,
    ]) {
      await send(footfall, { path });
    }
    await send(footfall, { path: '/%D8%AA%D8%B1%D8%AC%D9%85%D8%A9', userAgent: FIREFOX });
    await send(footfall, { path: '/', ageMs: YESTERDAY_MS });
    expect(await countOf(footfall)).toBe(7);

    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 1280]) {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('dialog', (dialog) => {
          complaints.push(dialog.message());
          void dialog.dismiss();
        });
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        for (const period of ['today', '7d', '30d']) {
          await expectShown(footfall, page, `/stats?period=${period}`, async () => {
            await expect(page.getByTestId('campaign-row').locator('bdi')).toHaveText([campaign]);
            await expect(page.getByTestId('page-row').filter({ hasText: long })).toHaveCount(1);
          });
          await page.getByText('Show as table').click();
          const inside = page.getByRole('main');
          await expect(inside.locator('img, script, iframe')).toHaveCount(0);
          await expect(inside.getByText(/[\u0000\u0007\u001b\u202e]/)).toHaveCount(0);
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(overflow, `${period} scrolls sideways at ${width} pixels`).toBe(0);
          const row = await page.getByTestId('page-row').filter({ hasText: long }).boundingBox();
          expect(row?.height).toBeLessThan(60);
        }
        expect(complaints).toEqual([]);
        await context.close();
      }
    }
  },
);
