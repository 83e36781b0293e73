import { formats } from './formats.ts';

const { formatCount } = formats;

/** The dashboard. */
const dashboard = {
  search: 'Search',
  searchAll: 'Search pages, sources, places and technology',
  searchLists: 'Search all lists',
  searchList: (title: string) => `Search ${title.toLowerCase()}`,
  now: 'now',
  menu: 'Dashboard',
  shortMenu: 'Dashboard, in short',
  more: 'More',
  staleSince: (time: string) => `Footfall’s store does not answer: these are the numbers of ${time}.`,
  noNumbers: 'No numbers for this address',
  showDefault: 'Show the last 30 days without filters',
  unreadable: 'The numbers of this period cannot be read right now',
  backSoon: 'Nothing that was counted is lost. They are here again as soon as the store answers.',
  nothing: 'Nothing was counted in this period',
  nothingFiltered: 'Nothing was counted in this period with these filters',
  /** A link, and what follows it. */
  withoutFilters: 'Show it without filters',
  orLonger: ', or choose a longer period.',
  longer: 'A longer period may have more to show.',
  /** Around a link to the install page. */
  expected: {
    before: 'If you expect views here, see on',
    link: 'the install page',
    after: 'how pages are counted.',
  },
  annotate: 'Annotate a day',
  updated: 'Updated',
  allCounted: 'Every view of today was counted',
  notCountedToday: (events: number) => `Not counted today: ${formatCount(events)}`,
  notCountedBy: (events: number, reason: string, words: string) =>
    `${formatCount(events)} (${reason}): ${words}`,
  bar: {
    versus: 'vs',
    comparisons: {
      previous: 'Period before',
      year: 'Year before',
      custom: 'Other days',
      off: 'Nothing',
    },
    /** The same after "vs". */
    versusWhat: { previous: 'period before', year: 'year before', custom: 'other days', off: 'nothing' },
    byWeekday: 'by weekday',
    matchWeekdays: 'Match weekdays',
    compareDays: 'Compare with these days',
    addFilter: '+ Filter',
    filterBy: 'Filter by',
    condition: 'Condition',
    value: 'Value',
    filter: 'Filter',
    hint: 'A second value of the same filter is an alternative.',
    filters: 'Filters',
    remove: (label: string) => `Remove the filter by ${label.toLowerCase()}`,
    clear: 'Clear all',
    export: 'Export',
    exportWhat: 'the chart’s numbers as CSV',
  },
  segments: {
    title: 'Segments',
    manage: 'Manage',
    name: 'Name for the filters that are set',
    save: 'Save as segment',
    replaces: 'A segment of this name that is there already gets these filters.',
    none: 'Filters that are set can be saved here under a name.',
  },
  drawer: {
    close: 'Close',
    exportCsv: 'Export CSV',
    tooLong: 'These rows take too long to be read: choose a shorter period or another filter.',
    noMatch: 'No row contains these words.',
    noRows: 'No rows',
    rows: (first: number, last: number, all: number) =>
      `${formatCount(first)}–${formatCount(last)} of ${formatCount(all)}`,
    paging: 'Pages of this list',
    before: '‹ Before',
    next: 'Next ›',
  },
  found: {
    unreadable: 'The lists cannot be read right now.',
    allIn: (title: string) => `All in ${title.toLowerCase()} ›`,
    nothing: 'Nothing in this period has these words in its name.',
    nothingFiltered: 'Nothing in this period with these filters has these words in its name.',
    /** Before the words that were searched. */
    contains: (label: string) => `${label} contains`,
    open: '“',
    close: '”',
  },
  first: {
    title: 'Nothing has been counted yet',
    line: 'Put this line into the pages you want to count, then open one of them: its view is here a moment later.',
    install: 'The install page',
    others: 'has the other ways to count.',
    sample: 'Explore with sample data',
    sampleWhat: ': it shows what will be here, and stays in a file of its own.',
  },
  keys: {
    title: 'Keys',
    custom: 'Other days',
    step: 'Period before and after',
    comparison: 'Comparison on and off',
    filter: 'Add a filter',
    annotate: 'Annotate a day',
    now: 'Now',
    search: 'Search',
    escape: 'Close, or clear all filters',
    help: 'This list',
    use: 'Use keys in this browser',
    close: 'Close',
  },
  lists: {
    title: 'Pages, sources, locations and technology',
    map: 'Map',
    /** The names of the groups on the tabs of a phone. */
    short: {
      pages: 'Pages',
      sources: 'Sources',
      locations: 'Places',
      technology: 'Technology',
      places: 'Places',
    },
  },
  map: {
    label: 'Visits by country',
    failed: 'The map could not be loaded. The tab Countries has the same numbers.',
    all: 'All countries ›',
    country: (name: string, visits: string) => `${name}: ${visits}`,
  },
  fromTomorrow: 'from tomorrow with a comparison',
  tooFew: 'too few to compare',
  nothingBefore: 'nothing before',
  chart: {
    interval: 'Interval',
    oneSoFar: 'There is one interval so far.',
    fromSecond: (interval: Interval) => `The line is drawn from the second ${interval} on.`,
    tableGroup: 'All measures as a table',
    tableBy: (interval: Interval) => `All measures by the ${interval}`,
  },
  here: {
    title: 'Now',
    /** After the number, which is larger. */
    visitors: { one: 'visitor in the last 5 minutes', other: 'visitors in the last 5 minutes' },
    latest: 'Pages viewed last',
    nobodySince: (time: string) => `Nobody has viewed a page since ${time}.`,
  },
  minutes: {
    summary: (all: number, minutes: number, most: number) =>
      `${formatCount(all)} page views in the last ${minutes} minutes, at most ${formatCount(most)} in one`,
    inMinute: (views: number, ago: number) =>
      `${formatCount(views)} in ${ago === 0 ? 'this minute' : `the minute ${ago} ago`}`,
    start: '30 minutes ago',
    views: (all: number) => `${formatCount(all)} views`,
    end: 'now',
  },
  share: {
    title: (site: string) => `A password is needed · ${site}`,
    heading: 'This link has a password',
    known: 'The person who sent you the link knows it.',
    password: 'Password',
    show: 'Show the statistics',
  },
};

type Interval = 'hour' | 'day' | 'week' | 'month';

export type DashboardTexts = typeof dashboard;
export default dashboard;
