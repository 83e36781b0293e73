import { withoutDot } from './page.ts';
import { SPAM_REFERRERS } from './spam-referrers.ts';
import { cutToBytes, plainText } from './text.ts';

/** Longest referrer and longest UTM value that are kept, in bytes. */
const REFERRER_BYTES = 512;
const UTM_BYTES = 256;

/** Longest name of a host (RFC 1035, 2.3.4): nothing longer was ever visited. */
const HOST_CHARACTERS = 253;

/** Names of parameters that an advertising network adds to a click. Only the name is ever kept: the value is a person. */
export const CLICK_IDS = [
  'gclid',
  'gbraid',
  'wbraid',
  'dclid',
  'msclkid',
  'fbclid',
  'ttclid',
  'twclid',
  'li_fat_id',
  'yclid',
  'epik',
  'rdt_cid',
  'ScCid',
] as const;

/** Where a visit came from, as far as the page's address says so. */
export interface Campaign {
  readonly utmSource: string | null;
  readonly utmMedium: string | null;
  readonly utmCampaign: string | null;
  readonly utmTerm: string | null;
  readonly utmContent: string | null;
  /** Name of the known click id in the address, without its value. */
  readonly clickId: string | null;
}

/** Reads the five UTM values and the name of a known click id from a page's address; undefined where there is none. */
export function campaignOf(url: URL): Campaign | undefined {
  if (url.search === '') return;
  const parameters = url.searchParams;
  const value = (name: string): string | null => plainText(parameters.get(name) ?? '', UTM_BYTES) || null;
  const campaign: Campaign = {
    utmSource: value('utm_source'),
    utmMedium: value('utm_medium'),
    utmCampaign: value('utm_campaign'),
    utmTerm: value('utm_term'),
    utmContent: value('utm_content'),
    clickId: CLICK_IDS.find((name) => parameters.has(name)) ?? null,
  };
  return Object.values(campaign).every((part) => part === null) ? undefined : campaign;
}

/** A referrer as it is kept: host and path, nothing else. */
export interface Referrer {
  readonly host: string;
  readonly path: string;
}

/** Reads a referrer; one that is no http(s) URL (`""`, `direct`, an app's scheme) is none. */
export function readReferrer(referrer: string | undefined): Referrer | undefined {
  if (referrer === undefined || referrer === '') return;
  const url = URL.parse(referrer);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return;
  if (url.hostname.length > HOST_CHARACTERS) return;
  return { host: withoutDot(url.hostname), path: url.pathname };
}

/** The referrer as one text, `example.com/path`, at most 512 bytes. */
export function referrerText({ host, path }: Referrer): string {
  return cutToBytes(host + (path === '/' ? '' : path), REFERRER_BYTES);
}

/** Whether a referrer's host, or a domain above it, is known for referrer spam. */
export function isSpam(host: string): boolean {
  for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    if (SPAM_REFERRERS.has(name)) return true;
  }
  return false;
}
