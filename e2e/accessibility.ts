/**
 * `pnpm accessibility`: checks every page for violations with axe-core, in light and dark, on a desktop and a phone. Needs
 * a network: axe-core (MPL-2.0) is fetched into a temporary folder and is no dependency. It is not part of `npm test`.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { launchBrowser } from './browser.ts';
import { SURROUNDINGS } from './environment.ts';
import { startHostSite } from './host-site.ts';
import { startServer, type Server } from './server.ts';
import {
  ADMIN_PASSWORD,
  firstViewsOf,
  germanViewsOf,
  sharedViewsOf,
  signIn,
  speak,
  viewsOf,
  type View,
} from './views.ts';
import { ANYWHERE, snippet, visitFrom } from './widget.ts';

const USAGE = `pnpm accessibility [part of a page's name …]

Starts servers of its own, opens every page in Chromium, signed in where that is needed, and checks it with axe-core:
in light and dark, 1440 and 390 pixels wide. Fetches axe-core into a temporary folder, which needs a network.

  --help, -h     shows this`;

if (process.argv.some((argument) => argument === '--help' || argument === '-h')) {
  console.log(USAGE);
  process.exit();
}

const AXE_VERSION = '4.14.1';
const ROOT = `${import.meta.dirname}/..`;
const WIDTHS = [1_440, 390] as const;
const SCHEMES = ['light', 'dark'] as const;

/** Attributes of the widget in each of its looks. */
const WIDGETS: Readonly<Record<string, string>> = {
  classic: '',
  auto: 'theme="auto"',
  light: 'theme="light"',
  dark: 'theme="dark"',
  plain: 'theme="plain"',
  inline: 'theme="auto" position="inline"',
  strip: 'theme="auto" position="fixed-bottom"',
  'classic strip': 'position="fixed-bottom"',
  arabic: 'theme="auto" lang="ar"',
};

/** The part of axe-core's results that is reported. */
interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const folder = await mkdtemp(join(tmpdir(), 'footfall-accessibility-'));
try {
  const run = promisify(execFile);
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `axe-core@${AXE_VERSION}`], {
    cwd: folder,
  });
  const axe = await readFile(join(folder, 'node_modules/axe-core/axe.min.js'), 'utf8');
  const env = { ...SURROUNDINGS, DATABASE_URL: `file:${join(folder, 'footfall.db')}` };
  const history = ['seed', '--days', '60', '--views', '6000', '--pages', '30'];
  await run(process.execPath, ['apps/api/src/cli.ts', ...history], { cwd: ROOT, env });

  await using seeded = await startServer({ folder, env: { ...ANYWHERE, ADMIN_PASSWORD } });
  for (let visitor = 1; visitor <= 5; visitor += 1) await visitFrom(seeded, 'DE', visitor);
  await using fresh = await startServer();
  await using host = await startHost(seeded);

  const browser = await launchBrowser();
  const shared = await sharedViewsOf(seeded, await (await browser.newContext()).newPage());
  const wanted = process.argv.slice(2);
  const views = [
    ...germanViewsOf(seeded),
    ...viewsOf(seeded),
    ...shared,
    ...firstViewsOf(fresh),
    ...widgetsOf(host.url),
  ].filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  const found = new Map<string, Violation[]>();
  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await signIn(page, seeded.url);
      for (const view of views) {
        const violations = await check(page, view, axe);
        found.set(`${view.name} ${colorScheme} ${width}`, violations);
      }
      await context.close();
    }
  }
  await browser.close();
  report(views, found);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A website that has the widget in each of its looks. */
async function startHost({ url }: Server) {
  const host = await startHostSite((path) => {
    const { searchParams } = new URL(path, 'http://host.example');
    const [look = '', width = '100%'] = [searchParams.get('look') ?? '', searchParams.get('width') ?? '100%'];
    // axe-core takes a page without a background for white, whatever its color scheme.
    const style = '<style>:root { color-scheme: light dark; background: Canvas; color: CanvasText; }</style>';
    return `${style}<main><h1>A page</h1><p>Its text.</p>
      <div style="width: ${width}">${snippet(url, WIDGETS[look])}</div></main>`;
  });
  return { ...host, [Symbol.asyncDispose]: host.stop };
}

function widgetsOf(url: string): View[] {
  return Object.keys(WIDGETS).flatMap((look) => [
    { name: `widget ${look}`, url: `${url}/?look=${encodeURIComponent(look)}`, open: numbersShown },
    {
      name: `widget ${look}, 160 px, opened`,
      url: `${url}/?width=160px&look=${encodeURIComponent(look)}`,
      open: async (page: Page) => {
        await numbersShown(page);
        await page.locator('visitor-tracker dt summary').first().click();
      },
    },
  ]);
}

async function numbersShown(page: Page): Promise<void> {
  await page
    .locator('visitor-tracker dd b')
    .getByText(/[\d٠-٩]/)
    .first()
    .waitFor();
}

async function check(page: Page, view: View, axe: string): Promise<Violation[]> {
  const { url, open } = view;
  await speak(page, view);
  await page.goto(url, { waitUntil: 'load' });
  await page.getByRole('main').waitFor();
  await page.evaluate(() => document.fonts.ready);
  await open?.(page);
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    return (await axe.run({ resultTypes: ['violations'] })).violations;
  });
}

/** Prints a row for each page, then each violation; sets the exit code. */
function report(views: readonly View[], found: ReadonlyMap<string, readonly Violation[]>): void {
  const columns = SCHEMES.flatMap((scheme) => WIDTHS.map((width) => `${scheme} ${width}`));
  console.table(
    Object.fromEntries(
      views.map(({ name }) => [
        name,
        Object.fromEntries(columns.map((column) => [column, found.get(`${name} ${column}`)?.length])),
      ]),
    ),
  );
  let sum = 0;
  for (const [where, violations] of found) {
    sum += violations.length;
    for (const { id, help, nodes } of violations) {
      console.log(`\n${where}: ${id} (${help})`);
      for (const { html, failureSummary = '' } of nodes.slice(0, 5)) {
        console.log(`  ${html.slice(0, 200)}\n    ${failureSummary.replace(/\n/g, '\n    ')}`);
      }
    }
  }
  console.log(
    `\n${sum} violations on ${views.length} pages, in light and dark, at ${WIDTHS.join(' and ')} px.`,
  );
  process.exitCode = sum === 0 ? 0 : 1;
}
