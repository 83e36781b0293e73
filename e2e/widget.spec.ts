import { SETTLES_MS } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { startHostSite } from './host-site.ts';
import { visit } from './live.ts';
import { complaintsOf, numbers, snippet } from './widget.ts';

test('two lines on somebody’s page show who is there, as it changes', async ({ footfall, page }) => {
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

test('any page may load the widget and keep it for an hour', async ({ footfall, request }) => {
  const response = await request.get(`${footfall.url}/widget.js`);
  expect(response.status()).toBe(200);
  expect(response.headers()).toMatchObject({
    'content-type': expect.stringMatching(/^(?:text|application)\/javascript/),
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
    'x-content-type-options': 'nosniff',
  });
});
