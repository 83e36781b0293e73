import * as z from 'zod';
import { CHANNELS } from './channel.ts';
import type { Dimension } from './dimensions.ts';
import { FootfallError } from './errors.ts';
import type { Moment } from './events.ts';
import { conditionsOf, FILTER_SCHEMAS, lowerCase, type Condition } from './conditions.ts';
import { filterKey, FILTERS, type FilterInput, type FilterName } from './filters.ts';
import { objection } from './objection.ts';
import { refused } from './refused.ts';

/** The intervals of a series, in the site's time zone. */
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;

export type Interval = (typeof INTERVALS)[number];

/** Hours, days, weeks and months of the site's time zone; each is identified by the instant at which it begins. */
export interface Calendar {
  /** IANA name, such as `Europe/Paris`. */
  readonly timeZone: string;
  readonly momentOf: (at: number) => Moment;
  readonly nextDay: (day: number) => number;
  readonly previousDay: (day: number) => number;
  /** The local day some dates before. */
  readonly daysBefore: (day: number, days: number) => number;
  /** The start of the interval that contains an instant. */
  readonly startOf: (interval: Interval, at: number) => number;
  /** The start of the next interval. */
  readonly next: (interval: Interval, start: number) => number;
  /**
   * The instant of a local day at which the clock shows the same time as at another instant; never outside that day.
   * A time that the day skips is as long after its midnight; of a time that occurs twice, it is either.
   */
  readonly timeOn: (day: number, at: number) => number;
  /** The same date a year before; the last of February for a 29th. */
  readonly yearBefore: (day: number) => number;
}

/** How visitors are distinguished (docs/design.md, Identity). */
export type Identity = 'daily' | 'device';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The default range. */
const DEFAULT_DAYS = 30;

/** The longest list, and the default length. */
const LONGEST_LIST = 1_000;
const LIST = 10;

/** Most points of a series: more can neither be drawn nor computed in a reasonable time. */
const MOST_INTERVALS = 2_000;

/** The end of the year 9999, in epoch milliseconds: the last year with four digits. */
const LAST_INSTANT = 253_402_300_799_999;

const TIME_WANTED = 'must be an ISO 8601 time with its offset, a date, or epoch milliseconds';

function timeSchema(name: 'from' | 'to' | 'compareFrom' | 'compareTo', description: string) {
  const wanted = `${name} ${TIME_WANTED}`;
  return z
    .union(
      [
        z.iso.datetime({ offset: true, error: wanted }).max(64, wanted),
        z.iso.datetime({ offset: true, precision: -1, error: wanted }),
        z.iso.date(wanted),
        // In a query every value is a string.
        z
          .string()
          .regex(/^\d{1,15}$/, wanted)
          .refine((digits) => Number(digits) <= LAST_INSTANT, wanted),
        z.int(wanted).min(0, wanted).max(LAST_INSTANT, wanted),
      ],
      { error: wanted },
    )
    .optional()
    .meta({ description, examples: ['2026-11-20', '2026-11-20T08:00:00Z'] });
}

const LIMIT_WANTED = `limit must be a whole number from 1 to ${LONGEST_LIST}`;

const rangeShape = {
  from: timeSchema('from', 'Where the range begins: rounded to the hour before. A date is a local day.'),
  to: timeSchema('to', 'Where it ends: rounded to the hour after. A date is that day inclusive.'),
};

const limitSchema = (description: string) =>
  z
    .union(
      [
        z.int(LIMIT_WANTED).min(1, LIMIT_WANTED).max(LONGEST_LIST, LIMIT_WANTED),
        z.string().regex(/^(?:[1-9]\d{0,2}|1000)$/, LIMIT_WANTED), // in a query every value is a string
      ],
      { error: LIMIT_WANTED },
    )
    .optional()
    .meta({ description });

/** What a range is compared with. */
export const COMPARISONS = ['previous', 'year', 'custom', 'off'] as const;

export type ComparisonName = (typeof COMPARISONS)[number];

/** Which days of it are compared: those of the same dates, or those of the same weekdays. */
const COMPARED_BY = ['date', 'weekday'] as const;

