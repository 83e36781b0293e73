import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { startServer, type Server } from './server.ts';
import {
  ANYWHERE,
  complaintsOf,
  country,
  numbers,
  openPage,
  routeLive,
  shiftsOf,
  snippet,
  STORE,
  title,
  updateOf,
  visitFrom,
  watchShifts,
} from './widget.ts';

// One server for all tests: eight visitors, six of them from Bangladesh.
test.describe.configure({ mode: 'default' });
let footfall: Server;
test.beforeAll(async () => {
  footfall = await startServer({ env: ANYWHERE });
  for (let visitor = 1; visitor <= 8; visitor += 1)
    await visitFrom(footfall, visitor > 2 ? 'BD' : 'GB', visitor);
});
test.afterAll(() => footfall[Symbol.asyncDispose]());

/** The lowest contrast between a word of the widget and its background. */
const contrastOf = (page: Page): Promise<number> =>
  page.locator('visitor-tracker').evaluate((widget) => {
    type Colour = [red: number, green: number, blue: number, alpha: number];
    const colour = (css: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
      return [red, green, blue, alpha];
    };
    const over = (front: Colour, back: Colour): Colour => {
      const mix = (at: 0 | 1 | 2): number => front[at] * front[3] + back[at] * (1 - front[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const luminance = (of: Colour): number => {
      const linear = (at: 0 | 1 | 2): number => {
        const part = of[at] / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
    };
    const behind = (element: Element | null): Colour => {
      if (element === null)
        return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
      const parent = element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
      return over(colour(getComputedStyle(element).backgroundColor), behind(parent));
    };
    const labels = [
      ...(widget.shadowRoot as ShadowRoot).querySelectorAll('#title, b, bdi, summary, span, details p'),
    ];
    return Math.min(
      ...labels.map((element) => {
        const back = behind(element);
        const [light, dark] = [
          luminance(over(colour(getComputedStyle(element).color), back)),
          luminance(back),
        ].sort((one, other) => other - one) as [number, number];
        return (light + 0.05) / (dark + 0.05);
      }),
    );
  });

const THEMES = ['', 'theme="auto"', 'theme="light"', 'theme="dark"', 'theme="plain"'];
const POSITIONS = ['', 'position="inline"', 'position="fixed-bottom"'];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    test(`shows the API’s numbers, legibly, on a ${colorScheme} page ${width} pixels wide`, async ({
      browser,
    }) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      for (const attributes of [...THEMES, ...POSITIONS.slice(1)]) {
        await openPage(
          page,
          `<style>:root { color-scheme: light dark; }</style>${snippet(footfall.url, attributes)}`,
        );
        const stats = (await (await fetch(`${footfall.url}/api/visitor-stats`)).json()) as Record<
          string,
          number
        >;
        const expected = ['live', 'active', 'today', 'total'].map((name) => String(stats[name]));
        await expect(numbers(page)).toHaveText(expected);
        expect(expected).toEqual(['8', '8', '8', '8']);
        await expect(country(page)).toHaveText('75% from Bangladesh');
        const isClassic = attributes === '' || attributes.startsWith('position');
        await expect(title(page)).toHaveText(isClassic ? /Watching now/ : 'Visitors', {
          useInnerText: true,
          ignoreCase: true,
        });
        expect(await contrastOf(page), attributes).toBeGreaterThanOrEqual(4.5);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, `${attributes} scrolls sideways`).toBeLessThanOrEqual(0);
      }
      expect(complaints).toEqual([]);
      await context.close();
    });
  }
}

test('each number has a name, and explains itself on request', async ({ page }) => {
  await openPage(page, snippet(footfall.url));
  await expect(numbers(page).first()).toHaveText('8');
  const widget = page.getByRole('group', { name: 'Watching now' });
  await expect(widget.getByRole('term')).toHaveText([/Live now/, /Active/, /Today/, /Total/]);
  await expect(widget.getByRole('definition')).toHaveText(Array<string>(4).fill('8 visitors'));
  // By keyboard; one at a time.
  await page.keyboard.press('Tab'); // the title
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const open = page.locator('visitor-tracker details[open]');
  await expect(open).toContainText(['Visitors seen in the last 5 minutes.']);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(open).toContainText(['Visitors seen in the last 30 minutes.']);
  await widget.getByText('Total').click();
  await expect(open).toContainText(['Visitors so far']);
  // Screen readers announce only that the numbers are not current any more, and current again, not every change.
  expect(await page.locator('visitor-tracker [aria-live], visitor-tracker [role=status]').count()).toBe(1);
  await expect(title(page)).toHaveAttribute('aria-live', 'polite');
});

