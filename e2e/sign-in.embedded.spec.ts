import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import type { Running } from './configurations.ts';

const PASSWORD = 'correct horse battery';

/** The setup link that the first start has printed. */
const setupLinkOf = ({ instances, url }: Running): string => {
  const [path = ''] = instances[0]?.stdout().match(/\/admin\/setup\?token=[\w-]{43}/) ?? [];
  return url + path;
};

async function signIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function chooseThePassword(footfall: Running, page: Page): Promise<void> {
  await page.goto(setupLinkOf(footfall));
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByLabel('The same again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set password and go on' }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin/setup/site`);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(`${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
    test.use({ javaScriptEnabled });

    test('the first start leads to a password; signing out ends the session in every tab', async ({
      footfall,
      page,
      context,
    }) => {
      await page.goto(`${footfall.url}/admin/account`);
      await expect(page).toHaveURL(`${footfall.url}/admin/sign-in?next=%2Fadmin%2Faccount`);
      await chooseThePassword(footfall, page);

      await page.goto(`${footfall.url}/admin/account`);
      await expect(page.getByText('this browser')).toBeVisible();
      await expect(page.getByText(/^Chrome on \w+/)).toBeVisible();
      const second = await context.newPage();
      await second.goto(`${footfall.url}/admin/account`);
      await expect(second.getByRole('heading', { name: 'Account' })).toBeVisible();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page).toHaveURL(`${footfall.url}/admin/sign-in`);
      await second.reload();
      await expect(second).toHaveURL(/\/admin\/sign-in\?next=%2Fadmin%2Faccount$/);
      await page.goBack();
      await expect(page.getByRole('heading', { name: 'Account' })).toBeHidden();

      await signIn(second, PASSWORD);
      await expect(second).toHaveURL(`${footfall.url}/admin/account`);
      await second.goto(setupLinkOf(footfall));
      await expect(second.getByRole('heading', { name: 'This link is not valid any more' })).toBeVisible();
    });
  });
}

/** The code of a secret in base32 (RFC 6238), `steps` of half a minute from now. */
function codeOf(secret: string, steps: number): string {
  const bits = [...secret.replaceAll(' ', '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE((hash[19] ?? 0) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a second factor: on with a code, asked for at sign-in, off with the password', async ({
    footfall,
    page,
  }) => {
    await chooseThePassword(footfall, page);
    await page.goto(`${footfall.url}/admin/account`);
    await page.getByRole('button', { name: 'Set up' }).click();
    await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
    const shown = page.locator('code', { hasText: /^(?:[A-Z2-7]{4} ?){8}$/ });
    const secret = (await shown.textContent()) ?? '';
    await page.getByLabel('The code that it shows').fill('000000');
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByRole('alert')).toHaveText(/^That is not the code of now/);
    await expect(page.getByLabel('The code that it shows')).toBeFocused();
    await expect(shown).toHaveText(secret);
    await page.getByLabel('The code that it shows').fill(codeOf(secret, -1));
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByText('The second factor is on.')).toBeVisible();
    const [recovery = ''] = ((await page.locator('pre code').textContent()) ?? '').split('\n');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, 'not it');
    await expect(page.getByLabel('Password')).toBeFocused();
    await signIn(page, PASSWORD);
    await expect(page.getByLabel('Code')).toBeFocused();
    await page.getByLabel('Code').fill('000000');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toHaveText('That is not a code, or it was used already.');
    await page.getByLabel('Code').fill(codeOf(secret, 0));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(`${footfall.url}/admin`);

    await page.context().clearCookies();
    await page.goto(`${footfall.url}/admin/sign-in?next=/admin/account`);
    await signIn(page, PASSWORD);
    await page.getByLabel('Code').fill(recovery.toLowerCase());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('9 recovery codes left')).toBeVisible();
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Turn off' }).click();
    await expect(page.getByRole('button', { name: 'Set up' })).toBeVisible();
  });
});

test('wrong passwords slow down, and the page says for how long', async ({ footfall, page }) => {
  await chooseThePassword(footfall, page);
  await page.context().clearCookies();
  await page.goto(`${footfall.url}/admin/sign-in`);
  await signIn(page, 'not it');
  await expect(page.getByRole('alert')).toHaveText('That is not the password.');
  for (let tries = 1; tries < 10; tries += 1) {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await signIn(page, 'not it');
    expect((await answered).status()).toBe(401);
  }
  await signIn(page, PASSWORD);
  await expect(page.getByRole('alert')).toHaveText(
    /^Too many wrong passwords from this address\. Wait \d+ seconds, then try again\.$/,
  );
  await expect(page).toHaveURL(`${footfall.url}/admin/sign-in`);
});
