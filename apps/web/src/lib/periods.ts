import { formatTimeOfDay } from '@footfall/ui/format';
import type { Overview, OverviewList, Period } from '@footfall/trpc';
import { listOf } from './lists.ts';

/** The periods that the statistics are shown of, and what each is called. */
export const PERIODS = [
  { period: 'today', name: 'Today', words: 'today', before: 'Yesterday' },
  { period: '7d', name: '7 days', words: 'in these 7 days', before: 'The 7 days before' },
  { period: '30d', name: '30 days', words: 'in these 30 days', before: 'The 30 days before' },
] as const satisfies readonly { period: Period; name: string; words: string; before: string }[];

const DEFAULT: Period = '7d';

/** What the chart can draw. */
export const METRICS = [
  { metric: 'visitors', name: 'Visitors', unit: { one: 'visitor', other: 'visitors' } },
  { metric: 'visits', name: 'Visits', unit: { one: 'visit', other: 'visits' } },
  { metric: 'views', name: 'Page views', unit: { one: 'page view', other: 'page views' } },
] as const;

export type Metric = (typeof METRICS)[number]['metric'];

/** What an address of the statistics asks for. */
export interface View {
  readonly period: Period;
  /** What the chart draws. */
  readonly metric: Metric;
  /** The one list that is shown, with all its rows; undefined for everything in short. */
  readonly list: OverviewList | undefined;
}

/** What an address asks for; what is not known there is as if it were not asked. */
export function viewOf(query: URLSearchParams): View {
  return {
    period: periodOf(query.get('period')),
    metric: METRICS.find(({ metric }) => metric === query.get('metric'))?.metric ?? METRICS[0].metric,
    list: listOf(query.get('list'))?.key,
  };
}

/** The address of a view, the same however it was asked for. */
export function statsAddress({ period, metric, list }: View): string {
  const query = new URLSearchParams({ period });
  if (metric !== METRICS[0].metric) query.set('metric', metric);
  if (list !== undefined) query.set('list', list);
  return `/stats?${query.toString()}`;
}

/** The period that an address asks for; one that is not known is the default. */
export function periodOf(asked: string | null): Period {
  return PERIODS.find(({ period }) => period === asked)?.period ?? DEFAULT;
}

/** What a period is called. */
export function wordsOf(period: Period): (typeof PERIODS)[number] {
  return PERIODS.find((each) => each.period === period) ?? PERIODS[1];
}

/** What a period is compared with, to be read after "Compared with". */
export function comparedWith(
  period: Period,
  { comparedUntil, timeZone }: Pick<Overview, 'comparedUntil' | 'timeZone'>,
): string {
  const time = formatTimeOfDay(comparedUntil, timeZone);
  if (period === 'today') return `yesterday until ${time}`;
  const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone });
  const date = day.format(new Date(comparedUntil)).replace(',', '');
  return `the ${wordsOf(period).name} before, until ${date}, ${time}`;
}

/** Whether all that was counted is of the day that goes on: there is nothing to compare with, and no course of days. */
export function isFirstDay({ since, at, timeZone }: Pick<Overview, 'since' | 'at' | 'timeZone'>): boolean {
  if (since === null) return true;
  const date = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone });
  return date.format(new Date(since)) === date.format(new Date(at));
}

/** An interval of the series, as it is shown. */
export interface Interval {
  /** Its name: `14:00`, `Friday 21 November`. */
  readonly label: string;
  /** The same where there is little room: `Fri 21 Nov`. */
  readonly brief: string;
  /** What stands below it in the chart, if anything does. */
  readonly tick: string | undefined;
  /** Whether that stands there only where there is room. */
  readonly minor: boolean;
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
  /** Whether it has begun. */
  readonly begun: boolean;
}

/** Days are named by their noon: no change of the clock moves that to another date. */
const NOON_MS = 12 * 60 * 60 * 1000;

/** The intervals of an overview with their names on the site's clock: hours of a single day, else days. */
export function intervalsOf(
  { series, timeZone, at }: Pick<Overview, 'timeZone' | 'at'> & { readonly series: Series },
  period: Period,
): Interval[] {
  const name = period === 'today' ? hourNames(series, timeZone) : dayNames(series, timeZone, period);
  return series.map(({ start, views, visits, visitors }, index) => ({
    ...name(new Date(start), index),
    views,
    visits,
    visitors,
    begun: start <= at,
  }));
}