test('has targets that are large enough', async ({ page }) => {
  await openPage(page, snippet(footfall.url, 'show-details="false"'));
  await expect(numbers(page).first()).toHaveText('8');
  for (const summary of await page.locator('visitor-tracker dt summary').all()) {
    const box = await summary.boundingBox();
    expect(box?.width).toBeGreaterThanOrEqual(24);
  }
});

test.describe('there is no layout shift', () => {
  const long = { live: 1_234_567, active: 12_345_678, today: 1_234_567_890, total: Number.MAX_SAFE_INTEGER };
  const location = { country: 'CD', percent: 100 }; // Congo - Kinshasa: a longer name wraps if it is narrow

  for (const width of [390, 1280]) {
    test(`when numbers arrive and grow, ${width} pixels wide`, async ({ browser }) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await watchShifts(page);
      const socket = await routeLive(page);
      await openPage(page, `${snippet(footfall.url)}<p>The footer</p>`);
      await expect(numbers(page).first()).toHaveText('–');
      await expect.poll(() => Boolean(socket())).toBe(true);
      const height = () =>
        page.locator('visitor-tracker').evaluate((widget) => widget.getBoundingClientRect().height);
      const before = await height();
      const shifts = await shiftsOf(page);
      socket().send(updateOf({ version: 2, location }));
      await expect(numbers(page)).toHaveText(['1', '2', '3', '4']);
      socket().send(updateOf({ version: 3, ...long, location }));
      await expect(numbers(page).last()).toHaveText('9,007,199,254,740,991');
      expect(await height()).toBe(before);
      expect(await shiftsOf(page)).toEqual(shifts);
      const fits = await numbers(page).evaluateAll((positions) =>
        positions.every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth),
      );
      expect(fits).toBe(true);
      await page.close();
    });

    test(`when the script loads late and its space was reserved, ${width} pixels wide`, async ({
      browser,
    }) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await watchShifts(page);
      let come = (): void => {};
      const painted = new Promise<void>((resolve) => (come = resolve));
      await page.route('**/widget.js', async (route) => {
        await painted;
        await route.continue();
      });
      // As in docs/embedding.md.
      const reserved = `<style>
        visitor-tracker { display: block; margin: 24px; min-height: 270px; }
        @media (max-width: 36em) { visitor-tracker { min-height: 390px; } }
      </style>`;
      const opened = openPage(page, `${reserved}<p>The page</p>${snippet(footfall.url)}<p>The footer</p>`);
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
      come();
      await opened;
      await expect(numbers(page).first()).toHaveText('8');
      expect(await shiftsOf(page)).toEqual([]);
      await page.close();
    });

    test(`when the script takes over the server-rendered widget, ${width} pixels wide`, async ({
      browser,
    }) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await using own = await startServer({ env: { ...ANYWHERE, COUNT_OWN_PAGES: 'true' } });
      await visitFrom(own, 'BD', 1);
      await watchShifts(page);
      const complaints = complaintsOf(page);
      await page.goto(own.url);
      await expect(numbers(page)).toHaveText(['2', '2', '2', '2']); // its own visit came after it was rendered
      // A word beside a number moves when the number has become longer.
      for (const shift of await shiftsOf(page)) expect(shift).toBeLessThan(0.001);
      expect(complaints).toEqual([]);
      await page.close();
    });
  }
});

test('without JavaScript the home page has the numbers', async ({ browser }) => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(footfall.url);
  const labels = await numbers(page).allTextContents();
  expect(labels.map(Number)).toEqual(Array(4).fill(expect.any(Number)));
  expect(Number(labels[3])).toBeGreaterThanOrEqual(8);
  await expect(country(page)).toContainText('from Bangladesh');
  await page.close();
});

