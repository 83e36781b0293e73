import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false' } });

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

async function send({ url }: Running, path: string, visitorId = 'somebody'): Promise<void> {
  const { status } = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': FIREFOX },
    body: JSON.stringify({ url: `https://example.com${encodeURI(path)}`, visitorId }),
  });
  expect(status).toBe(200);
}

async function signIn({ url }: Running, page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(url + path);
}

test('each view is shown as it comes, with the number that site and widget show, until another tab signs out', async ({
  footfall,
  page,
  context,
}) => {
  const HOSTILE = '/<img src=x onerror=alert(1)>\u202egnp';
  await send(footfall, '/first');
  await signIn(footfall, page, '/admin/live');
  const site = await context.newPage();
  await site.goto(footfall.url);
  await expect(page.getByTestId('feed-row')).toHaveCount(1);
  await expect(page.getByTestId('status')).toContainText('Live');

  await send(footfall, HOSTILE, 'somebody else');
  await expect(page.getByTestId('feed-row').first()).toContainText('<img src=x onerror=alert(1)>');
  await expect(page.getByTestId('feed-row').first()).toContainText('new visit, direct');
  await expect(page.locator('img[src=x]')).toHaveCount(0);
  expect(await page.getByRole('main').textContent()).not.toContain('\u202e');
  await expect(page.getByTestId('views')).toHaveText('2');
  await expect(page.getByTestId('live')).toHaveText('2');
  await expect(page.getByTestId('here-page')).toHaveCount(2);
  await expect(site.getByTestId('total-views')).toContainText('2');
  expect(await countOf(footfall)).toBe(2);

  // Paused, what can be read stays, and the numbers go on.
  await page.getByRole('button', { name: 'Pause' }).click();
  await send(footfall, '/third');
  await expect(page.getByTestId('views')).toHaveText('3');
  await expect(page.getByTestId('feed-row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByTestId('feed-row')).toHaveCount(3);

  await site.goto(`${footfall.url}/admin`);
  await site.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/admin\/sign-in/, { timeout: 30_000 });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the last views are a page, and annotations are added, changed and deleted in forms', async ({
    footfall,
    page,
  }) => {
    await send(footfall, '/first');
    await signIn(footfall, page, '/admin/live');
    await expect(page.getByTestId('feed-row')).toContainText('/first');
    await expect(page.getByRole('link', { name: 'Read again' })).toBeVisible();

    await page.getByRole('link', { name: 'Annotations' }).click();
    await page.getByLabel('What happened').fill('<img src=x onerror=alert(1)>\u202e =SUM(A1)');
    await page.getByLabel('Show it on the public page').check();
    await page.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByTestId('annotation')).toContainText('<img src=x onerror=alert(1)> =SUM(A1)');
    await expect(page.locator('img[src=x]')).toHaveCount(0);
    await page.getByLabel('What happened').fill(' ');
    await page.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByRole('alert')).toContainText('text must say something');

    // Under the chart, for the owner and for everyone.
    for (const path of ['/admin?period=7d', '/stats']) {
      await page.goto(footfall.url + path);
      await expect(page.getByTestId('mark')).toHaveCount(path === '/stats' ? 0 : 1);
    }
    await page.goto(`${footfall.url}/stats?period=today`);
    await expect(page.getByText('1 annotation')).toBeVisible();
    await expect(page.locator('img[src=x]')).toHaveCount(0);

    await page.goto(`${footfall.url}/admin/annotations`);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('What happened').fill('Release');
    await page.getByLabel('Show it on the public page').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByTestId('annotation')).toContainText('Release');
    await page.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByText('There is none yet.')).toBeVisible();
  });
});