const analyticsShape = {
  ...rangeShape,
  interval: z
    .enum(INTERVALS, `interval must be one of ${INTERVALS.join(', ')}`)
    .optional()
    .meta({ description: 'Interval of the series; the default depends on the length of the range.' }),
  compare: z
    .enum(COMPARISONS, `compare must be one of ${COMPARISONS.join(', ')}`)
    .optional()
    .meta({
      description:
        'With what the range is compared: the period before (the default), the same dates a year before, the range from `compareFrom` to `compareTo`, or nothing.',
    }),
  compareBy: z
    .enum(COMPARED_BY, `compareBy must be one of ${COMPARED_BY.join(', ')}`)
    .optional()
    .meta({
      description:
        'Which days are compared. `weekday` is for the period before and the year before: as many whole weeks earlier as the range needs, or 52, so that a Monday is compared with a Monday.',
    }),
  compareFrom: timeSchema('compareFrom', 'Where the range begins that `compare=custom` compares with.'),
  compareTo: timeSchema('compareTo', 'Where it ends.'),
  ...FILTER_SCHEMAS,
  limit: limitSchema(`The longest list, ${LIST} by default.`),
};

/**
 * The input of an owner's query: a name that is unknown is an error that lists those that exist. If it were ignored, the
 * numbers of all visitors would be shown as those of some.
 */
export function queryInput<const Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code, keys }) => {
      if (code !== 'unrecognized_keys' || !Array.isArray(keys)) return undefined;
      return `${shown(keys[0])} is unknown; ${knownBeside(String(keys[0]), Object.keys(shape))}`;
    },
  });
}

/** What there is in place of an unknown parameter. */
function knownBeside(name: string, keys: readonly string[]): string {
  const [filter = '', operator] = name.split('.');
  if (operator !== undefined && Object.hasOwn(FILTERS, filter)) {
    const { operators } = FILTERS[filter as FilterName];
    return `of ${filter} there are ${operators.map((each) => filterKey(filter as FilterName, each)).join(', ')}`;
  }
  const others = keys.filter((key) => !Object.hasOwn(FILTER_SCHEMAS, key));
  if (others.length === keys.length) return `there are ${keys.join(', ')}`;
  return `there are ${others.join(', ')}, and the filters ${Object.keys(FILTERS).join(', ')}`;
}

/** A key of the input, shortened so that an error about it stays short. */
const shown = (name: unknown): string => JSON.stringify(String(name).slice(0, 40));

/** The input of the analytics (docs/api.md, Admin). Nothing is coerced; numbers may be strings, as in a query. */
export const analyticsInputSchema = queryInput(analyticsShape) as unknown as z.ZodType<
  AnalyticsInput,
  AnalyticsInput
> & { readonly shape: typeof analyticsShape };

/** A time: ISO 8601, a date, or epoch milliseconds. */
type Time = string | number;

/** A range of time, and filters. */
export interface RangeInput extends FilterInput {
  readonly from?: Time | undefined;
  readonly to?: Time | undefined;
}

/** An analytics request. */
export interface AnalyticsInput extends RangeInput {
  readonly interval?: Interval | undefined;
  readonly compare?: ComparisonName | undefined;
  readonly compareBy?: (typeof COMPARED_BY)[number] | undefined;
  readonly compareFrom?: Time | undefined;
  readonly compareTo?: Time | undefined;
  readonly limit?: number | string | undefined;
}

/** The lists, each with the dimension whose values it has. */
export const LIST_DIMENSIONS = {
  topPages: 'page',
  entryPages: 'entry',
  exitPages: 'exit',
  sources: 'source',
  channels: 'channel',
  campaigns: 'campaign',
  mediums: 'medium',
  terms: 'term',
  contents: 'content',
  countries: 'country',
  regions: 'region',
  cities: 'city',
  languages: 'language',
  devices: 'device',
  browsers: 'browser',
  systems: 'system',
} as const satisfies Readonly<Record<string, Dimension>>;

export type ListName = keyof typeof LIST_DIMENSIONS;

const LIST_NAMES = Object.keys(LIST_DIMENSIONS) as ListName[];

/** What the rows of a list are ordered by. */
export const SORTS = ['visitors', 'visits', 'views', 'bounceRate', 'averageVisitMs'] as const;

export type Sort = (typeof SORTS)[number];

/** Rows of a page of a list by default, and the last row at which a page may begin. */
const PAGE_ROWS = 100;
const LAST_OFFSET = 100_000;

