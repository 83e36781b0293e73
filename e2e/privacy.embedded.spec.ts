import { countOf, expect, test } from './fixtures.ts';

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the privacy page and every footer describe the defaults', async ({ footfall, page }) => {
    await page.goto(`${footfall.url}/`);
    const footer = page.getByRole('contentinfo');
    await expect(footer).toContainText(
      'No cookies, and no address is stored. A visitor is recognised for one day',
    );
    await footer.getByRole('link', { name: 'Privacy' }).click();
    await expect(page).toHaveURL(`${footfall.url}/privacy`);
    await expect(page.getByText('Page views and visits are deleted after 13 months.')).toBeVisible();
    await expect(page.getByText(/asks not to be tracked .* is not counted/)).toBeVisible();
    await expect(page.getByText('footfall.device')).toBeVisible();
  });

  test.describe('with other settings', () => {
    test.use({
      environment: {
        IDENTITY: 'device',
        RESPECT_DNT: 'false',
        REQUIRE_CONSENT: 'true',
        ANONYMIZE_IP: 'true',
        RETENTION_MONTHS: '2',
        SITE_NAME: 'The <b>Bakery</b>',
      },
    });

    test('the privacy page describes those', async ({ footfall, page }) => {
      await page.goto(`${footfall.url}/privacy`);
      const text = page.locator('body');
      await expect(text).toContainText('The <b>Bakery</b> counts its visits');
      await expect(text).toContainText('by a random id that it stores for up to a year');
      await expect(text).toContainText('is counted too: the owner has decided so');
      await expect(text).toContainText('Only visitors who have agreed');
      await expect(text).toContainText('cut to its network');
      await expect(text).toContainText('deleted after 2 months');
      await expect(text).not.toContainText('Both are respected');
      await page.goto(`${footfall.url}/`);
      await expect(page.getByRole('heading', { name: 'The <b>Bakery</b>' })).toBeVisible();
      await expect(page.getByRole('contentinfo')).toContainText('Only visitors who have agreed are counted.');
    });
  });
});

test('a button opts this browser out on this host, and in again', async ({ footfall, page }) => {
  await page.goto(`${footfall.url}/privacy`);
  await expect.poll(() => countOf(footfall)).toBe(1);
  await page.getByRole('button', { name: 'Don’t count this browser' }).click();
  await expect(page.getByText('This browser is not counted on 127.0.0.1.')).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem('footfall.ignore'))).toBe('true');

  await page.goto(`${footfall.url}/`);
  await page.waitForLoadState('networkidle');
  expect(await countOf(footfall)).toBe(1);

  await page.goto(`${footfall.url}/privacy`);
  await page.getByRole('button', { name: 'Count this browser again' }).click();
  expect(await page.evaluate(() => localStorage.getItem('footfall.ignore'))).toBeNull();
  await page.reload();
  await expect.poll(() => countOf(footfall)).toBe(2);
});
