import {
  calendar,
  DIMENSIONS,
  EVENT_DIMENSIONS,
  isTag,
  type Engagement,
  type Registration,
  type CollectedEvent,
} from '@footfall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histories, type History } from './history.ts';
import { listOf, computeNumbers, timeOf, type Counts, type Numbers } from './model.ts';
import { idOf, NOON, pageView, type PageViewChanges } from './support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TIMEOUT_MS = 30 * MINUTE_MS;
const MIDNIGHT = NOON + 12 * HOUR_MS;

const TWELVE = '2026-11-20T12:00:00.000Z';
const THIRTEEN = '2026-11-20T13:00:00.000Z';
const ELEVEN_PM = '2026-11-20T23:00:00.000Z';
const FRIDAY = '2026-11-20T00:00:00.000Z';
const SATURDAY = '2026-11-21T00:00:00.000Z';

/** A page view a number of minutes after noon. */
function view(minutes: number, changes: PageViewChanges = {}) {
  return pageView({ at: NOON + minutes * MINUTE_MS, ...changes });
}

function registered(minutes: number, changes: PageViewChanges = {}): Registration {
  const { page: _, ...sign } = view(minutes, changes);
  return { ...sign, kind: 'registration' };
}

function looked(id: string, minutes: number, engagedMs: number): Engagement {
  return { kind: 'engagement', id, at: NOON + minutes * MINUTE_MS, engagedMs, scrollPercent: 50 };
}

const numbersOf = (...reports: CollectedEvent[]): Numbers => computeNumbers(reports, TIMEOUT_MS);

