import { readFile, writeFile } from 'node:fs/promises';
import type { PageView } from '@footfall/core';
import type { OwnRow } from '@footfall/core/imported';
import type { ImportFile } from '@footfall/db';
import { openServer } from '@footfall/db/remote';
import { startSqldWithTables } from '@footfall/e2e/sqld';
import { expect, it, onTestFinished } from 'vitest';
import { differencesTo, requirePageViews } from '../src/import-file.ts';
import { openOwnExport, type OwnExport } from '../src/own-export.ts';
import {
  answersOf,
  daysBefore,
  expectNoDifferences,
  exported,
  fill,
  folded,
  importsOf,
  NOW,
  openedOn,
  openExport,
  requestFor,
  write,
} from './imports.ts';

const pageView = (changes: Pick<PageView, 'at' | 'hour' | 'day' | 'page'>): PageView => ({
  kind: 'page-view',
  id: 'a'.repeat(32),
  visitor: 2,
  previousDayKey: null,
  referrer: null,
  campaign: undefined,
  attributes: {
    country: 'DE',
    region: '',
    city: '',
    language: 'de',
    source: 'direct',
    campaign: '',
    device: 'desktop',
    browser: 'Firefox',
    system: 'Linux',
    channel: 'direct',
  },
  ...changes,
});

const VIEWS = process.env['FOOTFALL_LONG'] === '1' ? 200_000 : 2_000;

it.each(['daily', 'device'] as const)(
  'an export that is imported into an empty store answers the same everywhere, with IDENTITY=%s',
  async (identity) => {
    const from = await openedOn(undefined, { identity });
    await fill(from, VIEWS);
    await write(from);
    await expectNoDifferences(from);

    const own = await openExport(await exported(from));
    const into = await openedOn(undefined, { identity });
    const request = requestFor(into, own);
    const plan = await importsOf(into).plan(request);
    expect(plan.skipped).toEqual([]);
    expect((await into.store.count()).count, 'a plan changes nothing').toBe(0);
    const began = performance.now();
    const report = await importsOf(into).run(request);
    if (VIEWS > 100_000) console.log(`imported ${report.taken} in ${performance.now() - began} ms`);
    expect(report).toEqual(plan);
    await expectNoDifferences(into);
    expect(await answersOf(into)).toEqual(await answersOf(from));

    const again = await importsOf(into).run(request);
    expect(again).toMatchObject({ taken: 0, counts: 0, numbers: 0, words: 0, skipped: [] });
    expect(await answersOf(into)).toEqual(await answersOf(from));
    await expectNoDifferences(into);
  },
  600_000,
);

it.each(['daily', 'device'] as const)(
  'what retention has deleted comes over as counts, with IDENTITY=%s',
  async (identity) => {
    const from = await openedOn(undefined, { identity });
    await fill(from, 1_000);
    while (await from.store.forgetBefore(from.site.calendar.momentOf(daysBefore(20)).day));
    await expectNoDifferences(from);

    const own = await openExport(await exported(from));
    const into = await openedOn(undefined, { identity });
    const report = await importsOf(into).run(requestFor(into, own));
    expect(report.counts).toBeGreaterThan(100);
    await expectNoDifferences(into);
    expect(await answersOf(into)).toEqual(await answersOf(from));
    await importsOf(into).run(requestFor(into, own));
    expect(await answersOf(into)).toEqual(await answersOf(from));

    const third = await openedOn(undefined, { identity });
    await importsOf(third).run(requestFor(third, await openExport(await exported(into))));
    expect(await answersOf(third)).toEqual(await answersOf(from));
    await expectNoDifferences(third);
  },
  120_000,
);

