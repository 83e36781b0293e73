import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false', SITE_NAME: 'My <b>site</b>' } });

async function signIn({ url }: Running, page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(url + path);
}

const filesOf = ({ instances }: Running) => readdir(dirname(instances[0]?.file ?? ''));
const banner = (page: Page) => page.getByLabel('Sample data', { exact: true });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('sample data is made, explored, left and deleted, and is in none of the owner’s numbers', async ({
      footfall,
      page,
    }) => {
      await signIn(footfall, page, '/admin');
      await page.getByRole('link', { name: 'Explore with sample data' }).click();
      await expect(page).toHaveURL(`${footfall.url}/admin/sample`);
      expect(await filesOf(footfall)).not.toContain('footfall.db-sample');
      await page.getByRole('button', { name: 'Make the sample data' }).click();
      await expect(page).toHaveURL(`${footfall.url}/admin/sample`);
      await expect(banner(page)).toContainText('made up', { timeout: 60_000 });
      expect(await filesOf(footfall)).toContain('footfall.db-sample');

      await expect(page).toHaveTitle('Last 30 days · Sample data');
      await expect(page.getByText('My <b>site</b>')).toHaveCount(0);
      const views = page.getByTestId('measure-views').locator('.value');
      const all = await views.innerText();
      expect(Number(all.replaceAll(',', ''))).toBeGreaterThan(1_000);
      await page.getByTestId('page-row').first().getByRole('link').click();
      await expect(views).not.toHaveText(all);
      await expect(banner(page)).toBeVisible();
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Export' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toMatch(/^sample-numbers-/);
      expect((await readFile(await file.path(), 'utf8')).split('\n').length).toBeGreaterThan(20);
      const forms = page.locator('form:not([action="/admin/sample"]):not([action^="?/"])');
      await expect(forms, 'nothing of it can be set or shared').toHaveCount(0);

      await banner(page).getByRole('link', { name: 'Leave' }).click();
      await expect(page.getByRole('heading', { name: 'Nothing has been counted yet' })).toBeVisible();
      expect(await countOf(footfall)).toBe(0);
      await page.goto(`${footfall.url}/admin/setup/install`);
      await page.getByRole('link', { name: 'Explore with sample data' }).click();
      await expect(banner(page)).toBeVisible();
      await page.goto(`${footfall.url}/admin/data`);
      await page.getByRole('link', { name: 'see or delete the sample data' }).click();
      await banner(page).getByRole('button', { name: 'Delete it' }).click();
      await expect(page).toHaveURL(`${footfall.url}/admin`);
      expect((await filesOf(footfall)).filter((name) => name.includes('sample'))).toEqual([]);
      await page.goto(`${footfall.url}/admin/data`);
      await expect(page.getByRole('heading', { name: 'Delete everything' })).toBeVisible();
      await expect(page.getByRole('link', { name: 'sample data' })).toHaveCount(0);
    });

    test('what is in the way of sample data is said on its page', async ({ footfall, page }) => {
      await mkdir(`${footfall.instances[0]?.file ?? ''}-sample`);
      await signIn(footfall, page, '/admin/sample');
      for (const name of ['Make the sample data', 'Delete it']) {
        await page.getByRole('button', { name }).click();
        await expect(page).toHaveURL(`${footfall.url}/admin/sample`);
        await expect(page.getByRole('alert')).toHaveText(
          'A folder has the name of the sample data: move it away.',
        );
      }
    });
  });
}

test('sample data is the owner’s alone, and made by a form of this site alone', async ({
  footfall,
  page,
  request,
}) => {
  await page.goto(`${footfall.url}/install`);
  await page.getByRole('link', { name: 'explore with sample data' }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin/sign-in?next=%2Fadmin%2Fsample`);
  for (const path of ['/admin/sample', '/admin/sample/export', '/admin/sample/countries']) {
    const { status } = await fetch(footfall.url + path, { redirect: 'manual' });
    expect(status).toBe(303);
  }
  const sent = await request.post(`${footfall.url}/admin/sample?/make`, {
    form: {},
    headers: { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
  });
  expect(sent.status()).toBe(403);
  expect((await filesOf(footfall)).filter((name) => name.includes('sample'))).toEqual([]);
});
