import type { Overview, ShownAnalytics } from '@footfall/trpc';
import {
  comparable,
  DASHBOARD_PERIODS,
  daysBefore,
  defaultInterval,
  MEASURES,
  todayOf,
  type DashboardMetric,
  type DashboardPeriod,
  type DashboardView,
  type DateRange,
} from './dashboard.ts';
import { intervalNames, METRICS, PERIODS, viewOf, type View } from './periods.ts';
import type { Statistics } from './statistics.ts';
import type { StatsTexts } from './texts/en/stats.ts';

/** The themes of an embedded page: that of the reader's system, or one. */
export const THEMES = ['auto', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

/** The theme that an address names; `auto` where it names none. */
export const themeOf = (query: URLSearchParams): Theme =>
  THEMES.find((theme) => theme === query.get('theme')) ?? 'auto';

/** One chart, as a page of another site shows it. */
export interface EmbeddedChart {
  readonly metric: DashboardMetric;
  /** The name of the period. */
  readonly period: string;
  readonly interval: keyof Statistics['texts']['openIntervals'];
  readonly total: number;
  /** The names of all intervals; those that have begun have values. */
  readonly slots: ReturnType<typeof intervalNames>;
  readonly values: readonly number[];
  /** Those of the period before; empty where nothing was counted in it. */
  readonly before: readonly number[];
  readonly beforeName: string;
  /** The name of the interval that goes on; undefined where all are over. */
  readonly openName: string | undefined;
  /** Whether nothing was counted in the period. */
  readonly isEmpty: boolean;
}

interface Totals extends Partial<Record<DashboardMetric, number>> {
  readonly views: number;
  readonly visits: number;
}

type Series = readonly (Partial<Record<DashboardMetric, number>> & ShownSeries)[];
type ShownSeries = Pick<Overview['series'][number], 'start' | 'views' | 'visits' | 'visitors'>;

interface Drawn extends Pick<EmbeddedChart, 'metric' | 'period' | 'interval' | 'beforeName'> {
  readonly totals: Totals;
  readonly series: Series;
  readonly previousSeries: Series;
  readonly hasBefore: boolean;
  readonly isOpen: boolean;
  readonly timeZone: string;
  /** When the numbers were read, ISO 8601. */
  readonly at: string;
}

function drawn(
  { totals, series, previousSeries, hasBefore, isOpen, timeZone, at, ...its }: Drawn,
  { texts, formats }: Statistics,
) {
  const { metric, interval } = its;
  const valueOf = (numbers: Partial<Record<DashboardMetric, number>>): number => numbers[metric] ?? 0;
  return {
    ...its,
    total: valueOf(totals),
    slots: intervalNames(series, interval, { timeZone, formats, texts }),
    values: series.filter(({ start }) => start <= at).map(valueOf),
    before: hasBefore ? previousSeries.map(valueOf) : [],
    openName: isOpen ? texts.openIntervals[interval] : undefined,
    isEmpty: totals.views === 0 && totals.visits === 0,
  };
}

interface SharedChart {
  readonly view: Pick<DashboardView, 'metric' | 'period' | 'interval'>;
  readonly dates: DateRange;
  readonly timeZone: string;
  readonly at: string;
}

/** The chart of a view of a dashboard. */
export function chartOf(
  analytics: ShownAnalytics,
  { view, dates, timeZone, at }: SharedChart,
  statistics: Statistics,
): EmbeddedChart {
  const { totals, previous, series, previousSeries } = analytics;
  const before = daysBefore(analytics, timeZone);
  return drawn(
    {
      metric: view.metric,
      period: statistics.periodName(view.period),
      interval: view.interval ?? defaultInterval(dates),
      totals,
      series,
      previousSeries,
      hasBefore: previous !== null && comparable(totals, previous) !== 'none',
      beforeName:
        before === undefined ? '' : statistics.texts.chart.before(statistics.rangeName(before.whole)),
      isOpen: dates.to >= todayOf(at, timeZone),
      timeZone,
      at,
    },
    statistics,
  );
}

/** What the address of the public chart names. */
export interface PublicChart extends Pick<View, 'period' | 'metric'> {
  readonly theme: Theme;
}

/** The public chart that an address names; unknown parameters and values are ignored, as on the public page. */
export function publicChartOf(query: URLSearchParams): PublicChart {
  const { period, metric } = viewOf(query);
  return { period, metric, theme: themeOf(query) };
}

/** The canonical address of a public chart. */
export const publicChartAddress = ({ period, metric, theme }: PublicChart): string =>
  `/stats/chart?${new URLSearchParams({ metric, period, theme }).toString()}`;

/** The chart of the public statistics. */
export function chartOfOverview(
  overview: Overview,
  { period, metric }: PublicChart,
  { statistics, stats }: { readonly statistics: Statistics; readonly stats: StatsTexts },
): EmbeddedChart {
  const { totals, previous, series, previousSeries, timeZone, at } = overview;
  const { before } = stats.periods[period];
  return drawn(
    {
      metric,
      period: statistics.periodName(period),
      interval: period === 'today' ? 'hour' : 'day',
      totals,
      series,
      previousSeries,
      hasBefore: previous.views > 0 || previous.visits > 0,
      beforeName: before,
      isOpen: true,
      timeZone,
      at,
    },
    statistics,
  );
}

export interface Choices {
  readonly metrics: readonly DashboardMetric[];
  readonly periods: readonly DashboardPeriod[];
}

/** What can be chosen for a chart of a private link, and for one of the public statistics. */
export const LINK_CHOICES: Choices = {
  metrics: MEASURES.map(({ metric }) => metric),
  periods: DASHBOARD_PERIODS.map(({ period }) => period),
};
export const PUBLIC_CHOICES: Choices = { metrics: METRICS, periods: PERIODS };

/** What an owner chooses for an embedded chart. */
export interface ChartChoice {
  readonly metric: string;
  readonly period: string;
  readonly theme: string;
}

/**
 * The line of HTML that embeds a chart.
 * @param address the chart's address without its parameters
 * @param title what a screen reader says of the frame
 */
export function chartSnippet(address: string, { metric, period, theme }: ChartChoice, title: string): string {
  const query = new URLSearchParams({ metric, period, theme }).toString();
  const source = `${address}?${query}`.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<iframe src="${source}" title="${title}" loading="lazy" style="width: 100%; height: 320px; border: 0"></iframe>`;
}