it('an export brings its session timeout along, and says when it was changed', async () => {
  const from = await openedOn();
  await from.store.settings.change({ SESSION_TIMEOUT_MINUTES: '3' });
  await fill(from, 500);
  const own = await openExport(await exported(from));
  const { calendar, identity, sessionTimeoutMs } = from.site;
  const site = { timeZone: calendar.timeZone, identity, sessionTimeoutMs };
  expect(differencesTo(own.manifest, site)).toEqual([]);
  const into = await openedOn();
  const other = await openedOn();
  await importsOf(into).run(requestFor(into, own));
  expect(await answersOf(into)).toEqual(await answersOf(from));
  await expectNoDifferences(into);
  await fill(other, 500);
  expect(await answersOf(other), 'it matters').not.toEqual(await answersOf(from));

  const before = await answersOf(into);
  await from.store.settings.change({ SESSION_TIMEOUT_MINUTES: '240' });
  await fill(from, 100, { days: 3, seed: 9 });
  await into.store.settings.change({ SESSION_TIMEOUT_MINUTES: '240' });
  const later = await openExport(await exported(from));
  expect(differencesTo(later.manifest, site)).toEqual([
    'Its session timeout was changed while it counted, here one holds for all: a few visits may differ.',
  ]);
  await importsOf(other).run(requestFor(other, later));
  await expectNoDifferences(other);
  for (const { id } of await importsOf(other).list()) await importsOf(other).undo(id, Date.now());
  await expectNoDifferences(other);
  expect(await answersOf(into), 'a setting moves no number').toEqual(before);
}, 60_000);

it('an undone import leaves everything as it was', async () => {
  const from = await openedOn(undefined, { identity: 'device' });
  await fill(from, 1_000);
  while (await from.store.forgetBefore(from.site.calendar.momentOf(daysBefore(30)).day));
  const own = await openExport(await exported(from));
  const into = await openedOn(undefined, { identity: 'device' });
  const before = await answersOf(into);
  await importsOf(into).run(requestFor(into, own));
  const [stored] = await importsOf(into).list();
  expect(await importsOf(into).undo(stored?.id ?? 0, Date.now())).toBe(stored?.pageViews);
  await expectNoDifferences(into);
  expect(await answersOf(into)).toEqual(before);
  expect(await importsOf(into).list()).toEqual([]);
}, 60_000);

it('an import into a store that counts leaves nothing of it behind when it is undone', async () => {
  const from = await openedOn();
  await fill(from, 600);
  await from.store.startingNumbers.set([{ page: '/', number: 1_234 }], NOW);
  const own = await openExport(await exported(from));

  const into = await openedOn();
  await fill(into, 300, { days: 10, seed: 8 });
  await into.store.startingNumbers.set([{ page: '/old', number: 50 }], NOW);
  const before = await answersOf(into);
  const report = await importsOf(into).run(requestFor(into, own));
  expect(report.skipped).toEqual([
    expect.objectContaining({ reason: expect.stringContaining('nothing was counted before') as string }),
  ]);
  expect(report.startingNumbers).toBe(1);
  const { count: own1 } = await from.store.count();
  expect((await into.store.count()).count).toBe((before as { count: { count: number } }).count.count + own1);
  await expectNoDifferences(into);

  const [stored] = await importsOf(into).list();
  await importsOf(into).undo(stored?.id ?? 0, Date.now());
  await expectNoDifferences(into);
  expect(await answersOf(into)).toEqual(before);
}, 60_000);

it('an import that was cut off goes on when it is repeated, and counts nothing twice', async () => {
  const from = await openedOn(undefined, { identity: 'device' });
  await fill(from, 1_500);
  while (await from.store.forgetBefore(from.site.calendar.momentOf(daysBefore(20)).day));
  const own = await openExport(await exported(from));
  const into = await openedOn(undefined, { identity: 'device' });
  const plan = await importsOf(into).plan(requestFor(into, own));
  for (const after of [1, 2, 3, 5]) {
    const cut = new AbortController();
    let steps = 0;
    const onProgress = (): void => {
      steps += 1;
      if (steps === after) cut.abort();
    };
    await expect(
      importsOf(into).run(requestFor(into, own, { onProgress, signal: cut.signal })),
    ).rejects.toThrow('aborted');
    await folded(into.store);
    await expectNoDifferences(into);
  }
  const report = await importsOf(into).run(requestFor(into, own));
  expect(report.taken + report.known).toBeGreaterThanOrEqual(plan.taken);
  expect(await answersOf(into)).toEqual(await answersOf(from));
  await expectNoDifferences(into);
}, 60_000);

