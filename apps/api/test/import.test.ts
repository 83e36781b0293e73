import { expect, it } from 'vitest';
import {
  answersOf,
  daysBefore,
  expectNoDifferences,
  exported,
  fill,
  importsOf,
  openedOn,
  openExport,
  requestFor,
  write,
} from './imports.ts';

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
