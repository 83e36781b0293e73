import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectedEvent, Identity, PageView, Site } from '@footfall/core';
import { calendar } from '@footfall/core';
import { history } from '@footfall/core/history';
import { openStore, verify, type Connection, type ImportRequest, type Store } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { createCaller } from '@footfall/trpc';
import { expect, onTestFinished } from 'vitest';
import { readConfig } from '../src/config.ts';
import { exportZip } from '../src/export.ts';
import { openOwnExport, type OwnExport } from '../src/own-export.ts';

export const NOW = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const TIMEOUT_MS = 30 * 60 * 1000;

/** A store, and the site that it counts for. */
export interface Opened {
  readonly store: Store;
  readonly connection: Connection;
  readonly site: Site;
}

export async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-import-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a store on a file of its own, or on another connection. */
export async function openedOn(
  connect: () => Promise<Connection> = inFile,
  { timeZone = 'Europe/Berlin', identity = 'daily' }: { timeZone?: string; identity?: Identity } = {},
): Promise<Opened> {
  const site: Site = { ...readConfig({}).site, calendar: calendar(timeZone), identity };
  const connection = await connect();
  const store = await openStore(connection, {
    dayOf: (at) => site.calendar.momentOf(at).day,
    importPause: 0,
    newValuesPerHour: 1_000_000,
  });
  onTestFinished(() => store.close());
  return { store, connection, site };
}

async function inFile(): Promise<Connection> {
  return openFile({ path: join(await temporary(), 'footfall.db'), synchronous: 'normal' });
}

/** Months of visits on two hosts, with engagement, campaigns, registrations, duplicates and what was not counted. */
export async function fill(
  { store, site }: Opened,
  views: number,
  { days = 60, seed = 7 } = {},
): Promise<void> {
  const made = history({
    seed,
    days,
    views,
    pages: 30,
    visitors: Math.ceil(views / 8),
    until: NOW,
    identity: site.identity,
    timeoutMs: TIMEOUT_MS,
    calendar: site.calendar,
  });
  let nth = 0;
  for (const day of made) {
    const events = day.map((event): CollectedEvent => {
      nth += 1;
      if (event.kind === 'page-view' && nth % 5 === 0)
        return { ...event, page: `blog.example.org${event.page}` };
      if (event.kind === 'page-view' && nth % 17 === 0) return registrationOf(event);
      return event;
    });
    for (let at = 0; at < events.length; at += 1_000) await store.addAll(events.slice(at, at + 1_000));
    const [first] = events;
    if (first?.kind === 'page-view') {
      const ignored = { kind: 'ignored', day: first.day } as const;
      await store.addAll([
        first,
        { ...ignored, reason: 'bot', detail: 'Googlebot' },
        { ...ignored, reason: 'spam', detail: '' },
      ]);
    }
    await store.fold();
  }
  await folded(store);
}

function registrationOf({ page: _, kind: __, ...event }: PageView): CollectedEvent {
  return { kind: 'registration', ...event };
}

export async function folded(store: Store): Promise<void> {
  while (store.unfolded().events > 0) await store.fold();
}

/** What an owner has written. */
export async function write({ store }: Opened): Promise<void> {
  await store.segments.save({ name: 'Blog', filters: '{"page.contains":"/blog"}' });
  await store.annotations.add({ date: '2026-11-01', text: '=launch, "new"', isPublic: true });
  await store.annotations.note({ date: '2026-11-02', text: 'Settings changed: SITE_NAME' });
}

/** What every procedure that reads answers, without the version of the numbers and places in the log. */
export async function answersOf({ store, site }: Opened): Promise<unknown> {
  const notAsked = (): never => {
    throw new Error('not asked');
  };
  const caller = createCaller({
    requireOwner: () => Promise.resolve('owner'),
    live: { follow: notAsked, followVisits: notAsked },
    caller: undefined as never,
    footfall: {
      site: { ...site, statsPublic: true },
      store,
      now: () => NOW,
      newId: notAsked,
      salts: notAsked,
      settings: undefined as never,
      shares: undefined as never,
    },
  });
  const all = { from: '2024-01-01', to: '2026-11-20' };
  const lists = [
    'topPages',
    'entryPages',
    'exitPages',
    'sources',
    'channels',
    'campaigns',
    'countries',
    'regions',
    'cities',
    'languages',
    'devices',
    'browsers',
    'systems',
  ] as const;
  const pages = await caller.pages();
  const answers = {
    count: await caller.count(),
    pages,
    each: await Promise.all(pages.pages.slice(0, 5).map(({ page }) => caller.count({ page }))),
    stats: await caller.stats(),
    sysStats: await caller.sysStats(),
    visitorStats: await caller.visitorStats(),
    arrivals: await caller.arrivals(),
    overview: await Promise.all(
      (['today', '7d', '30d'] as const).map((period) => caller.overview({ period })),
    ),
    analytics: await Promise.all(
      [
        { ...all, interval: 'month' as const, limit: 100 },
        { ...all, interval: 'day' as const, limit: 100 },
        { from: '2026-11-19', to: '2026-11-20', interval: 'hour' as const },
        { from: '2026-11-01', to: '2026-11-20', source: 'Google' },
        { from: '2026-11-01', to: '2026-11-20', 'page.contains': 'blog' },
      ].map((query) => caller.analytics.visitors(query)),
    ),
    lists: await Promise.all(
      lists.flatMap((list) =>
        [{}, { country: 'DE' }].map((filter) =>
          caller.analytics.list({ list, from: '2026-10-15', to: '2026-11-20', ...filter }),
        ),
      ),
    ),
    now: await caller.analytics.now(),
    visits: await caller.visits.now(),
    ledger: await caller.ledger.range(all),
    annotations: await caller.annotations.list(),
    shown: await caller.annotations.shown(),
    segments: await caller.segments.list(),
  };
  const isOfStore = (name: string): boolean => ['version', 'store', 'id'].includes(name);
  return JSON.parse(JSON.stringify(answers, (name, value: unknown) => (isOfStore(name) ? undefined : value)));
}

export async function expectNoDifferences({ connection }: Opened): Promise<void> {
  expect(await verify({ batch: (statements) => connection.database.batch(statements, 'read') })).toEqual([]);
}

/** Exports a store into a file. */
export async function exported({ store, site }: Opened, range = {}): Promise<string> {
  const path = join(await temporary(), 'export.zip');
  await writeFile(path, await exportZip({ open: store.export, site, now: NOW, range }));
  return path;
}

export async function openExport(path: string): Promise<OwnExport> {
  const own = await openOwnExport(path);
  if (own === undefined) throw new Error(`${path} is no export`);
  onTestFinished(own.close);
  return own;
}

export function requestFor(
  { site }: Opened,
  { file }: Pick<OwnExport, 'file'>,
  changes: Partial<ImportRequest> = {},
): ImportRequest {
  return { file, site: () => site, keptFrom: () => undefined, now: () => NOW, ...changes };
}

export function importsOf({ store }: Opened): NonNullable<Store['imports']> {
  if (store.imports === undefined) throw new Error('This store imports nothing.');
  return store.imports;
}

export const daysBefore = (days: number): number => NOW - days * DAY_MS;
