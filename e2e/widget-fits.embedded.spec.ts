/** The widget on pages of every width, theme and language, and what it stores in browsers. */
import type { Page, WebSocketRoute } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { freePort } from './ports.ts';
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
  title,
  updateOf,
  visitFrom,
  watchShifts,
} from './widget.ts';

test.describe.configure({ mode: 'default' });
let footfall: Server;
test.beforeAll(async () => {
  const port = await freePort();
  footfall = await startServer({ env: { ...ANYWHERE, PUBLIC_URL: `http://127.0.0.1:${port}` }, port });
  for (let visitor = 1; visitor <= 3; visitor += 1) await visitFrom(footfall, 'BD', visitor);
});
test.afterAll(() => footfall[Symbol.asyncDispose]());

/** The boxes of the four numbers, and the parts of the widget that are clipped or overflow. */
const measure = (page: Page) =>
  page.locator('visitor-tracker').evaluate((widget) => {
    const root = widget.shadowRoot!;
    const panel = root.querySelector('[role]')!.getBoundingClientRect();
    const boxes = [...root.querySelectorAll('dl div')].map((box) => box.getBoundingClientRect());
    const labels = [
      ...root.querySelectorAll<HTMLElement>('#title, dd b, summary, summary span, section b, bdi'),
    ];
    const outside = labels.filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      if (width === 0) return false;
      const isCut =
        element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline';
      return isCut || left < panel.left - 0.5 || right > panel.right + 0.5;
    });
    return {
      columns: new Set(boxes.map(({ left }) => Math.round(left))).size,
      panel: { left: panel.left, right: panel.right },
      padding: parseFloat(getComputedStyle(root.querySelector('[role]')!).paddingLeft),
      outside: outside.map((element) => element.outerHTML),
      scrollsSideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    };
  });

const LONG = {
  live: 1_234_567,
  active: 12_345_678,
  today: 1_234_567_890,
  total: Number.MAX_SAFE_INTEGER,
  location: { country: 'GS', percent: 100 }, // South Georgia & South Sandwich Islands
};

const VARIANTS = ['', 'theme="auto"', 'theme="plain"', 'theme="light" position="inline"'];
const TONGUES = ['', 'lang="de"', 'lang="ar"', 'lang="ru"'];

for (const [width, columns] of [
  [160, 1],
  [219, 1],
  [220, 2],
  [320, 2],
  [640, 4],
] as const) {
  test(`${width} pixels wide it has ${columns} columns, and nothing is clipped or overflows`, async ({
    page,
  }) => {
    await page.setViewportSize({ width: Math.max(width + 40, 320), height: 900 });
    for (const variant of VARIANTS) {
      for (const tongue of TONGUES) {
        const socket = await routeLive(page, { ...LONG });
        const own = `<style>visitor-tracker { width: ${width}px !important; margin: 0 !important }</style>`;
        await openPage(page, own + snippet(footfall.url, `${variant} ${tongue}`));
        await expect(numbers(page).first()).not.toHaveText('–');
        const measured = await measure(page);
        const name = `${variant} ${tongue}`;
        expect([name, measured.outside]).toEqual([name, []]);
        if (!variant.includes('inline') || width < 320)
          expect([name, measured.columns]).toEqual([name, columns]);
        expect(measured.panel.right - measured.panel.left).toBeLessThanOrEqual(width);
        expect([name, measured.scrollsSideways]).toEqual([name, false]);
        if (!variant.includes('plain'))
          expect([name, measured.padding]).toEqual([name, width < 320 ? 12 : 24]);
        void socket;
      }
    }
  });
}

test('in a column of 160 pixels, it fits including margins and shadow', async ({ page }) => {
  await routeLive(page, { ...LONG });
  for (const variant of VARIANTS) {
    await openPage(page, `<div style="width: 160px">${snippet(footfall.url, variant)}</div>`);
    await expect(numbers(page).first()).toHaveText('1,234,567');
    const { panel, outside } = await measure(page);
    expect([variant, outside]).toEqual([variant, []]);
    expect(panel.right).toBeLessThanOrEqual(8 + 160);
    expect(panel.left).toBeGreaterThanOrEqual(8);
  }
});

