import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  calendar,
  type Engagement,
  type PageView,
  type Registration,
  type CollectedEvent,
} from '@footfall/core';
import { migrateConnection, openStore, type Store, type Written } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histories, timeoutSetting, timeoutsOf, type History } from './history.ts';
import { listOf, NONE, computeNumbers, timeOf, type Numbers } from './model.ts';
import { NOON, openBoth, pageView, PLACES, sqldPlace, type PageViewChanges, type Place } from './support.ts';
import { numbersIn, storedIn } from './tables.ts';

const MINUTE_MS = 60_000;
const TIMEOUT_MS = 30 * MINUTE_MS;

const TWELVE = '2026-11-20T12:00:00.000Z';
const FRIDAY = '2026-11-20T00:00:00.000Z';
const SATURDAY = '2026-11-21T00:00:00.000Z';

/** An event, and the answer to its sender. */
type Answered = readonly [report: CollectedEvent, written: Written];

/** Sends a site its history, with the parallelism that it prescribes. */
async function send(stores: readonly Store[], { timeoutMs, batches }: History): Promise<Answered[]> {
  const answers: Promise<Answered[]>[] = [];
  await stores[0]?.settings.change(timeoutSetting(timeoutMs));
  for (const { reports, timeoutMs: changed, writer, together, next } of batches) {
    const store = stores[writer % stores.length] as Store;
    if (changed !== undefined) {
      await Promise.all(answers);
      await store.settings.change(timeoutSetting(changed));
    }
    const written = together
      ? store.addAll(reports)
      : Promise.all(reports.map((report, n) => store.add(report, n % 2 === 0)));
    answers.push(written.then((all) => reports.map((report, n): Answered => [report, all[n] as Written])));
    if (next === 'when durable') {
      await Promise.all(answers);
      if (reports.length % 2 === 1) await store.fold(); // the rest is folded in larger portions
    } else if (next === 'a turn later') await new Promise(setImmediate);
  }
  return (await Promise.all(answers)).flat();
}

/**
 * The events in the order in which they were stored: a single writer stores them as they arrive, several as they come to
 * it, which shows in the log. What is no page view or registration, or no new one, may come anywhere.
 */
function inStoredOrder(answers: readonly Answered[], stored: readonly string[]): CollectedEvent[] {
  const places = new Map(stored.map((id, place) => [id, place]));
  const placeOf = ([report, { counted }]: Answered): number =>
    report.kind === 'ignored' || report.kind === 'engagement' || !counted
      ? Infinity
      : (places.get(report.id) ?? NaN);
  return answers
    .map((answer): [place: number, report: CollectedEvent] => [placeOf(answer), answer[0]])
    .toSorted(([one], [other]) => (one === other ? 0 : one - other))
    .map(([, report]) => report);
}

/** What each sender should be answered: a page view or registration counts at the first time, engagement always. */
function countedOf(reports: readonly CollectedEvent[]): boolean[] {
  const known = new Set<string>();
  return reports.map((report) => {
    if (report.kind === 'ignored' || report.kind === 'engagement') return report.kind === 'engagement';
    const isNew = !known.has(report.id);
    known.add(report.id);
    return isNew;
  });
}

/** Tables in which a row of zeroes says as much as none: a list may lose its last visit to another value. */
const COUNTS: readonly (keyof Numbers)[] = ['hourly', 'daily', 'hours', 'countries'];

function expectNumbers(stored: Numbers, expected: Numbers): void {
  for (const table of Object.keys(expected) as (keyof Numbers)[])
    expect(plain(table, stored[table]), table).toEqual(plain(table, expected[table]));
}

