/**
 * `pnpm screenshots`: takes a picture of every page in every state, on a desktop and a phone, in light and dark, and makes a
 * page that shows them side by side.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from '@playwright/test';
import { launchBrowser } from './browser.ts';
import { SURROUNDINGS } from './environment.ts';
import { startServer, type Server } from './server.ts';
import {
  ADMIN_PASSWORD,
  emptyViews,
  firstViewsOf,
  germanViewsOf,
  sharedViewsOf,
  signIn,
  speak,
  viewsOf,
  type View,
} from './views.ts';
import { ANYWHERE, visitFrom } from './widget.ts';

const USAGE = `pnpm screenshots [part of a page's name …]

Starts servers of its own, opens every page in Chromium, signed in where that is needed, and takes its picture:
in light and dark, 1440 and 390 pixels wide. The pictures are in e2e/test-results/pages; index.html shows them.

  --help, -h     shows this`;

if (process.argv.some((argument) => argument === '--help' || argument === '-h')) {
  console.log(USAGE);
  process.exit();
}

const ROOT = `${import.meta.dirname}/..`;
const PICTURES = `${import.meta.dirname}/test-results/pages`;
const DEVICES = { desktop: { width: 1_440, height: 900 }, phone: { width: 390, height: 844 } } as const;
const SCHEMES = ['light', 'dark'] as const;

const wanted = process.argv.slice(2);
const isWanted = ({ name }: Pick<View, 'name'>): boolean =>
  wanted.length === 0 || wanted.some((part) => name.includes(part));

const folder = await mkdtemp(join(tmpdir(), 'footfall-screenshots-'));
const browser = await launchBrowser();
const taken = new Set<string>();
try {
  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES, { recursive: true });
  await using full = await startFull(join(folder, 'full'));
  await using day = await startServer({ env: { ...ANYWHERE, ADMIN_PASSWORD } });
  for (let visitor = 1; visitor <= 7; visitor += 1) await visitFrom(day, 'DE', visitor);
  await using empty = await startServer({ env: { ADMIN_PASSWORD } });
  await using fresh = await startServer();

  const shared = await sharedViewsOf(full, await (await browser.newContext()).newPage());
  // German first: the last of the others sign the owner out.
  await takeAll(full, [...germanViewsOf(full), ...viewsOf(full), ...shared]);
  await takeAll(day, firstDayViews(day));
  await takeAll(empty, emptyViews(empty));
  await takeAll(undefined, firstViewsOf(fresh));
  await takeOffline(full);
  await writeFile(join(PICTURES, 'index.html'), sheetOf([...taken]));
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${taken.size} pages and states: see ${PICTURES}/index.html`);

/** A server that has counted for two months. */
async function startFull(home: string): Promise<Server> {
  await mkdir(home);
  const env = { ...SURROUNDINGS, DATABASE_URL: `file:${join(home, 'footfall.db')}` };
  const history = ['seed', '--days', '60', '--views', '40000', '--pages', '40'];
  await promisify(execFile)(process.execPath, ['apps/api/src/cli.ts', ...history], { cwd: ROOT, env });
  const server = await startServer({ folder: home, env: { ...ANYWHERE, ADMIN_PASSWORD } });
  for (const [visitor, country] of ['US', 'DE', 'BD', 'FR', 'JP'].entries())
    await visitFrom(server, country, visitor);
  return server;
}

function firstDayViews({ url }: Server): View[] {
  return ['/', '/stats', '/admin', '/admin/live'].map((path) => ({
    name: `${path}, first day`,
    url: url + path,
  }));
}

/** Opens pages one after the other; on those of a server with an owner the owner is signed in. */
async function takeAll(server: Server | undefined, views: readonly View[]): Promise<void> {
  const chosen = views.filter(isWanted);
  if (chosen.length === 0) return;
  await onEachDevice(browser, async (page, suffix) => {
    if (server !== undefined) await signIn(page, server.url);
    for (const view of chosen) {
      const { name, url, open } = view;
      await speak(page, view);
      await page.goto(url, { waitUntil: 'load' });
      await page.getByRole('main').waitFor();
      await open?.(page);
      await take(page, name, suffix);
    }
  });
}

/** The pages that show numbers when their server has gone away. */
async function takeOffline(server: Server): Promise<void> {
  const paths = ['/', '/stats', '/admin'].filter((path) => isWanted({ name: `${path}, offline` }));
  if (paths.length === 0) return;
  const open: { readonly page: Page; readonly name: string; readonly suffix: string }[] = [];
  await onEachDevice(
    browser,
    async (first, suffix) => {
      await signIn(first, server.url);
      for (const path of paths) {
        const page = await first.context().newPage();
        await page.goto(server.url + path, { waitUntil: 'load' });
        open.push({ page, name: `${path}, offline`, suffix });
      }
    },
    { isKept: true },
  );
  await server.kill();
  for (const { page, name, suffix } of open) {
    await page.bringToFront();
    await page.getByText('No connection to Footfall').waitFor();
    await take(page, name, suffix);
  }
}

async function onEachDevice(
  from: Browser,
  work: (page: Page, suffix: string) => Promise<void>,
  { isKept = false } = {},
): Promise<void> {
  for (const [device, viewport] of Object.entries(DEVICES))
    for (const colorScheme of SCHEMES) {
      const context = await from.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      await work(await context.newPage(), `${device}-${colorScheme}`);
      if (!isKept) await context.close();
    }
}

async function take(page: Page, name: string, suffix: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(PICTURES, `${fileName(name)}-${suffix}.png`), fullPage: true });
  taken.add(name);
}

function fileName(name: string): string {
  return name.replaceAll(/[^\w]+/g, '-').replaceAll(/^-|-$/g, '') || 'home';
}

/** A page with the pictures of each page in a row. */
function sheetOf(names: readonly string[]): string {
  const rows = names.map((name) => {
    const pictures = Object.keys(DEVICES).flatMap((device) =>
      SCHEMES.map(
        (scheme) => `<img src="${fileName(name)}-${device}-${scheme}.png" class="${device}" alt="${scheme}">`,
      ),
    );
    return `<section id="${fileName(name)}"><h2>${name}</h2><div>${pictures.join('')}</div></section>`;
  });
  const style = `body { font: 16px system-ui; } div { display: flex; gap: 8px; align-items: start; }
    .desktop { width: 37%; } .phone { width: 11%; } img { border: 1px solid #888; }`;
  return `<!doctype html><meta charset="utf-8"><title>Pages</title><style>${style}</style>${rows.join('\n')}`;
}