test.describe('themes', () => {
  const styleOf = (page: Page) =>
    page.locator('visitor-tracker').evaluate((widget) => {
      const panel = getComputedStyle(widget.shadowRoot!.querySelector('[role]')!);
      const number = getComputedStyle(widget.shadowRoot!.querySelector('dd b')!);
      return {
        ground: panel.backgroundColor,
        border: panel.border,
        shadow: panel.boxShadow,
        font: panel.fontFamily,
        number: number.color,
      };
    });
  const wordsOf = (page: Page) => page.locator('visitor-tracker dt summary').allInnerTexts();

  test('without a theme, and with the classic one, it is black and gold and has the words of the requirement', async ({
    page,
  }) => {
    for (const variant of ['', 'theme="classic"']) {
      await openPage(page, `<div lang="de">${snippet(footfall.url, variant)}</div>`);
      await expect(numbers(page).first()).toHaveText(/^[34]$/);
      expect(await styleOf(page)).toEqual({
        ground: 'rgb(11, 11, 11)',
        border: '8px solid rgb(128, 128, 128)',
        shadow: 'rgb(68, 68, 68) 15px 15px 0px 0px',
        font: 'system-ui',
        number: 'rgb(255, 215, 0)',
      });
      await expect(title(page)).toHaveText('◉ WATCHING NOW'.slice(2), { useInnerText: true });
      expect((await wordsOf(page)).map((text) => text.split(/\s*\n\s*/))).toEqual([
        ['LIVE NOW', '5 MIN'],
        ['ACTIVE', '30 MIN'],
        ['TODAY', '24 H'],
        ['TOTAL', 'EVER'],
      ]);
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`auto has the page’s font, and is ${colorScheme} if the visitor prefers that`, async ({
      browser,
    }) => {
      const page = await browser.newPage({ colorScheme });
      await openPage(
        page,
        `<style>body { font-family: Georgia }</style>${snippet(footfall.url, 'theme="auto"')}`,
      );
      await expect(numbers(page).first()).toHaveText(/^[34]$/);
      const ink = colorScheme === 'light' ? 'rgb(34, 34, 34)' : 'rgb(238, 238, 238)';
      const ground = colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(34, 34, 34)';
      expect(await styleOf(page)).toMatchObject({ font: 'Georgia', ground, number: ink, shadow: 'none' });
      await page.close();
    });
  }

  for (const theme of ['auto', 'light', 'dark', 'plain']) {
    test(`${theme} says that these are visitors, and of which period`, async ({ page }) => {
      await openPage(page, snippet(footfall.url, `theme="${theme}"`));
      await expect(numbers(page).first()).toHaveText(/^[34]$/);
      await expect(title(page)).toHaveText('Visitors', { useInnerText: true });
      expect(await wordsOf(page)).toEqual(['Now', 'Last 30 min', 'Last 24 hours', 'All time']);
      await expect(page.getByRole('group', { name: 'Visitors', exact: true })).toBeVisible();
    });
  }
});

test('the title links to the public statistics, unless the page disables it', async ({ page }) => {
  await openPage(page, snippet(footfall.url, 'theme="auto"'));
  const link = page.locator('visitor-tracker').getByRole('link', { name: 'Visitors' });
  await expect(link).toHaveAttribute('href', `${footfall.url}/stats`);
  await page.locator('visitor-tracker').evaluate((widget) => widget.setAttribute('link', 'false'));
  await expect(link).toHaveCount(0);
  await expect(title(page)).toHaveText('Visitors', { useInnerText: true });
  for (const server of ['javascript:alert(1)//', 'data:text/html,x']) {
    await openPage(page, snippet(footfall.url, `server="${server}"`));
    await expect(numbers(page).first()).toHaveText('–');
    await expect(page.locator('visitor-tracker a[href]')).toHaveCount(0);
  }
});

test('the band of the country is shown only if a country is known', async ({ page }) => {
  const socket = await routeLive(page, { version: 1 });
  await openPage(page, snippet(footfall.url, 'theme="auto"'));
  await expect(numbers(page).first()).toHaveText('1');
  const band = page.locator('visitor-tracker section');
  await expect(band).toBeHidden();
  expect(await band.evaluate((element) => element.getBoundingClientRect().height)).toBe(0);
  socket().send(updateOf({ version: 2, location: { country: 'BD', percent: 50 } }));
  await expect(country(page)).toHaveText('50% from Bangladesh');
  await expect(band).toBeVisible();
});

test.describe('languages', () => {
  /** The widget's files that a page requests. */
  const filesOf = (page: Page): string[] => {
    const files: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith('.js')) files.push(pathname);
    });
    return files;
  };

  test('are those of the page, in separate files', async ({ page }) => {
    const complaints = complaintsOf(page);
    for (const [lang, expected, noun] of [
      ['de', 'Besucher', 'Besucher'],
      ['fr-CA', 'Visiteurs', 'visiteurs'],
      ['pl', 'Odwiedzający', 'odwiedzających'],
      ['ru-RU', 'Посетители', 'посетителя'],
      ['ar', 'الزوار', 'زوار'],
      ['ja', '訪問者', '人の訪問者'],
      ['zh-CN', '访客', '位访客'],
    ] as const) {
      const files = filesOf(page);
      await openPage(page, `<div lang="${lang}">${snippet(footfall.url, 'theme="auto"')}</div>`);
      await expect(title(page)).toHaveText(expected, { useInnerText: true });
      await expect(page.locator('visitor-tracker dd i').first()).toHaveText(noun);
      expect(files).toEqual(['/widget.js', `/widget-${lang.slice(0, 2)}.js`]);
    }
    expect(complaints).toEqual([]);
  });

  test('have the plural of the number', async ({ page }) => {
    const socket = await routeLive(page, { version: 1, live: 1 });
    await openPage(page, snippet(footfall.url, 'theme="auto" lang="ru"'));
    const live = page.locator('visitor-tracker dd').first();
    await expect(live).toHaveText('1 посетитель');
    for (const [version, number, expected] of [
      [2, 3, '3 посетителя'],
      [3, 11, '11 посетителей'],
      [4, 21, '21 посетитель'],
    ] as const) {
      socket().send(updateOf({ version, live: number }));
      await expect(live).toHaveText(expected);
    }
  });

  test('are not loaded by the classic widget on a page in another language, nor for an unknown language', async ({
    page,
  }) => {
    const files = filesOf(page);
    const complaints = complaintsOf(page);
    await openPage(
      page,
      `<div lang="de">${snippet(footfall.url)}</div><div lang="sv"><visitor-tracker theme="auto"></visitor-tracker></div>`,
    );
    await expect(numbers(page)).toHaveText(Array<string>(8).fill('3'));
    await expect(title(page)).toHaveText([/watching now/i, 'Visitors'], { useInnerText: true });
    expect(files).toEqual(['/widget.js']);
    expect(complaints).toEqual([]);
  });

  test('are next to the script, under any name', async ({ page }) => {
    const requested: string[] = [];
    await page.route('**/meadow/**', async (route) => {
      const { pathname } = new URL(route.request().url());
      requested.push(pathname);
      const name = pathname.replace('/meadow/w', '/widget').replace('/meadow/api', '/api');
      const response = await route.fetch({ url: footfall.url + name });
      await route.fulfill({ response });
    });
    const proxied = snippet('', 'theme="auto" position="fixed-bottom" lang="de"')
      .replace('/widget.js', '/meadow/w.js?v=2')
      .replace('<visitor-tracker', `<visitor-tracker server="${footfall.url}"`);
    await openPage(page, proxied);
    await expect(title(page)).toHaveText('Besucher', { useInnerText: true });
    expect(requested.sort()).toEqual(['/meadow/w-de.js', '/meadow/w-strip.js', '/meadow/w.js']);
  });

  test('come from the server of the script if they are not next to it, never from `server`', async ({
    page,
  }) => {
    const copy = await (await fetch(`${footfall.url}/widget.js`)).text();
    await page.route('**/copies/*', (route) =>
      route.request().url().endsWith('/w.js')
        ? route.fulfill({ contentType: 'text/javascript', body: copy })
        : route.fulfill({ status: 404 }),
    );
    const elsewhere: string[] = [];
    await page.route('https://elsewhere.example/**', (route) => {
      elsewhere.push(route.request().url());
      return route.abort();
    });
    const copied = snippet('', 'theme="auto" lang="de" server="https://elsewhere.example"').replace(
      '/widget',
      '/copies/w',
    );
    await openPage(page, copied);
    await expect(title(page)).toHaveText('Besucher', { useInnerText: true });

    // English is built in.
    const warnings: string[] = [];
    page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
    await page.route('**/widget-de.js', (route) => route.abort());
    await openPage(page, copied);
    await expect(title(page)).toHaveText(/^Visitors/, { useInnerText: true });
    expect(warnings).toContain(`Footfall: cannot load ${footfall.url}/widget-de.js`);
    expect(elsewhere.filter((url) => url.endsWith('.js'))).toEqual([]);
  });

  test('support right to left: Arabic on a page from left to right, German on one from right to left', async ({
    page,
  }) => {
    for (const [lang, dir, direction] of [
      ['ar', 'ltr', 'rtl'],
      ['de', 'rtl', 'ltr'],
    ] as const) {
      await openPage(page, `<div dir="${dir}">${snippet(footfall.url, `theme="auto" lang="${lang}"`)}</div>`);
      await expect(country(page)).toContainText('100');
      const panel = page.locator('visitor-tracker [role=group]');
      await expect(panel).toHaveCSS('direction', direction);
      const edges = await page.locator('visitor-tracker').evaluate((widget) => {
        const edge = (selector: string) =>
          widget.shadowRoot!.querySelector(selector)!.getBoundingClientRect();
        return {
          title: edge('#title a'),
          first: edge('dl div'),
          second: edge('dl div + div'),
          panel: edge('[role]'),
        };
      });
      const isFromRight = edges.first.left > edges.second.left;
      expect(isFromRight).toBe(direction === 'rtl');
    }
  });
});

