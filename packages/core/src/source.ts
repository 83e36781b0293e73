import { CLICK_IDS, type ClickId } from './click-ids.ts';
import { withoutDot } from './page.ts';
import { CLICK_NETWORKS, SOURCES, UNPAID_CLICK_IDS, type SourceKind } from './sources.ts';
import { SPAM_REFERRERS } from './spam-referrers.ts';
import { cutToBytes, plainText } from './text.ts';

/** Longest referrer and longest UTM value that are kept, in bytes. */
const REFERRER_BYTES = 512;
const UTM_BYTES = 256;

/** Longest name of a host (RFC 1035, 2.3.4): nothing longer was ever visited. */
const HOST_CHARACTERS = 253;

/** Where a visit came from, as far as the page's address says so. */
export interface Campaign {
  readonly utmSource: string | null;
  readonly utmMedium: string | null;
  readonly utmCampaign: string | null;
  readonly utmTerm: string | null;
  readonly utmContent: string | null;
  /** Name of the known click id in the address, without its value. */
  readonly clickId: ClickId | null;
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

/** The domain known for referrer spam that a referrer's host is or lies below. */
export function spamOf(host: string): string | undefined {
  return withParents(host).find((name) => SPAM_REFERRERS.has(name));
}

/** What a visit is from that nothing led to. */
export const DIRECT = 'direct';

const PAID = ' (paid)';

/**
 * Where a visit came from, in one name for the owner's list: what the campaign calls its source, else the network whose
 * advertisement was clicked, else the referrer. Known ones have their usual name (`Google`, `Hacker News`), others are
 * shown as they call themselves; what was paid for stands apart, as `Google (paid)`.
 * @param referrer of another site
 * @returns plain text of at most 256 bytes
 */
export function sourceOf(referrer: Referrer | undefined, campaign: Campaign | undefined): string {
  const source = unpaidSource(referrer, campaign);
  if (source === DIRECT || !isPaid(campaign)) return source;
  return cutToBytes(source, SOURCE_BYTES - PAID.length).trimEnd() + PAID;
}

const SOURCE_BYTES = 256;

function unpaidSource(referrer: Referrer | undefined, campaign: Campaign | undefined): string {
  const { utmSource = null, clickId = null } = campaign ?? {};
  if (utmSource !== null) return nameOf(utmSource);
  const network = clickId === null ? undefined : CLICK_NETWORKS[clickId];
  if (network !== undefined && isPaid(campaign)) return network;
  return referrer === undefined ? (network ?? DIRECT) : nameOf(referrer.host);
}

function isPaid(campaign: Campaign | undefined): boolean {
  if (campaign === undefined) return false;
  const { utmMedium, clickId } = campaign;
  return (clickId !== null && !UNPAID_CLICK_IDS.includes(clickId)) || PAID_MEDIUM.test(utmMedium ?? '');
}

/** How campaigns write that they are paid for: by the click, the view, the action, or in words. */
const PAID_MEDIUM = /^(?:cp[acmv]|pp[cv]|sem|ads?|retargeting|remarketing|paid.*|.*[-_ ]paid)$/i;

/** What kind of place a source is, for grouping. */
export type Channel = SourceKind | 'direct' | 'paid' | 'other';

/** The kind of a source as `sourceOf` names it. */
export function channelOf(source: string): Channel {
  if (source === DIRECT) return 'direct';
  return source.endsWith(PAID) ? 'paid' : (KNOWN.get(source.toLowerCase())?.kind ?? 'other');
}

/** A known name for a host or for what a campaign says, else the host without `www.`, or the text as it is. */
function nameOf(text: string): string {
  const name = text.toLowerCase();
  const known = KNOWN.get(name) ?? knownHost(name);
  return known?.name ?? (name.startsWith('www.') ? name.slice(4) : text);
}

interface KnownSource {
  readonly name: string;
  readonly kind: SourceKind;
}

/** Known sources by host, by what campaigns call them, and by their name; all in lower case. */
const KNOWN: ReadonlyMap<string, KnownSource> = new Map(
  (Object.entries(SOURCES) as [SourceKind, (typeof SOURCES)[SourceKind]][]).flatMap(([kind, sources]) =>
    sources.flatMap(([name, ...known]) =>
      [name, ...known].map((key): [string, KnownSource] => [key.toLowerCase(), { name, kind }]),
    ),
  ),
);

/** The nearest known host: `l.facebook.com` is below `facebook.com`, and `www.google.co.uk` is `google.*`. */
function knownHost(host: string): KnownSource | undefined {
  if (host.length > HOST_CHARACTERS || !host.includes('.')) return;
  const inAnyCountry = COUNTRY_DOMAIN.exec(host)?.[1];
  const names = withParents(host).slice(1);
  if (inAnyCountry !== undefined)
    names.push(...[...withParents(inAnyCountry), lastLabel(inAnyCountry)].map((name) => `${name}.*`));
  for (const name of names) {
    const known = KNOWN.get(name);
    if (known !== undefined) return known;
  }
  return;
}

/** A host without what stands for a country, or for the world. */
const COUNTRY_DOMAIN = /^(.+?)\.(?:com?\.[a-z]{2}|[a-z]{2,3})$/;

const lastLabel = (host: string): string => host.slice(host.lastIndexOf('.') + 1);

/** A host and the domains above it, but not the topmost. */
function withParents(host: string): string[] {
  const names: string[] = [];
  for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) names.push(name);
  return names;
}
