import type { Overview, ShownAnalytics } from '@footfall/trpc';
import { describe, expect, it } from 'vitest';
import { parseView } from '../src/lib/dashboard.ts';
import {
  chartOf,
  chartOfOverview,
  chartSnippet,
  publicChartAddress,
  publicChartOf,
  themeOf,
} from '../src/lib/embedded-chart.ts';
import { statisticsOf } from '../src/lib/statistics.ts';
import { loadTexts } from '../src/lib/texts/languages.ts';

const statistics = await statisticsOf('en');
const { stats } = await loadTexts('en', ['stats']);

const NOTHING = { views: 0, visits: 0, visitors: 0, bounceRate: 0, averageVisitMs: 0, viewsPerVisit: 0 };
const daysOf = (from: string, numbers: readonly object[]) =>
  numbers.map((its, day) => ({
    ...NOTHING,
    ...its,
    start: new Date(Date.parse(from) + day * 24 * 60 * 60 * 1000).toISOString(),
  }));

describe('the address of a public chart', () => {
  it.each([
    ['', '/stats/chart?metric=visitors&period=7d&theme=auto'],
    ['metric=views&period=30d&theme=dark', '/stats/chart?metric=views&period=30d&theme=dark'],
    ['metric=bounceRate&period=all&theme=pink&x=1', '/stats/chart?metric=visitors&period=7d&theme=auto'],
  ])('%j is %s', (query, address) => {
    expect(publicChartAddress(publicChartOf(new URLSearchParams(query)))).toBe(address);
  });
});

it.each([
  ['theme=light', 'light'],
  ['theme=', 'auto'],
  ['', 'auto'],
])('%j asks for the theme %s', (query, theme) => {
  expect(themeOf(new URLSearchParams(query))).toBe(theme);
});

it('the snippet is one line whose attributes nothing ends', () => {
  const snippet = chartSnippet(
    'https://a.example/share/x/chart',
    { metric: 'a"b', period: '7d', theme: 'auto' },
    'Visits',
  );
  expect(snippet).toContain(
    'src="https://a.example/share/x/chart?metric=a%22b&amp;period=7d&amp;theme=auto"',
  );
  expect(snippet.match(/"/g)).toHaveLength(8);
});

describe('a chart', () => {
  const at = '2026-11-03T12:00:00.000Z';
  const series = daysOf('2026-11-02T00:00:00Z', [{ visits: 4 }, { visits: 2 }, {}]);
  const previousSeries = daysOf('2026-10-30T00:00:00Z', [{ visits: 1 }, {}, {}]);
  const analytics = {
    totals: { ...NOTHING, visits: 6, views: 9 },
    previous: { ...NOTHING, visits: 1, views: 1 },
    series,
    previousSeries,
    previousFrom: '2026-10-30T00:00:00.000Z',
    previousUntil: '2026-10-31T12:00:00.000Z',
    previousTo: '2026-11-02T00:00:00.000Z',
  } as unknown as ShownAnalytics;
  const shown = {
    view: parseView(new URLSearchParams('metric=visits&from=2026-11-02&to=2026-11-04'), []).view,
    dates: { from: '2026-11-02', to: '2026-11-04' },
    timeZone: 'UTC',
    at,
  };

  it('has the values that have begun, and the names of all', () => {
    const chart = chartOf(analytics, shown, statistics);
    expect(chart).toMatchObject({
      metric: 'visits',
      total: 6,
      values: [4, 2],
      before: [1, 0, 0],
      openName: 'Today',
      isEmpty: false,
    });
    expect(chart.slots).toHaveLength(3);
  });

  it('of days that are over has no open one, and nothing before where nothing was', () => {
    const chart = chartOf(
      { ...analytics, previous: { ...analytics.totals, views: 0, visits: 0 } },
      { ...shown, dates: { from: '2026-11-01', to: '2026-11-02' } },
      statistics,
    );
    expect(chart).toMatchObject({ openName: undefined, before: [] });
  });

  it('of the public statistics says that nothing was counted', () => {
    const overview = { ...analytics, totals: NOTHING, previous: NOTHING, timeZone: 'UTC', at };
    const chosen = publicChartOf(new URLSearchParams('period=7d'));
    expect(chartOfOverview(overview as unknown as Overview, chosen, { statistics, stats })).toMatchObject({
      isEmpty: true,
      period: 'Last 7 days',
      before: [],
    });
  });
});