it('two exports of one site merge: what is in both counts once, with its newest engagement', async () => {
  const from = await openedOn();
  await fill(from, 500);
  const first = await openExport(await exported(from));
  const into = await openedOn();
  await importsOf(into).run(requestFor(into, first));

  const later = pageView({ ...from.site.calendar.momentOf(NOW - 60_000), page: '/later' });
  await from.store.addAll([later]);
  await folded(from.store);
  const second = await openExport(await exported(from));
  const report = await importsOf(into).run(requestFor(into, second));
  expect(report.taken).toBe(1);
  await expectNoDifferences(into);
  expect(await answersOf(into)).toEqual(await answersOf(from));
}, 60_000);

it('an export is not imported into the database that it is of', async () => {
  const from = await openedOn();
  await fill(from, 100);
  const own = await openExport(await exported(from));
  await expect(importsOf(from).plan(requestFor(from, own))).rejects.toThrow('this very database');
  const into = await openedOn();
  await importsOf(into).run(requestFor(into, own));
  const back = await openExport(await exported(into));
  await expect(importsOf(from).run(requestFor(from, back))).rejects.toThrow('this very database');
}, 60_000);

it('retention does not delete what was imported because it is old, and the owner says whether it is taken', async () => {
  const from = await openedOn();
  await fill(from, 500);
  const own = await openExport(await exported(from));
  const into = await openedOn();
  const { momentOf } = into.site.calendar;
  const keptFrom = momentOf(daysBefore(20)).day;
  // A server that runs has looked for what is old, and found nothing.
  while (await into.store.forgetBefore(keptFrom));
  const request = requestFor(into, own, { keptFrom: () => keptFrom });
  const plan = await importsOf(into).plan(request);
  expect(plan.older).toBeGreaterThan(50);
  await expect(importsOf(into).run(request)).rejects.toThrow('older than RETENTION_MONTHS');
  expect((await into.store.count()).count).toBe(0);

  await importsOf(into).run({ ...request, older: 'take' });
  while (await into.store.forgetBefore(keptFrom));
  while (await into.store.forgetIds(Date.now()));
  await expectNoDifferences(into);
  expect(await answersOf(into)).toEqual(await answersOf(from));
  await importsOf(into).run({ ...request, older: 'take' });
  expect(await answersOf(into)).toEqual(await answersOf(from));

  const [stored] = await importsOf(into).list();
  await importsOf(into).undo(stored?.id ?? 0, Date.now());
  await importsOf(into).run({ ...request, older: 'leave' });
  expect((await into.store.count()).count).toBeLessThan((await from.store.count()).count);
  await expectNoDifferences(into);
}, 60_000);

it('daily totals are counts of their days, and end where counting began', async () => {
  const into = await openedOn();
  await fill(into, 200, { days: 5 });
  const before = await answersOf(into);
  const totals = (date: string, dimension: 'page' | 'country' | null, value: string): OwnRow => ({
    kind: 'totals',
    date,
    dimension,
    value,
    visitors: 7,
    visits: 8,
    views: 10,
    bounces: 3,
    seconds: 600,
  });
  const rows: OwnRow[] = ['2026-01-31', '2026-02-01', '2026-11-19'].flatMap((date) => [
    totals(date, null, ''),
    totals(date, 'page', '/old'),
    totals(date, 'country', 'FR'),
  ]);
  const file: ImportFile = {
    format: 'plausible',
    title: 'Plausible, full export',
    fingerprint: 'x',
    origin: 'x',
    imported: [],
    rows: async function* () {
      for (const row of rows) yield await Promise.resolve(row);
    },
  };
  const request = { ...requestFor(into, { file }) };
  const report = await importsOf(into).run(request);
  expect(report).toMatchObject({
    from: '2026-01-31',
    to: '2026-02-01',
    counts: 6,
    skipped: [{ reason: 'Its day is counted here already.', rows: 3 }],
  });
  expect(await importsOf(into).run(request)).toMatchObject({ counts: 0, known: 9 });
  await expectNoDifferences(into);
  expect((await into.store.count('/old')).count).toBe(20);
  const [stored] = await importsOf(into).list();
  await importsOf(into).undo(stored?.id ?? 0, Date.now());
  await expectNoDifferences(into);
  expect(await answersOf(into)).toEqual(before);
}, 60_000);

