import { SETTLES_MS } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { startHostSite } from './host-site.ts';
import { visit } from './live.ts';
import { complaintsOf, numbers, snippet } from './widget.ts';

test('two lines on a page show the current visitors, and updates', async ({ footfall, page }) => {
  const host = await startHostSite(() => snippet(footfall.url));
  const complaints = complaintsOf(page);
  const timeout = 6_000 + SETTLES_MS[footfall.configuration];
  await page.goto(host.url);
  await expect(numbers(page)).toHaveText(['0', '0', '0', '0'], { timeout });
  await visit(footfall);
  await expect(numbers(page)).toHaveText(['1', '1', '1', '1'], { timeout });
  expect(await page.context().cookies()).toEqual([]);
  expect(complaints).toEqual([]);
  await host.stop();
});

test('any page may load the widget and its other files, and cache them for an hour', async ({
  footfall,
  request,
}) => {
  for (const name of ['widget', 'widget-strip', 'widget-de', 'widget-zh']) {
    const response = await request.get(`${footfall.url}/${name}.js`);
    expect([name, response.status()]).toEqual([name, 200]);
    expect(response.headers()).toMatchObject({
      'content-type': expect.stringMatching(/^(?:text|application)\/javascript/),
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
      'x-content-type-options': 'nosniff',
    });
  }
  expect((await request.get(`${footfall.url}/widget-xx.js`)).status()).toBe(404);
});

test('on a page in another language it uses that language', async ({ footfall, page }) => {
  const host = await startHostSite(() => snippet(footfall.url, 'theme="auto" lang="de"'));
  const complaints = complaintsOf(page);
  await page.goto(host.url);
  await expect(page.getByRole('group', { name: 'Besucher' })).toBeVisible();
  await expect(page.locator('visitor-tracker dt')).toContainText(['Jetzt', 'Letzte 30 Min.']);
  expect(complaints).toEqual([]);
  await host.stop();
});
