/**
 * What the analytics should say, computed from visits by the definitions of docs/decisions/0011 as plainly as they are
 * written there; and the tables that a store would have for these visits.
 */
import {
  analyticsQuery,
  calendar,
  DIMENSIONS,
  FILTERS as ALL_FILTERS,
  filterKey,
  isNegative,
  lowerCase,
  meets,
  UNKNOWN_COUNTRY,
  isTag,
  VISIT_DIMENSIONS,
  type Analytics,
  type AnalyticsInput,
  type AnalyticsList,
  type AnalyticsQuery,
  type AnalyticsTotals,
  type Calendar,
  type Dimension,
  type Attributes,
  type Identity,
  type Moment,
  type Range,
  type AnalyticsRows,
  type ListQuery,
  type Operator,
} from '@footfall/core';
import type { Connection } from '@footfall/db';
import fc from 'fast-check';

/** A page view, or a registration where it has no page. */
export interface Mark extends Moment {
  readonly page: string | null;
  /** The visitor's key on that day. */
  readonly visitor: number;
}

export interface Visit {
  readonly id: number;
  readonly facts: Attributes;
  /** In the order of time. */
  readonly marks: readonly [Mark, ...Mark[]];
  readonly engagedMs: number;
  readonly seenUntil: number;
}

/** Reports of bots on a day. */
export interface Bots {
  readonly day: number;
  readonly name: string;
  readonly reports: number;
}

