import type { SettingName } from '@footfall/core';
import { formats } from './formats.ts';

const { formatCount } = formats;

const viewsOf = (count: number) => (count === 1 ? 'page view' : 'page views');

/** What a setting is called. */
export interface SettingWords {
  readonly title: string;
  readonly sentence: string;
  /** Its values, where one of them is chosen. */
  readonly options?: Readonly<Record<string, string>>;
  /** Which page views are not counted because of it, and with what else. */
  readonly effect?: string;
}

/** The settings, and the page that they stand on. */
const settings = {
  groups: {
    site: 'The site',
    readers: 'Who sees the statistics',
    visitors: 'Who is counted',
    pages: 'What is left out',
    storage: 'How long page views are stored',
    caches: 'How current numbers are',
    annotations: 'Annotations',
  },
  names: {
    SITE_NAME: {
      title: 'Name',
      sentence: 'What these pages call your site. Empty is its first host.',
    },
    SITE_HOSTS: {
      title: 'Hosts',
      sentence:
        'Hosts whose pages are counted, one in each line, such as example.com; *.example.com is its subdomains. Empty counts every host.',
      effect: 'of other hosts',
    },
    SITE_TIME_ZONE: {
      title: 'Time zone',
      sentence: 'Days and hours begin by this clock. It is chosen before the first page view, for good.',
    },
    WEEK_START: {
      title: 'Weeks begin on',
      sentence: 'Charts by week are drawn anew when it changes.',
      options: { monday: 'Monday', sunday: 'Sunday', saturday: 'Saturday' },
    },
    STATS_PUBLIC: {
      title: 'Statistics',
      sentence: 'The page /stats. The widget and the badge show their numbers either way.',
      options: { true: 'Everyone may read them', false: 'Only you' },
    },
    CACHE_STRATEGY: {
      title: 'Caches',
      sentence:
        'Browsers and caches may show a public number or page again for so long; your dashboard is not cached.',
      options: {
        balanced: 'Balanced: up to 15 seconds',
        minimal: 'Newest numbers: up to 5 seconds',
        aggressive: 'Fewest requests: up to 25 seconds',
      },
    },
    TRACKING_ENABLED: {
      title: 'Counting',
      sentence: 'Off, nothing is counted and nothing is stored about visits.',
      options: { true: 'On', false: 'Off' },
      effect: 'while it was off',
    },
    RESPECT_DNT: {
      title: 'Do Not Track',
      sentence: 'Visitors whose browser sends Do Not Track or Global Privacy Control.',
      options: { true: 'Are not counted', false: 'Are counted too' },
      effect: 'of browsers that ask not to be tracked',
    },
    REQUIRE_CONSENT: {
      title: 'Consent',
      sentence: 'With it, a page view is counted only after your page has said that the visitor agrees.',
      options: { false: 'Not needed', true: 'Needed' },
      effect: 'without consent',
    },
    IDENTITY: {
      title: 'Recognition',
      sentence:
        'How long a visitor is recognised. It is chosen before the first page view, and the tracker’s line on your pages must say the same.',
      options: { daily: 'For a day', device: 'For up to a year, by an id in the browser' },
    },
    SESSION_TIMEOUT_MINUTES: {
      title: 'Minutes until a visit ends',
      sentence:
        'A visitor who views no page for longer begins a new visit, 1 to 240; a change decides about page views that come after it.',
    },
    COUNT_BOTS: {
      title: 'Bots',
      sentence: 'Crawlers, scripts and test browsers that say what they are.',
      options: { false: 'Are not counted', true: 'Are counted too' },
      effect: 'of bots',
    },
    IGNORED_PAGES: {
      title: 'Pages that are not counted',
      sentence: 'Paths, one in each line, in which * stands for any characters: /drafts/* or *.pdf.',
      effect: 'of ignored pages or addresses',
    },
    IGNORED_ADDRESSES: {
      title: 'Addresses that are not counted',
      sentence: 'Addresses or ranges of visitors, one in each line, such as 192.0.2.7 or 10.0.0.0/8.',
    },
    KEEP_PARAMETERS: {
      title: 'Query parameters to keep',
      sentence:
        'Parameters that make another page, such as q or page; all others are cut off. The tracker’s line on your pages must name them too.',
    },
    RETENTION_MONTHS: {
      title: 'Months',
      sentence:
        'Older page views and visits are deleted within the hour, for good; the counts made from them stay. 0 stores them forever.',
    },
    AUTOMATIC_ANNOTATIONS: {
      title: 'Made by Footfall',
      sentence:
        'Under the chart: which settings were changed on a day, without their values, and outages of more than a minute.',
      options: { true: 'On', false: 'Off' },
    },
  } satisfies Readonly<Record<SettingName, SettingWords>>,
  fixed: {
    environment: 'Set by the environment variable of this name: change it there, and start Footfall again.',
    views: 'It cannot change any more: what is stored depends on it.',
  },
  empty: 'empty',
  /** Between the number and what it was of, such as “of bots”. */
  notCounted: (count: number, what: string) =>
    `${viewsOf(count)} ${what} ${count === 1 ? 'was' : 'were'} not counted in the last seven days.`,
  noEffect: (problem: string) => `The stored text has no effect: ${problem}`,
  preview: {
    none: 'It would have left out no page that was counted in the last seven days.',
    noneOfMost:
      'It would have left out no page that was counted in the last seven days and is among the thousand with the most views.',
    ignored: (views: number, pages: number, isAtLeast: boolean) =>
      `It would have left out ${isAtLeast ? 'at least ' : ''}${formatCount(views)} ${viewsOf(views)} ${pages === 1 ? 'of one page' : `of ${formatCount(pages)} pages`} in the last seven days.`,
    noneDeleted: 'No page view would be deleted.',
    deleted: (date: string) => `Page views from before ${date} would be deleted, if there are any.`,
  },
  page: {
    title: 'Settings',
    back: '‹ Dashboard',
    what: 'A change holds at once, from the next page view on; what is counted stays as it is. The names are those of the variables, which have precedence over this page.',
    saved: 'Saved. It holds from now on.',
    save: 'Save',
    preview: 'What would it have meant?',
    account: 'Password and sessions',
    install: 'The lines for your pages',
    server: 'How the server is set up',
  },
  setup: {
    title: 'Your site',
    step: 'Setup, 2 of 3',
    what: 'All of it but the time zone can change later, under Settings.',
    goOn: 'Save and go on',
    skip: 'Skip',
  },
};

export type SettingsTexts = typeof settings;
export default settings;
