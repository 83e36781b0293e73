import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { expect, test } from './fixtures.ts';
import { madeLink } from './made-link.ts';

const ADMIN_PASSWORD = 'the-owners-own-password';
const GUEST_PASSWORD = 'the password of guests';

test.use({
  environment: {
    ADMIN_PASSWORD,
    COUNT_OWN_PAGES: 'false',
    STATS_PUBLIC: 'false',
    COUNTRY_HEADER: 'X-Country',
    TRUSTED_PROXIES: '127.0.0.1',
  },
});

async function send({ url }: Running, country: string, path = '/'): Promise<void> {
  const { status } = await fetch(`${url}/api/visitors/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 ${country}`,
      'x-country': country,
    },
    body: JSON.stringify({ id: randomUUID(), url: `https://example.com${path}` }),
  });
  expect(status).toBe(200);
}

/** Makes a link as the owner does. @returns its address */
async function made({ url }: Running, page: Page, { query = '', password = '' } = {}): Promise<string> {
  await page.goto(`${url}/admin/share${query}`);
  if (page.url().includes('/sign-in')) {
    await page.getByLabel('Password').fill(ADMIN_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(`${url}/admin/share${query}`);
  }
  await page.getByLabel('Name', { exact: false }).first().fill('Guests');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make a link' }).click();
  return url + new URL(await madeLink(page)).pathname;
}

async function revoke({ url }: Running, page: Page): Promise<void> {
  await page.goto(`${url}/admin/share`);
  await page
    .getByRole('button', { name: /^Revoke/ })
    .first()
    .click();
  await expect(page.getByTestId('share')).toHaveCount(0);
}

const viewsOf = (page: Page) => page.getByTestId('measure-views').locator('.value');

for (const { name, query, password } of [
  { name: 'without a password', query: '', password: '' },
  { name: 'with a password', query: '', password: GUEST_PASSWORD },
  { name: 'with filters', query: '?country=DE', password: '' },
]) {
  test(`a page of a link ${name} shows new views without being loaded again, until the link is revoked`, async ({
    footfall,
    page,
    browser,
  }) => {
    await send(footfall, 'DE');
    const link = await made(footfall, page, { query, password });
    const guest = await (await browser.newContext()).newPage();
    const sockets: string[] = [];
    const asked: string[] = [];
    guest.on('websocket', (socket) => sockets.push(socket.url()));
    guest.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await guest.goto(link);
    if (password !== '') {
      await guest.getByLabel('Password').fill(password);
      await guest.getByRole('button', { name: 'Show the statistics' }).click();
    }
    await expect(viewsOf(guest)).toHaveText('1');
    await guest.evaluate(() => Reflect.set(globalThis, 'sameDocument', true));

    await send(footfall, 'DE');
    await expect(viewsOf(guest)).toHaveText('2');
    await send(footfall, 'FR', '/seen-from-france');
    await send(footfall, 'DE');
    await expect(viewsOf(guest)).toHaveText(query === '' ? '4' : '3');
    if (query !== '') expect(await guest.content()).not.toContain('seen-from-france');
    // Nothing of the whole site is followed here.
    expect(sockets).toEqual([]);
    expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);

    await revoke(footfall, page);
    await expect(guest.getByRole('heading', { name: 'This link has ended' })).toBeVisible({
      timeout: 20_000,
    });
    await expect(viewsOf(guest)).toHaveCount(0);
    expect(await guest.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
    const before = asked.length;
    await send(footfall, 'DE');
    await guest.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    expect(asked.length, 'nothing is asked any more').toBe(before);
  });
}

test('what a link pushes are words without a number, and only to guests who opened it', async ({
  footfall,
  page,
}) => {
  await send(footfall, 'DE');
  const link = await made(footfall, page, { query: '?country=DE' });
  const locked = await made(footfall, page, { password: GUEST_PASSWORD });
  for (const refused of [`${locked}/live`, `${footfall.url}/share/${'a'.repeat(43)}/live`])
    expect((await fetch(refused)).status).toBe(404);

  const abort = new AbortController();
  const answer = await fetch(`${link}/live?seen=${'x'.repeat(5_000)}`, { signal: abort.signal });
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
  });
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true });
  })();
  await expect.poll(() => text).toContain('event: changed');
  for (let views = 0; views < 5; views += 1) await send(footfall, 'FR');
  await page.goto(`${footfall.url}/admin/share`);
  for (let links = 2; links > 0; links -= 1) {
    await page
      .getByRole('button', { name: /^Revoke/ })
      .first()
      .click();
    await expect(page.getByTestId('share')).toHaveCount(links - 1);
  }
  await reading; // the server ends it
  abort.abort();
  const lines = text.split('\n').filter((line) => line !== '');
  expect(new Set(lines)).toEqual(
    new Set(['retry: 5000', 'event: changed', 'data: changed', 'event: over', 'data: over']),
  );
  expect(lines.at(-1)).toBe('data: over');
});

test('a page whose stream breaks off connects again with what it shows by then, and reads nothing twice', async ({
  footfall,
  page,
  browser,
}) => {
  await send(footfall, 'DE');
  const link = await made(footfall, page, { query: '' });
  const guest = await (await browser.newContext()).newPage();
  // Every stream breaks off at once; the first one has announced a view.
  const seen: string[] = [];
  let reads = 0;
  await guest.route('**/live?*', async (route) => {
    seen.push(new URL(route.request().url()).searchParams.get('seen') ?? '');
    if (seen.length === 1) await send(footfall, 'DE');
    const body = `retry: 100\n\n${seen.length === 1 ? 'event: changed\ndata: changed\n\n' : ''}`;
    await route.fulfill({ contentType: 'text/event-stream', body });
  });
  guest.on('request', (request) => {
    if (request.url().includes('__data.json')) reads += 1;
  });
  await guest.goto(link);
  await expect(viewsOf(guest)).toHaveText('2');
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThan(2);
  expect(seen.at(-1)).not.toBe(seen[0]);
  expect(reads).toBe(1);
});
