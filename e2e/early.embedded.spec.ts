import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

test.use({
  serviceWorkers: 'block', // it has the scripts of earlier pages
  environment: { ADMIN_PASSWORD, RESPECT_DNT: 'true', REQUIRE_CONSENT: 'true', COUNT_OWN_PAGES: 'false' },
});

/** The pages that have forms. */
const PAGES = [
  '/admin?country=DE',
  '/admin/segments?country=DE',
  '/admin/segments?rename=1',
  '/admin/settings',
  '/admin/annotations',
  '/admin/annotations?date=2026-11-20',
  '/admin/share',
  '/admin/data',
  '/admin/account',
  '/admin/not-counted?userAgent=curl&url=/a&referrer=https://b.example&optedOut=true#why',
  '/admin/not-counted',
  '/admin/setup/site',
  '/install',
];

test('what is entered before the scripts have come stays, on every page with a form', async ({
  footfall,
  page,
  context,
}) => {
  await page.goto(`${footfall.url}/admin/sign-in`);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin`);
  // The overview has its bar once something was counted, and a segment is renamed once it is there.
  const body = JSON.stringify({ id: randomUUID(), url: 'https://example.com/' });
  const headers = { 'content-type': 'application/json' };
  const seen = await fetch(`${footfall.url}/api/visitors/track`, { method: 'POST', headers, body });
  expect(seen.status).toBe(200);
  await page.goto(`${footfall.url}/admin/segments?page=%2F`);
  await page.getByLabel('Name').fill('Home');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin?page=%2F`);

  for (const path of PAGES) {
    const { slow, release } = await openWithoutScripts(context, footfall.url + path);
    await expect(slow.locator('main form').last()).toBeAttached();
    const entered = await enter(slow);
    expect(entered.length, path).toBeGreaterThan(0);
    // The live connection opens once the page has taken over from the server's answer.
    const isLive = slow.waitForEvent('websocket');
    release();
    await isLive;
    expect(await valuesOn(slow), path).toEqual(entered);
    await slow.close();
  }
});

test('what is chosen before the scripts have come is in the line to copy', async ({
  footfall,
  page,
  context,
}) => {
  await page.goto(`${footfall.url}/admin/sign-in`);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin`);
  for (const [path, field, value, line] of [
    ['/admin/share', 'Measure', 'visits', 'metric=visits'],
    ['/install', 'Theme of the widget', 'dark', 'theme="dark"'],
  ] as const) {
    const { slow, release } = await openWithoutScripts(context, footfall.url + path);
    await slow.getByLabel(field).selectOption(value);
    release();
    await expect(slow.locator('code', { hasText: line })).toBeVisible();
    await expect(slow.getByLabel(field)).toHaveValue(value);
    await slow.close();
  }
});

/** Opens a page whose scripts do not come until they are released. */
async function openWithoutScripts(context: BrowserContext, address: string) {
  const slow = await context.newPage();
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await slow.route(/\/_app\/.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await slow.goto(address, { waitUntil: 'commit' });
  return { slow, release };
}

/** Enters something into each field that can be seen, and @returns what they then have. */
async function enter(page: Page): Promise<string[]> {
  for (const field of await page.locator(FIELDS).all()) {
    // Of the menus of the bar one is open at a time.
    await field.evaluate((its) => its.closest('details')?.setAttribute('open', ''));
    if (!(await field.isVisible()) || !(await field.isEditable())) continue;
    const type = await field.getAttribute('type');
    await field.fill(type === 'date' ? '2026-11-19' : type === 'number' ? '7' : 'early');
  }
  for (const tick of await page.locator('main input[type=checkbox]').filter({ visible: true }).all())
    await tick.setChecked(!(await tick.isChecked()));
  for (const option of await page.locator('main input[type=radio]:not(:checked)').all()) await option.check();
  return valuesOn(page);
}

const FIELDS =
  'main textarea, main input:not([type=hidden], [type=checkbox], [type=radio], [type=range], [hidden])';

/** What the fields of the page have now. */
const valuesOn = (page: Page): Promise<string[]> =>
  page.locator('main').evaluate((main) =>
    Array.from(main.querySelectorAll('input, textarea'))
      .filter((field) => field.getAttribute('type') !== 'hidden' && field.getAttribute('type') !== 'range')
      .map((field) =>
        field instanceof HTMLInputElement && /checkbox|radio/.test(field.type)
          ? `${field.name} ${field.value} ${String(field.checked)}`
          : `${(field as HTMLInputElement).name} ${(field as HTMLInputElement).value}`,
      ),
  );
