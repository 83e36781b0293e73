import { formats } from './formats.ts';

const { formatCount } = formats;

/** What was not counted and why, and the verdict on one browser. */
const notCounted = {
  title: 'Not counted',
  /** The reasons as the ledger lists them, and what each is. */
  reasons: {
    bot: { name: 'Bots', words: 'Crawlers, programs and automated browsers, by their user agents.' },
    spam: { name: 'Referrer spam', words: 'Views that claim to come from a site known for referrer spam.' },
    origin: {
      name: 'Other hosts',
      words: 'Pages of hosts that are not this site’s: copies, translations, Footfall’s own pages.',
    },
    ignored: {
      name: 'Excluded',
      words: 'Pages and addresses that you have excluded, and these pages of yours.',
    },
    'opted-out': {
      name: 'Asked not to be tracked',
      words:
        'Browsers with Do Not Track or Global Privacy Control. The script sends nothing from most of them.',
    },
    'no-consent': { name: 'Without consent', words: 'Visitors who have not agreed to be counted.' },
    duplicate: {
      name: 'Sent again',
      words: 'Views that arrived a second time, for example after a lost connection. They were counted once.',
    },
    disabled: { name: 'Counting off', words: 'Views that came while counting was switched off.' },
  },
  lists: {
    bot: { title: 'Bots', heading: 'Name, and what kind it is' },
    spam: { title: 'Spam referrers', heading: 'Host' },
    origin: { title: 'Hosts that are not this site’s', heading: 'Host' },
  },
  names: 'Names',
  events: 'Events',
  unit: { one: 'event', other: 'events' },
  others: 'All others',
  noNames: 'They were counted before names were stored with them.',
  interval: {
    day: { whole: 'Day', by: 'By the day', open: 'Today', each: 'Each day and reason' },
    week: { whole: 'Week', by: 'By the week', open: 'This week', each: 'Each week and reason' },
    month: { whole: 'Month', by: 'By the month', open: 'This month', each: 'Each month and reason' },
  },
  summary: (interval: 'day' | 'week' | 'month', range: string, events: number) =>
    `Events that were not counted, by the ${interval}, ${range}: ${formatCount(events)}.`,
  caption: (interval: 'day' | 'week' | 'month') =>
    `Events that were not counted, by the ${interval} and reason`,
  emptyRows: (interval: 'day' | 'week' | 'month', clock: string) =>
    `Days of ${clock}. A ${interval} without a row had nothing to explain.`,
  all: 'All',
  none: {
    title: 'No ledger for this address',
    back: 'Show the last 30 days',
  },
  sum: {
    nothing: 'Nothing came on these days, and so nothing was left out.',
    /** Before a number in bold. */
    everything: 'Everything that came was counted:',
    views: (views: number): string => (views === 1 ? 'page view' : 'page views'),
    /** Around two numbers in bold. */
    notCounted: (events: number) => `${events === 1 ? 'event was' : 'events were'} not counted, beside`,
    counted: (views: number, share: string) =>
      `page ${views === 1 ? 'view that was' : 'views that were'}: ${share} of all that came. Every one has its reason here.`,
    failed: (events: number) =>
      `${formatCount(events)} more could not be stored at once; their senders were asked to send again.`,
  },
  reasonsTitle: 'Reasons',
  why: {
    title: 'Why was mine not counted?',
    what: 'By the rules that count, not by a copy of them. Nothing is counted, and nothing of it is stored.',
    userAgent: 'User agent of the browser',
    page: 'Page it was on',
    pageRule: 'if it may be the page: its address or path',
    referrer: 'Where it came from',
    referrerRule: 'if it may be the referrer: an address',
    optedOut: 'It sends Do Not Track or Global Privacy Control',
    refused: 'The visitor has not agreed to be counted',
    explain: 'Explain',
    browser: 'Or open this in the browser in question',
    browserWhat:
      'It says what that browser would be counted as, with its address, its signals and its country. Anyone may open it.',
    address: 'Address',
    open: 'Open it here',
    absent: 'It is not even in the ledger?',
    /** Around a link. */
    absentWhy:
      'Then nothing arrived: a content blocker, a page without the script, or a browser that asked not to be tracked, which the script respects without a word.',
    absentLink: 'The install page',
    absentAfter: 'watches for what comes.',
  },
  verdict: {
    counted: 'Counted.',
    as: 'A view of this browser is counted as:',
    page: 'Page',
    source: 'Source',
    channel: 'Channel',
    browser: 'Browser',
    system: 'System',
    device: 'Device',
    country: 'Country',
    unknown: 'Unknown',
    not: (reason: string) => `Not counted: ${reason.toLowerCase()}`,
  },
  browser: {
    title: 'Is this browser counted?',
    /** Around the site’s name. */
    what: 'What',
    whatAfter: 'would make of a view of this browser. Opening this page counts nothing.',
    /** Around the page, and the referrer if there is one. */
    asked: 'Asked about a view of',
    after: ', after',
    consent: 'This site counts only visitors who have agreed to it: this is what it is after that.',
    missing: 'If it says “counted”, and no view of it arrives',
    blocker: 'A content blocker may stop the script, or the request that it sends.',
    /** Around a link. */
    excluded: 'The browser may have been excluded with the button on',
    privacy: 'the privacy page',
    excludedWhere: ', on this host or on the site’s.',
    script: 'The page may not have the script: its owner finds it on the install page.',
    agent: 'What this browser says of itself',
    nothing: 'nothing',
  },
};

export type NotCountedTexts = typeof notCounted;
export default notCounted;
