import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page, Response } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';
import { keyboard, pointer, type Hands } from './hands.ts';
import { startHostSite, type HostSite } from './host-site.ts';
import { madeLink } from './made-link.ts';

const PASSWORD = 'correct horse battery';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** The wrong passwords that an address may try before it has to wait. */
const WRONG = 10;

// Footfall is at 127.0.0.1, so that its own pages are of another host.
test.use({ environment: { COUNT_OWN_PAGES: 'false' } });

const WAYS: readonly { readonly name: string; readonly hands: Hands; readonly javaScriptEnabled: boolean }[] =
  [
    { name: 'by pointer', hands: pointer, javaScriptEnabled: true },
    { name: 'without JavaScript', hands: pointer, javaScriptEnabled: false },
    { name: 'by keyboard alone', hands: keyboard, javaScriptEnabled: true },
  ];

for (const { name, hands, javaScriptEnabled } of WAYS) {
  test.describe(name, () => {
    test.use({ javaScriptEnabled });

    test('an owner goes from the first start to signing out', async ({
      footfall,
      page,
      context,
      browser,
    }) => {
      const { press, write, choose } = hands;
      const link = (its: string): Locator => page.getByRole('link', { name: its, exact: true });
      const button = (its: string): Locator => page.getByRole('button', { name: its });
      /** What the page comes to show by itself; without scripts, once it is loaded again. */
      const shows = (check: () => Promise<void>, isPushed = javaScriptEnabled): Promise<void> =>
        expect(async () => {
          if (!isPushed) await page.reload();
          await check();
        }).toPass({ timeout: 20_000 });

      await page.goto(setupLinkOf(footfall));
      await write(page.getByLabel('New password'), PASSWORD);
      await write(page.getByLabel('The same again'), PASSWORD);
      await press(button('Set password and go on'));

      await write(page.getByLabel('Hosts'), 'localhost');
      await choose(page.getByLabel('Only you'));
      await press(button('Save and go on'));

      const snippet = (await page.getByText(/<script defer src=/).textContent()) ?? '';
      await using site = await startSite(snippet, footfall);
      await press(link('Open the dashboard'));
      await expect(page.getByRole('heading', { name: 'Nothing has been counted yet' })).toBeVisible();

      await visit(browser, site, '/', { javaScriptEnabled });
      await shows(() => expect(viewsOn(page)).toHaveText('1'));
      await visit(browser, site, '/about', { javaScriptEnabled });
      await visit(browser, site, '/about', { javaScriptEnabled, userAgent: FIREFOX });
      await shows(() => expect(viewsOn(page)).toHaveText('3'));

      await press(page.getByTestId('page-row').filter({ hasText: '/about' }).getByRole('link'));
      await expect(page.getByTestId('chip')).toContainText('Page is /about');
      await expect(viewsOn(page)).toHaveText('2');
      await press(page.getByTestId('browser-row').filter({ hasText: 'Firefox' }).getByRole('link'));
      await expect(page.getByTestId('chip')).toHaveCount(2);
      await expect(viewsOn(page)).toHaveText('1');
      await press(link('Remove the filter by browser'));
      await expect(page.getByTestId('chip')).toHaveCount(1);

      await press(link('Share'));
      await write(page.getByLabel('Name', { exact: false }).first(), 'Marketing');
      await press(button('Make a link'));
      await expectOnlyAbout(browser, await madeLink(page), javaScriptEnabled);

      await press(
        page.getByRole('navigation', { name: 'Dashboard' }).getByRole('link', { name: 'Overview' }),
      );
      await expect(page).toHaveURL(/\/admin$/);
      await press(link('Settings'));
      await write(page.getByLabel('Pages that are not counted'), '/drafts/*');
      await press(
        page
          .locator('form', { has: page.getByLabel('Pages that are not counted') })
          .getByRole('button', { name: 'Save' }),
      );
      await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();
      await visit(browser, site, '/drafts/1', { javaScriptEnabled });
      await press(link('‹ Dashboard'));
      await expect(page).toHaveURL(`${footfall.url}/admin`);
      // What is not counted is no new number, and so nothing is pushed.
      await shows(
        () => expect(page.getByText('Not counted today: 1')).toBeVisible({ timeout: 2_000 }),
        false,
      );
      await expect(viewsOn(page)).toHaveText('3');
      await expect(page.getByTestId('mark')).toHaveCount(1);
      expect(await countOf(footfall)).toBe(3);

      if (hands === keyboard) await expectKeys(page);
      await press(link('All Top pages'));
      const downloading = page.waitForEvent('download');
      await press(link('Export CSV'));
      const file = await readFile(await (await downloading).path(), 'utf8');
      const [heading, ...rows] = file.trimEnd().split('\r\n');
      expect(heading).toMatch(/^Page,Visitors,Visits,Page views,/);
      expect(rows.map((row) => row.split(',').slice(0, 4))).toEqual([
        ['/about', '2', '2', '2'],
        ['/', '1', '1', '1'],
      ]);
      await press(page.getByTestId('drawer').getByRole('link', { name: 'Close' }));

      const second = await context.newPage();
      await second.goto(`${footfall.url}/admin`);
      await expect(viewsOn(second)).toHaveText('3');
      await page.bringToFront();
      await press(button('Sign out'));
      await expect(page).toHaveURL(`${footfall.url}/admin/sign-in`);
      await second.bringToFront();
      await visit(browser, site, '/', { javaScriptEnabled });
      if (!javaScriptEnabled) await second.reload();
      await expect(second).toHaveURL(/\/admin\/sign-in\?next=%2Fadmin$/);

      await page.bringToFront();
      for (let tries = 0; tries < WRONG; tries += 1) {
        const answered = page.waitForResponse((response) => response.request().method() === 'POST');
        await write(page.getByLabel('Password'), 'not it');
        await press(button('Sign in'));
        expect((await answered).status()).toBe(401);
        await expect(page.getByRole('alert')).toHaveText('That is not the password.');
      }
      await write(page.getByLabel('Password'), PASSWORD);
      await press(button('Sign in'));
      await expect(page.getByRole('alert')).toHaveText(/^Too many wrong passwords .* Wait \d+ seconds/);
    });
  });
}

