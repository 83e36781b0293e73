import { expect, test } from './fixtures.ts';

const PASSWORD = 'correct horse battery';

test.use({ timezoneId: 'Europe/Paris' });

for (const javaScriptEnabled of [true, false]) {
  test.describe(`${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    test('a first run leads from the link to the first view; a setting then changes what is counted', async ({
      footfall: { url, instances },
      page,
      request,
    }) => {
      const track = async (path: string): Promise<unknown> => {
        const data = { url: `https://example.com${path}` };
        const answer = await request.post(`${url}/api/visitors/track`, { data });
        const { counted, reason } = (await answer.json()) as { counted: boolean; reason?: string };
        return reason ?? counted;
      };
      const [link = ''] = instances[0]?.stdout().match(/\/admin\/setup\?token=[\w-]{43}/) ?? [];
      await page.goto(url + link);
      await page.getByLabel('New password').fill(PASSWORD);
      await page.getByLabel('The same again').fill(PASSWORD);
      await page.getByRole('button', { name: 'Set password and go on' }).click();

      const zone = page.getByLabel('Time zone');
      if (javaScriptEnabled) await expect(zone).toHaveValue('Europe/Paris');
      else await zone.selectOption('Europe/Paris');
      await page.getByLabel('Name', { exact: false }).first().fill('My <b>site</b>');
      await page.getByLabel('Hosts').fill('https://example.com/blog');
      await page.getByLabel('Only you').check();
      // The text is replaced once the page has taken over: a selection does not outlive that.
      const isLive = javaScriptEnabled ? page.waitForEvent('websocket') : undefined;
      await page.getByRole('button', { name: 'Save and go on' }).click();
      await isLive;
      await expect(page.getByRole('alert')).toContainText('is not a host: write example.com');
      await expect(page.getByLabel('Only you'), 'what was entered stays').toBeChecked();
      await page.getByLabel('Hosts').fill('example.com');
      await page.getByRole('button', { name: 'Save and go on' }).click();

      await expect(page.getByRole('heading', { name: 'Count the first page' })).toBeVisible();
      await expect(page.getByText(/<script defer src="[^"]+\/footfall\.js"><\/script>/)).toBeVisible();
      await expect(page.getByText('Footfall cannot see whether somebody makes them')).toBeVisible();
      if (javaScriptEnabled) await expect(page.getByText('Waiting for a page view')).toBeVisible();
      expect(await track('/drafts/1')).toBe(true);
      if (javaScriptEnabled) await expect(page.getByText('1 page view counted')).toBeVisible();

      await page.getByRole('link', { name: 'Open the dashboard' }).click();
      await page.getByRole('link', { name: 'Settings' }).click();
      await expect(page.getByRole('link', { name: 'My <b>site</b>' })).toBeVisible();
      await expect(page.getByText('It cannot change any more')).toHaveCount(2); // time zone and recognition
      await expect(page.getByText('Set by the environment variable')).toHaveCount(1); // COUNT_BOTS, of all tests

      const ignored = page.getByLabel('Pages that are not counted');
      await ignored.fill('/drafts/*\n*.pdf');
      await page.getByRole('button', { name: 'What would it have meant?' }).first().click();
      await expect(page.getByTestId('preview-IGNORED_PAGES')).toHaveText(
        'It would have left out 1 page view of one page in the last seven days.',
      );
      expect(await track('/drafts/1'), 'not saved yet').toBe(true);
      await page.locator('#pages').locator('xpath=..').getByRole('button', { name: 'Save' }).click();
      await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();
      await expect(ignored).toHaveValue('/drafts/*\n*.pdf');
      expect(await track('/drafts/1')).toBe('ignored');
      expect(await track('/')).toBe(true);
      expect((await request.get(`${url}/stats`)).status(), 'only for the owner').toBe(404);

      const minutes = page.getByLabel('Minutes until a visit ends');
      await expect(minutes).toHaveValue('30');
      await minutes.fill('45');
      await page.locator('#visitors').locator('xpath=..').getByRole('button', { name: 'Save' }).click();
      await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();
      await page.getByLabel('Newest numbers: up to 5 seconds').check();
      await page.locator('#caches').locator('xpath=..').getByRole('button', { name: 'Save' }).click();
      await expect(page.getByText('Saved. It holds from now on.')).toBeVisible();
      await expect
        .poll(async () => (await request.get(`${url}/api/visitors/count`)).headers()['cache-control'])
        .toBe('public, max-age=2, stale-while-revalidate=3');

      await page.reload();
      await expect(minutes).toHaveValue('45');
      await expect(page.getByTestId('effect-IGNORED_PAGES')).toHaveText(
        '1 page view of ignored pages or addresses was not counted in the last seven days.',
      );
    });
  });
}
