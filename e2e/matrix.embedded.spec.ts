/** What counts as a view, in a real browser: exactly one or none (issue 6's matrix). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type Page } from '@playwright/test';
import { wholeChromium } from './chromium.ts';
import { startFootfall, type Running } from './configurations.ts';
import { countOf } from './fixtures.ts';
import { startHostSite, type HostSite } from './host-site.ts';
import { visit } from './live.ts';
import config from './playwright.config.ts';

// One server and one site for all: each case has its own pages.
test.describe.configure({ mode: 'default' });

// The whole browser: its shell has no back/forward cache.
const launchOptions = {
  ...config.use?.launchOptions,
  executablePath: process.env['PLAYWRIGHT_CHROMIUM_PATH'] ?? wholeChromium() ?? chromium.executablePath(),
};
test.use({ launchOptions });

const PASSWORD = 'one for the tests alone';

let footfall: Running;
let site: HostSite;
/** Requests to the site, in order. */
const requested: string[] = [];
/** Prerendered pages that are to be shown now. */
const shows = new Set<string>();

test.beforeAll(async () => {
  footfall = await startFootfall({ COUNT_BOTS: 'true', ADMIN_PASSWORD: PASSWORD }, 'embedded');
  site = await startHostSite((path) => {
    if (path.startsWith('/shows/')) return shows.has(path.slice('/shows'.length)) ? 'now' : '';
    requested.push(path);
    const unseen = `<script>if (document.prerendering) fetch('/has-run-unseen' + location.pathname)</script>`;
    const attributes = new URL(path, 'http://site').searchParams.get('attributes') ?? '';
    const tracker = `<script defer src="${footfall.url}/footfall.js" ${attributes}></script>`;
    const prerender = new URL(path, 'http://site').searchParams.get('prerender');
    const rules = JSON.stringify({
      prerender: [{ source: 'list', urls: [prerender], eagerness: 'immediate' }],
    });
    const ahead = `<script type="speculationrules">${rules}</script><script>
      setInterval(async () => {
        const answer = await fetch('/shows${prerender}');
        if ((await answer.text()).includes('now')) location.href = '${prerender}';
      }, 50);
    </script>`;
    return `${unseen}<a href="#top">Top</a>${prerender === null ? '' : ahead}${tracker}`;
  });
});
test.afterAll(async () => {
  await site.stop();
  await footfall.stop();
});

/** Asserts the number of views of a page, also after another one is counted. */
async function expectViews(path: string, views: number): Promise<void> {
  await expect.poll(() => countOf(footfall, path)).toBe(views);
  await visit(footfall, '/marker');
  expect(await countOf(footfall, path)).toBe(views);
}

/** Resolves when the whole tracker has loaded. */
async function tracked(page: Page): Promise<void> {
  await page.waitForFunction(() => 'footfallMore' in window);
}

const open = async (page: Page, path: string): Promise<void> => {
  await page.goto(site.url + path);
  await tracked(page);
};

test('a load', async ({ page }) => {
  await open(page, '/load');
  await expectViews('/load', 1);
});

test('a reload is another', async ({ page }) => {
  await open(page, '/reload');
  await page.reload();
  await tracked(page);
  await expectViews('/reload', 2);
});

test('navigations within an application: one each; if nothing else is shown, none', async ({ page }) => {
  await open(page, '/app');
  await page.evaluate(() => {
    history.pushState(null, '', '/app/pushed');
    history.pushState({ open: true }, '');
    history.replaceState(null, '', '/app/replaced');
    history.replaceState(null, '', '?filter=1');
    location.hash = '#top';
    location.hash = '#/routed';
  });
  await expectViews('/app', 1);
  await expectViews('/app/pushed', 1);
  await expectViews('/app/replaced', 2); // itself, and the page of its fragment
  await page.goBack();
  await expectViews('/app/replaced', 3);
});

test('back and forward: out of the browser’s cache counts as a view as well', async ({ page }) => {
  await open(page, '/back');
  await page.evaluate(() =>
    addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted })),
  );
  await page.goto(`${site.url}/elsewhere`);
  await page.evaluate(() => {
    history.back();
  });
  await page.waitForFunction(() => 'persisted' in window && window.persisted === true);
  await expectViews('/back', 2);
});