it('a starting number is in the count from the moment it is set, and verify finds nothing', async () => {
  const opened = await openedOn();
  const { store } = opened;
  await fill(opened, 100);
  const { count } = await store.count();
  const home = (await store.count('/')).count;
  await store.startingNumbers.set([{ page: '/', number: 1_000 }], NOW);
  expect((await store.count('/')).count).toBe(home + 1_000);
  expect((await store.count()).count).toBe(count + 1_000);
  await expectNoDifferences(opened);
  await store.startingNumbers.set([{ page: undefined, number: 5_000 }], NOW);
  expect((await store.count()).count, 'the total has its own').toBe(count + 5_000);
  await store.startingNumbers.set([{ page: '/new', number: 5 }], NOW);
  expect((await store.count('/new')).count).toBe(5);
  expect((await store.count()).count).toBe(count + 5_000);
  await expectNoDifferences(opened);

  const own = await openExport(await exported(opened));
  const into = await openedOn();
  await importsOf(into).run(requestFor(into, own));
  expect(await answersOf(into)).toEqual(await answersOf(opened));
  expect(await into.store.startingNumbers.list()).toEqual(await store.startingNumbers.list());

  const { store: id } = await store.count();
  await store.startingNumbers.set(
    ['/', '/new', undefined].map((page) => ({ page, number: 0 })),
    NOW,
  );
  expect(await store.count()).toMatchObject({ count });
  expect((await store.count()).store, 'it fell, so it is a later store').toBeGreaterThan(id);
  expect(await store.startingNumbers.list()).toEqual([]);
  await expectNoDifferences(opened);
}, 60_000);

it.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100), undefined],
  ['no archive', () => Buffer.from('page,count\n/,1\n'), undefined],
  [
    'damaged',
    (bytes: Buffer) =>
      Buffer.from(bytes).fill(0x41, Math.floor(bytes.length * 0.6), Math.floor(bytes.length * 0.6) + 400),
    'damaged',
  ],
])('a file that is %s is refused, and nothing of it stays', async (_, change, sentence) => {
  const from = await openedOn();
  await fill(from, 200);
  const path = await exported(from);
  await writeFile(path, change(await readFile(path)));
  const opened = await openOwnExport(path).catch((error: unknown) => error as Error);
  if (sentence === undefined) {
    expect(opened).toBeUndefined();
    return;
  }
  const into = await openedOn();
  const run = importsOf(into).run(requestFor(into, opened as OwnExport));
  await expect(run).rejects.toThrow(/cannot be imported/);
  (opened as OwnExport).close();
  expect((await into.store.count()).count).toBe(0);
});

it('a libSQL server takes an import, and gives an export, as a file does', async () => {
  const from = await openedOn();
  await fill(from, 300);
  const sqld = await startSqldWithTables();
  onTestFinished(() => sqld[Symbol.asyncDispose]());
  const into = await openedOn(() =>
    Promise.resolve(openServer({ url: sqld.url, authToken: sqld.token, deadlineMs: 20_000 })),
  );
  const request = requestFor(into, await openExport(await exported(from)));
  const plan = await importsOf(into).plan(request);
  expect(await importsOf(into).run(request)).toEqual(plan);
  await expectNoDifferences(into);
  expect(await answersOf(into)).toEqual(await answersOf(from));

  const back = await openedOn();
  await importsOf(back).run(requestFor(back, await openExport(await exported(into))));
  expect(await answersOf(back)).toEqual(await answersOf(from));
  const [stored] = await importsOf(into).list();
  await importsOf(into).undo(stored?.id ?? 0, Date.now());
  await expectNoDifferences(into);
  expect((await into.store.count()).count).toBe(0);
}, 120_000);