/** A site, what happened there, and what is asked about it. */
export interface Scene {
  readonly timeZone: string;
  readonly identity: Identity;
  readonly now: number;
  readonly visits: readonly Visit[];
  readonly bots: readonly Bots[];
  readonly questions: readonly AnalyticsInput[];
  /** How many visits are read at once. */
  readonly portion: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Time zones, each with a time at which its clock is changed: by an hour, half an hour, at midnight, or not at all. */
const ZONES = [
  ['UTC', '2026-06-30T12:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Asia/Kathmandu', '2026-01-01T00:00Z'],
  ['Pacific/Kiritimati', '2026-01-01T00:00Z'],
] as const;

const DAYS = 6;
const PAGES = ['/', '/a', '/b', '/c', '/ü', '(other)'] as const;

/** Values of attributes; the first of some is unknown. */
const VALUES: Readonly<Record<keyof Attributes, readonly string[]>> = {
  country: ['', 'DE', 'FR'],
  region: ['', 'DE-BE'],
  city: ['', 'Berlin', 'Paris'],
  language: ['', 'de'],
  source: ['direct', 'Google'],
  campaign: ['', 'spring'],
  device: ['desktop', 'mobile'],
  browser: ['Firefox', 'Safari'],
  system: ['Linux', 'macOS'],
  channel: ['', 'search', 'AI assistant'],
  medium: ['', 'email', 'cpc'],
  term: ['', 'counter'],
  content: ['', 'video'],
};

/** Any minute as likely as any other: at the ends little happens. */
const minutes = (most: number) => fc.noBias(fc.integer({ min: 0, max: most }));

const factsArbitrary = fc.record(
  Object.fromEntries(VISIT_DIMENSIONS.map((fact) => [fact, fc.constantFrom(...VALUES[fact])])),
) as unknown as fc.Arbitrary<Attributes>;

const visitArbitrary = fc.record({
  person: fc.integer({ min: 1, max: 4 }),
  isDevice: fc.boolean(),
  begins: minutes(DAYS * 24 * 60),
  facts: factsArbitrary,
  marks: fc.array(fc.record({ gap: minutes(30), page: fc.constantFrom(null, ...PAGES) }), {
    minLength: 1,
    maxLength: 6,
  }),
  /** Few visits go on and on, through days. */
  again: fc.oneof(
    { weight: 12, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(5, 40) },
  ),
  engagedMs: fc.constantFrom(0, 9_999, 10_000, 60_000),
  place: fc.nat(),
});

const timeArbitrary = (base: number, { momentOf }: Calendar): fc.Arbitrary<number | string> =>
  minutes((DAYS + 1) * 24 * 60).chain((minute) => {
    const at = base + minute * MINUTE_MS;
    return fc.constantFrom(
      at,
      new Date(at).toISOString(),
      String(momentOf(at).day),
      new Date(at).toISOString().slice(0, 10),
    );
  });

const FILTERS = [
  ['page', PAGES],
  ['entry', PAGES],
  ['exit', PAGES],
  ['country', ['XX', 'DE']],
  ...(
    [
      'region',
      'city',
      'language',
      'source',
      'channel',
      'campaign',
      'medium',
      'term',
      'content',
      'device',
      'browser',
    ] as const
  ).map((fact) => [fact, VALUES[fact].filter((value) => value !== '')] as const),
  ['os', VALUES.system],
] as const;

const filterArbitrary = fc
  .constantFrom(...FILTERS)
  .chain(([name, values]) =>
    fc
      .oneof(
        { weight: 15, arbitrary: fc.constantFrom(...values) },
        { weight: 1, arbitrary: fc.constant('nowhere') },
      )
      .map((value) => ({ [name]: value })),
  ) as fc.Arbitrary<AnalyticsInput>;

/** Any operator, with one to three values or parts of them. */
const operatorArbitrary = fc.constantFrom(...FILTERS).chain(([name, values]) => {
  const { operators } = ALL_FILTERS[name];
  return fc.constantFrom<Operator>(...operators).chain((operator): fc.Arbitrary<object> => {
    if (operator === 'set')
      return fc.constantFrom('true', 'false').map((value) => ({ [filterKey(name, operator)]: value }));
    const isPart = operator !== 'is' && operator !== 'not';
    const wanted = values.map((value) => (isPart ? (value.slice(-2) || value).toUpperCase() : value));
    return fc
      .array(fc.constantFrom(...wanted, ...(isPart ? ['/', 'zz'] : [])), { minLength: 1, maxLength: 3 })
      .map((those) => ({ [filterKey(name, operator)]: those }));
  });
}) as fc.Arbitrary<AnalyticsInput>;

const filtersArbitrary = fc.oneof(
  { weight: 3, arbitrary: fc.constant<AnalyticsInput>({}) },
  { weight: 5, arbitrary: filterArbitrary },
  {
    weight: 5,
    arbitrary: fc
      .array(operatorArbitrary, { minLength: 1, maxLength: 3 })
      .map((those) => Object.assign({}, ...those) as AnalyticsInput),
  },
);

const rangeArbitrary = (base: number, its: Calendar): fc.Arbitrary<AnalyticsInput> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: fc.record({ from: timeArbitrary(base, its), to: timeArbitrary(base, its) }) },
    {
      weight: 3,
      arbitrary: fc.tuple(minutes(DAYS * 24 * 60), minutes(30 * 60)).map(([minute, length]) => ({
        from: base + minute * MINUTE_MS,
        to: base + (minute + length + 1) * MINUTE_MS,
      })),
    },
  );

const questionArbitrary = (base: number, its: Calendar): fc.Arbitrary<AnalyticsInput> =>
  fc
    .tuple(
      rangeArbitrary(base, its),
      filtersArbitrary,
      fc.constantFrom('hour', 'day', 'week', 'month', undefined),
      fc.constantFrom(1, 2, 3, 10, 1_000, undefined),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant({}) },
        {
          weight: 2,
          arbitrary: fc.constantFrom(
            { compare: 'off' as const },
            { compare: 'year' as const },
            { compareBy: 'weekday' as const },
            { compare: 'year' as const, compareBy: 'weekday' as const },
          ),
        },
        {
          weight: 2,
          arbitrary: fc.tuple(timeArbitrary(base, its), timeArbitrary(base, its)).map(([one, other]) => ({
            compare: 'custom' as const,
            compareFrom: one,
            compareTo: other,
          })),
        },
      ),
    )
    .map(([range, filters, interval, limit, compared]) => ({
      ...range,
      ...compared,
      ...filters,
      ...(interval !== undefined && { interval }),
      ...(limit !== undefined && { limit }),
    }));