test('is connected only while it is visible', async ({ page }) => {
  const sockets: { isClosed: () => boolean }[] = [];
  page.on('websocket', (socket) => sockets.push(socket));
  const tall = '<div style="height: 3000px"></div>';
  await openPage(page, `${tall}${snippet(footfall.url)}${tall}`);
  await expect(numbers(page).first()).toHaveText('–');
  await page.evaluate(() => new Promise(requestAnimationFrame));
  expect(sockets).toHaveLength(0);
  await page.locator('visitor-tracker').scrollIntoViewIfNeeded();
  await expect(numbers(page).first()).toHaveText('8');
  expect(sockets).toHaveLength(1);
  await page.evaluate(() => scrollTo(0, 0));
  await expect.poll(() => sockets[0]?.isClosed()).toBe(true);
  await page.locator('visitor-tracker').scrollIntoViewIfNeeded();
  await expect.poll(() => sockets.length).toBe(2);
  await page.locator('visitor-tracker').evaluate((widget) => widget.remove());
  await expect.poll(() => sockets[1]?.isClosed()).toBe(true);
});

test('shows the last numbers while the server is down, says so, and continues when it is back', async ({
  page,
}) => {
  test.setTimeout(90_000);
  await using first = await startServer({ env: ANYWHERE });
  await visitFrom(first, 'BD', 1);
  await openPage(page, snippet(first.url));
  await expect(numbers(page).last()).toHaveText('1');
  await first.kill();
  await expect(title(page)).toHaveText(/Last known/, {
    useInnerText: true,
    ignoreCase: true,
    timeout: 30_000,
  });
  await expect(numbers(page).last()).toHaveText('1');
  const { port, file } = first;
  const folder = file.slice(0, file.lastIndexOf('/'));
  await using second = await startServer({ env: ANYWHERE, folder, port });
  await visitFrom(second, 'BD', 2);
  await expect(numbers(page).last()).toHaveText('2', { timeout: 45_000 });
  await expect(title(page)).toHaveText(/Watching now/, { useInnerText: true, ignoreCase: true });
});

test('marks the last known numbers of a store that is down', async ({ page }) => {
  const socket = await routeLive(page, { version: 1 });
  await openPage(page, snippet(footfall.url));
  await expect(numbers(page)).toHaveText(['1', '2', '3', '4']);
  const update = JSON.parse(updateOf({ version: 2, live: 7 })) as { stats: object };
  socket().send(JSON.stringify({ ...update, stats: { ...update.stats, stale: true } }));
  await expect(numbers(page).first()).toHaveText('7');
  await expect(title(page)).toHaveText(/Last known/, { useInnerText: true, ignoreCase: true });
});

test('never shows an older number after a newer one, on any connection', async ({ page }) => {
  const socket = await routeLive(page, { version: 9, live: 9 });
  await openPage(page, `${snippet(footfall.url)}<div style="height: 3000px"></div>`);
  await expect(numbers(page).first()).toHaveText('9');
  const first = socket();
  let isLeft = false;
  first.onClose(() => (isLeft = true));
  await page.evaluate(() => scrollTo(0, 2000));
  await expect.poll(() => isLeft).toBe(true);
  await page.evaluate(() => scrollTo(0, 0));
  await expect.poll(() => socket() !== first).toBe(true);
  socket().send(updateOf({ version: 8, live: 8 }));
  socket().send(updateOf({ version: 10, live: 10 }));
  await expect(numbers(page).first()).toHaveText('10');
});

test('shows the numbers of a database that replaced another, and none of the other afterwards', async ({
  page,
}) => {
  const socket = await routeLive(page, { version: 900, live: 9 });
  await openPage(page, snippet(footfall.url));
  await expect(numbers(page).first()).toHaveText('9');
  socket().send(updateOf({ version: 2, live: 2, store: STORE + 1 }));
  await expect(numbers(page).first()).toHaveText('2');
  socket().send(updateOf({ version: 901, live: 8 }));
  socket().send(updateOf({ version: 2, live: 2, active: 5, store: STORE + 1 }));
  socket().send(updateOf({ version: 3, live: 3, store: STORE + 1 }));
  await expect(numbers(page).first()).toHaveText('3');
});

test('shows strings from the server as text, even markup', async ({ page }) => {
  const complaints = complaintsOf(page);
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  const markup = '<img src=x onerror=alert(1)>';
  const socket = await routeLive(page, { location: { country: markup, percent: 1e9 }, live: markup });
  await openPage(page, snippet(footfall.url));
  await expect(country(page)).toHaveText(`1,000,000,000% from ${markup}`);
  await expect(numbers(page).first()).toHaveText('–');
  await expect(page.locator('visitor-tracker img')).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  for (const expected of ['{', 'null', '[]', '{"stats":{}}', '{"stats":{},"visitorStats":null,"version":5}'])
    socket().send(expected);
  socket().send(updateOf({ version: 6, location: { country: 'nowhere', percent: 5 } }));
  await expect(country(page)).toHaveText('5% from nowhere');
  expect(complaints).toEqual([]);
});