/** Longest text that is searched for, in characters. */
const SEARCH_CHARACTERS = 200;

const OFFSET_WANTED = `offset must be a whole number from 0 to ${LAST_OFFSET}`;
const SEARCH_WANTED = `search must be a string of at most ${SEARCH_CHARACTERS} characters`;

const listShape = {
  list: z
    .enum(LIST_NAMES as [ListName, ...ListName[]], `list must be one of ${LIST_NAMES.join(', ')}`)
    .meta({ description: 'Which list.' }),
  ...rangeShape,
  sort: z
    .enum(SORTS, `sort must be one of ${SORTS.join(', ')}`)
    .optional()
    .meta({
      description:
        'What rows are ordered by, the number of the list by default. By a rate are ordered the 1,000 rows with the largest of these.',
    }),
  order: z
    .enum(['desc', 'asc'], 'order must be desc or asc')
    .optional()
    .meta({ description: 'The largest first (the default), or the smallest.' }),
  search: z
    .string(SEARCH_WANTED)
    .max(SEARCH_CHARACTERS, SEARCH_WANTED)
    .optional()
    .meta({ description: 'Only values that contain this, in upper or lower case.' }),
  offset: z
    .union(
      [
        z.int(OFFSET_WANTED).min(0, OFFSET_WANTED).max(LAST_OFFSET, OFFSET_WANTED),
        z.string().regex(/^(?:0|[1-9]\d{0,4}|100000)$/, OFFSET_WANTED),
      ],
      { error: OFFSET_WANTED },
    )
    .optional()
    .meta({ description: 'How many rows are left out before the first.' }),
  ...FILTER_SCHEMAS,
  limit: limitSchema(`Most rows, ${PAGE_ROWS} by default.`),
};

/** The input of one list. */
export const listInputSchema = queryInput(listShape) as unknown as z.ZodType<ListInput, ListInput> & {
  readonly shape: typeof listShape;
};

/** A request for a list. */
export interface ListInput extends RangeInput {
  readonly list: ListName;
  readonly sort?: Sort | undefined;
  readonly order?: 'desc' | 'asc' | undefined;
  readonly search?: string | undefined;
  readonly offset?: number | string | undefined;
  readonly limit?: number | string | undefined;
}

/** A half-open range of instants. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A range of whole local hours. */
export interface HourRange extends Range {
  /** The start of the local day in which the range begins. */
  readonly day: number;
}

/** An analytics request resolved to instants. */
export interface AnalyticsQuery extends HourRange {
  /** The starts of the intervals of the series: the first may begin before the range. */
  readonly starts: readonly number[];
  /**
   * The local days that are wholly in the range; empty (`from >= to`) if there is none. The current day is included if
   * the range extends to now, since there are no later events.
   */
  readonly wholeDays: Range;
  /** The local days that the range touches. */
  readonly touchedDays: Range;
  /** What the range is compared with; empty where it is compared with nothing. */
  readonly previous: ComparedRange;
  /** Where the intervals of the whole period begin that the range is compared with. */
  readonly previousStarts: readonly number[];
  readonly today: number;
  readonly tomorrow: number;
  readonly month: number;
  readonly nextMonth: number;
  /** All of them must hold. */
  readonly filters: readonly Condition[];
  readonly limit: number;
  readonly identity: Identity;
}

/** A period with which a range is compared: while the range goes on, as much of it as has passed of the range. */
export interface ComparedRange extends HourRange {
  /** Where the whole of it ends. */
  readonly end: number;
}

/** A request for a list, resolved to instants. */
export interface ListQuery extends AnalyticsQuery {
  readonly dimension: Dimension;
  readonly sort: Sort;
  readonly order: 'desc' | 'asc';
  /** In lower case; empty for all rows. */
  readonly search: string;
  readonly offset: number;
}

/** The calendar, the current time, and how visitors are distinguished. */
export interface AnalyticsContext {
  readonly calendar: Calendar;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly identity: Identity;
}

/**
 * Resolves a request to instants: the range rounded outward to local hours, its intervals, the previous period.
 * Pages must already be page identifiers.
 * @throws {FootfallError} BAD_REQUEST for a range that is empty or has too many intervals
 */
