import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { madeLink } from './made-link.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
const GUEST_PASSWORD = 'the password of guests';

test.use({
  javaScriptEnabled: false,
  environment: {
    ADMIN_PASSWORD,
    COUNT_OWN_PAGES: 'false',
    STATS_PUBLIC: 'false',
    COUNTRY_HEADER: 'X-Country',
    TRUSTED_PROXIES: '127.0.0.1',
  },
});

/** A page that was seen from France alone: no answer to a link for Germany may name it. */
const HIDDEN = '/seen-from-france';

async function seed({ url }: Running): Promise<void> {
  for (const [path, country] of [
    ['/', 'DE'],
    ['/about', 'DE'],
    ['/', 'FR'],
    [HIDDEN, 'FR'],
  ] as const) {
    const body = JSON.stringify({ id: randomUUID(), url: `https://example.com${path}` });
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 ${country}`,
      'x-country': country,
    };
    const { status } = await fetch(`${url}/api/visitors/track`, { method: 'POST', headers, body });
    expect(status).toBe(200);
  }
}

async function signIn({ url }: Running, page: Page, path: string): Promise<void> {
  await page.goto(url + path);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(url + path);
}

interface Wish {
  readonly name: string;
  readonly password?: string;
  readonly sites?: string;
  /** The query of the view that is shared. */
  readonly query?: string;
}

/** Makes a link as the signed-in owner does. @returns its address */
async function shared(footfall: Running, page: Page, wish: Wish): Promise<string> {
  await page.goto(`${footfall.url}/admin/share${wish.query ?? ''}`);
  await page.getByLabel('Name', { exact: false }).first().fill(wish.name);
  await page.getByLabel('Password').fill(wish.password ?? '');
  await page.getByLabel('Sites that may embed it').fill(wish.sites ?? '');
  await page.getByRole('button', { name: 'Make a link' }).click();
  return footfall.url + new URL(await madeLink(page)).pathname;
}

const viewsOf = (page: Page) => page.getByTestId('measure-views').locator('.value');

test('a link shows what its filters let through, whatever its holder sends, and nothing after it is revoked', async ({
  footfall,
  page,
  browser,
}) => {
  await seed(footfall);
  await signIn(footfall, page, '/admin?country=DE');
  await page.getByRole('link', { name: 'Share', exact: true }).click();
  await expect(page).toHaveURL(`${footfall.url}/admin/share?country=DE`);
  await expect(page.getByTestId('chosen')).toHaveText('Country is Germany');
  const link = await shared(footfall, page, { name: '<b>Berlin</b>', query: '?country=DE' });
  await page.goto(`${footfall.url}/admin/share`);
  await expect(page.getByTestId('share')).toContainText(['Country is Germany']);
  await expect(page.getByTestId('share')).toContainText(['never used']);

  const guest = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  const opened = await guest.goto(link);
  expect(opened?.headers()).toMatchObject({
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex',
  });
  expect(opened?.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
  await expect(viewsOf(guest)).toHaveText('2');
  await expect(guest.getByTestId('fixed')).toHaveText('Country is Germany');
  await expect(guest.locator('a[href*="/admin"], form[action*="/admin"]')).toHaveCount(0);
  await guest.getByTestId('page-row').filter({ hasText: '/about' }).getByRole('link').click();
  await expect(viewsOf(guest)).toHaveText('1');
  await guest.getByRole('link', { name: 'Remove the filter by page' }).click();
  await expect(viewsOf(guest)).toHaveText('2');

  for (const query of [
    'country=FR',
    'country=DE&country=FR',
    'country.not=DE',
    'country.set=true&country=FR',
    'country=',
    'filter=country&operator=is&value=France',
    'filter=country&operator=not&value=DE',
    `page=${HIDDEN}`,
    `entry=${HIDDEN}`,
    'page.contains=seen',
    'list=topPages',
    'list=topPages&search=seen',
    'search=from',
    'search=france&country=FR',
    'list=topPages&country=FR&sort=bounceRate&order=asc',
    'list=exitPages&offset=0',
    'list=countries',
    'period=all&compare=year',
    'period=today&interval=hour',
    'contry=DE',
    'from=1970-01-02&to=2999-01-01',
    'limit=1000',
    'embed=1&theme=dark&country=FR',
  ]) {
    const asked = !/=seen|=\/seen/.test(query);
    for (const path of ['', '/export', '/countries', '/__data.json']) {
      const answer = await guest.request.get(`${link}${path}?${query}`);
      const body = await answer.text();
      expect([200, 400], `${path}?${query}`).toContain(answer.status());
      // What was asked for is repeated in the address of the page's links, and is not an answer.
      if (asked) expect(body, `${path}?${query}`).not.toContain('seen-from');
      if (path === '/countries' && answer.status() === 200) {
        const rows = JSON.parse(body) as { value: string }[];
        expect(rows.filter(({ value }) => value !== 'DE')).toEqual([]);
      }
    }
  }
  for (const query of ['country=FR', 'country.not=DE', `page=${HIDDEN}`, `entry=${HIDDEN}`]) {
    await guest.goto(`${link}?${query}`);
    await expect(guest.getByRole('heading', { name: /^Nothing was counted/ })).toBeVisible();
  }
  const file = await (await guest.request.get(`${link}/export?list=topPages`)).text();
  expect(file).toContain('/about,');
  expect(file.trim().split('\n')).toHaveLength(3);

  await page.reload();
  await expect(page.getByTestId('share')).toContainText(['last used']);
  await page.getByRole('button', { name: 'Revoke the link <b>Berlin</b>' }).click();
  await expect(page.getByTestId('share')).toHaveCount(0);
  const unknown = `${footfall.url}/share/${'a'.repeat(43)}`;
  const contentOf = async (address: string): Promise<string> => {
    const answer = await guest.request.get(address);
    expect(answer.status()).toBe(404);
    return (await answer.text()).replaceAll(/share\/[\w-]+/g, 'share/…');
  };
  expect(await contentOf(link)).toBe(await contentOf(unknown));
  for (const path of ['/export', '/countries'])
    expect((await guest.request.get(link + path)).status()).toBe(404);
});

test('what opens a link opens nothing else', async ({ footfall, page, playwright }) => {
  await signIn(footfall, page, '/admin/account');
  const link = await shared(footfall, page, { name: 'A guest' });
  const token = link.slice(-43);
  const file = await readFile(new URL('../apps/api/test/guards.json', import.meta.url), 'utf8');
  const guards = JSON.parse(file) as Record<'routes' | 'procedures' | 'pages', Record<string, string>>;
  const guest = await playwright.request.newContext({
    maxRedirects: 0,
    extraHTTPHeaders: {
      cookie: `footfall=${token}; footfall-share=${token}`,
      'sec-fetch-site': 'same-origin',
      referer: link,
    },
  });
  expect((await guest.get(link)).status(), 'the credential is one').toBe(200);

  const ask = async (path: string) => {
    const got = await guest.get(`${footfall.url}${path}`);
    const posted = await guest.post(`${footfall.url}${path}`, { form: { token, share: 'x' } });
    return { got: got.status(), posted: posted.status(), location: got.headers()['location'] };
  };
  const guarded = (kind: Record<string, string>) =>
    Object.entries(kind).flatMap(([name, guard]) => (guard === 'everyone' ? [] : [name]));
  const asked = { pages: guarded(guards.pages), procedures: guarded(guards.procedures) };
  expect(asked.pages.length + asked.procedures.length).toBeGreaterThan(30);
  for (const path of asked.pages) {
    const { got, location, posted } = await ask(path);
    expect({ path, got, posted }).toEqual({ path, got: 303, posted: 303 });
    expect(location).toContain('/admin/sign-in');
  }
  for (const [path, guard] of Object.entries(guards.routes)) {
    if (guard !== 'owner') continue;
    const { got, posted } = await ask(path);
    // By a method that it does not take a route is nobody's.
    expect([got, posted], path).toContain(401);
    for (const status of [got, posted]) expect([401, 405], path).toContain(status);
  }
  for (const name of asked.procedures) {
    // By GET a query or a subscription, whose stream has the refusal in it; by POST a mutation.
    const address = `${footfall.url}/api/trpc/${name}`;
    const answers = [await guest.get(address), await guest.post(address, { data: {} })];
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(bodies.join(' '), name).toContain('"UNAUTHORIZED"');
    expect(bodies.join(' '), name).not.toContain('"result"');
  }
  // As a bearer token it is a wrong password, of which few may be tried.
  for (const path of ['/api/analytics/visitors', '/api/analytics/list?list=topPages', '/api/live/visits']) {
    const headers = { authorization: `Bearer ${token}` };
    expect((await guest.get(footfall.url + path, { headers })).status(), path).toBe(401);
  }
  await guest.dispose();
});

test('a link with a password asks for it, slows guessing down, and is remembered by this browser alone', async ({
  footfall,
  page,
  browser,
}) => {
  await seed(footfall);
  await signIn(footfall, page, '/admin/account');
  const link = await shared(footfall, page, { name: 'Guests', password: GUEST_PASSWORD });
  const other = await shared(footfall, page, { name: 'Others', password: GUEST_PASSWORD });

  const guest = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await guest.goto(`${link}?period=all`);
  await expect(guest.getByRole('heading', { name: 'This link has a password' })).toBeVisible();
  expect((await guest.request.get(`${link}/export`, { maxRedirects: 0 })).status()).toBe(303);
  expect(await (await guest.request.get(`${link}/__data.json`)).text()).not.toContain('topPages');
  await guest.getByLabel('Password').fill('not the right one');
  await guest.getByRole('button', { name: 'Show the statistics' }).click();
  await expect(guest.getByRole('alert')).toHaveText('That is not the password of this link.');
  await guest.getByLabel('Password').fill(GUEST_PASSWORD);
  await guest.getByRole('button', { name: 'Show the statistics' }).click();
  await expect(viewsOf(guest)).toHaveText('4');
  await expect(guest).toHaveURL(`${link}?period=all`);
  const [cookie] = await guest.context().cookies(link);
  expect(cookie).toMatchObject({ name: 'footfall-share', httpOnly: true, sameSite: 'Lax' });
  await guest.goto(other);
  await expect(guest.getByRole('heading', { name: 'This link has a password' })).toBeVisible();

  for (let times = 0; times < 12; times += 1) {
    await guest.request.post(other, {
      form: { password: 'a guess' },
      headers: { 'sec-fetch-site': 'same-origin', 'user-agent': 'another browser' },
    });
  }
  const slowed = await guest.request.post(other, {
    form: { password: 'a guess' },
    headers: { 'sec-fetch-site': 'same-origin', 'user-agent': 'another browser' },
  });
  expect(slowed.status()).toBe(429);
  expect(Number(slowed.headers()['retry-after'])).toBeGreaterThan(0);
  // The owner signs in from the same address all the same.
  await page.context().clearCookies();
  await signIn(footfall, page, '/admin/share');
});

test('a link is framed by the sites that its owner named, and by no others', async ({ footfall, page }) => {
  await seed(footfall);
  await signIn(footfall, page, '/admin/account');
  const link = await shared(footfall, page, {
    name: 'Intranet',
    sites: 'intranet.example, http://a.example:81',
  });
  const ancestorsOf = async (query: string): Promise<string | undefined> => {
    const answer = await page.request.get(link + query);
    return /frame-ancestors ([^;]*)/.exec(answer.headers()['content-security-policy'] ?? '')?.[1];
  };
  expect(await ancestorsOf('')).toBe("'none'");
  expect(await ancestorsOf('?embed=1')).toBe('https://intranet.example http://a.example:81');
  await page.goto(`${link}?embed=1&theme=dark`);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByTestId('browser-row').first().getByRole('link').click();
  expect(new URL(page.url()).search).toBe('?embed=1&theme=dark&browser=Firefox');
  const closed = await shared(footfall, page, { name: 'Not framed' });
  const answer = await page.request.get(`${closed}?embed=1`);
  expect(answer.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
});