/** The setup link that the first start has printed. */
function setupLinkOf({ instances, url }: Running): string {
  const [path = ''] = instances[0]?.stdout().match(/\/admin\/setup\?token=[\w-]{43}/) ?? [];
  return url + path;
}

const viewsOn = (page: Page): Locator => page.getByTestId('measure-views').locator('.value');

/** A site with the line that the setup has shown, and the image for visitors without scripts. */
async function startSite(snippet: string, { url }: Running): Promise<HostSite & AsyncDisposable> {
  const host = await startHostSite((path) => {
    const address = encodeURIComponent(`http://localhost${path}`);
    return `${snippet}<noscript><img src="${url}/api/visitors/seen.gif?url=${address}" alt=""></noscript>`;
  });
  return {
    ...host,
    url: host.url.replace('127.0.0.1', 'localhost'),
    [Symbol.asyncDispose]: host.stop,
  };
}

/** A visitor opens a page of the site in a browser of their own, and its view is answered. */
async function visit(
  browser: Browser,
  { url }: HostSite,
  path: string,
  options: { readonly javaScriptEnabled: boolean; readonly userAgent?: string },
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const isView = (response: Response) => /\/api\/visitors\/(?:track|seen\.gif)/.test(response.url());
  const answered = page.waitForResponse(isView);
  await page.goto(url + path);
  expect((await answered).ok()).toBe(true);
  await context.close();
}

/** A private link for one page shows that page alone. */
async function expectOnlyAbout(browser: Browser, address: string, javaScriptEnabled: boolean): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled });
  const guest = await context.newPage();
  await guest.goto(address);
  await expect(guest.getByTestId('fixed')).toHaveText('Page is /about');
  await expect(viewsOn(guest)).toHaveText('2');
  await expect(guest.getByTestId('page-row')).toHaveText([/\/about/]);
  await guest.goto(`${address}?page=/`);
  await expect(guest.getByRole('heading', { name: /^Nothing was counted/ })).toBeVisible();
  await guest.goto(new URL('/admin', address).href);
  await expect(guest).toHaveURL(/\/admin\/sign-in/);
  await context.close();
}

/** The keys of the dashboard: a period, a filter that is typed, and none of it while typing. */
async function expectKeys(page: Page): Promise<void> {
  const keys = page.keyboard;
  await keys.press('d');
  await expect(page.getByTestId('period')).toContainText('Today');
  await keys.press('f');
  await keyboard.write(page.getByLabel('Value'), '/about');
  await keys.press('Enter');
  await expect(page.getByTestId('chip')).toContainText('Page is /about');
  await keys.press('Escape');
  await expect(page.getByTestId('chip')).toHaveCount(0);
  await keys.press('t');
  await expect(page.getByTestId('period')).toContainText('Last 30 days');
}
