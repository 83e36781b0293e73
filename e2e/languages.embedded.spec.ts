import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { total, visit } from './live.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false' } });

/** Sends page views of one visitor from Germany, in batches. */
async function seed({ url }: Running, views: number): Promise<void> {
  const BATCH = 50;
  for (let sent = 0; sent < views; sent += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, views - sent) }, () => ({
      id: randomUUID(),
      url: 'https://example.com/straße',
      referrer: 'https://www.google.com/',
    }));
    const { status } = await fetch(`${url}/api/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    });
    expect(status).toBe(200);
  }
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/admin/sign-in`);
  await page.locator('input[type=password]').fill(ADMIN_PASSWORD);
  await page.locator('form .button').first().click();
  await expect(page).toHaveURL(`${url}/admin`);
}

/** Words of a page that are English and not German. */
const ENGLISH =
  /\b(?:the|and|visitors|visits|views|this|with|from|are|here|when|settings|share|live now|none|today|yesterday)\b/i;

/** The text of a page that people read, and what is read to them; without names, code and answers of the API. */
async function textOf(page: Page): Promise<string> {
  return page.locator('body').evaluate((body) => {
    const copy = body.cloneNode(true) as HTMLElement;
    for (const each of copy.querySelectorAll('script, style, code, pre, template, [lang=en], bdi'))
      each.remove();
    const read = Array.from(copy.querySelectorAll('*')).flatMap((each) =>
      ['aria-label', 'title', 'placeholder', 'alt'].map((name) => each.getAttribute(name) ?? ''),
    );
    return [copy.textContent, ...read].join('\n');
  });
}

test.describe('a reader from Germany', () => {
  test.use({ locale: 'de-DE' });

  test('gets home and statistics in German, with live numbers in German digits', async ({
    footfall,
    page,
  }) => {
    await seed(footfall, 4_000);
    await page.goto(footfall.url);
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.getByText('Besucher und Seitenaufrufe, live.')).toBeVisible();
    await expect(total(page)).toHaveText('4.000');
    await expect(page.getByText('Seitenaufrufe insgesamt')).toBeVisible();
    await expect(page.locator('visitor-tracker').getByText('Letzte 24 Stunden')).toBeVisible();
    await visit(footfall);
    await expect(total(page)).toHaveText('4.001');

    await page.getByRole('link', { name: 'Zur Statistik' }).click();
    await expect(page).toHaveTitle(/^Statistik, 7 Tage · /);
    await expect(page.getByRole('heading', { name: 'Statistik' })).toBeVisible();
    await expect(total(page)).toHaveText('4.001');
    await expect(page.getByTestId('country-row').first()).toBeAttached();
    await visit(footfall);
    await expect(total(page)).toHaveText('4.002');
    expect(await textOf(page)).not.toMatch(ENGLISH);
  });

  test('reads about privacy, and about a page that is not there, in German', async ({ footfall, page }) => {
    await page.goto(`${footfall.url}/privacy`);
    await expect(page.getByRole('heading', { name: 'Datenschutz' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Diesen Browser nicht zählen' })).toBeEnabled();
    expect(await textOf(page)).not.toMatch(ENGLISH);
    await page.goto(`${footfall.url}/nicht-da`);
    await expect(page.getByText('Unter dieser Adresse gibt es keine Seite.')).toBeVisible();
    await page.goto(`${footfall.url}/share/${'x'.repeat(43)}`);
    await expect(page.getByText('Diesen Link gibt es nicht oder nicht mehr.')).toBeVisible();
  });

  test('has the dashboard in German, filters with German names, and files in English', async ({
    footfall,
    page,
  }) => {
    await seed(footfall, 40);
    await signIn(page, footfall.url);
    await expect(page.getByTestId('measure-views')).toContainText('Seitenaufrufe');
    await expect(page.getByTestId('measure-views')).toContainText('40');
    await expect(page.getByRole('heading', { name: 'Zuletzt aufgerufene Seiten' })).toBeVisible();
    await expect(page.getByTestId('page-row')).toContainText('/straße');
    await expect(page.getByTestId('channel-row')).toContainText('Suche');
    expect(await textOf(page)).not.toMatch(ENGLISH);

    await page.getByRole('link', { name: 'Suche', exact: true }).click();
    await expect(page.getByTestId('chip')).toContainText('Kanal ist Suche');
    await visit(footfall, '/noch-eine');
    await page.goto(`${footfall.url}/admin?period=never`);
    await expect(page.getByTestId('problems')).toContainText('period muss einer dieser Werte sein');
    const file = await page.request.get(`${footfall.url}/admin/export`);
    expect(await file.text()).toMatch(/^From,Visitors,Visits,Page views,/);
  });

  test('signs in, is refused and reads the settings in German', async ({ footfall, page }) => {
    await page.goto(`${footfall.url}/admin/sign-in`);
    await page.getByLabel('Passwort').fill('not it');
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await expect(page.getByRole('alert')).toContainText('Das ist nicht das Passwort.');
    await signIn(page, footfall.url);
    await page.goto(`${footfall.url}/admin/settings`);
    await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
    expect(await textOf(page)).not.toMatch(ENGLISH);
  });

  test('chooses English at the foot of a page, and has it on every page after that', async ({
    footfall,
    page,
  }) => {
    await page.goto(`${footfall.url}/stats?period=today`);
    await page.getByRole('button', { name: 'English' }).click();
    await expect(page).toHaveURL(`${footfall.url}/stats?period=today`);
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(page.getByRole('heading', { name: 'Statistics' })).toBeVisible();
    await page.goto(footfall.url);
    await expect(page.getByText('Visitors and page views, live.')).toBeVisible();
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await expect(page.getByText('Besucher und Seitenaufrufe, live.')).toBeVisible();
  });

  test('is offline, and has the last numbers in the language chosen last', async ({
    footfall,
    page,
    context,
  }) => {
    await seed(footfall, 3);
    await page.goto(footfall.url);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (navigator.serviceWorker.controller !== null) return;
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
    });
    const cachedLanguages = () =>
      page.evaluate(async () => {
        const all: string[] = [];
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) {
            const language = (await cache.match(request.url))?.headers.get('content-language');
            if (language) all.push(`${new URL(request.url).pathname} ${language}`);
          }
        }
        return all.sort();
      });
    await expect.poll(cachedLanguages).toEqual(['/ de', '/stats de']);
    await page.getByRole('button', { name: 'English' }).click();
    await expect(page.getByText('Visitors and page views, live.')).toBeVisible();
    await expect.poll(cachedLanguages).toEqual(['/ en', '/stats en']);
    await context.setOffline(true);
    await page.goto(`${footfall.url}/stats`);
    await expect(page.getByRole('heading', { name: 'Statistics' })).toBeVisible();
    await expect(page.getByText('No connection to Footfall')).toBeVisible();
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a language is chosen with a button, and English numbers are as they were', async ({
    footfall,
    page,
  }) => {
    await seed(footfall, 1_234);
    await page.goto(footfall.url);
    await expect(total(page)).toHaveText('1,234');
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await expect(total(page)).toHaveText('1.234');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'footfall-language', value: 'de', httpOnly: true, sameSite: 'Lax' });
  });
});
