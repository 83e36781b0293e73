import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';

test.use({ environment: { ADMIN_PASSWORD, COUNT_OWN_PAGES: 'false' } });

/** Passkeys belong to a name: an address of the network has none. */
const addressOf = ({ url }: Running): string => `http://localhost:${new URL(url).port}`;

async function signIn(page: Page, url: string, path: string): Promise<void> {
  await page.goto(url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(url + path);
}

/** A device with a fingerprint reader, as Chromium simulates it. */
async function withAuthenticator(page: Page) {
  const client = await page.context().newCDPSession(page);
  await client.send('WebAuthn.enable');
  const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** Whether the person is recognised. */
    recognises: (isUserVerified: boolean) =>
      client.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name of the passkey').fill(name);
  await page.getByLabel('Account password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Make the passkey' }).click();
}

test('a passkey is added, signs in, and signs in no more when it is deleted', async ({ footfall, page }) => {
  const url = addressOf(footfall);
  const device = await withAuthenticator(page);
  await page.goto(`${url}/admin/sign-in`);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toHaveCount(0);
  await signIn(page, url, '/admin/account');
  await addPasskey(page, '<b>Laptop</b>\u202e');
  const passkey = page.getByTestId('passkey');
  await expect(passkey).toContainText('<b>Laptop</b>');
  await expect(passkey).toContainText('never used');
  await addPasskey(page, 'Again');
  await expect(page.getByRole('alert')).toContainText('has a passkey of this Footfall already');
  await page.getByRole('link', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${url}/admin/sign-in?next=/admin/settings`);
  await device.recognises(false);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('The browser did not go on');
  await device.recognises(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(`${url}/admin/settings`);
  await page.goto(`${url}/admin/account`);
  await expect(passkey).toContainText('last used');
  await expect(page.getByText('this browser', { exact: true })).toBeVisible();

  // Another tab, opened while the passkey was there.
  const other = await (await page.context().browser()!.newContext()).newPage();
  await other.goto(`${url}/admin/sign-in`);
  await expect(other.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
  await passkey.getByRole('button', { name: 'Delete' }).click();
  await expect(passkey).toHaveCount(0);
  await other.reload();
  await expect(other.getByRole('button', { name: 'Sign in with a passkey' })).toHaveCount(0);
});

test('what a sign-in with a passkey sent signs nobody in a second time', async ({ footfall, page }) => {
  const url = addressOf(footfall);
  await withAuthenticator(page);
  await signIn(page, url, '/admin/account');
  await addPasskey(page, 'Laptop');
  await expect(page.getByTestId('passkey')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${url}/admin/sign-in`);
  const sending = page.waitForRequest((request) => request.method() === 'POST');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  const sent = (await sending).postData() ?? '';
  await expect(page).toHaveURL(`${url}/admin`);
  const again = await fetch(`${url}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url, 'content-type': 'application/x-www-form-urlencoded' },
    body: sent,
  });
  expect(again.headers.get('set-cookie')).toBeNull();
  expect(await again.text()).toContain('That is not a passkey of this Footfall');
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('the pages say that passkeys need them, and the password works', async ({ footfall, page }) => {
    const url = addressOf(footfall);
    await signIn(page, url, '/admin/account');
    await page.getByLabel('Name of the passkey').fill('Laptop');
    await page.getByLabel('Account password').fill('wrong');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('alert')).toHaveText('That is not the password.');
    await page.getByLabel('Name of the passkey').fill('Laptop');
    await page.getByLabel('Account password').fill(ADMIN_PASSWORD);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.locator('noscript p')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Make the passkey' })).toBeDisabled();
  });
});

test.describe('at an address of the network', () => {
  test.use({ environment: { ADMIN_PASSWORD, PUBLIC_URL: 'http://127.0.0.1:3000' } });

  test('the page says why there are no passkeys', async ({ footfall, page }) => {
    await signIn(page, footfall.url, '/admin/account');
    await expect(page.getByText('They need a public address with https and a name')).toBeVisible();
  });
});