test.describe('the strip at the bottom of the window', () => {
  const strip = (attributes = 'theme="auto"') =>
    snippet(footfall.url, `${attributes} position="fixed-bottom"`);
  const panel = (page: Page) => page.locator('visitor-tracker [role=group]');
  const close = (page: Page) => page.getByRole('button', { name: 'Close' });

  for (const width of [320, 390, 700, 1280] as const) {
    for (const attributes of ['', 'theme="auto"', 'theme="auto" lang="de"', 'theme="auto" lang="ar"']) {
      test(`is 44 pixels high and reserves its space: ${width} wide, ${attributes || 'classic'}`, async ({
        page,
      }) => {
        await page.setViewportSize({ width, height: 700 });
        await routeLive(page, {
          live: 1_234,
          active: 5_678,
          today: 12_345,
          total: 9_999_999,
          location: LONG.location,
        });
        await openPage(page, `<p>The page</p>${strip(attributes)}`);
        await expect(numbers(page).first()).toHaveText(/^1.234$/);
        expect(await panel(page).boundingBox()).toEqual({ x: 0, y: 656, width, height: 44 });
        const { shown, outside } = await page.locator('visitor-tracker').evaluate((widget) => {
          const foot = widget.shadowRoot!.querySelector('[role]')!.getBoundingClientRect().bottom;
          const pieces = [...widget.shadowRoot!.querySelectorAll('#title, dl div, section, button')]
            .map((piece) => piece.getBoundingClientRect())
            .filter((box) => box.top < foot) // the lines below are clipped
            .sort((one, other) => one.left - other.left);
          const overlaps = pieces.filter((box, at) => at > 0 && box.left < pieces[at - 1]!.right - 0.5);
          return {
            shown: pieces.length,
            outside: [
              ...overlaps,
              ...pieces.filter((box) => box.left < 0 || box.right > innerWidth + 0.5 || box.height > 44.5),
            ],
          };
        });
        expect(outside).toEqual([]);
        // The title, the current number and the button at least.
        expect(shown).toBeGreaterThanOrEqual({ 320: 3, 390: 3, 700: 5, 1280: 7 }[width]);
        const box = await page.locator('visitor-tracker button').boundingBox();
        expect(box).toMatchObject({ width: 44, height: 44 });
      });
    }
  }

  test('explains a number above itself', async ({ page }) => {
    await openPage(page, strip());
    await panel(page).getByText('Now', { exact: true }).click();
    const meaning = page.locator('visitor-tracker details[open] p');
    await expect(meaning).toHaveText('Visitors seen in the last 5 minutes.', { useInnerText: true });
    const box = (await meaning.boundingBox())!;
    const viewport = page.viewportSize()!;
    expect(box.y + box.height).toBeCloseTo(viewport.height - 44, -0.5);
    expect((await panel(page).boundingBox())?.height).toBe(44);
  });

  test('leaves the safe area of the screen free', async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 700 });
    const session = await page.context().newCDPSession(page);
    await session.send(
      'Emulation.setSafeAreaInsetsOverride' as never,
      { insets: { bottom: 34, left: 20, right: 20 } } as never,
    );
    await openPage(page, strip());
    await expect(numbers(page).first()).toHaveText(/^[34]$/);
    expect(await panel(page).boundingBox()).toEqual({ x: 0, y: 700 - 78, width: 390, height: 78 });
    const button = (await close(page).boundingBox())!;
    expect([button.y, button.height, button.x + 44]).toEqual([700 - 78, 44, 370]);
    const text = (await title(page).boundingBox())!;
    expect(text.x).toBe(20);
  });

  test('stays closed, on the next page too', async ({ page }) => {
    await openPage(page, strip());
    await close(page).click();
    await expect(panel(page)).toBeHidden();
    await page.reload();
    await expect(page.locator('visitor-tracker')).toHaveAttribute('hidden');
    await expect(panel(page)).toBeHidden();
    expect(await page.evaluate(() => Object.keys(localStorage))).toContain('footfall.closed');
  });

  test('reopens on the next page if nothing may be stored', async ({ page }) => {
    const tracker = `<script defer src="${footfall.url}/footfall.js" data-require-consent="true"></script>`;
    await openPage(page, tracker + strip());
    await close(page).click();
    await expect(panel(page)).toBeHidden();
    await page.reload();
    await expect(panel(page)).toBeVisible();
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  });

  test('is a normal widget again when the page says so', async ({ page }) => {
    await openPage(page, strip());
    await expect(close(page)).toBeVisible();
    await page.locator('visitor-tracker').evaluate((widget) => widget.setAttribute('position', 'inline'));
    await expect(close(page)).toHaveCount(0);
    await expect(panel(page)).toHaveCSS('position', 'static');
  });
});