test.describe('an unusual page', () => {
  test('has a strict policy: no style, no markup from strings, nothing from other origins', async ({
    page,
  }) => {
    const complaints = complaintsOf(page);
    const { url } = footfall;
    await openPage(page, snippet(url), {
      'content-security-policy': `default-src 'none'; script-src ${url}; connect-src ${url} ${url.replace('http', 'ws')}; require-trusted-types-for 'script'`,
    });
    await expect(numbers(page).first()).toHaveText('8');
    const panel = page.getByRole('group', { name: 'Watching now' });
    await expect(panel).toHaveCSS('background-color', 'rgb(11, 11, 11)');
    // Its other files, too.
    const widget = page.locator('visitor-tracker');
    await widget.evaluate((element) => {
      element.setAttribute('lang', 'de');
      element.setAttribute('position', 'fixed-bottom');
    });
    await expect(page.getByRole('button', { name: 'Schließen' })).toBeVisible();
    await expect(page.getByRole('group', { name: 'Besucher' })).toHaveCSS('position', 'fixed');
    expect(complaints).toEqual([]);
  });

  test('is in quirks mode', async ({ page }) => {
    const complaints = complaintsOf(page);
    await openPage(page, '<iframe width="800" height="600"></iframe>');
    const mode = await page.evaluate((html) => {
      const { document } = frames[0] as Window;
      document.write(html);
      document.close();
      return document.compatMode;
    }, snippet(footfall.url));
    expect(mode).toBe('BackCompat');
    const frame = page.frameLocator('iframe');
    await expect(frame.locator('visitor-tracker dd b').first()).toHaveText('8');
    expect((await frame.locator('visitor-tracker').boundingBox())?.height).toBeGreaterThan(200);
    expect(complaints).toEqual([]);
  });

  test('loads the script twice, and has two widgets', async ({ page }) => {
    const complaints = complaintsOf(page);
    const twice = snippet(footfall.url) + snippet(footfall.url).replace('widget.js', 'widget.js#again');
    await openPage(page, twice);
    await expect(numbers(page)).toHaveText(Array<string>(8).fill('8'));
    expect(complaints).toEqual([]);
  });

  for (const [name, broken] of [
    ['has no custom elements', 'Object.defineProperty(window, "customElements", { value: null })'],
    [
      'has a broken fetch',
      'fetch = () => { throw new Error("broken"); }; WebSocket = EventSource = undefined',
    ],
    ['has no storage', 'Object.defineProperty(window, "localStorage", { get() { throw new Error("no"); } })'],
  ] as const) {
    test(`${name}: nothing is thrown, and no global is overwritten`, async ({ page }) => {
      const complaints = complaintsOf(page);
      const names = '<script>document.names = Object.getOwnPropertyNames(window)</script>';
      const loaded = page.waitForResponse('**/widget.js');
      await openPage(page, `<script>${broken}</script>${names}${snippet(footfall.url)}`);
      await (await loaded).finished();
      if (name === 'has no storage') await expect(numbers(page).first()).toHaveText('8');
      const added = await page.evaluate(async () => {
        for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
        const { names } = document as unknown as { names: string[] };
        return Object.getOwnPropertyNames(window).filter((name) => !names.includes(name));
      });
      expect(added).toEqual([]);
      expect(complaints).toEqual([]);
    });
  }

  test('is written from right to left, in another language, with its own words', async ({ page }) => {
    const own = '<span slot="title">الآن</span><span slot="live">مباشر</span>';
    const widget = snippet(footfall.url, 'lang="ar-EG"').replace('></visitor', `>${own}</visitor`);
    await openPage(page, `<div dir="rtl">${widget}</div>`);
    await expect(numbers(page).first()).toHaveText('٨');
    await expect(country(page)).toContainText('بنغلاديش');
    await expect(page.getByRole('group', { name: 'الآن' })).toBeVisible();
    const edges = await page.locator('visitor-tracker hr').evaluate((bar) => {
      const [inner, outer] = [bar, bar.parentElement as Element].map((each) => each.getBoundingClientRect());
      return {
        right: (outer as DOMRect).right - (inner as DOMRect).right,
        left: (inner as DOMRect).left - (outer as DOMRect).left,
      };
    });
    expect(edges.right).toBe(0);
    expect(edges.left).toBeGreaterThan(50);
  });
});