/** Scenes around a change of the clock. */
export const scenes: fc.Arbitrary<Scene> = fc
  .tuple(fc.constantFrom(...ZONES), fc.constantFrom<Identity>('daily', 'device'))
  .chain(([[timeZone, change], identity]) => {
    const its = calendar(timeZone);
    const base = Date.parse(change) - (DAYS / 2) * DAY_MS;
    return fc.record({
      timeZone: fc.constant(timeZone),
      identity: fc.constant(identity),
      now: minutes(3 * 24 * 60).map((minute) => base + (DAYS + 4) * DAY_MS + minute * MINUTE_MS),
      visits: fc
        .array(visitArbitrary, { maxLength: 40, size: 'max' })
        .map((visits) => visitsOf(visits, { base, its, identity })),
      bots: fc.array(
        fc.record({
          day: minutes(DAYS * 24 * 60).map((minute) => its.momentOf(base + minute * MINUTE_MS).day),
          name: fc.constantFrom('', 'Googlebot', 'bingbot'),
          reports: fc.integer({ min: 1, max: 9 }),
        }),
        { maxLength: 6 },
      ),
      portion: fc.constantFrom(1, 7, 10_000),
      questions: fc.array(questionArbitrary(base, its), { minLength: 6, maxLength: 6 }),
    });
  });

function visitsOf(
  visits: readonly (typeof visitArbitrary extends fc.Arbitrary<infer T> ? T : never)[],
  { base, its, identity }: { base: number; its: Calendar; identity: Identity },
): Visit[] {
  // Ids are in no order: a visit may arrive late.
  const places = visits.map((_, n) => n).sort((a, b) => (visits[a]?.place ?? 0) - (visits[b]?.place ?? 0));
  return visits.map(({ person, isDevice, begins, facts, marks, again, engagedMs }, n) => {
    let at = base + begins * MINUTE_MS;
    const all = Array.from({ length: again }, () => marks)
      .flat()
      .map(({ gap, page }): Mark => {
        const moment = its.momentOf(at);
        at += gap * MINUTE_MS;
        const visitor =
          identity === 'device' && isDevice
            ? 2 * person + 1
            : 2 * (1_000 * (1 + Math.round(moment.day / DAY_MS)) + person);
        return { ...moment, page, visitor };
      });
    const last = all.findLast(({ page }) => page !== null);
    const end = (all.at(-1) as Mark).at;
    return {
      id: places.indexOf(n) + 1,
      facts,
      marks: all as [Mark, ...Mark[]],
      engagedMs: last === undefined ? 0 : engagedMs,
      seenUntil: last === undefined ? end : Math.max(end, last.at + engagedMs),
    };
  });
}

/** What is asked, in instants; undefined for a range that is empty. */
export function queryOf(
  { timeZone, now, identity }: Scene,
  input: AnalyticsInput,
): AnalyticsQuery | undefined {
  try {
    return analyticsQuery(input, { calendar: calendar(timeZone), now, identity });
  } catch {
    return undefined;
  }
}

const pagesOf = ({ marks }: Visit): string[] => marks.flatMap(({ page }) => page ?? []);

/** What a visit's mark is of in a dimension; undefined where there is nothing. */
function valueOf(dimension: Dimension | undefined, visit: Visit, mark: Mark): string | undefined {
  if (dimension === undefined) return '';
  if (dimension === 'page') return mark.page ?? undefined;
  if (dimension === 'entry') return pagesOf(visit)[0];
  if (dimension === 'exit') return pagesOf(visit).at(-1);
  return visit.facts[dimension];
}

/** A visit, and which of its marks count. */
interface FilteredVisit {
  readonly visit: Visit;
  readonly marks: readonly Mark[];
}

function filterVisits(visits: readonly Visit[], filters: AnalyticsQuery['filters'] = []): FilteredVisit[] {
  const ofPages = filters.filter(({ dimension }) => dimension === 'page');
  const ofVisits = filters.filter(({ dimension }) => dimension !== 'page');
  return visits
    .filter((visit) =>
      ofVisits.every((condition) => {
        const value = valueOf(condition.dimension, visit, visit.marks[0]);
        // A visit without a page did not begin or end on any.
        const its = ofVisits.filter(({ dimension }) => dimension === condition.dimension);
        return value === undefined ? its.every(isNegative) : meets(value, condition);
      }),
    )
    .map((visit) => ({
      visit,
      marks: visit.marks.filter(
        ({ page }) =>
          ofPages.length === 0 || (page !== null && ofPages.every((condition) => meets(page, condition))),
      ),
    }))
    .filter(({ marks }) => marks.length > 0);
}

