import { z } from 'zod';
import { BROWSER_NAMES, DEVICE_NAMES, SYSTEM_NAMES } from './agent-names.ts';
import { CHANNELS } from './channel.ts';
import type { Dimension } from './dimensions.ts';
import { FootfallError } from './errors.ts';
import { nearestName } from './nearest.ts';
import type { Moment } from './events.ts';

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
  /** The start of the interval that contains an instant. */
  readonly startOf: (interval: Interval, at: number) => number;
  /** The start of the next interval. */
  readonly next: (interval: Interval, start: number) => number;
  /**
   * The instant of a local day at which the clock shows the same time as at another instant; never outside that day.
   * A time that the day skips is as long after its midnight; of a time that occurs twice, it is either.
   */
  readonly timeOn: (day: number, at: number) => number;
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

/** Longest value of a filter, in characters: no page's URL is longer. */
const VALUE_CHARACTERS = 4_096;

/** The end of the year 9999, in epoch milliseconds: the last year with four digits. */
const LAST_INSTANT = 253_402_300_799_999;

const TIME_WANTED = 'must be an ISO 8601 time with its offset, a date, or epoch milliseconds';

function timeSchema(name: 'from' | 'to', description: string) {
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

const filterSchema = (name: string, description: string) =>
  z
    .string(`${name} must be a string`)
    .min(1, `${name} must not be empty`)
    .max(VALUE_CHARACTERS, `${name} must be at most ${VALUE_CHARACTERS} characters`)
    .optional()
    .meta({ description });

/** Only known values are valid: an unknown one would be shown as no visits at all. */
const namedSchema = <const Names extends readonly string[]>(
  name: string,
  names: Names,
  description: string,
) =>
  z
    .enum(names, `${name} must be one of ${names.join(', ')}`)
    .optional()
    .meta({ description });

const LIMIT_WANTED = `limit must be a whole number from 1 to ${LONGEST_LIST}`;

const analyticsShape = {
  from: timeSchema('from', 'Where the range begins: rounded to the hour before. A date is a local day.'),
  to: timeSchema('to', 'Where it ends: rounded to the hour after. A date is that day inclusive.'),
  interval: z
    .enum(INTERVALS, `interval must be one of ${INTERVALS.join(', ')}`)
    .optional()
    .meta({ description: 'Interval of the series; the default depends on the length of the range.' }),
  page: filterSchema('page', 'Only page views of this page.'),
  entry: filterSchema('entry', 'Only visits that began on this page.'),
  exit: filterSchema('exit', 'Only visits that ended on this page.'),
  source: filterSchema('source', 'Only visits from this source.'),
  channel: namedSchema('channel', CHANNELS, 'Only visits that came this way.'),
  campaign: filterSchema('campaign', 'Only visits of this campaign.'),
  country: z
    .string('country must be a string')
    .regex(/^[A-Z]{2}$/, 'country must be an ISO code of two capital letters, such as DE; XX is unknown')
    .optional()
    .meta({ description: 'Only visits from this country, by its ISO code; XX is unknown.' }),
  region: filterSchema('region', 'Only visits from this region.'),
  city: filterSchema('city', 'Only visits from this city.'),
  language: filterSchema('language', 'Only visits in this language.'),
  device: namedSchema('device', DEVICE_NAMES, 'Only visits with this class of device.'),
  browser: z
    .string('browser must be a string')
    .refine((name) => BROWSER_NAMES.includes(name), {
      error: ({ input }) => {
        const meant = nearestName(String(input), BROWSER_NAMES);
        return meant === undefined
          ? 'browser must be the name of a browser or an app, such as Chrome, Firefox or Safari'
          : `browser must be the name of a browser or an app, such as ${meant}`;
      },
    })
    .optional()
    .meta({ description: 'Only visits with this browser or app.' }),
  os: namedSchema('os', SYSTEM_NAMES, 'Only visits with this operating system.'),
  limit: z
    .union(
      [
        z.int(LIMIT_WANTED).min(1, LIMIT_WANTED).max(LONGEST_LIST, LIMIT_WANTED),
        z.string().regex(/^(?:[1-9]\d{0,2}|1000)$/, LIMIT_WANTED), // in a query every value is a string
      ],
      { error: LIMIT_WANTED },
    )
    .optional()
    .meta({ description: `The longest list, ${LIST} by default.` }),
};

/**
 * The input of the analytics (docs/api.md, Admin). Nothing is coerced; numbers may be strings, as in a query. A mistyped
 * filter is an error: if it were ignored, the numbers of all visitors would be shown as those of some.
 */
export const analyticsInputSchema = z.strictObject(analyticsShape, {
  error: ({ code, keys }) =>
    code === 'unrecognized_keys' && Array.isArray(keys)
      ? `${shown(keys[0])} is unknown; there are ${Object.keys(analyticsShape).join(', ')}`
      : undefined,
});

/** A key of the input, shortened so that an error about it stays short. */
const shown = (name: unknown): string => JSON.stringify(String(name).slice(0, 40));

/** An analytics request. */
export type AnalyticsInput = z.infer<typeof analyticsInputSchema>;

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
  /** As long as the range, and before it: while the range goes on, as much of that as has passed of the range. */
  readonly previous: HourRange;
  /** Where the intervals of the whole period before begin, which ends where the range begins. */
  readonly previousStarts: readonly number[];
  readonly today: number;
  readonly tomorrow: number;
  readonly month: number;
  readonly nextMonth: number;
  /** By value; an unknown country is `''` as in the store. */
  readonly filters: Readonly<Partial<Record<Dimension, string>>>;
  readonly limit: number;
  readonly identity: Identity;
}