for (const reducedMotion of ['reduce', 'no-preference'] as const) {
  test(`a change is ${reducedMotion === 'reduce' ? 'no' : 'a short'} motion with ${reducedMotion}`, async ({
    browser,
  }) => {
    const page = await browser.newPage({ reducedMotion });
    const socket = await routeLive(page, { version: 1 });
    await openPage(page, snippet(footfall.url));
    await expect(numbers(page).first()).toHaveText('1');
    await page.evaluate(() => {
      const { animate } = Element.prototype;
      Object.assign(window, { motions: 0 });
      Element.prototype.animate = function (...how) {
        (window as unknown as { motions: number }).motions += 1;
        return animate.apply(this, how);
      };
    });
    socket().send(updateOf({ version: 2, live: 5 }));
    await expect(numbers(page).first()).toHaveText('5');
    const motions = await page.evaluate(() => (window as unknown as { motions: number }).motions);
    expect(motions).toBe(reducedMotion === 'reduce' ? 0 : 1);
    await page.close();
  });
}

test('in forced colours it has edges and a bar', async ({ browser }) => {
  const page = await browser.newPage({ forcedColors: 'active' });
  await openPage(page, snippet(footfall.url));
  await expect(country(page)).toContainText('75%');
  const bar = page.locator('visitor-tracker hr');
  expect(await bar.evaluate((each) => getComputedStyle(each).borderTopColor)).not.toBe(
    await bar.evaluate((each) => getComputedStyle(each.parentElement as Element).backgroundColor),
  );
  expect((await bar.boundingBox())?.height).toBeGreaterThan(10);
  await page.close();
});

test('reacts to changed attributes', async ({ page }) => {
  await using other = await startServer({ env: ANYWHERE });
  await visitFrom(other, 'DE', 1);
  await openPage(page, snippet(footfall.url));
  await expect(numbers(page).last()).toHaveText('8');
  const widget = page.locator('visitor-tracker');
  const set = (name: string, value: string): Promise<void> =>
    widget.evaluate(
      (element, [name, value]) => element.setAttribute(name as string, value as string),
      [name, value],
    );

  await set('lang', 'bn');
  await expect(numbers(page).last()).toHaveText('৮');
  await set('lang', 'de');
  await set('server', other.url);
  await expect(numbers(page).last()).toHaveText('1');
  await expect(country(page)).toHaveText(/^100\s% · Deutschland$/);
  await set('lang', 'en');
  await expect(country(page)).toHaveText('100% from Germany');

  const [span, section] = ['dt span', 'section'].map((part) =>
    page.locator(`visitor-tracker ${part}`).first(),
  );
  await set('show-location', 'false');
  await expect(section as typeof widget).toBeHidden();
  await expect(span as typeof widget).toBeVisible();
  await set('show-details', 'false');
  await expect(span as typeof widget).toBeHidden();
  const panel = page.locator('visitor-tracker [role=group]');
  await set('theme', 'light');
  await expect(panel).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await set('style', '--footfall-ground: rgb(1, 2, 3)');
  await expect(panel).toHaveCSS('background-color', 'rgb(1, 2, 3)');
  await set('position', 'fixed-bottom');
  await expect(panel).toHaveCSS('position', 'fixed');
  await set('hidden', '');
  await expect(widget).toBeHidden();
});

test('polls as often as it should if nothing is pushed, and at least every ten seconds', async ({ page }) => {
  await page.clock.install();
  await page.routeWebSocket('**/api/live', (socket) => socket.close());
  await page.route('**/api/live', (route) => route.abort());
  const requested: string[] = [];
  page.on('request', (request) => request.url().endsWith('/api/stats') && requested.push(request.url()));
  await openPage(page, snippet(footfall.url, 'update-interval="600"'));
  await expect(numbers(page).last()).toHaveText('8');
  const after = async (ms: number): Promise<void> => {
    const { length } = requested;
    await page.clock.runFor(ms);
    await expect.poll(() => requested.length).toBeGreaterThan(length);
  };
  await after(10_100);
  await page.locator('visitor-tracker').evaluate((widget) => widget.setAttribute('update-interval', '2'));
  await expect.poll(() => requested.length).toBe(3);
  await after(2_100);
});