interface Row {
  views: number;
  visits: number;
  visitors: number;
  bounces: number;
  visitMs: number;
}

const nothing = (): Row => ({ views: 0, visits: 0, visitors: 0, bounces: 0, visitMs: 0 });

/** By value and hour. */
type Numbers = Map<string, Map<number, Row>>;

/** Where each page view, visit and visitor counts. */
function count(filtered: readonly FilteredVisit[], dimension?: Dimension): Numbers {
  const numbers: Numbers = new Map();
  const rowOf = (value: string, hour: number): Row => {
    const hours = numbers.get(value) ?? new Map<number, Row>();
    numbers.set(value, hours);
    const row = hours.get(hour) ?? nothing();
    hours.set(hour, row);
    return row;
  };
  const marks = filtered
    .flatMap(({ visit, marks: its }) =>
      its.map((mark) => ({ visit, mark, value: valueOf(dimension, visit, mark) })),
    )
    .filter((one): one is typeof one & { value: string } => one.value !== undefined)
    .sort((a, b) => a.mark.at - b.mark.at);
  const known = new Set<string>();
  const isFirst = (...what: unknown[]): boolean => {
    const key = JSON.stringify(what);
    return !known.has(key) && known.add(key).has(key);
  };
  for (const { visit, mark, value } of marks) {
    const row = rowOf(value, mark.hour);
    if (mark.page !== null) row.views += 1;
    if (isFirst('visit', visit.id, value)) {
      row.visits += 1;
      row.bounces += pagesOf(visit).length <= 1 && visit.engagedMs < 10_000 ? 1 : 0;
      row.visitMs += visit.seenUntil - visit.marks[0].at;
    }
    if (isFirst('visitor', mark.visitor, mark.day, value)) row.visitors += 1;
  }
  return numbers;
}

function sum(hours: ReadonlyMap<number, Row> | undefined, { from, to }: Range): Row {
  const total = nothing();
  for (const [hour, row] of hours ?? []) {
    if (hour < from || hour >= to) continue;
    for (const key of Object.keys(total) as (keyof Row)[]) total[key] += row[key];
  }
  return total;
}