/** The calendar, the current time, and how visitors are distinguished. */
export interface AnalyticsContext {
  readonly calendar: Calendar;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly identity: Identity;
}

/** The name of an unknown country (docs/api.md, Reading). */
export const UNKNOWN_COUNTRY = 'XX';

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
  const before = periodBefore(range, calendar);
  return {
    ...range,
    starts: startsOf(range, interval, calendar),
    wholeDays,
    touchedDays: { from: range.day, to: end },
    previous: { ...before, to: comparedUntil(range, before, context) },
    previousStarts: [...startsIn(before, interval, calendar)],
    today,
    tomorrow: calendar.nextDay(today),
    month,
    nextMonth: calendar.next('month', month),
    filters: filtersOf(input),
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
  if (from >= until) throw new FootfallError('BAD_REQUEST', 'from must be before to.');
  return { from, until };
}

function rangeOf(input: AnalyticsInput, { calendar, now }: AnalyticsContext): HourRange {
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
  if (from >= to) throw new FootfallError('BAD_REQUEST', 'from must be before to.');
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
  return new FootfallError(
    'BAD_REQUEST',
    `The range has more than ${MOST_INTERVALS} intervals: request longer intervals or a shorter range.`,
  );
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

function filtersOf(input: AnalyticsInput): AnalyticsQuery['filters'] {
  const {
    page,
    entry,
    exit,
    source,
    channel,
    campaign,
    country,
    region,
    city,
    language,
    device,
    browser,
    os,
  } = input;
  const filters: Partial<Record<Dimension, string | undefined>> = {
    page,
    entry,
    exit,
    source,
    channel,
    campaign,
    country: country === UNKNOWN_COUNTRY ? '' : country,
    region,
    city,
    language,
    device,
    browser,
    system: os,
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
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
  readonly previous: AnalyticsTotals;
  readonly uniqueVisitors: { readonly today: number; readonly thisMonth: number };
  readonly series: readonly AnalyticsInterval[];
  readonly previousSeries: readonly AnalyticsInterval[];
  /** From when and until when the period before was counted, ISO 8601. */
  readonly previousFrom: string;
  readonly previousUntil: string;
  readonly topPages: AnalyticsList;
  readonly entryPages: AnalyticsList;
  readonly exitPages: AnalyticsList;
  readonly sources: AnalyticsList;
  readonly channels: AnalyticsList;
  readonly campaigns: AnalyticsList;
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
  previous: totalsSchema.meta({
    description:
      'The same for the period before, which is as long; of a range that goes on, as much of it as has passed, to the hour.',
  }),
  uniqueVisitors: z
    .object({ today: z.int(), thisMonth: z.int() })
    .meta({ description: 'Of the whole site, whatever is filtered.' }),
  series: seriesSchema,
  previousSeries: seriesSchema.meta({ description: 'The same for the whole period before.' }),
  previousFrom: z.iso.datetime().meta({ description: 'From when `previous` is counted.' }),
  previousUntil: z.iso.datetime().meta({ description: 'Until when `previous` is counted.' }),
  topPages: listSchema,
  entryPages: listSchema,
  exitPages: listSchema,
  sources: listSchema,
  channels: listSchema.meta({ description: CHANNELS_ARE }),
  campaigns: listSchema,
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
