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
const ADMIN_PASSWORD = 'the-owners-own-password';
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

/** A state of a page to check. */
interface View {
  readonly name: string;
  readonly url: string;
  /** Opens what is closed at first. */
  readonly open?: (page: Page) => Promise<void>;
}

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
  const views = [...viewsOf(seeded), ...shared, ...firstViewsOf(fresh), ...widgetsOf(host.url)].filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
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

/** The pages of a server that has counted for a while. */
function viewsOf({ url }: Server): View[] {
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
    ...[
      'live',
      'not-counted',
      'annotations',
      'segments',
      'share',
      'settings',
      'data',
      'account',
      'sample',
    ].map((name) => at(`/admin/${name}`)),
    at('/admin/settings', '/admin/settings, opened', openAll),
    at('/admin/sample', '/admin/sample, made', makeSample),
    at('/admin/account', '/admin/account, with a passkey', offerPasskey),
    at('/admin/setup/site'),
    at('/admin/setup/install'),
    at('/this-browser'),
    at('/admin/sign-in'),
    at('/admin/setup'),
    at('/admin/nothing-here'),
  ];
}

/** The pages of a private link, with a password and without. */
async function sharedViewsOf({ url }: Server, page: Page): Promise<View[]> {
  await signIn(page, url);
  const make = async (name: string, password: string): Promise<View> => {
    await page.goto(`${url}/admin/share?country=DE`);
    await page.getByLabel('Name').first().fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Make a link' }).click();
    const [path = ''] = /\/share\/[\w-]{43}/.exec(await page.getByRole('status').first().innerText()) ?? [];
    return { name: `/share/…, ${name}`, url: url + path };
  };
  return [
    await make('open', ''),
    await make('locked', 'a password for guests'),
    { name: '/share/…, unknown', url: `${url}/share/${'x'.repeat(43)}` },
  ];
}

/** The pages of a server that has counted nothing and has no password yet. */
function firstViewsOf({ url, stdout }: Server): View[] {
  const [setup = ''] = /\/admin\/setup\?token=[\w-]+/.exec(stdout()) ?? [];
  return ['/', '/stats', '/install', '/admin/sign-in', setup].map((path) => ({
    name: `${path.replace(/=.*/, '=…')}, new`,
    url: url + path,
  }));
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

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/admin/sign-in`);
  await page.getByLabel('Password').fill(ADMIN_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/admin`);
}

async function check(page: Page, { url, open }: View, axe: string): Promise<Violation[]> {
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