export function analyticsQuery(input: AnalyticsInput, context: AnalyticsContext): AnalyticsQuery {
  const { calendar, now, identity } = context;
  const { startOf } = calendar;
  const range = rangeOf(input, context);
  const { from, to } = range;
  const last = calendar.momentOf(to - 1).day;
  const today = calendar.momentOf(now).day;
  const month = startOf('month', now);
  const end = calendar.nextDay(last);
  const wholeDays = {
    from: range.day === from ? from : calendar.nextDay(range.day),
    to: end === to || (last === today && to > now) ? end : last,
  };
  const interval = input.interval ?? defaultInterval(range);
  const before = comparedWith(input, range, context);
  return {
    ...range,
    starts: startsOf(range, interval, calendar),
    wholeDays,
    touchedDays: { from: range.day, to: end },
    previous: { ...before, to: comparedUntil(range, before, context), end: before.to },
    previousStarts: before.from < before.to ? startsOf(before, interval, calendar) : [],
    today,
    tomorrow: calendar.nextDay(today),
    month,
    nextMonth: calendar.next('month', month),
    filters: conditionsOf(input),
    limit: Number(input.limit ?? LIST),
    identity,
  };
}

/** Two times, each of which may be left out: then the period has no beginning, or no end. */
export const timesSchema = z.object({ from: analyticsShape.from, to: analyticsShape.to });

/**
 * The instants between two times; a date is a local day, the second one inclusive.
 * @throws {FootfallError} BAD_REQUEST where the end is not after the beginning
 */
export function instantsOf(
  { from: begin, to: end }: z.infer<typeof timesSchema>,
  calendar: Calendar,
): { from: number; until: number } {
  const at = (time: string | number): number => (isDate(time) ? dayOf(time, calendar) : instantOf(time));
  const from = begin === undefined ? -Infinity : at(begin);
  const until = end === undefined ? Infinity : isDate(end) ? calendar.nextDay(at(end)) : at(end);
  if (from >= until) throw refused('BAD_REQUEST', objection('empty-range'));
  return { from, until };
}

/** Resolves a request for a list: its rows are counted once, and compared with nothing. */
export function listQuery(input: ListInput, context: AnalyticsContext): ListQuery {
  const { list, sort, order = 'desc', search = '', offset = 0, limit = PAGE_ROWS, ...range } = input;
  const dimension = LIST_DIMENSIONS[list];
  return {
    ...analyticsQuery({ ...range, limit, interval: 'month', compare: 'off' }, context),
    dimension,
    sort: sort ?? (dimension === 'page' ? 'views' : 'visits'),
    order,
    search: lowerCase(search),
    offset: Number(offset),
  };
}

function rangeOf(input: Pick<RangeInput, 'from' | 'to'>, { calendar, now }: AnalyticsContext): HourRange {
  const { from: begin, to: end } = input;
  const to = hourAfter(
    end === undefined ? now : isDate(end) ? calendar.nextDay(dayOf(end, calendar)) : instantOf(end),
    calendar,
  );
  const { hour: from, day } = calendar.momentOf(
    begin === undefined
      ? defaultFrom(to, calendar)
      : isDate(begin)
        ? dayOf(begin, calendar)
        : instantOf(begin),
  );
  if (from >= to) throw refused('BAD_REQUEST', objection('empty-range'));
  return { from, to, day };
}

function hourAfter(at: number, { momentOf, next }: Calendar): number {
  const { hour } = momentOf(at);
  return hour === at ? at : next('hour', hour);
}

function defaultFrom(to: number, { momentOf, previousDay }: Calendar): number {
  let { day } = momentOf(to - 1);
  for (let days = 1; days < DEFAULT_DAYS; days += 1) day = previousDay(day);
  return day;
}

const isDate = (time: string | number): time is string =>
  typeof time === 'string' && /^\d{4}-\d\d-\d\d$/.test(time);

function instantOf(time: string | number): number {
  return typeof time === 'number' ? time : /^\d+$/.test(time) ? Number(time) : Date.parse(time);
}

/** The start of a local day given as a date. */
function dayOf(date: string, { momentOf, startOf }: Calendar): number {
  const noon = Date.parse(`${date}T12:00:00Z`);
  // No clock is a day from UTC: the offset at the start of that month is right except for daylight saving.
  const month = startOf('month', noon);
  const near = new Date(month + 15 * DAY_MS);
  const offset = Date.UTC(near.getUTCFullYear(), near.getUTCMonth(), 1) - month;
  return momentOf(noon - offset).day;
}

