import type { Overview, OverviewList, Period } from '@footfall/trpc';
import { listOf } from './lists.ts';
import type { Formats } from '@footfall/ui/format';
import type { StatisticsTexts } from './texts/en/statistics.ts';
import type { StatsTexts } from './texts/en/stats.ts';

/** The periods of the statistics; their names are in `stats.periods` of the texts. */
export const PERIODS = ['today', '7d', '30d'] as const satisfies readonly Period[];

const DEFAULT: Period = '7d';

/** The metrics of the chart. */
export const METRICS = ['visitors', 'visits', 'views'] as const;

export type Metric = (typeof METRICS)[number];

/** A view of the statistics, as its address says. */
export interface View {
  readonly period: Period;
  /** The metric in the chart. */
  readonly metric: Metric;
  /** The one list that is shown, with all its rows; undefined for all lists in short. */
  readonly list: OverviewList | undefined;
}

/** The view that an address names; unknown parameters and values are ignored. */
export function viewOf(query: URLSearchParams): View {
  return {
    period: periodOf(query.get('period')),
    metric: METRICS.find((metric) => metric === query.get('metric')) ?? METRICS[0],
    list: listOf(query.get('list'))?.key,
  };
}

/** The canonical address of a view. */
export function statsAddress({ period, metric, list }: View): string {
  const query = new URLSearchParams({ period });
  if (metric !== METRICS[0]) query.set('metric', metric);
  if (list !== undefined) query.set('list', list);
  return `/stats?${query.toString()}`;
}

/** The period that an address names, or the default if it is unknown. */
export function periodOf(name: string | null): Period {
  return PERIODS.find((period) => period === name) ?? DEFAULT;
}

/** What a period is compared with, to be read after "Compared with". */
export function comparedWith(
  period: Period,
  { comparedUntil, timeZone }: Pick<Overview, 'comparedUntil' | 'timeZone'>,
  { formats, texts }: { readonly formats: Formats; readonly texts: StatsTexts },
): string {
  const time = formats.formatTimeOfDay(comparedUntil, timeZone);
  if (period === 'today') return texts.yesterdayUntil(time);
  const day = formats.dateForm({ weekday: 'long', day: 'numeric', month: 'long', timeZone });
  return texts.daysBeforeUntil(texts.periods[period].name, day(new Date(comparedUntil)), time);
}

/** Whether counting began today: there is nothing to compare with, and no chart by days. */
export function isFirstDay({ since, at, timeZone }: Pick<Overview, 'since' | 'at' | 'timeZone'>): boolean {
  if (since === null) return true;
  const date = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone });
  return date.format(new Date(since)) === date.format(new Date(at));
}

/** An interval of the series, with its labels. */
export interface Interval {
  /** Its name: `14:00`, `Friday 21 November`. */
  readonly label: string;
  /** A short form of it: `Fri 21 Nov`. */
  readonly brief: string;
  /** Its label on the chart's axis, if it has one. */
  readonly tick: string | undefined;
  /** Whether that label is left out on narrow screens. */
  readonly minor: boolean;
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
  /** Whether it has begun. */
  readonly begun: boolean;
}

/** Days are named by their noon, which a change to or from daylight saving time does not move to another date. */
const NOON_MS = 12 * 60 * 60 * 1000;

/** The intervals of an overview with their names in the site's time zone: hours of a single day, else days. */
export function intervalsOf(
  { series, timeZone, at }: Pick<Overview, 'timeZone' | 'at'> & { readonly series: Series },
  period: Period,
  formats: Formats,
): Interval[] {
  const name =
    period === 'today'
      ? hourNames(series, { timeZone, formats })
      : dayNames(series, { timeZone, formats }, period);
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

/** The clock of a site, in a language. */
interface Clock {
  readonly timeZone: string;
  readonly formats: Formats;
}

function hourNames(series: Series, { timeZone, formats }: Clock): Naming {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone });
  const exact = formats.dateForm({
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
    const name = formats.formatTimeOfDay(start.toISOString(), timeZone);
    // When daylight saving time ends, an hour occurs twice.
    const label = times.lastIndexOf(time) === times.indexOf(time) ? name : exact(start);
    return {
      label,
      brief: label,
      tick: hour % 3 === 0 && time.endsWith(':00') && isFirst ? name : undefined,
      minor: hour % 6 !== 0,
    };
  };
}

function dayNames(series: Series, { timeZone, formats }: Clock, period: Period): Naming {
  const full = formats.dateForm({ weekday: 'long', day: 'numeric', month: 'long', timeZone });
  const brief = formats.dateForm({ weekday: 'short', day: 'numeric', month: 'short', timeZone });
  const short = formats.dateForm(
    period === '7d'
      ? { weekday: 'short', day: 'numeric', timeZone }
      : { day: 'numeric', month: 'short', timeZone },
  );
  const every = period === '7d' ? 1 : 7;
  return (start, index) => {
    const noon = new Date(start.getTime() + NOON_MS);
    const fromEnd = series.length - 1 - index;
    return {
      label: full(noon),
      brief: brief(noon),
      tick: fromEnd % every === 0 ? short(noon) : undefined,
      minor: (fromEnd / every) % 2 === 1,
    };
  };
}

/** The name of a time zone: `Europe/Paris`, `UTC`, `UTC+05:30`. */
export function clockName(timeZone: string): string {
  return /^[+-]/.test(timeZone) ? `UTC${timeZone}` : timeZone.replaceAll('_', ' ');
}

/** Labels below a chart at most: more would touch each other. */
const TICKS = 8;

/** Names of the intervals of a series of any length, on the site's clock. */
export function intervalNames(
  series: Series,
  interval: 'hour' | 'day' | 'week' | 'month',
  { timeZone, formats, texts }: Clock & { readonly texts: Pick<StatisticsTexts, 'weekOf'> },
): ReturnType<Naming>[] {
  if (interval === 'hour' && series.length <= 25) {
    const name = hourNames(series, { timeZone, formats });
    return series.map(({ start }, index) => name(new Date(start), index));
  }
  const written = (options: Intl.DateTimeFormatOptions) => {
    const form = formats.dateForm({ ...options, timeZone });
    // No change of the clock moves a day's noon to another date.
    const shift = interval === 'hour' ? 0 : NOON_MS;
    return (start: string) => form(new Date(Date.parse(start) + shift));
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
    const its = interval === 'week' ? texts.weekOf(label(start)) : label(start);
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
