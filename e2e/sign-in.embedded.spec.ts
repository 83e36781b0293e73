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