function defaultInterval({ from, to }: Range): Interval {
  const days = (to - from) / DAY_MS;
  return days <= 2.1 ? 'hour' : days <= 93 ? 'day' : days <= 732 ? 'week' : 'month';
}

function startsOf(range: Range, interval: Interval, calendar: Calendar): number[] {
  const starts: number[] = [];
  if ((range.to - range.from) / LONGEST_MS[interval] > MOST_INTERVALS) throw tooMany();
  for (const start of startsIn(range, interval, calendar)) {
    if (starts.length === MOST_INTERVALS) throw tooMany();
    starts.push(start);
  }
  return starts;
}

function* startsIn({ from, to }: Range, interval: Interval, { startOf, next }: Calendar): Generator<number> {
  for (let start = startOf(interval, from); start < to; start = next(interval, start)) yield start;
}

/** No interval is longer: so it need not be counted how many there are in a thousand years. */
const LONGEST_MS: Readonly<Record<Interval, number>> = {
  hour: HOUR_MS,
  day: 2 * DAY_MS,
  week: 8 * DAY_MS,
  month: 32 * DAY_MS,
};

function tooMany(): FootfallError {
  return refused('BAD_REQUEST', objection('many-intervals', MOST_INTERVALS));
}

/** The whole of what a range is compared with. */
function comparedWith(input: AnalyticsInput, range: HourRange, context: AnalyticsContext): HourRange {
  const { compare = 'previous', compareBy, compareFrom, compareTo } = input;
  if (compare !== 'custom' && (compareFrom !== undefined || compareTo !== undefined))
    throw new FootfallError('BAD_REQUEST', 'compareFrom and compareTo are for compare=custom.');
  if (compareBy === 'weekday') {
    if (compare !== 'previous' && compare !== 'year')
      throw new FootfallError('BAD_REQUEST', 'compareBy=weekday is for compare=previous and compare=year.');
    const weeks = compare === 'year' ? WEEKS_OF_YEAR : weeksOf(range, context.calendar);
    return weeksBefore(range, weeks, context.calendar);
  }
  switch (compare) {
    case 'previous':
      return periodBefore(range, context.calendar);
    case 'year':
      return yearBefore(range, context.calendar);
    case 'off':
      return { ...range, to: range.from };
    case 'custom':
      if (compareFrom === undefined || compareTo === undefined)
        throw new FootfallError('BAD_REQUEST', 'compare=custom takes compareFrom and compareTo.');
      try {
        return rangeOf({ from: compareFrom, to: compareTo }, context);
      } catch {
        throw refused('BAD_REQUEST', objection('empty-comparison'));
      }
  }
}

/** After that number of weeks a year is over, but for a day or two. */
const WEEKS_OF_YEAR = 52;

/** The fewest weeks that the days of a range fit in. */
function weeksOf({ day, to }: HourRange, { momentOf }: Calendar): number {
  const days = Math.round((momentOf(to - 1).day - day) / DAY_MS) + 1;
  return Math.ceil(days / 7);
}

/** The same weekdays, or the same hours of them, some weeks before. */
function weeksBefore(
  { from, to }: Range,
  weeks: number,
  { momentOf, daysBefore, timeOn }: Calendar,
): HourRange {
  const shifted = (at: number) => {
    const { day } = momentOf(at);
    const its = daysBefore(day, 7 * weeks);
    return momentOf(at === day ? its : timeOn(its, at));
  };
  const { hour, day } = shifted(from);
  return { from: hour, to: Math.max(shifted(to).hour, hour), day };
}

/** The same dates, or the same hours of them, a year before. */
function yearBefore(
  { from, to }: Range,
  { momentOf, nextDay, yearBefore: before, timeOn }: Calendar,
): HourRange {
  const shifted = (at: number) => momentOf(timeOn(before(momentOf(at).day), at));
  const { hour, day } = shifted(from);
  const isDay = momentOf(to).day === to;
  const end = isDay ? nextDay(before(momentOf(to - 1).day)) : shifted(to).hour;
  return { from: hour, to: Math.max(end, hour), day };
}

