/** The tracker on pages as found in the field, in a real browser: what it counts there, and that it harms nothing. */
import { expect, test, type Page } from '@playwright/test';
import { countOf } from './fixtures.ts';
import { startHostSite, type HostSite } from './host-site.ts';
import { visit } from './live.ts';
import { freePort } from './ports.ts';
import { startReverseProxy } from './reverse-proxy.ts';
import { startServer, type Server } from './server.ts';

test.describe.configure({ mode: 'default' });

let footfall: Server;
let tag: string;
let site: HostSite;
/** The markup of a page before its tracker, and the tracker's element; by path. */
const pages = new Map<string, { before?: string; attributes?: string; tag?: string }>();

test.beforeAll(async () => {
  const port = await freePort();
  footfall = await startServer({
    port,
    env: {
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      COUNT_BOTS: 'true',
      SCRIPT_NAME: 'leaf',
      CLIENT_IP_HEADER: 'X-Forwarded-For',
      TRUSTED_PROXIES: '127.0.0.1',
    },
  });
  tag = `src="${footfall.url}/footfall.js"`;
  site = await startHostSite(bodyOf);
});
test.afterAll(async () => {
  await site.stop();
  await footfall.stop();
  await footfall[Symbol.asyncDispose]();
});

function bodyOf(path: string): string {
  const { before = '', attributes = '', tag: own } = pages.get(path.split(/[?#]/)[0]!) ?? {};
  return `${before}${own ?? `<script defer ${tag} ${attributes}></script>`}`;
}

const counts = async (path: string): Promise<number> =>
  countOf({ url: footfall.url } as Parameters<typeof countOf>[0], path);

/** Asserts the number of views of a page, also after another one is counted. */
async function expectViews(path: string, views: number): Promise<void> {
  await expect.poll(() => counts(path)).toBe(views);
  await visit({ url: footfall.url }, '/marker');
  expect(await counts(path)).toBe(views);
}

async function tracked(page: Page): Promise<void> {
  await page.waitForFunction(() => 'footfallMore' in window);
}

/** The errors of a page, except for the icon that browsers request from every site. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (!message.text().includes('favicon')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** A browser without the Navigation API. */
const withoutNavigation = (page: Page) => page.addInitScript('delete window.navigation');

test('with the API blocked for 1,000 navigations, at most 100 entries and 50 KB are stored, and the next load reads them once', async ({
  page,
}) => {
  const blocking = await startHostSite(bodyOf, {
    'content-security-policy': `default-src 'none'; script-src 'unsafe-inline' ${footfall.url}`,
  });
  await page.addInitScript(() => {
    const calls: Record<string, number> = { getItem: 0, setItem: 0, removeItem: 0 };
    Object.assign(window, { calls });
    for (const name of ['getItem', 'setItem', 'removeItem'] as const) {
      const original: (...args: never[]) => unknown = Storage.prototype[name];
      const counting = function (this: Storage, ...args: never[]) {
        calls[name]! += 1;
        return original.apply(this, args);
      };
      Object.defineProperty(Storage.prototype, name, { value: counting });
    }
  });
  await page.goto(`${blocking.url}/blocked`);
  await tracked(page);
  await page.evaluate(async () => {
    for (let move = 1; move <= 1_000; move += 1) {
      history.pushState(null, '', `/blocked/${move}`);
      if (move % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  });
  const stored = () =>
    page.evaluate(() => {
      const ours = Object.entries(localStorage).filter(([name]) => name.startsWith('footfall.'));
      return { entries: ours.length, characters: ours.flat().join('').length };
    });
  await expect.poll(async () => (await stored()).entries).toBeGreaterThan(50);
  const remaining = await stored();
  expect(remaining.entries).toBeLessThanOrEqual(100);
  expect(remaining.characters).toBeLessThanOrEqual(50 * 1024);

  await page.goto(`${blocking.url}/blocked/next`);
  await tracked(page);
  const calls = await page.evaluate(() => (window as unknown as { calls: Record<string, number> }).calls);
  expect(calls['getItem']).toBeLessThanOrEqual(210);
  expect(calls['setItem']).toBeLessThanOrEqual(2);
  expect(calls['removeItem']).toBeLessThanOrEqual(2);
  await blocking.stop();
});

test('under Trusted Types everything is loaded, and nothing is thrown', async ({ page }) => {
  const strict = await startHostSite(bodyOf, {
    'content-security-policy': `require-trusted-types-for 'script'; trusted-types 'none'; script-src ${footfall.url}; connect-src ${footfall.url}`,
  });
  const complaints = complaintsOf(page);
  await page.goto(`${strict.url}/trusted`);
  await tracked(page);
  await expectViews('/trusted', 1);
  expect(complaints).toEqual([]);
  await strict.stop();
});

test('a policy that allows scripts by nonce only lets the second file load', async ({ page }) => {
  pages.set('/nonce', { attributes: 'nonce="n0nce"' });
  const strict = await startHostSite(bodyOf, {
    'content-security-policy': `default-src 'none'; script-src 'nonce-n0nce'; connect-src ${footfall.url}`,
  });
  const complaints = complaintsOf(page);
  await page.goto(`${strict.url}/nonce`);
  await tracked(page);
  await expectViews('/nonce', 1);
  expect(complaints).toEqual([]);
  await strict.stop();
});

test('a script that decorates every request: its headers are allowed', async ({ page }) => {
  pages.set('/decorated', {
    before: `<script>
      const plain = fetch;
      fetch = (url, init) => plain(url, { ...init, headers: { 'sentry-trace': '1', baggage: 'a=b', traceparent: '00-1' } });
    </script>`,
  });
  const complaints = complaintsOf(page);
  const methods: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/')) methods.push(`${request.method()} ${request.resourceType()}`);
  });
  await page.goto(`${site.url}/decorated`);
  await tracked(page);
  await expectViews('/decorated', 1);
  expect(methods.filter((method) => method.includes('ping'))).toEqual([]);
  expect(complaints).toEqual([]);
});

for (const [what, body] of Object.entries({
  'as a module': (script: string) => `<script type="module" src="${script}"></script>`,
  'fetched and evaluated': (script: string) =>
    `<script>fetch('${script}').then((answer) => answer.text()).then((code) => setTimeout(() => (0, eval)(code)))</script>`,
  'inside another script': (script: string) => `<script src="/bundle.js" data-from="${script}"></script>`,
})) {
  test(`the script ${what} is counted, with all features`, async ({ page, request }) => {
    const path = `/${what.replaceAll(' ', '-')}`;
    const code = await (await request.get(`${footfall.url}/leaf.js`)).text();
    await page.route('**/bundle.js', (route) =>
      route.fulfill({ body: `console.debug();${code}`, contentType: 'text/javascript' }),
    );
    // A site's own server has a page for every path, or no such route.
    pages.set(path, { tag: body(`${footfall.url}/leaf.js`) });
    await page.goto(site.url + path);
    await tracked(page);
    await expectViews(path, 1);
  });
}

test('a copy made by an optimiser sends events to the server that it was copied from', async ({
  page,
  request,
}) => {
  const code = await (await request.get(`${footfall.url}/leaf.js`)).text();
  for (const status of [404, 200]) {
    const path = `/copied/${status}`;
    await page.route(`${site.url}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname.startsWith('/wp-content/cache/min/1/leaf.js'))
        return route.fulfill({ body: code, contentType: 'text/javascript' });
      if (pathname === path) return route.continue();
      return route.fulfill({ status, body: '<!doctype html>', contentType: 'text/html' });
    });
    pages.set(path, { tag: '<script defer src="/wp-content/cache/min/1/leaf.js?ver=6.5"></script>' });
    await page.goto(site.url + path);
    await tracked(page);
    await expectViews(path, 1);
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    await page.unroute(`${site.url}/**`);
  }
});

test('through the site’s own server, under its own names: no request goes to another host', async ({
  page,
}) => {
  // The recipe of docs/embedding.md.
  const proxy = await startReverseProxy(
    [
      ['/meadow/a.js', `${footfall.url}/footfall.js`],
      ['/meadow/a-more.js', `${footfall.url}/footfall-more.js`],
      ['/meadow/api/', `${footfall.url}/api/`],
    ],
    () =>
      '<!doctype html><script defer src="/meadow/a.js" data-endpoint="/meadow/api" data-identity="device"></script>',
  );
  const complaints = complaintsOf(page);
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  await page.goto(`${proxy.url}/handed-on`);
  await tracked(page);
  await expectViews('/handed-on', 1);
  await page.goto(`${proxy.url}/handed-on/2`);
  await expectViews('/handed-on/2', 1);
  expect(urls.filter((url) => !url.startsWith(proxy.url))).toEqual([]);
  expect(urls.map((url) => new URL(url).pathname)).toEqual(
    expect.arrayContaining(['/meadow/a.js', '/meadow/a-more.js', '/meadow/api/visitors/track']),
  );
  expect(complaints).toEqual([]);
  await proxy.stop();
});

test('if nothing can be counted, there is one warning', async ({ page }) => {
  pages.set('/silent', { attributes: 'data-require-consent="true"' });
  await page.route('**/*-more.js', (route) => route.abort());
  const warned: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'warning') warned.push(message.text());
  });
  await page.goto(`${site.url}/silent`);
  await expect.poll(() => warned).toEqual([`Footfall: cannot load ${footfall.url}/leaf-more.js`]);
});

test('silent navigations are counted: by functions that a router had saved, and by a redirect while the page loads', async ({
  page,
}) => {
  await withoutNavigation(page);
  pages.set('/router', {
    before: `<button>Go</button><script>
      const push = history.pushState.bind(history);
      addEventListener('load', () => push(null, '', '/router/start'));
      document.querySelector('button').onclick = () => setTimeout(() => push(null, '', '/router/next'));
    </script>`,
  });
  await page.goto(`${site.url}/router`);
  await expectViews('/router/start', 1);
  await page.getByRole('button').click();
  await expectViews('/router/next', 1);
  await page.goBack();
  await expectViews('/router/start', 2);
  await expectViews('/router', 1);
});

for (const isOld of [false, true]) {
  test(`a map that writes 50 positions into its address is one more page${isOld ? ', without the Navigation API too' : ''}`, async ({
    page,
  }) => {
    const map = `/map${isOld ? '-old' : ''}`;
    if (isOld) await withoutNavigation(page);
    const viewed: string[] = [];
    page.on('request', (request) => {
      const body = request.postData();
      if (body !== null) viewed.push(...(body.match(/\/map[^"]*/g) ?? []));
    });
    await page.goto(site.url + map);
    await tracked(page);
    await page.evaluate(async (path) => {
      for (let position = 1; position <= 50; position += 1) {
        history.replaceState(null, '', `${path}/@${position},8`);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    }, map);
    await expectViews(`${map}/@50,8`, 1);
    expect(viewed.filter((path) => path.includes('@'))).toEqual([`${map}/@50,8`]);
  });
}

test('a campaign that the site removes from its address before the script runs is recorded', async ({
  page,
}) => {
  const strip = `<script>history.replaceState(null, '', location.pathname)</script>`;
  pages.set('/campaign', { before: strip });
  const sent = page.waitForRequest((request) => request.url().includes('/api/visitors/track'));
  await page.goto(`${site.url}/campaign?utm_source=news&utm_medium=mail&token=secret&gclid=secret`);
  const { url } = (await sent).postDataJSON() as { url: string };
  expect(url).toBe(`${site.url}/campaign?utm_source=news&utm_medium=mail&gclid`);
  await tracked(page);
  await page.evaluate(() => {
    history.replaceState(null, '', '?utm_campaign=late');
  });
  await expectViews('/campaign', 1);
});

test('a page of the site in a frame of another counts only on request', async ({ page }) => {
  pages.set('/outer', { before: '<iframe src="/inner"></iframe><iframe src="/inner/requested"></iframe>' });
  pages.set('/inner/requested', { attributes: 'data-frames="true"' });
  await page.goto(`${site.url}/outer`, { waitUntil: 'load' });
  await tracked(page);
  await expectViews('/outer', 1);
  await expectViews('/inner/requested', 1);
  await expectViews('/inner', 0);
});

test('a device whose clock is three hours slow is online now', async ({ page, request }) => {
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() - 3 * 3_600_000;
  });
  let tries = 0;
  await page.route('**/api/**', (route) => ((tries += 1) === 1 ? route.abort() : route.continue()));
  const before = Date.now();
  await page.goto(`${site.url}/slow-clock`);
  await expectViews('/slow-clock', 1);
  const answer = await request.get(`${footfall.url}/api/visitors/count?page=/slow-clock`);
  const { updatedAt } = (await answer.json()) as { updatedAt: string };
  expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(before - 1_000);
});

test('hash routes, canonical links and manual views are pages if a site enables it', async ({ page }) => {
  pages.set('/hash/', { attributes: 'data-hash="true"' });
  await page.goto(`${site.url}/hash/#/first`);
  await tracked(page);
  await page.evaluate(() => (location.hash = '#/second?tab=1'));
  await expectViews('/hash/first', 1);
  await expectViews('/hash/second', 1);

  pages.set('/p/1', {
    before: '<link rel="canonical" href="/shoes">',
    attributes: 'data-canonical="true"',
  });
  await page.goto(`${site.url}/p/1`);
  await expectViews('/shoes', 1);

  pages.set('/manual', { attributes: 'data-manual="true"' });
  await page.goto(`${site.url}/manual`);
  await page.evaluate(() => {
    (window as unknown as { footfall: { view: (options: object) => void } }).footfall.view({
      url: '/by-hand',
    });
  });
  await expectViews('/by-hand', 1);
  await expectViews('/manual', 0);
});

test('the scripts are served under both names, with the server’s address, small, for any page', async ({
  request,
}) => {
  const code = await (await request.get(`${footfall.url}/leaf.js`)).text();
  expect(code).toContain(`${footfall.url}/leaf-more.js`);
  expect(code).not.toContain('.invalid');
  for (const path of ['/leaf.js', '/leaf.js?v=3', '/footfall.js', '/leaf-more.js', '/footfall-more.js?v=3']) {
    const answer = await request.get(footfall.url + path, { headers: { 'accept-encoding': 'gzip, br' } });
    expect([path, answer.status()]).toEqual([path, 200]);
    expect(answer.headers()).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
    });
    if (!path.includes('more')) expect(Number(answer.headers()['content-length'])).toBeLessThanOrEqual(1_060);
  }
  const plain = await request.get(`${footfall.url}/leaf.js`, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers()['content-encoding']).toBeUndefined();
  const head = await request.head(`${footfall.url}/leaf.js`);
  expect(head.headers()['etag']).toBe(plain.headers()['etag']);
  const install = await (await request.get(`${footfall.url}/install`)).text();
  expect(install).toContain(`${footfall.url}/leaf.js`);
});