it('a page that is deleted takes its starting number with it, and what was imported of it loses its name', async () => {
  const from = await openedOn();
  await fill(from, 400);
  while (await from.store.forgetBefore(from.site.calendar.momentOf(daysBefore(20)).day));
  const into = await openedOn();
  await importsOf(into).run(requestFor(into, await openExport(await exported(from))));
  const { count } = await into.store.count();
  await into.store.startingNumbers.set([{ page: '/', number: 9_000 }], NOW);
  const erased = await into.store.erasePage('/');
  expect((await into.store.count('/')).count).toBe(0);
  expect((await into.store.count()).count).toBe(count - erased);
  expect(await into.store.startingNumbers.list()).toEqual([]);
  await expectNoDifferences(into);
  const [stored] = await importsOf(into).list();
  await importsOf(into).undo(stored?.id ?? 0, Date.now());
  await expectNoDifferences(into);
  expect((await into.store.count()).count).toBe(0);
  await importsOf(into).run(requestFor(into, await openExport(await exported(from))));
  await into.store.eraseAll();
  expect((await into.store.count()).count).toBe(0);
  expect(await importsOf(into).list()).toEqual([]);
  await expectNoDifferences(into);
}, 60_000);

it('a report names a bounded number of reasons, those of most rows first', async () => {
  const into = await openedOn();
  const file: ImportFile = {
    format: 'list',
    title: 'A list',
    fingerprint: 'reasons',
    origin: 'reasons',
    imported: [],
    rows: async function* () {
      for (let at = 0; at < 1_000; at += 1) {
        yield await Promise.resolve({ kind: 'skipped', reason: `Reason ${at}.`, line: at, column: null });
        yield { kind: 'not-known', what: `${at}` };
      }
    },
  };
  const { skipped, notKnown } = await importsOf(into).plan(requestFor(into, { file }));
  expect(skipped).toHaveLength(101);
  expect(skipped[0]).toEqual({ reason: 'Other reasons.', rows: 900, line: null, column: null });
  expect(notKnown).toHaveLength(100);
});

it('an undo that was interrupted is undone to its end before the file can be imported again', async () => {
  const from = await openedOn();
  await fill(from, 1_000);
  const own = await openExport(await exported(from));
  const into = await openedOn();
  await importsOf(into).run(requestFor(into, own));
  const [stored] = await importsOf(into).list();
  expect(stored).toMatchObject({ isUndone: false });
  await into.connection.database.execute(
    "create trigger killed before delete on visitor_event_ids begin select raise(abort, 'killed'); end",
  );
  await expect(importsOf(into).undo(stored?.id ?? 0, NOW)).rejects.toThrow();
  await into.connection.database.execute('drop trigger killed');
  expect(await importsOf(into).list()).toMatchObject([{ id: stored?.id, isUndone: true }]);
  await expectNoDifferences(into);
  const repeated = importsOf(into).run(requestFor(into, own));
  await expect(repeated).rejects.toThrow('being undone');
  await importsOf(into).undo(stored?.id ?? 0, NOW);
  await expectNoDifferences(into);
  expect((await into.store.count()).count).toBe(0);
  await importsOf(into).run(requestFor(into, own));
  expect((await into.store.count()).count).toBe((await from.store.count()).count);
  await expectNoDifferences(into);
}, 60_000);

it('an import that is undone while it runs takes nothing more, and leaves nothing', async () => {
  const from = await openedOn();
  await fill(from, 1_000);
  const { file } = await openExport(await exported(from));
  const into = await openedOn();
  let passes = 0;
  const undone: ImportFile = {
    ...file,
    rows: async function* () {
      passes += 1;
      let rows = 0;
      for await (const row of file.rows()) {
        rows += 1;
        if (passes === 2 && rows === 700) {
          const [running] = await importsOf(into).list();
          expect(await importsOf(into).undo(running?.id ?? 0, NOW)).toBeGreaterThan(0);
        }
        yield row;
      }
    },
  };
  await expect(importsOf(into).run(requestFor(into, { file: undone }))).rejects.toThrow('undone meanwhile');
  expect((await into.store.count()).count).toBe(0);
  expect(await importsOf(into).list()).toEqual([]);
  await expectNoDifferences(into);
}, 60_000);

it('both formats of totals of days are refused with a sentence, and page views are not', () => {
  for (const format of ['plausible', 'goatcounter-json'] as const)
    expect(() => {
      requirePageViews({ format, title: 'The export' });
    }).toThrow('The file cannot be imported yet: The export has totals of days and no single page views');
  for (const format of ['footfall', 'goatcounter', 'umami', 'simple-analytics', 'ga4-pages', 'list'] as const)
    requirePageViews({ format, title: 'The export' });
});
