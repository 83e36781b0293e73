import type { Hit } from './hit.ts';
import { hostOf, pageIdentifier, readPageUrl } from './page.ts';
import { isUncountedPage, type Site } from './site.ts';
import { campaignOf, isSpam, readReferrer, referrerText, type Campaign } from './source.ts';

/** What is known of whoever sent a report, besides what the report says. */
export interface Caller {
  readonly userAgent: string;
  readonly origin: string | undefined;
  readonly referer: string | undefined;
  /** Do Not Track or Global Privacy Control is on. */
  readonly optedOut: boolean;
  /** Where the platform or a trusted proxy says they are. */
  readonly country?: string | undefined;
}

/** One page view, ready to be stored. */
export interface PageView {
  /** UUID as 32 lower-case hex digits. */
  readonly id: string;
  /** When the page was viewed, epoch milliseconds. */
  readonly at: number;
  readonly page: string;
  /** Host and path, or null. */
  readonly referrer: string | null;
  /** ISO 3166-1 alpha-2, or null where it is not known. */
  readonly country: string | null;
  /** Undefined for most page views. */
  readonly campaign: Campaign | undefined;
}

/** Why a well-formed report was not counted (API.md, Writing). */
export type Reason =
  'duplicate' | 'bot' | 'spam' | 'ignored' | 'opted-out' | 'no-consent' | 'origin' | 'disabled';

export interface Ignored {
  readonly reason: Exclude<Reason, 'duplicate'>;
}

/** How old a report may say it is: a browser that was offline reports late. */
export const BELIEVED_MS = 24 * 60 * 60 * 1000;

/**
 * Decides what a report is: a page view to be counted, or ignored for a reason. The cheapest reason comes first.
 * @param hit a valid report that has its id
 * @param now epoch milliseconds
 */
export function describe(
  hit: Hit & { id: string },
  { caller, site, now }: { caller: Caller; site: Site; now: number },
): PageView | Ignored {
  if (!site.trackingEnabled) return { reason: 'disabled' };
  if (site.respectDnt && caller.optedOut) return { reason: 'opted-out' };
  if (site.requireConsent && hit.consent !== true) return { reason: 'no-consent' };

  const url = readPageUrl(hit.url);
  if (url === undefined) throw new TypeError('describe() takes a hit that its schema has accepted');
  const page = pageIdentifier(url, site.keptParameters);
  // A bare path without a sender's address belongs to this site, whatever its hosts are.
  const sender = hostOf(url) === undefined ? addressOfSender(caller) : url;
  if (sender !== undefined) {
    if (!site.hasHost(hostOf(sender) ?? '')) return { reason: 'origin' };
    if (sender.host.replace(/\.(?=:|$)/, '') === site.ownHost && isUncountedPage(page))
      return { reason: 'ignored' };
  }

  const referrer = readReferrer(hit.referrer);
  if (referrer !== undefined && isSpam(referrer.host)) return { reason: 'spam' };
  if (!site.countBots && site.isBot(caller.userAgent)) return { reason: 'bot' };

  return {
    id: hit.id.replaceAll('-', '').toLowerCase(),
    at: believed(hit.timestamp, now),
    page,
    referrer: referrer === undefined ? null : referrerText(referrer),
    country: readCountry(caller.country),
    campaign: campaignOf(url),
  };
}

function addressOfSender({ origin, referer }: Caller): URL | undefined {
  for (const header of [origin, referer]) {
    const url = header === undefined ? null : URL.parse(header);
    if (url !== null && url.hostname !== '') return url;
  }
  return;
}

/** A country's code as platforms tell it; what stands for "unknown" (XX) or is no country (T1, Tor) is none. */
function readCountry(code: string | undefined): string | null {
  return code !== undefined && code !== 'XX' && /^[A-Z]{2}$/.test(code) ? code : null;
}

/** The time a report gives itself if that is within the last 24 hours, else the server's. */
function believed(timestamp: string | number | undefined, now: number): number {
  if (timestamp === undefined) return now;
  const at = typeof timestamp === 'number' ? Math.floor(timestamp) : Date.parse(timestamp);
  return at <= now && now - at <= BELIEVED_MS ? at : now;
}
