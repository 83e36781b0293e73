import { expect, test } from './fixtures.ts';

test.describe('the page of the API', () => {
  test('has a list of contents that stays in view, and every entry leads to its section', async ({
    page,
    footfall,
  }) => {
    await page.goto(footfall.url + '/api/docs');
    const contents = page.getByRole('navigation', { name: 'Contents' });
    const links = contents.getByRole('link');
    const targets = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
    expect(targets).toEqual(
      expect.arrayContaining(['#start', '#authentication', '#track', '#live', '#errors']),
    );
    for (const target of targets) await expect(page.locator(target)).toHaveCount(1);

    await contents.getByRole('link', { name: 'POST /visitors/track' }).click();
    await expect(page).toHaveURL(/#track$/);
    await expect(page.getByRole('heading', { name: '/api/visitors/track' })).toBeInViewport();
    await expect(contents.locator('[aria-current=location]')).toHaveAttribute('href', '#track');
    await expect(contents.getByRole('link', { name: 'Start' })).toBeInViewport();

    await page.evaluate(() => {
      scrollTo(0, document.body.scrollHeight);
    });
    await expect(contents.getByRole('link', { name: 'Errors' })).toHaveAttribute('aria-current', 'location');
  });

  test('shows how a route is called and what it returns', async ({ page, footfall }) => {
    await page.goto(footfall.url + '/api/docs#count');
    const route = page.locator('#count');
    await expect(route.getByText(`/api/visitors/count?page=%2Fabout'`)).toBeVisible();
    await expect(route.getByText('await footfall.count.query({ page:')).toBeVisible();
    await expect(route.getByText('"updatedAt": "2026')).toBeVisible();
    await expect(route.getByRole('link', { name: 'Errors' })).toHaveAttribute('href', '#errors');
    await route.getByText('Parameters', { exact: false }).click();
    await expect(route.getByText('If-None-Match (header)')).toBeVisible();
  });

  test('lists each error once, and the kinds of tokens', async ({ page, footfall }) => {
    await page.goto(footfall.url + '/api/docs');
    for (const code of ['BAD_REQUEST', 'PAYLOAD_TOO_LARGE', 'SERVICE_UNAVAILABLE'])
      await expect(page.locator('#errors dt').getByText(code)).toHaveCount(1);
    for (const name of ['WRITE_KEYS', 'API_KEYS', 'ADMIN_PASSWORD'])
      await expect(page.locator('#authentication dt').getByText(name)).toBeVisible();
  });

  test.describe('on a phone', () => {
    test.use({ viewport: { width: 390, height: 844 } });

    test('has its contents in one line at the top, which opens and closes', async ({ page, footfall }) => {
      await page.goto(footfall.url + '/api/docs#live');
      const contents = page.getByRole('navigation', { name: 'Contents' });
      const link = contents.getByRole('link', { name: 'Errors' });
      await expect(link).toBeHidden();
      await expect(contents).toBeInViewport();
      await contents.getByText('Contents').click();
      await link.click();
      await expect(page.getByRole('heading', { name: 'Errors' })).toBeInViewport();
      await expect(link).toBeHidden();
      const [wide, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(wide).toBe(width);
    });
  });
});