/** Opens a browser without automation: an automated one does not prerender. */
async function openUnwatched(path: string): Promise<AsyncDisposable> {
  const profile = await mkdtemp(join(tmpdir(), 'footfall-profile-'));
  const browser = spawn(
    launchOptions.executablePath,
    [
      ...['--headless=new', '--remote-debugging-port=0', '--no-first-run', '--disable-background-networking'],
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...[`--user-data-dir=${profile}`, site.url + path],
    ],
    { stdio: 'ignore' },
  );
  const gone = once(browser, 'exit');
  return {
    [Symbol.asyncDispose]: async () => {
      browser.kill('SIGKILL');
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

test('a prerendered page: none until it is shown', async () => {
  await using _ = await openUnwatched('/from?prerender=/ahead');
  await expect.poll(() => requested.includes('/has-run-unseen/ahead')).toBe(true);
  await expectViews('/from', 1);
  await expectViews('/ahead', 0);
  shows.add('/ahead');
  await expectViews('/ahead', 1);
  expect(requested.filter((path) => path === '/ahead')).toHaveLength(1);
});

test('a prerendered page that is never shown: none', async () => {
  await using _ = await openUnwatched('/beside?prerender=/never');
  await expect.poll(() => requested.includes('/has-run-unseen/never')).toBe(true);
  await expectViews('/beside', 1);
  await expectViews('/never', 0);
});

test('a tab in the background', async ({ page, context }) => {
  const [popup] = await Promise.all([
    context.waitForEvent('page'),
    page.goto(site.url).then(() => page.evaluate(() => void window.open('/behind'))),
  ]);
  await page.bringToFront();
  await tracked(popup);
  await expectViews('/behind', 1);
});

/** Makes all events of a page fail, until they are let through again. */
async function cutOff(page: Page): Promise<() => Promise<void>> {
  await page.route('**/api/**', (route) => route.abort('internetdisconnected'));
  return () => page.unroute('**/api/**');
}

test('offline, then online', async ({ page, context }) => {
  const connect = await cutOff(page);
  await open(page, '/offline');
  await context.setOffline(true);
  await page.evaluate(() => history.pushState(null, '', '/offline/2'));
  await connect();
  await expectViews('/offline', 0);
  await context.setOffline(false);
  await expectViews('/offline', 1);
  await expectViews('/offline/2', 1);
});

test('offline, then reloaded, then online', async ({ page }) => {
  await page.addInitScript(() => {
    navigator.sendBeacon = () => false; // beacons of a closing page are not visible from here
  });
  const connect = await cutOff(page);
  await open(page, '/reloaded');
  await page.reload();
  await tracked(page);
  await expectViews('/reloaded', 0);
  await connect();
  await page.goto(`${site.url}/after`);
  await expectViews('/reloaded', 2);
  await expectViews('/after', 1);
});

test('an event that gets 503 twice', async ({ page }) => {
  let tries = 0;
  const ids = new Set<string>();
  await page.route('**/api/**', async (route) => {
    const body = route.request().postDataJSON() as { id?: string; events?: { id: string }[] };
    for (const { id } of body.events ?? [body as { id: string }]) ids.add(id);
    tries += 1;
    if (tries > 2) return route.continue();
    // The first never arrives; the second does, but its response is lost.
    if (tries === 2) await route.fetch();
    return route.fulfill({
      status: 503,
      headers: { 'access-control-allow-origin': '*', 'retry-after': '1' },
    });
  });
  await open(page, '/refused');
  await expect.poll(() => tries).toBeGreaterThan(2);
  await expectViews('/refused', 1);
  expect(ids.size).toBe(1);
});

test('a page that is closed at once', async ({ page, context }) => {
  const other = await context.newPage();
  await other.goto(`${site.url}/closed`, { waitUntil: 'domcontentloaded' });
  await other.close();
  await expectViews('/closed', 1);
  expect(page.isClosed()).toBe(false);
});

test('blocked storage', async ({ page }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    }
  });
  await open(page, '/blocked');
  await page.goto(`${site.url}/blocked?attributes=data-identity="device"`);
  await tracked(page);
  await expectViews('/blocked', 2);
});

