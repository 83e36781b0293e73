import type { UiWords } from '@footfall/ui/language';
import { formats } from './formats.ts';

/** What the components of `packages/ui` say. */
const ui: UiWords = {
  all: 'All',
  annotations: { one: 'annotation', other: 'annotations' },
  before: (value) => `before ${value}`,
  closeNotice: 'Close this notice',
  copied: 'Copied',
  copy: 'Copy',
  from: (value) => `from ${value}`,
  noVisit: 'no visit has begun yet',
  none: 'None in this period.',
  readChart: 'Read the chart point by point',
  share: 'Share',
  soFar: (name) => `${name}, so far`,
};

/** The frame around every page, the home page, and what may be said on any of them. */
const site = {
  formats,
  ui,
  frame: {
    skip: 'Skip to content',
    navigation: 'Site',
    home: 'Home',
    stats: 'Statistics',
    install: 'Install',
    api: 'API',
    privacy: 'Privacy',
    countedBy: 'Counted by Footfall',
    language: 'Language',
    languageCookie: 'A cookie of this site remembers the language that is chosen here.',
    offline: 'No connection to Footfall: these are the last known numbers',
    /** Follows it, where the time is known. */
    offlineSince: (time: string) => `of ${time}`,
  },
  /** What Footfall stores, in the footer. */
  privacy: {
    off: 'Counting is switched off: nothing is stored about visits.',
    noCookies: 'No cookies, and no address is stored.',
    byDevice: 'A browser is recognised by a random id that it stores for up to a year.',
    byDay: 'A visitor is recognised for one day at most.',
    withConsent: 'Only visitors who have agreed are counted.',
  },
  home: {
    title: (name: string) => `${name} · visitors`,
    description: (name: string) => `Visitors and page views of ${name}, live.`,
    what: 'Visitors and page views, live.',
    totalViews: { one: 'page view in total', other: 'page views in total' },
    views: { one: 'view of this page', other: 'views of this page' },
    stale: 'The store cannot be reached: these are the last known numbers.',
    toStats: 'See the statistics',
    toInstall: 'Count the first page',
    toPrivacy: 'What is stored about visits',
  },
  /** The links between the owner's pages. */
  owner: {
    menu: 'Dashboard',
    overview: 'Overview',
    live: 'Live',
    notCounted: 'Not counted',
    annotations: 'Annotations',
    share: 'Share',
    settings: 'Settings',
    account: 'Account',
    install: 'Install',
    publicPage: 'Public page',
    signOut: 'Sign out',
  },
  theme: { label: 'Theme', auto: 'Auto', light: 'Light', dark: 'Dark' },
  /** Why a view was not counted, as the visitor reads it. Developers see these first, when they test their site. */
  reasons: {
    duplicate: 'This view was counted before, so it is not counted again.',
    bot: 'This browser looks like a bot (for example an automated test browser), so this view was not counted. COUNT_BOTS=true counts such browsers.',
    spam: 'The page that led here is known for referrer spam, so this view was not counted.',
    ignored: 'The owner of this site has excluded this page or this address, so this view was not counted.',
    'opted-out':
      'This browser asks not to be tracked (Do Not Track or Global Privacy Control), so this view was not counted. RESPECT_DNT=false counts such browsers.',
    'no-consent':
      'This site counts only visitors who have agreed to it, so this view was not counted. REQUIRE_CONSENT=false counts everyone.',
    origin: 'This host isn’t in SITE_HOSTS, so this view was not counted. Add it there to count its pages.',
    disabled: 'Counting is switched off, so this view was not counted. TRACKING_ENABLED=true switches it on.',
  },
  /** Shown while a view waits to be sent again. */
  waiting: 'The server did not answer, so this view is not counted yet. It is sent again automatically.',
  notReported: (why: string) => `This view could not be reported: ${why}.`,
  unknownReason: 'unknown reason',
  errorPage: {
    missingTitle: 'No such page',
    title: 'Something went wrong',
    missing: 'There is no page at this address.',
    ours: 'Something went wrong on our side.',
    moved: 'It may have been moved.',
    home: 'Go to the home page',
    notLost: 'Nothing that was counted is lost.',
    again: 'Try again',
  },
  /** What a page answers in place of itself, by the code of the error (`refuse.ts`). */
  errors: {
    'store-down': 'The store cannot answer right now.',
    'numbers-down': 'The numbers cannot be read right now.',
    'no-such-link': 'This link does not exist, or not any more.',
    'stats-private': 'The statistics of this site are not public.',
    'no-account': 'Nobody can sign in here right now.',
    'no-form': 'This is not a form of this page.',
    'long-form': 'The form is too long.',
    'no-sample': 'There is no sample data beside a database server.',
    'no-passkeys': 'There are no passkeys here.',
    'no-check': 'Nobody can be checked here right now.',
    'other-site': 'This request was not sent by a page of this Footfall.',
  },
};

export type SiteTexts = typeof site;
export default site;
