import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

/** Markup, a mark that reorders text, a formula. */
const NAME = '<img src=x onerror=alert(1)>\u202e =SUM(A1)';
const SHOWN = '<img src=x onerror=alert(1)> =SUM(A1)';

test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false' } });

async function signedIn({ url }: Running, page: Page, path: string): Promise<void> {
  for (const seen of ['/blog/one', '/about']) {
    const body = JSON.stringify({ id: randomUUID(), url: `https://example.com${seen}` });
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    };
    expect((await fetch(`${url}/api/visitors/track`, { method: 'POST', headers, body })).status).toBe(200);
  }
  await page.goto(url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(url + path);
}

const viewsOf = (page: Page) => page.getByTestId('measure-views').locator('.value');
const filterMenu = (page: Page) => page.locator('summary').filter({ hasText: '+ Filter' });

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('filters are saved under a name, chosen, renamed and deleted in forms', async ({ footfall, page }) => {
    await signedIn(footfall, page, '/admin?period=7d&page.contains=%2Fblog');
    await filterMenu(page).click();
    await page.getByLabel('Name for the filters that are set').fill(NAME);
    await page.getByRole('button', { name: 'Save as segment' }).click();
    await expect(page).toHaveURL(`${footfall.url}/admin?period=7d&page.contains=%2Fblog`);

    // Its filters are added to what is shown, under the names of the API.
    await page.goto(`${footfall.url}/admin?period=7d&device=desktop`);
    await expect(viewsOf(page)).toHaveText('2');
    await filterMenu(page).click();
    await expect(page.getByTestId('segment')).toHaveText(SHOWN);
    await expect(page.locator('img[src=x]')).toHaveCount(0);
    await page.getByTestId('segment').click();
    await expect(page).toHaveURL(`${footfall.url}/admin?period=7d&page.contains=%2Fblog&device=desktop`);
    await expect(viewsOf(page)).toHaveText('1');
    await filterMenu(page).click();
    await expect(page.getByTestId('segment')).toHaveAttribute('aria-current', 'true');

    await page.getByRole('link', { name: 'Manage' }).click();
    await expect(page.getByTestId('segment')).toContainText([SHOWN]);
    await expect(page.getByTestId('segment')).toContainText(['Page contains /blog']);
    await expect(page.locator('img[src=x]')).toHaveCount(0);
    await page.getByRole('link', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(' ');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert')).toHaveText('name must say something.');
    await page.getByRole('textbox', { name: 'Name' }).fill('Blog');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByTestId('segment')).toContainText(['Blog']);

    // A name that cannot be taken is said, and nothing that was typed or chosen is lost.
    await page.goto(`${footfall.url}/admin?page=%2Fabout`);
    await filterMenu(page).click();
    await page.getByLabel('Name for the filters that are set').fill('\u200b');
    await page.getByRole('button', { name: 'Save as segment' }).click();
    await expect(page.getByRole('alert')).toHaveText('name must say something.');
    await page.getByRole('textbox', { name: 'Name' }).fill('About');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page).toHaveURL(`${footfall.url}/admin?page=%2Fabout`);
    await page.goto(`${footfall.url}/admin/segments`);
    await expect(page.getByTestId('segment')).toHaveCount(2);
    await page.getByTestId('segment').first().getByRole('link', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Blog');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert')).toHaveText('There is a segment of this name already.');

    await page.goto(`${footfall.url}/admin/segments`);
    await page.getByRole('button', { name: 'Delete “About”' }).click();
    await page.getByRole('button', { name: 'Delete “Blog”' }).click();
    await expect(page.getByText('There is none yet')).toBeVisible();
  });

  test('of an address that has something unknown no filter is saved', async ({ footfall, page }) => {
    const query = 'page=%2Fabout&pge=%2Fx';
    await signedIn(footfall, page, `/admin?${query}`);
    await expect(page.getByTestId('problems')).toContainText('"pge" is not a parameter of this page.');
    await filterMenu(page).click();
    await expect(page.getByRole('link', { name: 'Manage' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Save as segment' })).toHaveCount(0);

    await page.goto(`${footfall.url}/admin/segments?${query}`);
    await expect(page.getByRole('alert')).toHaveText('"pge" is not a parameter of this page.');
    await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
    const answer = await page.request.post(`${footfall.url}/admin/segments?/save&${query}`, {
      headers: { origin: footfall.url },
      form: { name: 'About' },
    });
    expect(answer.status()).toBe(400);
    await page.goto(`${footfall.url}/admin/segments`);
    await expect(page.getByText('There is none yet')).toBeVisible();
  });
});

test('a segment is saved and chosen by keyboard, and the back button takes it away', async ({
  footfall,
  page,
}) => {
  await signedIn(footfall, page, '/admin?page=%2Fabout');
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('f');
  await expect(page.getByText('A segment of this name that is there already gets these')).toBeVisible();
  await page.getByLabel('Name for the filters that are set').focus();
  await page.keyboard.type('About');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${footfall.url}/admin?page=%2Fabout`);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(`${footfall.url}/admin`);
  await expect(viewsOf(page)).toHaveText('2');

  await page.keyboard.press('f');
  await page.getByTestId('segment').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${footfall.url}/admin?page=%2Fabout`);
  await expect(viewsOf(page)).toHaveText('1');
  await page.goBack();
  await expect(page).toHaveURL(`${footfall.url}/admin`);
  await expect(viewsOf(page)).toHaveText('2');
});
