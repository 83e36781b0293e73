import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import type { Running } from './configurations.ts';
import { countOf, expect, test } from './fixtures.ts';
import { startBuiltSite, startHostSite, type HostSite } from './host-site.ts';

/** The snippets of the install page, by the name of their file. */
async function shown(page: Page, footfall: Running, query: string): Promise<(file: RegExp) => string> {
  await page.goto(`${footfall.url}/install?${query}`);
  const samples = await page
    .locator('figure')
    .evaluateAll((figures) =>
      figures.map((figure) => [
        figure.querySelector('figcaption span')?.textContent ?? '',
        figure.querySelector('code')?.textContent ?? '',
      ]),
    );
  return (file) => {
    const found = samples.find(([name]) => file.test(name ?? ''));
    expect(found, `a sample for ${file}`).toBeDefined();
    return found?.[1] ?? '';
  };
}

/** The public address, as the pages show it. */
const publicUrl = ({ url }: Running): string => url.replace('127.0.0.1', 'localhost');

const VITE = fileURLToPath(new URL('node_modules/vite/bin/vite.js', import.meta.url));

/** Writes a project where the workspace's modules are found, and builds it as its owner would. */
async function build(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await promisify(execFile)(process.execPath, [VITE, 'build', '--logLevel', 'error'], { cwd: folder });
}

/** An owner's document, before anything is pasted into it. */
const document = (head: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Site</title>${head}</head><body>${body}</body></html>`;

test('the snippets of the install page, pasted into sites of three kinds and built, count each load once', async ({
  footfall,
  page,
}, info) => {
  test.setTimeout(90_000);
  const plain = await shown(page, footfall, 'kind=html&keep=q');
  const kit = await shown(page, footfall, 'kind=sveltekit');
  const react = await shown(page, footfall, 'kind=react');
  const folder = (name: string): string => info.outputPath(name);

  await Promise.all([
    build(folder('plain'), {
      'index.html': document(
        plain(/^HTML, in every page before/),
        ['the widget is', 'the number is', 'with its own address']
          .map((file) => plain(new RegExp(file)))
          .join('\n'),
      ),
      // The pasted script is from another site: it must not be bundled.
      'vite.config.js': 'export default {};',
    }),
    build(folder('sveltekit'), {
      'vite.config.js': `import { sveltekit } from '@sveltejs/kit/vite'; export default { plugins: [sveltekit({})] };`,
      'src/app.html': document(`%sveltekit.head%${kit(/app\.html/)}`, '<div>%sveltekit.body%</div>'),
      'src/lib/Views.svelte': kit(/Views\.svelte/),
      'src/routes/+layout.js': 'export const prerender = true;',
      'src/routes/+layout.svelte': `<script>let { children } = $props();</script>\n${kit(/layout\.svelte/)}\n{@render children()}`,
      'src/routes/+page.svelte': `<script>import Views from '../lib/Views.svelte';</script><h1>Kit</h1><Views />`,
    }),
    build(folder('react'), {
      'index.html': document(
        react(/With Vite: index\.html, before/),
        `${react(/start of <body>/)}<div id="root"></div><script type="module" src="/main.jsx"></script>`,
      ),
      'vite.config.js': `export default { oxc: { jsx: { runtime: 'automatic' } } };`,
      'Visitors.jsx': react(/Visitors\.jsx/),
      'Views.jsx': react(/Views\.jsx/),
      'Pixel.jsx': react(/Pixel\.jsx/),
      'main.jsx': `import { createRoot } from 'react-dom/client';
        import { Pixel } from './Pixel.jsx';
        import { Views } from './Views.jsx';
        import { Visitors } from './Visitors.jsx';
        createRoot(document.getElementById('root')).render(
          <><h1>React</h1><Visitors /><Views page="/" /><Pixel path="/" /></>,
        );`,
    }),
  ]);

  const kitOutput = join(folder('sveltekit'), '.svelte-kit/output');
  const sites: readonly HostSite[] = [
    await startBuiltSite(join(folder('plain'), 'dist')),
    await startBuiltSite(join(kitOutput, 'prerendered/pages'), join(kitOutput, 'client')),
    await startBuiltSite(join(folder('react'), 'dist')),
  ];
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  for (const [at, site] of sites.entries()) {
    await page.goto(site.url);
    await expect.poll(() => countOf(footfall)).toBe(at + 1);
    await expect(page.locator('visitor-tracker')).toBeAttached();
    const badge = page.locator('img[src*="/api/badge.svg"]');
    await expect(badge).toHaveJSProperty('complete', true);
    expect(await badge.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(20);
    await page.waitForLoadState('networkidle');
    expect(await countOf(footfall)).toBe(at + 1);
    await site.stop();
  }
  expect(await countOf(footfall, '/')).toBe(sites.length);
  expect(complaints).toEqual([]);
});

test.describe('while it is open', () => {
  test.use({ environment: { COUNT_BOTS: 'false', SITE_HOSTS: '127.0.0.1' } });

  test('it shows that the first page view has arrived, and why one was not counted', async ({
    footfall,
    page,
    browser,
  }) => {
    const line = (await shown(page, footfall, 'kind=html'))(/in every page before/);
    const news = page.getByTestId('first-visit').getByRole('status');
    await expect(news).toContainText('Waiting for a page view.');
    const host = await startHostSite(() => line);

    async function visited(url: string, options: Parameters<typeof browser.newContext>[0] = {}) {
      const context = await browser.newContext(options);
      const visitor = await context.newPage();
      const answered = visitor.waitForResponse('**/api/visitors/track*');
      await visitor.goto(url);
      await answered;
      await context.close();
    }

    await visited(`${host.url}/bot`, {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0.0.0',
    });
    await expect(news).toContainText('1 page view arrived and was not counted.');
    await expect(news).toContainText('looks like a bot');
    await visited(`${host.url}/private`, { extraHTTPHeaders: { 'sec-gpc': '1' } });
    await expect(news).toContainText('Global Privacy Control');
    await visited(host.url.replace('127.0.0.1', 'localhost'));
    await expect(news).toContainText('SITE_HOSTS');
    await expect(news).not.toContainText('It works');

    await visited(`${host.url}/first`);
    await expect(news).toContainText(
      '1 page view counted since you opened this page, the last one of /first.',
    );
    // Viewing it counts nothing, and gives no reason either.
    expect(await countOf(footfall)).toBe(1);
    await expect(page.getByTestId('first-visit')).toContainText(
      /Counted so far: 1 page view\. Not counted today:\s+1\s+\(bot\), 1\s+\(opted-out\), 1\s+\(origin\)\./,
    );
    await host.stop();
  });
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('kinds are links, options a form, and the status is shown', async ({ footfall, page }) => {
    await page.goto(`${footfall.url}/`);
    await page.getByRole('link', { name: 'Install', exact: true }).first().click();
    await page.getByRole('link', { name: 'Astro' }).click();
    await expect(page.locator('pre').first()).toContainText('<script is:inline defer');
    await page.getByLabel('Query parameters to keep').fill('q page');
    await page.getByLabel('Count only after consent').check();
    await page.getByLabel('Theme of the widget').selectOption('Light');
    await page.getByRole('button', { name: 'Update the snippets' }).click();
    await expect(page.locator('pre').first()).toHaveText(
      `<script is:inline defer src="${publicUrl(footfall)}/footfall.js" data-keep="q page" data-require-consent="true"></script>`,
    );
    await expect(page.getByText('theme="light"')).toBeVisible();
    await expect(page.getByText('window.footfall?.consent(true);')).toBeVisible();
    await expect(page.getByTestId('first-visit')).toContainText('Counted so far: 0 page views.');
  });
});

test('with JavaScript an option updates the snippets at once, and a sample is copied', async ({
  footfall,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${footfall.url}/install`);
  await page.getByLabel('Also browsers that ask not to be tracked').check();
  const line = `<script defer src="${publicUrl(footfall)}/footfall.js" data-respect-dnt="false"></script>`;
  await expect(page.locator('pre').first()).toHaveText(line);
  await page.getByRole('link', { name: 'Vue' }).click();
  await expect(page).toHaveURL(/kind=vue.*everyone=on/);
  await expect(page.locator('pre').first()).toHaveText(line);
  await page.getByRole('button', { name: /^Copy/ }).first().click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(line);
  expect(await countOf(footfall)).toBe(0); // this page is never counted itself
});