/** What should be answered. */
export function computeAnalytics({ visits, bots, identity }: Scene, query: AnalyticsQuery): Analytics {
  const { starts, to, from, previous, previousStarts, touchedDays } = query;
  const filtered = filterVisits(visits, query.filters);
  const all = filterVisits(visits);
  const hours = count(filtered).get('');
  const siteHours = count(all).get('');

  const totalsOf = (range: Range): AnalyticsTotals => {
    const { views, visits: its, visitors, bounces, visitMs } = sum(hours, range);
    const seen = visitorsIn(filtered, range);
    const devices = [...seen].filter((visitor) => visitor % 2 === 1);
    const before = visitorsIn(all, { from: 0, to: range.from });
    const returning = devices.filter((visitor) => before.has(visitor)).length;
    return {
      views,
      visits: its,
      visitors: identity === 'device' ? seen.size : visitors,
      bounceRate: its === 0 ? 0 : bounces / its,
      averageVisitMs: its === 0 ? 0 : Math.round(visitMs / its),
      viewsPerVisit: its === 0 ? 0 : views / its,
      newVisitors: identity === 'device' ? devices.length - returning : null,
      returningVisitors: identity === 'device' ? returning : null,
    };
  };
  const listOf = (dimension: Dimension): AnalyticsList => {
    const [first, second] =
      dimension === 'page' ? (['views', 'visits'] as const) : (['visits', 'views'] as const);
    const ids = idsOf(visits);
    const id = (value: string): number => ids.get(JSON.stringify([tableOf(dimension), value])) ?? 0;
    return [...count(filtered, dimension)]
      .map(([value, its]) => ({ value, ...sum(its, query) }))
      .filter((row) => row.views + row.visits + row.visitors > 0)
      .filter(({ value }) => value !== '' || dimension === 'country')
      .sort(
        (a, b) =>
          b[first] - a[first] ||
          b[second] - a[second] ||
          b.visitors - a.visitors ||
          id(a.value) - id(b.value),
      )
      .slice(0, query.limit)
      .map(({ value, views, visits: its, visitors }) => ({
        value: value === '' ? 'XX' : value,
        views,
        visits: its,
        visitors,
      }));
  };
  const seriesOf = (begins: readonly number[], range: Range): Analytics['series'] =>
    begins.map((start, n) => {
      const interval = { from: Math.max(start, range.from), to: begins[n + 1] ?? range.to };
      const { views, visits: its, visitors, bounces, visitMs } = sum(hours, interval);
      return {
        start: new Date(start).toISOString(),
        views,
        visits: its,
        visitors,
        bounceRate: its === 0 ? 0 : bounces / its,
        averageVisitMs: its === 0 ? 0 : Math.round(visitMs / its),
        viewsPerVisit: its === 0 ? 0 : views / its,
      };
    });
  const month = { from: query.month, to: query.nextMonth };
  const isCompared = previous.from < previous.end;
  const instant = (at: number) => (isCompared ? new Date(at).toISOString() : null);
  return {
    totals: totalsOf(query),
    previous: isCompared ? totalsOf(previous) : null,
    uniqueVisitors: {
      today: sum(siteHours, { from: query.today, to: query.tomorrow }).visitors,
      thisMonth: identity === 'device' ? visitorsIn(all, month).size : sum(siteHours, month).visitors,
    },
    series: seriesOf(starts, { from, to }),
    previousSeries: seriesOf(previousStarts, { from: previous.from, to: previous.end }),
    previousFrom: instant(previous.from),
    previousUntil: instant(previous.to),
    previousTo: instant(previous.end),
    topPages: listOf('page'),
    entryPages: listOf('entry'),
    exitPages: listOf('exit'),
    sources: listOf('source'),
    channels: listOf('channel'),
    campaigns: listOf('campaign'),
    mediums: listOf('medium'),
    terms: listOf('term'),
    contents: listOf('content'),
    countries: listOf('country'),
    regions: listOf('region'),
    cities: listOf('city'),
    languages: listOf('language'),
    devices: listOf('device'),
    browsers: listOf('browser'),
    systems: listOf('system'),
    bots: botsOf(bots, { query, counted: sum(siteHours, touchedDays).views }),
  };
}

/** What a list should have. */
export function computeRows({ visits }: Scene, query: ListQuery): AnalyticsRows {
  const { dimension, sort, order, search, offset, limit } = query;
  const ids = idsOf(visits);
  const id = (value: string): number => ids.get(JSON.stringify([tableOf(dimension), value])) ?? 0;
  const sign = order === 'asc' ? -1 : 1;
  const rows = [...count(filterVisits(visits, query.filters), dimension)]
    .map(([value, its]) => ({ value, ...sum(its, query) }))
    .filter((row) => row.views + row.visits + row.visitors > 0)
    .filter(({ value }) => value !== '' || dimension === 'country')
    .filter(({ value }) => lowerCase(value).includes(search))
    .map(({ bounces, visitMs, ...row }) => ({
      ...row,
      bounceRate: row.visits === 0 ? null : bounces / row.visits,
      averageVisitMs: row.visits === 0 ? null : visitMs / row.visits,
    }))
    .sort(
      (a, b) =>
        sign * ((b[sort] ?? -1) - (a[sort] ?? -1)) ||
        b.views - a.views ||
        b.visits - a.visits ||
        b.visitors - a.visitors ||
        id(a.value) - id(b.value),
    );
  return {
    total: rows.length,
    rows: rows.slice(offset, offset + limit).map(({ value, averageVisitMs, ...row }) => ({
      value: value === '' ? UNKNOWN_COUNTRY : value,
      ...row,
      averageVisitMs: averageVisitMs === null ? null : Math.round(averageVisitMs),
    })),
  };
}

function visitorsIn(filtered: readonly FilteredVisit[], { from, to }: Range): Set<number> {
  const marks = filtered.flatMap(({ marks: its }) => its).filter(({ hour }) => hour >= from && hour < to);
  return new Set(marks.map(({ visitor }) => visitor));
}