/** The period before: as many local days where the range has whole ones, even if one of them is shorter; else as many hours. */
function periodBefore({ from, to, day }: HourRange, { momentOf }: Calendar): HourRange {
  const earlier = from - (to - from);
  const areDays = from === day && to === momentOf(to).day;
  const nearest = momentOf(earlier + 12 * HOUR_MS).day;
  const { hour, day: itsDay } = momentOf(areDays ? nearest : earlier);
  return { from: hour, to: from, day: itsDay };
}

/**
 * Until when the period before is compared. A range that goes on is compared with as much of that period as has passed of
 * the range, the hour that goes on included: all of yesterday beside half of today would look like a loss.
 */
function comparedUntil({ from, to, day }: HourRange, before: HourRange, context: AnalyticsContext): number {
  const { calendar, now } = context;
  const { momentOf, nextDay, timeOn } = calendar;
  if (now < from || hourAfter(now, calendar) >= to) return before.to;
  if (from !== day || before.from !== before.day)
    return Math.min(momentOf(before.from + (hourAfter(now, calendar) - from)).hour, before.to);
  const today = momentOf(now).day;
  let its = before.day;
  for (let passed = day; passed < today; passed = nextDay(passed)) its = nextDay(its);
  return Math.min(hourAfter(timeOn(its, now), calendar), before.to);
}

const views = z.int().meta({ description: 'Page views.' });
const visits = z.int().meta({ description: 'Visits.' });
const visitors = z.int().meta({
  description: 'Visitors, each once per local day; over several days the sum of the days’ visitors.',
});

// Results are written out as types so that users of the client do not need Zod.

/** Page views, visits and visitors, each once per local day. */
interface Counted {
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
}

export interface AnalyticsTotals extends Counted {
  readonly bounceRate: number;
  readonly averageVisitMs: number;
  readonly viewsPerVisit: number;
  readonly newVisitors: number | null;
  readonly returningVisitors: number | null;
}

/** What was counted in an interval of time. */
export interface AnalyticsInterval extends Counted {
  /** When it begins, ISO 8601. */
  readonly start: string;
  /** Of the visits that began in it. */
  readonly bounceRate: number;
  readonly averageVisitMs: number;
  readonly viewsPerVisit: number;
}

export type AnalyticsList = readonly (Counted & { readonly value: string })[];

/** Visits and visitors of a range, by every attribute. */
export interface Analytics {
  readonly totals: AnalyticsTotals;
  /** Null where the range is compared with nothing, as the instants below. */
  readonly previous: AnalyticsTotals | null;
  readonly uniqueVisitors: { readonly today: number; readonly thisMonth: number };
  readonly series: readonly AnalyticsInterval[];
  readonly previousSeries: readonly AnalyticsInterval[];
  /** From when and until when the range is compared, and where the whole of that period ends, ISO 8601. */
  readonly previousFrom: string | null;
  readonly previousUntil: string | null;
  readonly previousTo: string | null;
  readonly topPages: AnalyticsList;
  readonly entryPages: AnalyticsList;
  readonly exitPages: AnalyticsList;
  readonly sources: AnalyticsList;
  readonly channels: AnalyticsList;
  readonly campaigns: AnalyticsList;
  readonly mediums: AnalyticsList;
  readonly terms: AnalyticsList;
  readonly contents: AnalyticsList;
  readonly countries: AnalyticsList;
  readonly regions: AnalyticsList;
  readonly cities: AnalyticsList;
  readonly languages: AnalyticsList;
  readonly devices: AnalyticsList;
  readonly browsers: AnalyticsList;
  readonly systems: AnalyticsList;
  readonly bots: {
    readonly views: number;
    readonly share: number;
    readonly top: readonly { readonly value: string; readonly views: number }[];
  };
}

const bounceRate = z
  .number()
  .meta({ description: 'Bounces among visits, 0 to 1; 0 where there is no visit.' });
const averageVisitMs = z.int().meta({ description: 'Mean duration of a visit; 0 where there is none.' });
const viewsPerVisit = z.number().meta({ description: 'Page views per visit; 0 where there is none.' });

