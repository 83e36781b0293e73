import type { SiteSettings } from '@footfall/core';
import type { SiteTexts } from './texts/en/site.ts';

/** Set in a browser that is not to be counted; the tracker checks it too. */
export const IGNORE_KEY = 'footfall.ignore';

/** The sentences in the footer of every page. */
export function privacySentence(
  { identity, requireConsent, trackingEnabled }: SiteSettings,
  { privacy }: Pick<SiteTexts, 'privacy'>,
): string {
  if (!trackingEnabled) return privacy.off;
  const sentences = [privacy.noCookies, identity === 'device' ? privacy.byDevice : privacy.byDay];
  return [...sentences, ...(requireConsent ? [privacy.withConsent] : [])].join(' ');
}

/** A question about privacy, with the answers for this site. */
export interface Statement {
  readonly question: string;
  readonly answers: readonly string[];
}

/** The statements of the privacy page, by the configuration. */
export function privacyStatements(settings: SiteSettings): readonly Statement[] {
  const { identity, anonymizeIp, hasDatabaseServer, respectDnt, requireConsent, retentionMonths } = settings;
  const isDevice = identity === 'device';
  return [
    {
      question: 'What is stored about a page view?',
      answers: [
        ...(settings.trackingEnabled
          ? []
          : ['Nothing at present: counting is switched off. The rest is what holds while it is on.']),
        'The time, the page (its address without the query, except for parameters that the site keeps), and how long and how far down it was read.',
        'The page that led here (its host and path, without the query), and the campaign that the link names.',
        'Country, and region and city where the server knows them; the language; the kind of device, browser and system. The version of the browser is not stored.',
        isDevice
          ? 'A key of the visitor: a hash of the random id that the browser stores. Page views of the same browser have the same key.'
          : 'A key of the visitor: a hash of the address and the browser’s name with a random number of the day. It is another one every day.',
        'For an hour, a hash of the sender’s address with the random number of the day: it limits how many new pages one sender can bring in.',
      ],
    },
    {
      question: 'What is not stored?',
      answers: [
        `No address, neither in the database nor in a log. ${anonymizeIp ? 'It is cut to its network first; then it is used' : 'It is used'} to find the country and to make these hashes, and dropped. (Limits against abuse hold addresses in memory only.)`,
        ...(isDevice
          ? [
              'Not the random id itself, only its hash. A browser that stores no id is recognised for one day, by a key of that day.',
            ]
          : []),
        `The random number of the day is destroyed within 48 hours. After that nobody can find out which browser a key belonged to, or that the keys of two days belong to the same browser.${hasDatabaseServer ? ' (The database is a server: the logs and backups of its operator may hold it for longer.)' : ''}`,
        'No cookies, no fingerprints, and nothing that visitors type.',
      ],
    },
    {
      question: 'Who is counted?',
      answers: [
        requireConsent
          ? 'Only visitors who have agreed to it on the site.'
          : 'Every visitor; the site does not ask for consent first.',
        respectDnt
          ? 'A browser that asks not to be tracked (Do Not Track or Global Privacy Control) is not counted.'
          : 'A browser that asks not to be tracked (Do Not Track or Global Privacy Control) is counted too: the owner has decided so.',
      ],
    },
    {
      question: 'For how long?',
      answers: [
        retentionMonths === 0
          ? 'Page views and visits are stored for good.'
          : `Page views and visits are deleted after ${retentionMonths === 1 ? 'a month' : `${retentionMonths} months`}.`,
        'The counts made from them, such as “12 visits from Germany on 3 May”, are stored for good. They say nothing about anyone.',
      ],
    },
  ];
}

/** An entry in the local storage of a visitor's browser. */
export interface BrowserKey {
  /** Its name, or its prefix. */
  readonly name: string;
  readonly what: string;
  readonly howLong: string;
}

/** All that Footfall's scripts store in a browser, in its local storage. None of it is a cookie. */
export function browserKeys({ identity, requireConsent }: SiteSettings): readonly BrowserKey[] {
  return [
    {
      name: 'footfall.undelivered …',
      what: 'A page view that could not be delivered yet, with its address and time.',
      howLong: 'Until it is delivered, at most a day.',
    },
    {
      name: 'footfall.consent',
      what: requireConsent
        ? 'That the visitor has agreed to be counted.'
        : 'That the visitor has agreed, where a page asks for it. This site does not.',
      howLong: 'Until the visitor withdraws it.',
    },
    {
      name: 'footfall.device',
      what:
        identity === 'device'
          ? 'A random id, by which the browser is recognised.'
          : 'A random id of the browser, where a page asks for one (data-identity). This site does not use it.',
      howLong: 'A year.',
    },
    {
      name: 'footfall.live …',
      what: 'The numbers that the widget showed last: the site’s, nothing about the visitor.',
      howLong: 'Until the browser’s storage is cleared.',
    },
    {
      name: 'footfall.closed',
      what: 'That the reader has closed the widget’s strip at the foot of the window.',
      howLong: 'Until the browser’s storage is cleared.',
    },
    {
      name: IGNORE_KEY,
      what: 'That this browser is not to be counted: set by the button below.',
      howLong: 'Until the button is pressed again.',
    },
    {
      name: 'footfall.total',
      what: 'On these pages: the number that was shown last.',
      howLong: 'Until the browser’s storage is cleared.',
    },
    {
      name: 'footfall.waiting',
      what: 'On these pages: a page view that could not be delivered yet.',
      howLong: 'Until it is delivered, at most a day.',
    },
  ];
}