function botsOf(
  bots: readonly Bots[],
  { query, counted }: { query: AnalyticsQuery; counted: number },
): Analytics['bots'] {
  const { from, to } = query.touchedDays;
  const reports = new Map<string, number>();
  for (const { day, name, reports: its } of bots) {
    if (day >= from && day < to) reports.set(name, (reports.get(name) ?? 0) + its);
  }
  const views = [...reports.values()].reduce((all, its) => all + its, 0);
  return {
    views,
    share: views === 0 ? 0 : views / (views + counted),
    top: [...reports]
      .filter(([name]) => name !== '')
      .sort(([a, of], [b, than]) => than - of || (a < b ? -1 : 1))
      .slice(0, query.limit)
      .map(([value, its]) => ({ value, views: its })),
  };
}

/** Entry and exit pages are pages. */
const tableOf = (dimension: Dimension): number =>
  DIMENSIONS.indexOf(dimension === 'entry' || dimension === 'exit' ? 'page' : dimension) + 1;

/** Whether it is no value, which has no id. */
const isNone = (dimension: Dimension, value: string): boolean => isTag(dimension) && value === '';

/** Ids of values, by dimension and text. */
function idsOf(visits: readonly Visit[]): Map<string, number> {
  const strings = new Set<string>();
  for (const page of PAGES) strings.add(JSON.stringify([1, page]));
  for (const { facts } of visits) {
    for (const fact of VISIT_DIMENSIONS)
      if (!isNone(fact, facts[fact])) strings.add(JSON.stringify([tableOf(fact), facts[fact]]));
  }
  return new Map([...strings].map((text, n) => [text, 100 + n]));
}

/** Rows of tables, by the tables' names. */
export type TableRows = Readonly<Record<string, readonly Record<string, unknown>[]>>;

/** Puts everything that happened into the tables of a store. */
export async function store({ database }: Connection, scene: Scene): Promise<void> {
  await database.batch(['delete from visitor_values', ...insertsOf(tablesOf(scene))], 'write');
}