type Naming = (start: Date, index: number) => Pick<Interval, 'label' | 'brief' | 'tick' | 'minor'>;
type Series = readonly Pick<Overview['series'][number], 'start' | 'views' | 'visits' | 'visitors'>[];

function hourNames(series: Series, timeZone: string): Naming {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone });
  const exact = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'shortOffset',
    timeZone,
  });
  const times = series.map(({ start }) => clock.format(new Date(start)));
  return (start, index) => {
    const time = times[index] ?? '';
    const hour = Number(time.slice(0, 2));
    const isFirst = times.indexOf(time) === index;
    // Where the clock is put back an hour comes twice.
    const label = times.lastIndexOf(time) === times.indexOf(time) ? time : exact.format(start);
    return {
      label,
      brief: label,
      tick: hour % 3 === 0 && time.endsWith(':00') && isFirst ? time : undefined,
      minor: hour % 6 !== 0,
    };
  };
}

function dayNames(series: Series, timeZone: string, period: Period): Naming {
  const full = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone });
  const brief = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone,
  });
  const short = new Intl.DateTimeFormat(
    'en-GB',
    period === '7d'
      ? { weekday: 'short', day: 'numeric', timeZone }
      : { day: 'numeric', month: 'short', timeZone },
  );
  const every = period === '7d' ? 1 : 7;
  return (start, index) => {
    const noon = new Date(start.getTime() + NOON_MS);
    const fromEnd = series.length - 1 - index;
    return {
      label: full.format(noon).replace(',', ''),
      brief: brief.format(noon).replace(',', ''),
      tick: fromEnd % every === 0 ? short.format(noon).replace(',', '') : undefined,
      minor: (fromEnd / every) % 2 === 1,
    };
  };
}

/** What a clock is called: `Europe/Paris`, `UTC`, `UTC+05:30`. */
export function clockName(timeZone: string): string {
  return /^[+-]/.test(timeZone) ? `UTC${timeZone}` : timeZone.replaceAll('_', ' ');
}

/** Labels below a chart at most: more would touch each other. */
const TICKS = 8;

/** Names of the intervals of a series of any length, on the site's clock. */
export function intervalNames(
  series: Series,
  interval: 'hour' | 'day' | 'week' | 'month',
  timeZone: string,
): ReturnType<Naming>[] {
  if (interval === 'hour' && series.length <= 25) {
    const name = hourNames(series, timeZone);
    return series.map(({ start }, index) => name(new Date(start), index));
  }
  const written = (options: Intl.DateTimeFormatOptions) => {
    const form = new Intl.DateTimeFormat('en-GB', { ...options, timeZone });
    // No change of the clock moves a day's noon to another date.
    const shift = interval === 'hour' ? 0 : NOON_MS;
    return (start: string) => form.format(new Date(Date.parse(start) + shift)).replace(',', '');
  };
  const label = written(LABELS[interval]);
  const tick = written(
    interval === 'month' ? { month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' },
  );
  const every = Math.max(Math.ceil(series.length / TICKS), 1);
  const hasTick = (index: number, fromEnd: number): boolean =>
    interval === 'hour'
      ? index === 0 || tick(series[index]?.start ?? '') !== tick(series[index - 1]?.start ?? '')
      : fromEnd % every === 0;
  let ticks = 0;
  return series.map(({ start }, index) => {
    const fromEnd = series.length - 1 - index;
    const its = (interval === 'week' ? 'Week of ' : '') + label(start);
    if (!hasTick(index, fromEnd)) return { label: its, brief: its, tick: undefined, minor: false };
    ticks += 1;
    const minor = interval === 'hour' ? ticks % 2 === 0 : (fromEnd / every) % 2 === 1;
    return { label: its, brief: its, tick: tick(start), minor };
  });
}

const LABELS: Readonly<Record<'hour' | 'day' | 'week' | 'month', Intl.DateTimeFormatOptions>> = {
  hour: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
};