test.describe('in storage', () => {
  const consenting = (attributes = '') =>
    `<script defer src="${footfall.url}/footfall.js" data-require-consent="true" ${attributes}></script>${snippet(footfall.url)}`;
  const stored = (page: Page) => page.evaluate(() => Object.keys(localStorage).sort());
  /** Navigates to another page of the site, which is when the numbers are stored. */
  const leave = async (page: Page): Promise<void> => {
    await page.goto(`${page.url()}?empty`);
  };

  test('is nothing before consent if the tracker requires it, and nothing after consent is withdrawn', async ({
    page,
  }) => {
    await openPage(page, consenting());
    await expect(numbers(page).first()).toHaveText(/^[34]$/);
    await leave(page);
    expect(await stored(page)).toEqual([]);
    await expect(numbers(page).first()).toHaveText(/^[34]$/);
    await page.evaluate(() => {
      (window as unknown as { footfall: { consent: (given: boolean) => void } }).footfall.consent(true);
    });
    await expect.poll(() => stored(page)).toEqual(['footfall.consent']);
    await leave(page);
    await expect.poll(() => stored(page)).toEqual(['footfall.consent', `footfall.live ${footfall.url}`]);
    await page.evaluate(() => {
      (window as unknown as { footfall: { consent: (given: boolean) => void } }).footfall.consent(false);
    });
    await expect.poll(() => stored(page)).toEqual([]);
    await leave(page);
    expect(await stored(page)).toEqual([]);
  });

  test('are the last numbers if consent was given elsewhere, or is not required', async ({ page }) => {
    for (const body of [consenting('data-consent="true"'), snippet(footfall.url)]) {
      await openPage(page, body);
      await expect(numbers(page).first()).not.toHaveText('–');
      await leave(page);
      expect(await stored(page)).toContain(`footfall.live ${footfall.url}`);
    }
  });
});