/** Everything that happened, as the tables have it. */
export function tablesOf({ visits, bots, timeZone }: Pick<Scene, 'visits' | 'bots' | 'timeZone'>): TableRows {
  const its = calendar(timeZone);
  const ids = idsOf(visits);
  const idOf = (dimension: Dimension, value: string): number =>
    isNone(dimension, value) ? 0 : (ids.get(JSON.stringify([tableOf(dimension), value])) as number);
  const pageOf = (page: string | undefined): number | null =>
    page === undefined ? null : idOf('page', page);
  const keys = [...new Set(visits.map(({ facts }) => keyOf(facts)))];
  const factsOf = (facts: Attributes): number => keys.indexOf(keyOf(facts)) + 1;
  const all = filterVisits(visits);
  const hourly = DIMENSIONS.flatMap((dimension, n) =>
    [...count(all, dimension)].flatMap(([value, hours]) =>
      isNone(dimension, value)
        ? []
        : [...hours].map(([hour, row]) => ({
            dimension: n + 1,
            hour,
            value: idOf(dimension, value),
            ...row,
          })),
    ),
  );
  const hours = [...(count(all).get('') ?? [])].map(([hour, row]) => ({
    hour,
    day: its.momentOf(hour).day,
    ...row,
    visit_ms: row.visitMs,
  }));
  const byTime = visits.toSorted((a, b) => a.marks[0].at - b.marks[0].at);
  const marks = byTime.flatMap((visit) => visit.marks.map((mark) => ({ visit, mark })));

  return {
    visitor_values: [...ids].map(([text, id]) => {
      const [dimension, value] = JSON.parse(text) as [number, string];
      return { id, dimension, value, since: 0 };
    }),
    visitor_facts: keys.map((key, n) => {
      const strings = JSON.parse(key) as string[];
      const values = VISIT_DIMENSIONS.map((fact, place) => [fact, idOf(fact, strings[place] as string)]);
      return {
        id: n + 1,
        key: (n + 1).toString(16).padStart(32, '0'),
        used: 0,
        ...(Object.fromEntries(values) as Record<string, number>),
      };
    }),
    visitor_page_views: marks.map(({ visit, mark }, n) => {
      const isLast = mark === visit.marks.findLast(({ page }) => page !== null);
      return {
        seq: n + 1,
        page: pageOf(mark.page ?? undefined),
        session: visit.id,
        visitor: mark.visitor,
        facts: factsOf(visit.facts),
        hour: mark.hour,
        viewed_at: mark.at,
        engaged_ms: isLast ? visit.engagedMs : null,
        seen_until: isLast ? mark.at + visit.engagedMs : null,
      };
    }),
    visitor_sessions: visits.map((visit) => ({
      id: visit.id,
      visitor: visit.marks.at(-1)?.visitor,
      started_at: visit.marks[0].at,
      entered_at: visit.marks.find(({ page }) => page !== null)?.at ?? null,
      ended_at: visit.marks.at(-1)?.at,
      exited_at: visit.marks.findLast(({ page }) => page !== null)?.at ?? null,
      seen_until: visit.seenUntil,
      hour: visit.marks[0].hour,
      day: visit.marks[0].day,
      views: pagesOf(visit).length,
      registrations: visit.marks.length - pagesOf(visit).length,
      engaged_ms: visit.engagedMs,
      entry: pageOf(pagesOf(visit)[0]),
      exit: pageOf(pagesOf(visit).at(-1)),
      facts: factsOf(visit.facts),
    })),
    visitor_session_hours: visits.flatMap((visit) =>
      [...Map.groupBy(visit.marks, ({ hour }) => hour)].map(([hour, [first, ...others]]) => ({
        session: visit.id,
        hour,
        day: first?.day,
        visitor: first?.visitor,
        views: [first, ...others].filter((mark) => mark?.page !== null).length,
      })),
    ),
    visitors: [...Map.groupBy(marks, ({ mark }) => mark.visitor)]
      .filter(([visitor]) => visitor % 2 === 1)
      .map(([visitor, its]) => {
        const [first] = its.toSorted((a, b) => a.mark.at - b.mark.at);
        const { at, hour } = first?.mark as Mark;
        return {
          visitor,
          first_at: at,
          first_hour: hour,
          country: idOf('country', first?.visit.facts.country ?? ''),
        };
      }),
    visitor_hourly_counts: hourly,
    visitor_daily_counts: [
      ...Map.groupBy(hourly, ({ dimension, hour, value }) =>
        [dimension, its.momentOf(hour).day, value].join(),
      ),
    ].map(([key, rows]) => {
      const [dimension, day, value] = key.split(',').map(Number);
      const total = (column: 'views' | 'visits' | 'visitors') =>
        rows.reduce((all, row) => all + row[column], 0);
      return {
        dimension,
        day,
        value,
        views: total('views'),
        visits: total('visits'),
        visitors: total('visitors'),
      };
    }),
    visitor_hours: hours,
    visitor_ledger: [...Map.groupBy(bots, ({ day, name }) => JSON.stringify([day, name]))].map(
      ([key, its]) => {
        const [day, detail] = JSON.parse(key) as [number, string];
        return { day, reason: 'bot', detail, reports: its.reduce((all, { reports }) => all + reports, 0) };
      },
    ),
  };
}

const keyOf = (facts: Attributes): string => JSON.stringify(VISIT_DIMENSIONS.map((fact) => facts[fact]));

/** Columns that a row of the reference has and a table has not. */
const NOT_STORED = ['bounces', 'visitMs'];

/** What puts rows into tables; an `id` in the log is the 16 bytes of its number. */
export function insertsOf(tables: TableRows): { sql: string; args: string[] }[] {
  return Object.entries(tables).flatMap(([table, rows]) => {
    const [first] = rows;
    if (first === undefined) return [];
    const columns = Object.keys(first).filter((column) =>
      table === 'visitor_hours' ? column !== 'visitMs' : !NOT_STORED.includes(column),
    );
    const values = columns.map((column) =>
      table === 'visitor_page_views' && column === 'id'
        ? `unhex(printf('%032x', value ->> 'id'))`
        : column === 'key' && 'used' in first // before 0005 it was a string
          ? `unhex(value ->> 'key')`
          : `value ->> '${column}'`,
    );
    return [
      {
        sql: `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from json_each(?)`,
        args: [JSON.stringify(rows)],
      },
    ];
  });
}