describe('the model counts, as worked out by hand,', () => {
  it('nothing where nothing was reported', () => {
    const nothing = { views: 0, lastAt: '(none)' };
    const { pages, ...others } = numbersOf();
    expect(pages).toEqual(new Map([['all', nothing]]));
    for (const rows of Object.values(others)) expect(rows).toEqual(new Map());
  });

  it('one page view once in every list, as one visit that bounced at once', () => {
    const { hourly, daily, hours, pages, countries, devices } = numbersOf(view(0, { page: '/a' }));
    const dimensions = DIMENSIONS.filter((dimension) => !isTag(dimension)).length;
    expect(hourly.size).toBe(dimensions);
    expect(daily.size).toBe(dimensions);
    for (const counts of [...hourly.values(), ...daily.values()])
      expect(counts).toEqual({ views: 1, visits: 1, visitors: 1 });
    expect([...hours]).toEqual([
      [TWELVE, { day: FRIDAY, views: 1, visits: 1, visitors: 1, bounces: 1, visitMs: 0 }],
    ]);
    expect(pages.get('"/a"')).toEqual({ views: 1, lastAt: TWELVE });
    expect(countries).toEqual(new Map([['"DE"', { visitors: 1 }]]));
    expect(devices.size).toBe(0);
  });

  it('a visit’s views for its first source, each in its own hour', () => {
    const { hourly, daily } = numbersOf(
      view(50, { facts: { source: 'Google' } }),
      view(70, { facts: { source: 'direct' } }),
    );
    expect(listOf(hourly, 'source')).toEqual({
      [`${TWELVE} "Google"`]: [1, 1, 1],
      [`${THIRTEEN} "Google"`]: [1, 0, 0],
    });
    expect(listOf(daily, 'source')).toEqual({ [`${FRIDAY} "Google"`]: [2, 1, 1] });
  });

  it('a page once per visit and once per visitor of a day, in the hour of its first view', () => {
    const { hourly, hours } = numbersOf(
      view(50, { page: '/a' }),
      view(55, { page: '/b' }),
      view(70, { page: '/a' }),
      view(170, { page: '/a' }),
    );
    expect(listOf(hourly, 'page')).toEqual({
      [`${TWELVE} "/a"`]: [1, 1, 1],
      [`${TWELVE} "/b"`]: [1, 1, 1],
      [`${THIRTEEN} "/a"`]: [1, 0, 0],
      ['2026-11-20T14:00:00.000Z "/a"']: [1, 1, 0],
    });
    expect([...hours.values()].map(({ visits, visitors }) => [visits, visitors])).toEqual([
      [1, 1],
      [0, 0],
      [1, 0],
    ]);
  });

  it('a visitor once for each source of a day', () => {
    const { daily, hours } = numbersOf(
      view(0, { facts: { source: 'Google' } }),
      view(60, { facts: { source: 'X' } }),
      view(120, { facts: { source: 'Google' } }),
    );
    expect(listOf(daily, 'source')).toEqual({
      [`${FRIDAY} "Google"`]: [2, 2, 1],
      [`${FRIDAY} "X"`]: [1, 1, 1],
    });
    expect([...hours.values()].reduce((sum, { visitors }) => sum + visitors, 0)).toBe(1);
  });

  it('a gap of the session timeout within a visit, and a longer one between two', () => {
    expect(numbersOf(view(0), view(30)).visits.size).toBe(1);
    expect(numbersOf(view(0), pageView({ at: NOON + TIMEOUT_MS + 1 })).visits.size).toBe(2);
  });

  it('a visit over midnight once, and its visitor on both days', () => {
    const { daily, hours, countries } = numbersOf(
      pageView({ at: MIDNIGHT - 10 * MINUTE_MS, visitor: 2, page: '/a' }),
      pageView({ at: MIDNIGHT + 5 * MINUTE_MS, visitor: 4, previousDayKey: 2, page: '/b' }),
    );
    expect(listOf(daily, 'exit')).toEqual({
      [`${FRIDAY} "/b"`]: [1, 1, 1],
      [`${SATURDAY} "/b"`]: [1, 0, 1],
    });
    const minutes = 15 * MINUTE_MS;
    expect([...hours]).toEqual([
      [ELEVEN_PM, { day: FRIDAY, views: 1, visits: 1, visitors: 1, bounces: 0, visitMs: minutes }],
      [SATURDAY, { day: SATURDAY, views: 1, visits: 0, visitors: 1, bounces: 0, visitMs: 0 }],
    ]);
    expect(countries).toEqual(new Map([['"DE"', { visitors: 2 }]]));
  });

  it('a device once ever, for the country of its first visit', () => {
    const abroad = { visitor: 3, facts: { country: 'FR' } };
    const { daily, countries, devices } = numbersOf(
      pageView({ at: MIDNIGHT + HOUR_MS, ...abroad }),
      view(0, { visitor: 3 }),
      view(10, abroad),
    );
    expect(listOf(daily, 'country')).toEqual({
      [`${FRIDAY} "DE"`]: [2, 1, 1],
      [`${SATURDAY} "FR"`]: [1, 1, 1],
    });
    expect(countries).toEqual(new Map([['"DE"', { visitors: 1 }]]));
    expect([...devices]).toEqual([['3', { firstAt: TWELVE, firstHour: TWELVE, country: '"DE"' }]]);
  });

  it('engagement at its maximum, whenever it arrived, and none without a page view', () => {
    const { hours, log, waiting } = numbersOf(
      looked(idOf(1), 2, 9_999),
      view(0, { id: idOf(1) }),
      looked(idOf(1), 1, 4_000),
      looked(idOf(2), 50, 60_000),
      registered(0, { id: idOf(2) }),
    );
    expect(hours.get(TWELVE)).toMatchObject({ bounces: 1, visitMs: 2 * MINUTE_MS });
    expect(log.get(idOf(1))).toMatchObject({ engagedMs: 9_999, scrollPercent: 50 });
    expect([...waiting.keys()]).toEqual([idOf(2)]);
  });

  it('no bounce from ten seconds of engagement on, or two page views', () => {
    const bounces = (...reports: CollectedEvent[]): number | undefined =>
      numbersOf(...reports).hours.get(TWELVE)?.bounces;
    expect(bounces(view(0, { id: idOf(1) }), looked(idOf(1), 1, 10_000))).toBe(0);
    expect(bounces(view(0), view(1))).toBe(0);
    expect(bounces(registered(0), view(1))).toBe(1);
  });

  it('a registration as a visit without a page', () => {
    const { daily, hours } = numbersOf(registered(0), registered(10));
    expect(listOf(daily, 'page')).toEqual({});
    expect(listOf(daily, 'entry')).toEqual({});
    expect(listOf(daily, 'browser')).toEqual({ [`${FRIDAY} "Firefox"`]: [0, 1, 1] });
    expect(hours.get(TWELVE)).toMatchObject({ views: 0, visits: 1, bounces: 1, visitMs: 10 * MINUTE_MS });
  });

  it('what is not counted, by day and reason', () => {
    const first = view(0, { page: '/a' });
    const bot = { kind: 'ignored', reason: 'bot', detail: 'Googlebot', day: MIDNIGHT } as const;
    const { pages, ledger } = numbersOf(first, bot, { ...first, page: '/b' }, bot);
    expect(Object.fromEntries(ledger)).toEqual({
      [`${FRIDAY} duplicate ""`]: { reports: 1 },
      [`${SATURDAY} bot "Googlebot"`]: { reports: 2 },
    });
    expect([...pages.keys()]).toEqual(['all', '"/a"']);
  });
});