const totalsSchema = z.object({
  views,
  visits,
  visitors: z.int().meta({
    description:
      'Visitors: the sum of the days’ visitors, or a true distinct count where devices are distinguished.',
  }),
  bounceRate,
  averageVisitMs,
  viewsPerVisit,
  newVisitors: z
    .int()
    .nullable()
    .meta({ description: 'Devices first seen in the range; null where devices are not distinguished.' }),
  returningVisitors: z
    .int()
    .nullable()
    .meta({ description: 'Devices seen before the range; null where devices are not distinguished.' }),
});

const seriesSchema = z
  .array(
    z.object({
      start: z.iso.datetime(),
      views,
      visits,
      visitors,
      bounceRate,
      averageVisitMs,
      viewsPerVisit,
    }),
  )
  .readonly();

const listSchema = z.array(z.object({ value: z.string(), views, visits, visitors })).readonly();

const CHANNELS_ARE = `What kind of way led to the visits: ${CHANNELS.join(', ')}. Visits of which it is not known are in none.`;

/** The analytics of a range. */
export const analyticsSchema: z.ZodType<Analytics> = z.object({
  totals: totalsSchema,
  previous: totalsSchema.nullable().meta({
    description:
      'The same for what the range is compared with; while the range goes on, for as much of that as has passed of it, to the hour. Null with `compare=off`, as the three instants.',
  }),
  uniqueVisitors: z
    .object({ today: z.int(), thisMonth: z.int() })
    .meta({ description: 'Of the whole site, whatever is filtered.' }),
  series: seriesSchema,
  previousSeries: seriesSchema.meta({ description: 'The same for the whole of that period.' }),
  previousFrom: z.iso.datetime().nullable().meta({ description: 'From when `previous` is counted.' }),
  previousUntil: z.iso.datetime().nullable().meta({ description: 'Until when `previous` is counted.' }),
  previousTo: z.iso.datetime().nullable().meta({ description: 'Where the whole of that period ends.' }),
  topPages: listSchema,
  entryPages: listSchema,
  exitPages: listSchema,
  sources: listSchema,
  channels: listSchema.meta({ description: CHANNELS_ARE }),
  campaigns: listSchema,
  mediums: listSchema.meta({ description: 'What the links that led to the visits say as `utm_medium`.' }),
  terms: listSchema.meta({ description: 'The same for `utm_term`.' }),
  contents: listSchema.meta({ description: 'The same for `utm_content`.' }),
  countries: listSchema,
  regions: listSchema,
  cities: listSchema,
  languages: listSchema,
  devices: listSchema,
  browsers: listSchema,
  systems: listSchema,
  bots: z
    .object({
      views: z.int().meta({ description: 'Events of bots, which are not counted.' }),
      share: z.number().meta({ description: 'Share of bots among all events, 0 to 1.' }),
      top: z.array(z.object({ value: z.string(), views: z.int() })).readonly(),
    })
    .meta({ description: 'Of the whole site, on the local days that the range touches.' }),
});

/** A page of a list. */
export interface AnalyticsRows {
  /** How many rows there are in all. */
  readonly total: number;
  readonly rows: readonly (Counted & {
    readonly value: string;
    /** Of the visits that have the value; null where they are no longer stored, or could not be read in time. */
    readonly bounceRate: number | null;
    readonly averageVisitMs: number | null;
  })[];
}

/** The rows of one list. */
export const rowsSchema: z.ZodType<AnalyticsRows> = z.object({
  total: z.int().meta({ description: 'How many rows there are in all.' }),
  rows: z
    .array(
      z.object({
        value: z.string(),
        views,
        visits,
        visitors,
        bounceRate: z.number().nullable().meta({
          description:
            'Bounces among the visits that have the value; null where visits are no longer stored, or could not be read in time.',
        }),
        averageVisitMs: z.int().nullable().meta({ description: 'Their mean duration; null as well.' }),
      }),
    )
    .readonly(),
});

/** What happens on the site right now. */
export interface NowNumbers {
  /** Where the first minute begins, ISO 8601. */
  readonly since: string;
  /** Page views of each of the last 30 minutes; the last one goes on. */
  readonly minutes: readonly number[];
  /** The pages with the most of these. */
  readonly pages: readonly { readonly value: string; readonly views: number }[];
  /** The pages that were viewed last, one of each visit. */
  readonly latest: readonly { readonly at: string; readonly page: string; readonly country: string }[];
}
