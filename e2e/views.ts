/** Every page of the product and its states, for the scripts that open all of them. */
import type { Page } from '@playwright/test';
import { madeLink } from './made-link.ts';
import type { Server } from './server.ts';

/** The password of the servers whose pages are opened. */
export const ADMIN_PASSWORD = 'the-owners-own-password';

/** A page in one of its states. */
export interface View {
  readonly name: string;
  readonly url: string;
  /** The language that its reader has chosen; by default English. */
  readonly language?: 'de';
  /** Opens what is closed at first. */
  readonly open?: (page: Page) => Promise<void>;
}

/** The owner's pages beside the overview. */
const OWNERS_PAGES = 'live not-counted annotations segments share settings data import account sample'.split(
  ' ',
);

/** The pages of a server that has counted for a while. */
export function viewsOf({ url }: Server): View[] {
  const at = (path: string, name = path, open?: View['open']): View => ({
    name,
    url: url + path,
    ...(open !== undefined && { open }),
  });
  return [
    at('/'),
    at('/stats'),
    at('/stats?period=today'),
    at('/stats?period=30d', '/stats?period=30d, opened', openAll),
    at('/stats?list=topPages'),
    at('/stats/chart?metric=views&period=30d'),
    at('/install'),
    at('/install', '/install, opened', openAll),
    at('/privacy'),
    at('/api/docs'),
    at('/api/docs', '/api/docs, opened', openAll),
    at('/nothing-here'),
    at('/admin'),
    at('/admin', '/admin, opened', openAll),
    at('/admin?period=today'),
    at('/admin?browser=Chrome&country=DE'),
    at('/admin?browser=None'),
    at('/admin?period=never'),
    ...['topPages', 'sources', 'countries', 'browsers'].map((list) => at(`/admin?list=${list}`)),
    at('/admin?list=topPages&search=nothing'),
    at('/admin?search=e'),
    ...OWNERS_PAGES.map((name) => at(`/admin/${name}`)),
    at('/admin/settings', '/admin/settings, opened', openAll),
    at('/admin/sample', '/admin/sample, made', makeSample),
    at('/admin/account', '/admin/account, with a passkey', offerPasskey),
    at('/admin/setup/site'),
    at('/admin/setup/install'),
    at('/this-browser'),
    at('/admin', '/admin, keys', showKeys),
    at('/admin', '/admin, filter', openFilter),
    at('/admin/setup'),
    at('/admin/nothing-here'),
    // The last ones: the owner is signed out.
    at('/admin/account', '/admin/sign-in', signOut),
    at('/admin/sign-in', '/admin/sign-in, refused', signInWrongly),
  ];
}

/** The pages of a private link, with a password and without. */
export async function sharedViewsOf({ url }: Server, page: Page): Promise<View[]> {
  await signIn(page, url);
  const make = async (name: string, password: string): Promise<View> => {
    await page.goto(`${url}/admin/share?country=DE`);
    await page.getByLabel('Name').first().fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Make a link' }).click();
    return { name: `/share/…, ${name}`, url: url + new URL(await madeLink(page)).pathname };
  };
  const open = await make('open', '');
  return [
    open,
    { name: '/share/…, chart', url: `${open.url}/chart?metric=views` },
    await make('locked', 'a password for guests'),
    { name: '/share/…, chart of an unknown link', url: `${url}/share/${'x'.repeat(43)}/chart` },
    { name: '/share/…, unknown', url: `${url}/share/${'x'.repeat(43)}` },
  ];
}

/** Pages in German: words are longer, and dates and numbers of another form. */
export function germanViewsOf({ url }: Server): View[] {
  const at = (path: string, open?: View['open']): View => ({
    name: `${path}, German`,
    url: url + path,
    language: 'de',
    ...(open !== undefined && { open }),
  });
  const owners = ['/live', '/not-counted', '/annotations', '/share', '/settings', '/data', '/account'];
  return [
    ...['/', '/stats', '/stats?period=today', '/install', '/privacy', '/api/docs', '/nothing-here'].map(
      (path) => at(path),
    ),
    ...['', ...owners].map((path) => at(`/admin${path}`)),
    at('/admin?browser=Chrome&country=DE'),
    at('/admin?list=countries', openAll),
    at('/admin?search=e'),
    at('/admin/setup/site'),
    at('/admin/setup/install'),
    at('/this-browser'),
  ];
}

/** Chooses the language of a view in a browser. */
export async function speak(page: Page, { url, language }: View): Promise<void> {
  const cookie = { name: 'footfall-language', value: language ?? 'en', url: new URL(url).origin };
  await page.context().addCookies([cookie]);
}

/** The owner's pages of a server that has counted nothing. */
export function emptyViews({ url }: Server): View[] {
  const pages = ['live', 'not-counted', 'annotations', 'share', 'settings', 'setup/site', 'setup/install'];
  return ['/', '/stats', '/admin', ...pages.map((name) => `/admin/${name}`)].map((path) => ({
    name: `${path}, empty`,
    url: url + path,
  }));
}

/** The pages of a server that has counted nothing and has no password yet. */
export function firstViewsOf({ url, stdout }: Server): View[] {
  const [setup = ''] = /\/admin\/setup\?token=[\w-]+/.exec(stdout()) ?? [];
  return ['/', '/stats', '/install', '/admin/sign-in', setup].map((path) => ({
    name: `${path.replace(/=.*/, '=…')}, new`,
    url: url + path,
  }));
}

/** Opens all that is folded. */
async function openAll(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}

/** Makes the sample data, where it is not made yet. */
async function makeSample(page: Page): Promise<void> {
  const make = page.getByRole('button', { name: 'Make the sample data' });
  if (await make.isVisible()) await make.click();
  await page.getByRole('link', { name: 'Leave' }).waitFor();
}

/** As far as it goes without an authenticator. */
async function offerPasskey(page: Page): Promise<void> {
  await page.getByLabel('Name of the passkey').fill('Laptop');
  await page.getByLabel('Account password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Make the passkey' }).waitFor();
}

/** Signs in as the owner. */
export async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/admin/sign-in`);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/admin`);
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/admin\/sign-in/);
}

async function signInWrongly(page: Page): Promise<void> {
  await page.getByLabel('Password').fill('not it');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
}

/** The list of keys, where there is a keyboard. */
async function showKeys(page: Page): Promise<void> {
  await page.keyboard.press('?');
}

async function openFilter(page: Page): Promise<void> {
  await page.getByText('+ Filter').click();
}
