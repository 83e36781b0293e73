import type { SiteSettings } from '@footfall/core';
import type { PrivacyTexts } from './texts/en/privacy.ts';
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
export function privacyStatements(settings: SiteSettings, texts: PrivacyTexts): readonly Statement[] {
  const { identity, anonymizeIp, hasDatabaseServer, respectDnt, requireConsent, retentionMonths } = settings;
  const { stored, notStored, counted, retention } = texts;
  const isDevice = identity === 'device';
  return [
    {
      question: stored.question,
      answers: [
        ...(settings.trackingEnabled ? [] : [stored.off]),
        stored.view,
        stored.referrer,
        stored.attributes,
        isDevice ? stored.deviceKey : stored.dayKey,
        stored.sender,
      ],
    },
    {
      question: notStored.question,
      answers: [
        anonymizeIp ? notStored.cutAddress : notStored.address,
        ...(isDevice ? [notStored.deviceId] : []),
        [notStored.salts, ...(hasDatabaseServer ? [notStored.operator] : [])].join(' '),
        notStored.nothing,
      ],
    },
    {
      question: counted.question,
      answers: [
        requireConsent ? counted.consent : counted.everyone,
        respectDnt ? counted.dnt : counted.noDnt,
      ],
    },
    {
      question: retention.question,
      answers: [
        retentionMonths === 0 ? retention.forGood : retention.months(retentionMonths),
        retention.counts,
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
export function browserKeys(
  { identity, requireConsent }: SiteSettings,
  { browser }: Pick<PrivacyTexts, 'browser'>,
): readonly BrowserKey[] {
  return [
    { name: 'footfall.undelivered …', what: browser.undelivered, howLong: browser.untilDelivered },
    {
      name: 'footfall.consent',
      what: requireConsent ? browser.consent : browser.otherConsent,
      howLong: browser.untilWithdrawn,
    },
    {
      name: 'footfall.device',
      what: identity === 'device' ? browser.device : browser.otherDevice,
      howLong: browser.year,
    },
    { name: 'footfall.live …', what: browser.live, howLong: browser.untilCleared },
    { name: 'footfall.closed', what: browser.closed, howLong: browser.untilCleared },
    { name: IGNORE_KEY, what: browser.ignore, howLong: browser.untilPressed },
    { name: 'footfall.total', what: browser.total, howLong: browser.untilCleared },
    { name: 'footfall.waiting', what: browser.waiting, howLong: browser.untilDelivered },
  ];
}