test('an outage is one line in the console, however long it lasts', async ({ page }) => {
  await page.clock.install();
  const lines: string[] = [];
  page.on('console', (message) => message.type() === 'warning' && lines.push(message.text()));
  let isDown = true;
  let tries = 0;
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket('**/api/live', (socket) => {
    tries += 1;
    sockets.push(socket);
    if (isDown) void socket.close();
    else socket.send(updateOf({ version: tries, live: tries }));
  });
  await page.route('**/api/**', (route) => route.abort());
  await openPage(page, snippet(footfall.url));
  const fail = async (): Promise<void> => {
    const before = tries;
    while (tries < before + 4) await page.clock.runFor(5_000);
  };
  await fail();
  const line = `Footfall: no numbers from ${footfall.url}`;
  await expect.poll(() => lines).toEqual([line]);
  await fail();
  expect(lines).toEqual([line]);
  isDown = false;
  // In small steps: responses take their own time.
  await expect(async () => {
    await page.clock.runFor(1_000);
    await expect(numbers(page).first()).not.toHaveText('–', { timeout: 500 });
  }).toPass();
  expect(lines).toEqual([line]);
  // The next outage is another line.
  isDown = true;
  for (const socket of sockets) await socket.close();
  await fail();
  await expect.poll(() => lines).toEqual([line, line]);
});