const reportsOf = ({ batches }: History): CollectedEvent[] => batches.flatMap(({ reports }) => reports);

const total = <Row>(rows: Iterable<Row>, of: (row: Row) => number): number =>
  [...rows].reduce((sum, row) => sum + of(row), 0);

describe('whatever the history, in the model', () => {
  const holds = (check: (history: History, numbers: Numbers) => void): void => {
    fc.assert(
      fc.property(histories(2), (history) => {
        check(history, computeNumbers(reportsOf(history), history.timeoutMs));
      }),
    );
  };

  it('hours sum up to days', () => {
    holds(({ timeZone }, { hourly, daily }) => {
      const { momentOf } = calendar(timeZone);
      const sums = new Map<string, Counts>();
      for (const [key, { views, visits, visitors }] of hourly) {
        const [dimension, hour, value] = key.split(' ');
        const day = `${dimension} ${timeOf(momentOf(Date.parse(hour ?? '')).day)} ${value}`;
        const sum = sums.get(day) ?? { views: 0, visits: 0, visitors: 0 };
        sums.set(day, {
          views: sum.views + views,
          visits: sum.visits + visits,
          visitors: sum.visitors + visitors,
        });
      }
      expect(sums).toEqual(daily);
    });
  });

  it('every page view is in every list, every visit in every list of facts', () => {
    holds((_, { daily, hours, visits, pages }) => {
      const views = pages.get('all')?.views;
      const of = (dimension: string) => Object.values(listOf(daily, dimension));
      for (const dimension of DIMENSIONS)
        if (!isTag(dimension)) expect(total(of(dimension), ([many]) => many ?? NaN)).toBe(views);
      for (const fact of EVENT_DIMENSIONS)
        expect(total(of(fact), ([, many]) => many ?? NaN)).toBe(visits.size);
      const entered = [...visits.values()].filter((visit) => visit.views > 0).length;
      for (const dimension of ['entry', 'exit'])
        expect(total(of(dimension), ([, many]) => many ?? NaN)).toBe(entered);
      expect(total(hours.values(), (row) => row.visits)).toBe(visits.size);
      expect(total(hours.values(), (row) => row.views)).toBe(views);
    });
  });

  it('the order of arrival changes no number, where no two are of one time or one id', () => {
    const plain = histories(2).filter((history) => {
      const signs = reportsOf(history).filter(({ kind }) => kind === 'page-view' || kind === 'registration');
      const distinct = (key: 'id' | 'at') => new Set(signs.map((sign) => (sign as never)[key])).size;
      return distinct('id') === signs.length && distinct('at') === signs.length;
    });
    const shuffled = plain.chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray(reportsOf(history), { minLength: reportsOf(history).length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([history, reports]) => {
        expect(computeNumbers(reports, history.timeoutMs)).toEqual(
          computeNumbers(reportsOf(history), history.timeoutMs),
        );
      }),
    );
  });
});

