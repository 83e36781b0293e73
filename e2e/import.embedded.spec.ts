import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false' } });

async function signIn({ url }: Running, page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await page.locator('input[type=password]').fill(ADMIN_PASSWORD);
  await page.locator('form .button').first().click();
  await expect(page).toHaveURL(url + path);
}

/** Page views of a site that GoatCounter counted, one of them with markup in its name, and a row that is none. */
function goatCounter(rows: number): Buffer {
  const lines = Array.from({ length: rows }, (_, at) => {
    const time = new Date(Date.now() - (rows - at) * 1_000 - 60_000).toISOString();
    return `/old/${at % 5},T,false,,Firefox 84,Linux,${at >> 1}a-b,0,,,,DE,1,${time}`;
  });
  const event = lines[0]?.replace('/old/0,T,false', 'click,T,true') ?? '';
  const head =
    '2Path,Title,Event,UserAgent,Browser,System,Session,Bot,Referrer,Referrer scheme,Screen size,Location,FirstVisit,Date';
  return Buffer.from(`${[head, ...lines, event].join('\n')}\n`);
}

const fileNamed = (name: string, buffer: Buffer) => ({ name, mimeType: 'text/csv', buffer });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a file is read, imported and taken back', async ({ footfall, page }) => {
      await signIn(footfall, page, '/admin/data');
      await page.getByRole('link', { name: 'Import a file' }).click();
      const choose = page.getByLabel('File');
      const read = page.getByRole('button', { name: 'Read the file' });

      await choose.setInputFiles(fileNamed('notes.txt', Buffer.from('hello\n')));
      await read.click();
      await expect(page.getByRole('alert')).toContainText('That did not work', { timeout: 30_000 });

      await choose.setInputFiles(fileNamed('<b>x</b>.csv', goatCounter(6_000)));
      await read.click();
      const report = page.getByRole('region', { name: 'What is in the file' });
      await expect(report).toContainText('6,000 new page views', { timeout: 60_000 });
      await expect(report).toContainText('It is an event, not a page view.');
      expect(await countOf(footfall)).toBe(0);

      await report.getByRole('button', { name: 'Import' }).click();
      await expect(page.getByRole('heading', { name: 'Imported', exact: true })).toBeVisible({
        timeout: 60_000,
      });
      expect(await countOf(footfall)).toBe(6_000);
      await page.getByRole('button', { name: 'Another file' }).click();
      await expect(choose).toBeVisible();

      const imported = page.getByTestId('imported');
      await expect(imported).toContainText('6,000 · complete');
      await imported.getByText('Take back…').click();
      await imported.getByRole('button', { name: 'Take it back' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Taken back: 6,000 page views.' })).toBeVisible(
        {
          timeout: 60_000,
        },
      );
      expect(await countOf(footfall)).toBe(0);
    });

    test('a file that is not wanted is discarded', async ({ footfall, page }) => {
      await signIn(footfall, page, '/admin/import');
      await page.getByLabel('File').setInputFiles(fileNamed('a.csv', goatCounter(10)));
      await page.getByRole('button', { name: 'Read the file' }).click();
      await page.getByRole('button', { name: 'Discard' }).click({ timeout: 30_000 });
      await expect(page.getByLabel('File')).toBeVisible();
      await expect(page.getByText('Nothing was imported yet.')).toBeVisible();
      expect(await countOf(footfall)).toBe(0);
    });
  });
}

test('by keyboard alone, on a phone, in German', async ({ footfall, browser }) => {
  const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await signIn(footfall, page, '/admin/import');
  await page.getByLabel('Datei', { exact: false }).setInputFiles(fileNamed('a.csv', goatCounter(10)));
  await page.getByRole('button', { name: 'Datei lesen' }).focus();
  await page.keyboard.press('Enter');
  const run = page.getByRole('button', { name: 'Importieren' });
  await expect(run).toBeVisible({ timeout: 30_000 });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  await run.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Importiert', exact: true })).toBeVisible({
    timeout: 30_000,
  });
  await context.close();
});