test('the site’s address comes first, with the value of SITE_HOSTS', async ({ footfall, page }) => {
  await page.goto(`${footfall.url}/install`);
  const advice = page.getByTestId('site-hosts');
  await expect(advice).toContainText('Pages of any host are counted at present.');
  // The button disappears with JavaScript, which then updates on input.
  await expect(page.getByRole('button', { name: 'Update the snippets' })).toHaveCount(0);
  await page.getByLabel('Your site’s address').fill('https://blog.example.org/start');
  await page.getByLabel('Your site’s address').blur();
  await expect(advice).toContainText('SITE_HOSTS=blog.example.org');
  await expect(page.locator('pre').filter({ hasText: 'seen.gif' })).toContainText('blog.example.org');
});

test.describe('if hosts are configured', () => {
  test.use({ environment: { SITE_HOSTS: 'example.com,*.example.net' } });

  test('a host that is not among them is reported as missing', async ({ footfall, page }) => {
    await page.goto(`${footfall.url}/install`);
    const advice = page.getByTestId('site-hosts');
    await expect(advice).toContainText('example.com is in SITE_HOSTS');
    await page.goto(`${footfall.url}/install?site=www.example.net`);
    await expect(advice).toContainText('www.example.net is in SITE_HOSTS');
    await page.goto(`${footfall.url}/install?site=example.net`);
    await expect(advice).toContainText('This host isn’t in SITE_HOSTS');
    await expect(advice).toContainText('SITE_HOSTS=example.com,*.example.net,example.net');
  });
});

test('widget and badge are previewed with the chosen options, on a light and on a dark page', async ({
  footfall,
  page,
}) => {
  await page.goto(`${footfall.url}/install`);
  const widgets = page.getByTestId('widget-preview').locator('visitor-tracker');
  await expect(widgets).toHaveCount(2);
  await page.getByLabel('Theme of the widget').selectOption('Dark');
  await expect(widgets.first()).toHaveAttribute('theme', 'dark');
  await expect(page.getByText('theme="dark"')).toBeVisible();
  await page.getByLabel('Show details').uncheck();
  await expect(widgets.last()).toHaveAttribute('show-details', 'false');
  await page.getByLabel('Style of the badge').selectOption('Digits');
  const badges = page.getByTestId('badge-preview').locator('img');
  await expect(badges).toHaveCount(2);
  await expect(badges.first()).toHaveAttribute('src', '/api/badge.svg?style=digits');
});