for (const [width, height] of [
  [336, 364], // the body has 16 of them
  [390, 364],
  [576, 266],
  [1280, 266],
] as const) {
  test(`a page without CSS of its own reserves its space with an empty image, ${width} pixels wide`, async ({
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
    const reserved = snippet(footfall.url, 'theme="auto"').replace(
      '></visitor',
      `><svg display="block" width="100%" height="${height}"></svg></visitor`,
    );
    const opened = openPage(page, `<p>The page</p>${reserved}<p>The footer</p>`);
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    come();
    await opened;
    await expect(numbers(page).first()).not.toHaveText('–');
    expect(
      await page.locator('visitor-tracker').evaluate((widget) => widget.getBoundingClientRect().height),
    ).toBe(height);
    expect(await shiftsOf(page)).toEqual([]);
    await page.close();
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the badge in theme auto is ${colorScheme} if the visitor prefers that`, async ({ browser }) => {
    const page = await browser.newPage({ colorScheme });
    await openPage(page, '<p>A page</p>');
    const isBright = await page.evaluate(async (src) => {
      const image = new Image();
      image.crossOrigin = 'anonymous';
      image.src = src;
      document.body.append(image);
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      // Only glyphs are drawn: check their colour.
      const reds = [...data].filter((_, at) => at % 4 === 0 && data[at + 3]! > 200);
      return reds.reduce((sum, red) => sum + red, 0) / reds.length > 128;
    }, `${footfall.url}/api/badge.svg?metric=visitors&style=plain&theme=auto`);
    expect(isBright).toBe(colorScheme === 'dark');
    await page.close();
  });
}