describe('the histories', () => {
  /** What an event may do to the stored visits, found by comparing them before and after. */
  const EVENTS: Readonly<
    Record<string, (report: CollectedEvent, before: Numbers, after: Numbers) => boolean>
  > = {
    'joins two visits': (_, before, after) => after.visits.size < before.visits.size,
    'comes before the beginning of a visit': (report, before, after) =>
      !before.log.has(idIn(report)) &&
      (after.visits.get(idIn(report))?.reports.includes(' ') ?? false) &&
      after.visits.size === before.visits.size,
    'changes an exit': (_, before, after) => changed(before, after, ({ exit }) => exit),
    'changes an entry': (_, before, after) => changed(before, after, ({ entry }) => entry),
    'comes into the middle of a visit': (report, before, after) =>
      !before.log.has(idIn(report)) &&
      [...after.visits.values()].some(({ reports }) => reports.includes(` ${idIn(report)} `)),
    'is a duplicate': (report, before) =>
      (report.kind === 'page-view' || report.kind === 'registration') && before.log.has(report.id),
    'engages before its page view': (report, before) =>
      report.kind === 'page-view' && before.waiting.has(report.id),
    'engages with a page view': (report, before) =>
      report.kind === 'engagement' && before.log.get(report.id)?.page !== undefined,
    'ends a bounce': (report, before, after) =>
      bounces(after) < bounces(before) && report.kind === 'engagement',
    'is of the same time as another of its visit': (report, before) =>
      report.kind === 'page-view' &&
      [...before.log.values()].some(
        ({ at, visitor }) => at === timeOf(report.at) && visitor === report.visitor,
      ),
    'is of a visit over midnight': (report, before, after) =>
      !before.log.has(idIn(report)) &&
      [...after.visits.values()].some(({ reports, hours }) => {
        const days = new Set(hours.split(', ').map((hour) => hour.split(' ')[1]));
        return reports.includes(idIn(report)) && days.size > 1;
      }),
    'is of a device on its second day': (report, before) =>
      'visitor' in report &&
      before.devices.has(String(report.visitor)) &&
      (before.devices.get(String(report.visitor))?.firstAt ?? '') < timeOf(report.day),
    'moves the first sight of a device': (_, before, after) =>
      [...before.devices].some(([device, { firstAt }]) => after.devices.get(device)?.firstAt !== firstAt),
    'lost the key of its day before': (report) =>
      'previousDayKey' in report &&
      report.visitor % 2 === 0 &&
      report.at === report.day &&
      report.previousDayKey === null,
  };

  const idIn = (report: CollectedEvent): string => ('id' in report ? report.id : '(none)');
  const bounces = ({ hours }: Numbers): number => total(hours.values(), (row) => row.bounces);
  const changed = (before: Numbers, after: Numbers, of: (visit: { entry: string; exit: string }) => string) =>
    [...before.visits].some(([id, visit]) => {
      const now = after.visits.get(id);
      return now !== undefined && of(now) !== of(visit);
    });

  it('have of everything that is hard to count', () => {
    const found = new Set<string>();
    for (const history of fc.sample(histories(1), { numRuns: 100, seed: 1 })) {
      const reports = reportsOf(history);
      let before = computeNumbers([], history.timeoutMs);
      for (const [n, report] of reports.entries()) {
        const after = computeNumbers(reports.slice(0, n + 1), history.timeoutMs);
        for (const [event, happens] of Object.entries(EVENTS))
          if (happens(report, before, after)) found.add(event);
        before = after;
      }
      if (found.size === Object.keys(EVENTS).length) break;
    }
    expect([...found].sort()).toEqual(Object.keys(EVENTS).sort());
  });
});
