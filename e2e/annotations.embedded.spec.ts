import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';
import { keyboard } from './hands.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
const DAY_MS = 24 * 60 * 60 * 1000;

test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false', SITE_TIME_ZONE: 'UTC' } });

/** A local day, some days ago. */
const dayBefore = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

/** A view of today and one of yesterday, and an owner who has signed in. */
async function open(footfall: Running, page: Page): Promise<void> {
  for (const ageMs of [DAY_MS, 0]) {
    const body = JSON.stringify({ id: randomUUID(), url: 'https://example.com/', ageMs });
    const headers = { 'content-type': 'application/json' };
    const { status } = await fetch(`${footfall.url}/api/visitors/track`, { method: 'POST', headers, body });
    expect(status).toBe(200);
  }
  expect(await countOf(footfall)).toBe(2);
  await page.goto(`${footfall.url}/admin`);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin`);
}

async function boxOf(page: Page, testId: string) {
  const box = await page.getByTestId(testId).boundingBox();
  if (box === null) throw new Error(`The ${testId} is not shown.`);
  return box;
}

test('the key A opens the form for a day, and is a letter where something is typed', async ({
  footfall,
  page,
}) => {
  await open(footfall, page);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('f');
  await keyboard.write(page.getByLabel('Value'), 'a');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByTestId('keys')).toContainText('Annotate a day');
  await page.keyboard.press('a');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(`${footfall.url}/admin`);

  await page.keyboard.press('a');
  await expect(page.getByLabel('What happened')).toBeFocused();
  await expect(page.getByLabel('Day')).toHaveValue(dayBefore(0));
  await page.keyboard.type('A <b>release</b>');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('annotation')).toContainText('A <b>release</b>');
  await page.goto(`${footfall.url}/admin`);
  await expect(page.getByTestId('mark')).toHaveCount(1);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const [chart, mark] = [await boxOf(page, 'chart'), await boxOf(page, 'mark')];
    expect(mark.height, `a mark can be seen at ${width} pixels`).toBeGreaterThan(0);
    expect(mark.y).toBeGreaterThan(chart.y);
    expect(mark.y + mark.height).toBeLessThanOrEqual(chart.y + chart.height);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('o');
  await expect(page.getByTestId('period')).toContainText('All time');
});

test('a press on the chart annotates that day, with the pointer and with the keys', async ({
  footfall,
  page,
}) => {
  await open(footfall, page);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.getByTestId('chart').locator('.slot rect').nth(-3).click();
  await expect(page).toHaveURL(`${footfall.url}/admin/annotations?date=${dayBefore(2)}`);
  await expect(page.getByLabel('Day')).toHaveValue(dayBefore(2));
  await expect(page.getByLabel('What happened')).toBeFocused();

  await page.goto(`${footfall.url}/admin`);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await keyboard.press(page.getByRole('slider', { name: 'Read the chart point by point' }));
  await expect(page).toHaveURL(`${footfall.url}/admin/annotations?date=${dayBefore(0)}`);
});

test('a finger on the chart reads it, in browsers whose clicks are plain mouse events too', async ({
  footfall,
  page,
}) => {
  await open(footfall, page);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page
    .getByTestId('chart')
    .locator('.slot rect')
    .nth(-3)
    .evaluate((slot) => {
      slot.dispatchEvent(new PointerEvent('pointerdown', { pointerType: 'touch', bubbles: true }));
      slot.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    });

  // By the time that a press in another tab has led to the form, a press in this one would have, too.
  const other = await page.context().newPage();
  await other.goto(`${footfall.url}/admin`);
  await expect(other.getByRole('button', { name: 'Keys' })).toBeVisible();
  await other.getByTestId('chart').locator('.slot rect').nth(-3).click();
  await expect(other).toHaveURL(`${footfall.url}/admin/annotations?date=${dayBefore(2)}`);
  await expect(page).toHaveURL(`${footfall.url}/admin`);
});

test('a press on a week that began before the period annotates a day of the period', async ({
  footfall,
  page,
}) => {
  await open(footfall, page);
  const isWednesday = (date: string) => new Date(date).getUTCDay() === 3;
  const from = [15, 16, 17, 18, 19, 20, 21].map(dayBefore).find(isWednesday) ?? '';
  await page.goto(`${footfall.url}/admin?from=${from}&to=${dayBefore(0)}&interval=week`);
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.getByTestId('chart').locator('.slot rect').first().click();
  await expect(page).toHaveURL(`${footfall.url}/admin/annotations?date=${from}`);
});

test('a period in which nothing was counted is annotated with the key A, too', async ({ footfall, page }) => {
  await open(footfall, page);
  await page.goto(`${footfall.url}/admin?country=DE&period=yesterday`);
  await expect(page.getByRole('heading', { name: /Nothing was counted/ })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('a');
  await expect(page).toHaveURL(`${footfall.url}/admin/annotations?date=${dayBefore(1)}`);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a day is annotated by links and a form', async ({ footfall, page }) => {
    await open(footfall, page);
    await page.getByRole('link', { name: 'Annotate a day' }).click();
    await expect(page.getByLabel('Day')).toHaveValue(dayBefore(0));
    await page.getByLabel('What happened').fill('A mail');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('link', { name: 'Overview' }).click();
    await expect(page.getByTestId('mark')).toHaveCount(1);
  });
});
