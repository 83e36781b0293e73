import { countOf, expect, test } from './fixtures.ts';

test.describe('without configuration', () => {
  test.use({ environment: { COUNT_OWN_PAGES: 'false' } });

  test('Footfall’s own pages are not counted, and do not even send events', async ({ footfall, page }) => {
    const reports: string[] = [];
    page.on('request', (request) => {
      if (/\/track\b/.test(request.url())) reports.push(request.url());
    });
    await page.goto(footfall.url);
    await page.getByRole('link', { name: 'Statistics' }).first().click();
    await expect(page).toHaveURL(`${footfall.url}/stats`);
    await page.getByRole('link', { name: 'API', exact: true }).first().click();
    await expect(page.getByText('/api/visitors/track').first()).toBeVisible();
    expect(reports).toEqual([]);
    expect(await countOf(footfall)).toBe(0);
    await page.goto(`${footfall.url}/privacy`);
    await expect(page.getByText('These pages of 127.0.0.1 are not counted.')).toBeVisible();
  });
});

test('the install page says what to set if a proxy is not configured', async ({ footfall, page }) => {
  await page.goto(`${footfall.url}/install`);
  await expect(page.getByText('All visitors appear')).toHaveCount(0);
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': '198.51.100.7' });
  await page.reload();
  const warning = page.getByText('All visitors appear to come from 127.0.0.1.');
  await expect(warning).toBeVisible();
  await expect(page.locator('p').filter({ has: warning })).toContainText(
    /Behind a proxy set CLIENT_IP_HEADER \(such as X-Forwarded-For\) and TRUSTED_PROXIES \(127\.0\.0\.1\)/,
  );
});
