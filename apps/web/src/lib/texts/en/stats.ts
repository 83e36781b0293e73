/** The public statistics. */
const stats = {
  title: 'Statistics',
  pageTitle: (period: string, site: string) => `Statistics, ${period.toLowerCase()} · ${site}`,
  description: (site: string) => `Visitors, visits and page views of ${site}, and where they came from.`,
  /** After the number, which is larger. */
  now: { one: 'visitor now', other: 'visitors now' },
  inTotal: { one: 'page view in total', other: 'page views in total' },
  since: (date: string) => ({ one: `page view since ${date}`, other: `page views since ${date}` }),
  stale: 'The store cannot be reached: these are the last known numbers.',
  first: {
    title: 'Nothing has been counted yet',
    line: 'Put this line into the pages you want to count, then open one of them: its view appears here a moment later.',
    install: 'The install page',
    others: 'has the other ways to count.',
  },
  period: 'Period',
  updated: 'updated',
  unreadable: 'The numbers of this period cannot be read right now',
  backSoon: 'Nothing that was counted is lost. They return as soon as the store answers.',
  /** Of each period: its name, itself and the one before on the chart, and what follows from nothing. */
  periods: {
    today: { name: 'Today', these: 'Today', before: 'Yesterday', nothing: 'Nothing was counted today' },
    '7d': {
      name: '7 days',
      these: 'These 7 days',
      before: 'The 7 days before',
      nothing: 'Nothing was counted in these 7 days',
    },
    '30d': {
      name: '30 days',
      these: 'These 30 days',
      before: 'The 30 days before',
      nothing: 'Nothing was counted in these 30 days',
    },
  },
  yesterdayUntil: (time: string) => `yesterday until ${time}`,
  daysBeforeUntil: (period: string, day: string, time: string) =>
    `the ${period} before, until ${day}, ${time}`,
  visitDuration: 'Visit duration',
  summary: (
    metric: string,
    unit: 'hour' | 'day',
    {
      first,
      last,
      all,
      most,
      when,
    }: { first: string; last: string; all: string; most: string; when: string },
  ) =>
    `${metric} by the ${unit}, ${first} to ${last}: ${all} in total, most (${most}) ${unit === 'hour' ? 'at' : 'on'} ${when}.`,
  /** Around a link to the install page. */
  longer: {
    before: 'A longer period may have more to show. If you expect views here, see',
    link: 'the install page',
    after: 'for how pages are counted.',
  },
  back: '‹ All statistics',
  firstDay: 'Counting began today. Comparisons and longer charts follow from tomorrow.',
  comparedWith: (what: string) => `Compared with ${what}.`,
  noPrevious: (what: string) => `No data for the previous period (${what}).`,
  perDay: 'Visitors are counted per day: someone who comes on three days counts three times.',
  early: (visitors: number, amount: string) =>
    `A visit counts on the day it begins: ${visitors === 1 ? '1 visitor' : amount} came in a visit that began before midnight.`,
  chart: {
    hour: (metric: string) => `${metric}, hour by hour`,
    day: (metric: string) => `${metric}, day by day`,
  },
  tableBy: {
    hour: 'Page views, visits and visitors by the hour',
    day: 'Page views, visits and visitors by the day',
  },
  tableNote: 'A visit counts where it begins, a visitor once a day.',
  lists: 'Pages, sources, places and technology',
  others: '“All others” are new values beyond the hourly limit of new values, counted together.',
};

export type StatsTexts = typeof stats;
export default stats;