function plain(table: keyof Numbers, rows: ReadonlyMap<string, object>): unknown {
  const isNothing = (row: object): boolean =>
    Object.values(row).every((value) => typeof value === 'string' || value === 0);
  const kept = [...rows].filter(([, row]) => !COUNTS.includes(table) || !isNothing(row));
  return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const IS_LONG = process.env['FOOTFALL_LONG'] === '1';

/** Another one for each run of the tests; `FOOTFALL_SEED` repeats one. */
const SEED = Number(process.env['FOOTFALL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** How long may be searched for the smallest history that fails, in milliseconds. */
const SEARCHED_MS = IS_LONG ? 500_000 : 100_000;

async function holds(property: fc.IAsyncProperty<[History]>, runs: number): Promise<void> {
  const numRuns = IS_LONG ? 10 * runs : runs;
  console.log(`${numRuns} histories, FOOTFALL_SEED=${SEED}`);
  await fc.assert(property, {
    seed: SEED,
    numRuns,
    interruptAfterTimeLimit: SEARCHED_MS,
    markInterruptAsFailure: true,
  });
}

describe(
  'every number is what a plain model computes from the events',
  { timeout: SEARCHED_MS * 1.1 },
  () => {
    it('for one store on a file', async () => {
      const check = fc.asyncProperty(histories(3), async (history) => {
        const folder = await mkdtemp(join(tmpdir(), 'footfall-'));
        const connection = await openFile({
          path: join(folder, 'footfall.db'),
          synchronous: 'normal',
          thread: false,
        });
        const store = await openStore(connection);
        try {
          const answers = await send([store], history);
          const reports = answers.map(([report]) => report);
          expect(answers.map(([, { counted }]) => counted)).toEqual(countedOf(reports));
          await store.fold();
          expectNumbers(await numbersIn(connection), computeNumbers(reports, timeoutsOf(history)));
        } finally {
          await store.close();
          await rm(folder, { recursive: true });
        }
      });
      await holds(check, 100);
    });

    it('for two stores on one server', async () => {
      const place = await sqldPlace();
      const check = fc.asyncProperty(histories(2), async (history) => {
        const connection = await place();
        await migrateConnection(connection, 'nothing'); // what the last history has left
        await migrateConnection(connection);
        const stores: Store[] = [];
        try {
          for (const _ of [1, 2]) stores.push(await openStore(await place()));
          const answers = await send(stores, history);
          const reports = inStoredOrder(answers, await storedIn(connection));
          expect(answers.filter(([, { counted }]) => counted)).toHaveLength(
            countedOf(reports).filter(Boolean).length,
          );
          await Promise.all(stores.map((store) => store.fold())); // both at once: each event is folded once
          expectNumbers(await numbersIn(connection), computeNumbers(reports, timeoutsOf(history)));
        } finally {
          for (const store of stores) await store.close();
          await connection.close();
        }
      });
      await holds(check, 10);
    });
  },
);

/** Adds reports batch by batch, each in one commit, to a store of the test's own: what its tables hold then. */
async function numbersAfter(place: () => Promise<Place>, ...batches: CollectedEvent[][]): Promise<Numbers> {
  const { store, connection } = await openBoth(await place());
  for (const batch of batches) {
    await store.addAll(batch);
    await store.fold();
  }
  const numbers = await numbersIn(connection);
  expectNumbers(numbers, computeNumbers(batches.flat(), TIMEOUT_MS));
  return numbers;
}

/** Such a page view, a number of minutes after noon. */
function view(minutes: number, changes: PageViewChanges = {}): PageView {
  return pageView({ at: NOON + minutes * MINUTE_MS, ...changes });
}

/** The same without a page. */
function registration(minutes: number, changes: PageViewChanges = {}): Registration {
  const { page: _, ...sign } = view(minutes, changes);
  return { ...sign, kind: 'registration' };
}

/** Such a page view, a number of minutes after the following midnight, by a visitor who has another key from then on. */
function viewByNight(minutes: number, changes: PageViewChanges = {}): PageView {
  const key = minutes < 0 ? { visitor: 2 } : { visitor: 4, previousDayKey: minutes <= 30 ? 2 : null };
  return view(12 * 60 + minutes, { ...key, ...changes });
}

const visitsOf = ({ visits }: Numbers) => [...visits.values()];
const hoursOf = ({ hours }: Numbers) =>
  [...hours.values()].map(({ views, visits, visitors, bounces }) => ({ views, visits, visitors, bounces }));

describe.each(PLACES)('on %s', (_, place) => {
  it('a visit that spans midnight stays one, by a visitor of each day', async () => {
    const numbers = await numbersAfter(
      place,
      [viewByNight(-10, { page: '/a' })],
      [viewByNight(15, { page: '/b' })],
      [viewByNight(45, { page: '/c' })],
    );
    expect(visitsOf(numbers)).toMatchObject([{ views: 3, entry: '"/a"', exit: '"/c"', visitor: 4 }]);
    expect(listOf(numbers.daily, 'exit')).toEqual({
      [`${FRIDAY} "/c"`]: [1, 1, 1],
      [`${SATURDAY} "/c"`]: [2, 0, 1],
    });
  });

  it('a visit that spans midnight stays one, whatever arrives last', async () => {
    const numbers = await numbersAfter(
      place,
      [viewByNight(15, { page: '/b' })],
      [viewByNight(-10, { page: '/a', facts: { source: 'Google' } })],
    );
    expect(visitsOf(numbers)).toMatchObject([{ views: 2, entry: '"/a"', exit: '"/b"' }]);
    expect(listOf(numbers.daily, 'source')).toEqual({
      [`${FRIDAY} "Google"`]: [1, 1, 1],
      [`${SATURDAY} "Google"`]: [1, 0, 1],
    });
  });

  it('a late report joins two visits', async () => {
    const before = [[view(0, { page: '/a' })], [view(60, { page: '/c' })]];
    expect(visitsOf(await numbersAfter(place, ...before))).toHaveLength(2);
    const numbers = await numbersAfter(place, ...before, [view(30, { page: '/b' })]);
    expect(visitsOf(numbers)).toMatchObject([{ views: 3, entry: '"/a"', exit: '"/c"' }]);
    expect(hoursOf(numbers)).toEqual([
      { views: 2, visits: 1, visitors: 1, bounces: 0 },
      { views: 1, visits: 0, visitors: 0, bounces: 0 },
    ]);
  });

  it('a late report that becomes a visit’s first changes its entry, source and country', async () => {
    const numbers = await numbersAfter(
      place,
      [view(20, { page: '/b' }), view(70, { page: '/c', visitor: 6 })],
      [view(0, { page: '/a', facts: { source: 'Google', country: 'FR' } })],
    );
    const changed = { [`${FRIDAY} "DE"`]: [1, 1, 1], [`${FRIDAY} "FR"`]: [2, 1, 1] };
    expect(listOf(numbers.daily, 'country')).toEqual(changed);
    expect(listOf(numbers.daily, 'source')).toMatchObject({ [`${FRIDAY} "Google"`]: [2, 1, 1] });
    expect(listOf(numbers.daily, 'entry')).toMatchObject({ [`${FRIDAY} "/a"`]: [2, 1, 1] });
    expect([...numbers.countries]).toEqual([
      ['"DE"', { visitors: 1 }],
      ['"FR"', { visitors: 1 }],
    ]);
  });

  it('the exit moves with each later page view, and not with a late one', async () => {
    const exits = async (...minutes: number[]) =>
      visitsOf(await numbersAfter(place, ...minutes.map((at) => [view(at, { page: `/${at}` })]))).map(
        ({ exit }) => exit,
      );
    expect(await exits(0, 20)).toEqual(['"/20"']);
    expect(await exits(0, 20, 40)).toEqual(['"/40"']);
    expect(await exits(0, 20, 10)).toEqual(['"/20"']);
  });

  it('a report that is sent again changes nothing but the ledger', async () => {
    const first = view(0, { page: '/a' });
    const once = await numbersAfter(place, [first]);
    const again = {
      ...first,
      page: '/b',
      at: NOON + 10 * MINUTE_MS,
      facts: { ...first.attributes, source: 'X' },
    };
    const { ledger, ...others } = await numbersAfter(place, [first, again], [again], [first]);
    expect(others).toMatchObject({ hours: once.hours, pages: once.pages, log: once.log });
    expect([...ledger]).toEqual([[`${FRIDAY} duplicate ""`, { reports: 3 }]]);
  });

  it('engagement may arrive before its page view, and any number of times', async () => {
    const seen = view(0);
    const engaged = (engagedMs: number, minutes: number): Engagement => ({
      kind: 'engagement',
      id: seen.id,
      at: NOON + minutes * MINUTE_MS,
      engagedMs,
      scrollPercent: minutes,
    });
    const batches = [[engaged(50_000, 2)], [seen], [engaged(20_000, 1)], [engaged(50_000, 2)]];
    const numbers = await numbersAfter(place, ...batches);
    expect(visitsOf(numbers)).toMatchObject([{ engagedMs: 50_000, seenUntil: '2026-11-20T12:02:00.000Z' }]);
    expect(numbers.hours.get(TWELVE)).toMatchObject({ bounces: 0, visitMs: 2 * MINUTE_MS });
    expect(numbers.log.get(seen.id)).toMatchObject({ scrollPercent: 2 });
    expect(numbers.waiting.size).toBe(0);
  });

  it('a bounce is one no longer at the second page view, or at ten seconds of engagement', async () => {
    const seen = view(0);
    const engaged = (engagedMs: number): Engagement => ({
      kind: 'engagement',
      id: seen.id,
      at: NOON,
      engagedMs,
      scrollPercent: 0,
    });
    const bounces = async (...batches: CollectedEvent[][]) =>
      (await numbersAfter(place, ...batches)).hours.get(TWELVE)?.bounces;
    expect(await bounces([seen])).toBe(1);
    expect(await bounces([seen], [view(1)])).toBe(0);
    expect(await bounces([seen], [engaged(9_999)])).toBe(1);
    expect(await bounces([seen], [engaged(9_999)], [engaged(10_000)])).toBe(0);
  });

  it('a day on which the clock is put back has 25 hours, and one on which it is put forward 23', async () => {
    const { momentOf, nextDay } = calendar('Europe/London');
    for (const [date, hours] of [
      ['2026-10-25T12:00Z', 25],
      ['2026-03-29T12:00Z', 23],
    ] as const) {
      const { day } = momentOf(Date.parse(date));
      const views: PageView[] = [];
      for (let at = day; at < nextDay(day); at += 60 * MINUTE_MS) views.push(pageView(momentOf(at)));
      const numbers = await numbersAfter(place, views);
      expect(numbers.hours.size).toBe(hours);
      expect(listOf(numbers.daily, 'page')).toEqual({ [`${timeOf(day)} "/"`]: [hours, hours, 1] });
    }
  });

  it('a device that returns is a visitor of both days, and one of all', async () => {
    const device = { visitor: 3, previousDayKey: null };
    const numbers = await numbersAfter(
      place,
      [viewByNight(60, device)],
      [view(0, { ...device, facts: { country: 'FR' } })],
    );
    expect(hoursOf(numbers).map(({ visitors }) => visitors)).toEqual([1, 1]);
    expect(numbers.countries.get('"FR"')).toEqual({ visitors: 1 });
    expect(numbers.countries.get('"DE"') ?? { visitors: 0 }).toEqual({ visitors: 0 });
    expect([...numbers.devices]).toEqual([['3', { firstAt: TWELVE, firstHour: TWELVE, country: '"FR"' }]]);
  });

  it('a registration opens a visit unless there is one, and is no page view', async () => {
    const numbers = await numbersAfter(
      place,
      [registration(0)],
      [registration(10), view(20, { page: '/a' })],
      [registration(30)],
      [registration(90)],
    );
    expect(visitsOf(numbers)).toMatchObject([
      { views: 1, entry: '"/a"', exit: '"/a"', startedAt: TWELVE },
      { views: 0, entry: NONE, exit: NONE },
    ]);
    expect(listOf(numbers.daily, 'browser')).toEqual({ [`${FRIDAY} "Firefox"`]: [1, 2, 1] });
    expect(listOf(numbers.daily, 'exit')).toEqual({ [`${FRIDAY} "/a"`]: [1, 1, 1] });
    expect(numbers.pages.get('all')).toMatchObject({ views: 1 });
  });

  describe('regressions', () => {
    it('an exit page has a late page view in an hour that had a registration alone', async () => {
      const numbers = await numbersAfter(
        place,
        [registration(50), view(65), view(50, { visitor: 6 })],
        [view(55)],
      );
      expect(listOf(numbers.hourly, 'exit')).toMatchObject({ [`${TWELVE} "/"`]: [2, 2, 2] });
    });

    it('reports of both days at once, of a visit that is over midnight already, leave it the last one’s exit', async () => {
      const numbers = await numbersAfter(
        place,
        [viewByNight(-20, { visitor: 8 }), viewByNight(5, { previousDayKey: 8 })],
        [viewByNight(-10, { visitor: 8, page: '/early' }), viewByNight(35, { page: '/last' })],
      );
      expect(visitsOf(numbers)).toMatchObject([{ views: 4, exit: '"/last"', visitor: 4 }]);
    });
  });
});