test('Global Privacy Control: none', async ({ page }) => {
  await page.setExtraHTTPHeaders({ 'sec-gpc': '1' });
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });
  });
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${site.url}/private`, { waitUntil: 'networkidle' });
  await expectViews('/private', 0);
  expect(requests.filter((url) => url.includes('/api/'))).toEqual([]);
});

test('consent: none without it, one when it is given, and no question on the next page', async ({ page }) => {
  await open(page, '/consent?attributes=data-require-consent="true"');
  await expectViews('/consent', 0);
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  await page.evaluate(() => {
    (window as unknown as { footfall: { consent: (given: boolean) => void } }).footfall.consent(true);
  });
  await expectViews('/consent', 1);
  await open(page, '/consent/next?attributes=data-require-consent="true"');
  await expectViews('/consent/next', 1);
});

test('two tabs at once', async ({ context }) => {
  const tabs = await Promise.all([context.newPage(), context.newPage()]);
  await Promise.all(tabs.map((tab) => open(tab, '/tabs')));
  await expectViews('/tabs', 2);
});

test('the time that a page is visible is recorded in its visit', async ({ page, request }) => {
  await open(page, '/read?attributes=data-identity="device"');
  await page.goto('about:blank');
  const visitMs = async (): Promise<number> => {
    const response = await request.get(`${footfall.url}/api/analytics/visitors?page=/read`, {
      headers: { authorization: `Bearer ${PASSWORD}` },
    });
    return ((await response.json()) as { totals: { averageVisitMs: number } }).totals.averageVisitMs;
  };
  await expect.poll(visitMs).toBeGreaterThan(0);
});

for (const [what, wrap] of Object.entries({
  'a strict policy': (tracker: string) => ({ body: tracker, policy: true }),
  'a broken fetch': (tracker: string) => ({
    body: `<script>fetch = () => { throw new Error('broken') }</script>${tracker}`,
    policy: false,
  }),
  'no doctype': (tracker: string) => ({ body: tracker, policy: false }),
  'the script twice': (tracker: string) => ({ body: tracker + tracker, policy: false }),
})) {
  test(`a page with ${what} is counted once, and nothing is thrown`, async ({ page }) => {
    const path = `/${what.replaceAll(' ', '-')}`;
    const { body, policy } = wrap(`<script defer src="${footfall.url}/footfall.js"></script>`);
    const host = await startHostSite(
      () => body,
      policy
        ? {
            'content-security-policy': `default-src 'none'; script-src 'unsafe-inline' ${footfall.url}; connect-src ${footfall.url}`,
          }
        : {},
      what === 'no doctype' ? '' : undefined,
    );
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(host.url + path);
    await tracked(page);
    await expectViews(path, 1);
    expect(await page.evaluate(() => document.compatMode)).toBe(
      what === 'no doctype' ? 'BackCompat' : 'CSS1Compat',
    );
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
    await host.stop();
  });
}

test('with tracker and widget there is no layout shift, one request is sent before the page is idle, and the back/forward cache works', async ({
  page,
}) => {
  const host = await startHostSite(
    (path) =>
      `<style>visitor-tracker { display: block; margin: 24px; min-height: 270px }</style><h1>Shoes</h1><script defer src="${footfall.url}/footfall.js"></script>
      <visitor-tracker></visitor-tracker><script type="module" src="${footfall.url}/widget.js"></script>
      <p>${path}</p>`, // its space is reserved as in docs/embedding.md
  );
  await page.addInitScript(() => {
    const seen = { shift: 0, sockets: [] as number[], idleAt: Infinity, persisted: false };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        seen.shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
    const Socket = WebSocket;
    window.WebSocket = class extends Socket {
      constructor(url: string | URL) {
        super(url);
        seen.sockets.push(performance.now());
      }
    };
    const whenIdle = requestIdleCallback;
    window.requestIdleCallback = (act) =>
      whenIdle((deadline) => {
        seen.idleAt = Math.min(seen.idleAt, performance.now());
        act(deadline);
      });
    addEventListener('pageshow', ({ persisted }) => (seen.persisted ||= persisted));
  });
  const seen = () =>
    page.evaluate(() => {
      const { seen } = window as unknown as {
        seen: { shift: number; sockets: number[]; idleAt: number; persisted: boolean };
      };
      const reports = performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.includes('/api/'))
        .map(({ startTime }) => startTime);
      const early = [...reports, ...seen.sockets].filter((at) => at < seen.idleAt);
      return { shift: seen.shift, early: early.length };
    });
  await page.goto(`${host.url}/whole`);
  await tracked(page);
  await expect(page.locator('visitor-tracker')).toContainText(/[1-9]/);
  expect(await seen()).toEqual({ shift: 0, early: 1 });
  await page.goto(`${host.url}/next`);
  await page.evaluate(() => {
    history.back();
  });
  await page.waitForFunction(
    () => 'seen' in window && (window as unknown as { seen: { persisted: boolean } }).seen.persisted,
  );
  await expect(page.locator('body > p')).toHaveText('/whole');
  await host.stop();
});
