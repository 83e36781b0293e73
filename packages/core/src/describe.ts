import { authorityOf, type PageAddress } from './addresses.ts';
import type { Hints } from './agent.ts';
import { channelOf } from './channel.ts';
import type { Attributes } from './dimensions.ts';
import type { EngagementEvent, Event, Hit, VisitHit } from './hit.ts';
import { visitorOf } from './identity.ts';
import { languageOf } from './language.ts';
import { isUncountedPage } from './own-pages.ts';
import { hostOf } from './page.ts';
import type { Referrer } from './referrer.ts';
import type { Engagement, Ignored, PageView, Registration, Salts } from './events.ts';
import type { Site } from './site.ts';
import { sourceLabel, sourceOf } from './source.ts';
import { HOST_CHARACTERS, withoutWww } from './sources.ts';
import { plainText } from './text.ts';

/** A visitor's location; `''` is unknown. */
export interface Location {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** By name. */
  readonly region: string;
  readonly city: string;
}

/** The attributes of an address. */
export interface CallerLocation {
  /** The address to hash: IPv4 whole, IPv6 as its /64, or shorter. */
  readonly address: string;
  /** Called only for events that are counted. */
  readonly place: () => Location;
  /** Whether the site's owner excludes it from counting. */
  readonly isIgnored?: boolean;
}

/** The attributes of an event's sender that are not in the event itself. */
export interface Caller extends CallerLocation {
  readonly userAgent: string;
  readonly hints: Hints;
  readonly acceptLanguage: string | undefined;
  readonly origin: string | undefined;
  readonly referer: string | undefined;
  /** Do Not Track or Global Privacy Control is on. */
  readonly optedOut: boolean;
  /**
   * Only for a server that sends events for its visitors, with a write key: the attributes of a visitor's address,
   * undefined if it is invalid. For all other senders, `ip` and `userAgent` in an event are ignored.
   */
  readonly locationOf?: ((ip: string) => CallerLocation | undefined) | undefined;
  /** The sender has a token that is not a key of this site: none of its events is accepted. */
  readonly hasUnknownToken?: boolean | undefined;
}

/** The context in which an event is described. */
export interface DescribeContext {
  readonly caller: Caller;
  readonly site: Site;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly salts: Salts;
}

type WithId<T> = T & { readonly id: string };

/** Greatest age of an event: a browser that was offline sends late. */
export const MAX_EVENT_AGE_MS = 24 * 60 * 60 * 1000;

/** Longest name of a region or a city, in bytes. */
export const PLACE_BYTES = 128;

/**
 * Decides whether an event is a page view to be counted, or ignored for a reason. The cheapest checks come first, the
 * expensive ones last.
 * @param hit a valid event that has its id
 */
export function describe(hit: WithId<Hit>, reading: DescribeContext): PageView | Ignored {
  return read(hit, reading) as PageView | Ignored; // it has a page
}

/**
 * The same for the registration of a visit, which is also a page view only if it names the page.
 * @param visit a valid registration that has its id
 */
export function describeVisit(
  visit: WithId<VisitHit>,
  reading: DescribeContext,
): PageView | Registration | Ignored {
  return read(visit, reading);
}

function read(
  hit: WithId<VisitHit>,
  { caller, site, now, salts }: DescribeContext,
): PageView | Registration | Ignored {
  const ignored = (reason: Ignored['reason'], detail = ''): Ignored => ({
    kind: 'ignored',
    reason,
    detail,
    day: site.calendar.momentOf(now).day,
  });
  if (!site.trackingEnabled) return ignored('disabled');
  if (site.respectDnt && caller.optedOut) return ignored('opted-out');
  if (site.requireConsent && hit.consent !== true) return ignored('no-consent');

  const url = hit.url === undefined ? undefined : site.addresses.pageAt(hit.url);
  if (url === undefined && hit.url !== undefined) {
    throw new TypeError('the event was not validated by its schema');
  }
  // A bare path without a sender's address belongs to this site, whatever its hosts are.
  const sender = url?.host === undefined ? addressOfSender(caller) : url;
  if (sender !== undefined) {
    const isOwnPage = sender.authority === site.ownHost;
    if (isOwnPage && url !== undefined && isUncountedPage(url.path)) return ignored('ignored');
    if (isOwnPage ? !site.countsOwnPages : !site.hasHost(sender.host ?? ''))
      return ignored('origin', plainText(sender.host ?? '', HOST_CHARACTERS));
  }
  if (url !== undefined && site.isIgnoredPage(url.path)) return ignored('ignored');
  const visitor = visitorIn(hit, caller);
  if (visitor.isIgnored === true) return ignored('ignored');

  const from = hit.referrer === undefined ? undefined : site.addresses.referrerAt(hit.referrer);
  const isInternal = from !== undefined && isOwn(from.referrer, { host: sender?.host ?? site.name, site });
  const elsewhere = isInternal ? undefined : from;
  const spam = elsewhere === undefined ? undefined : site.spamOf(elsewhere.referrer.host);
  if (spam !== undefined) return ignored('spam', spam);
  const bot = site.countBots ? undefined : site.botOf(visitor.userAgent);
  if (bot !== undefined) return ignored('bot', bot);

  const moment = site.calendar.momentOf(timeOf(hit, now));
  const campaign = url?.campaign;
  const source = sourceOf(isInternal ? 'own' : elsewhere?.source, campaign);
  const sign = {
    id: storedId(hit.id),
    ...moment,
    ...visitorOf(
      {
        site: site.name,
        address: visitor.address,
        userAgent: visitor.userAgent,
        visitorId: hit.visitorId === '' ? undefined : hit.visitorId,
      },
      moment,
      { salts, rules: site, keyOf: site.keyOf },
    ),
    referrer: elsewhere?.text ?? null,
    campaign,
    attributes: {
      ...readPlace(visitor.place()),
      language: languageOf(hit.language, visitor.acceptLanguage),
      source: sourceLabel(source, campaign),
      campaign: campaign?.utmCampaign ?? '',
      ...site.agentOf(visitor.userAgent, visitor.hints),
      channel: channelOf(source, campaign),
    },
    sender: visitor.isTrusted ? undefined : site.senderOf(visitor.address, salts),
  };
  if (url === undefined) return { kind: 'registration', ...sign };
  const page = url.host === undefined ? pageOfPath(url, sender?.host, site) : url.page;
  return { kind: 'page-view', ...sign, page };
}

/**
 * The page identifier of a page view, counted or not.
 * @returns undefined if the URL is invalid
 */
export function pageOfHit(
  { url }: Pick<Hit, 'url'>,
  { caller, site }: Pick<DescribeContext, 'caller' | 'site'>,
) {
  const address = site.addresses.pageAt(url);
  return address?.host === undefined && address !== undefined
    ? pageOfPath(address, addressOfSender(caller)?.host, site)
    : address?.page;
}

/** A bare path is a page of the host whose page sent it. */
function pageOfPath({ page }: PageAddress, host: string | undefined, { addresses }: Site): string {
  return host === undefined ? page : (addresses.pageAt(page, host)?.page ?? page);
}

/**
 * The same for an event of a batch. Engagement is ignored where its page view would be, as far as it shows: one whose
 * page view was not stored has no effect, so that it needs no consent of its own.
 * @param event a valid event that has its id
 */
export function describeEvent(
  event: WithId<Event>,
  reading: DescribeContext,
): PageView | Ignored | Engagement {
  return isEngagement(event) ? engagementOf(event, reading) : describe(event, reading);
}

/** Whether an event refers to an earlier page view. */
export function isEngagement(event: Event): event is EngagementEvent {
  return event.type !== undefined && event.type !== 'page_view' && event.type !== 'session_start';
}

function engagementOf(event: EngagementEvent, { caller, site, now }: DescribeContext): Engagement | Ignored {
  const reason = !site.trackingEnabled
    ? 'disabled'
    : site.respectDnt && caller.optedOut
      ? 'opted-out'
      : site.requireConsent && event.consent === false
        ? 'no-consent'
        : caller.isIgnored === true
          ? 'ignored'
          : undefined;
  if (reason !== undefined) {
    return { kind: 'ignored', reason, detail: '', day: site.calendar.momentOf(now).day };
  }
  return {
    kind: 'engagement',
    id: storedId(event.id),
    at: timeOf(event, now),
    engagedMs: event.engagedMs,
    scrollPercent: Math.floor(event.scrollPercent),
  };
}

const storedId = (id: string): string => id.replaceAll('-', '').toLowerCase();

function addressOfSender({ origin, referer }: Caller): Pick<PageAddress, 'host' | 'authority'> | undefined {
  for (const header of [origin, referer]) {
    const url = header === undefined ? null : URL.parse(header);
    if (url !== null && url.hostname !== '') return { host: hostOf(url), authority: authorityOf(url) };
  }
  return;
}

/** Whether a referrer is this site: the page's own host, or one that the owner listed. */
export function isOwn(
  { scheme, host }: Referrer,
  page: { readonly host: string; readonly site: Pick<Site, 'isOwnHost'> },
): boolean {
  if (scheme !== 'http') return false;
  return withoutWww(host) === withoutWww(page.host) || page.site.isOwnHost(host);
}

interface VisitorHeaders extends CallerLocation, Pick<Caller, 'userAgent' | 'hints' | 'acceptLanguage'> {
  /** Whether the attributes are those of a trusted server itself, and not of a visitor. */
  readonly isTrusted: boolean;
}

/**
 * The visitor of an event: its sender, or the one that a trusted server names. That server's other headers are not the visitor's.
 */
function visitorIn({ ip, userAgent }: VisitHit, caller: Caller): VisitorHeaders {
  const { locationOf } = caller;
  if (locationOf === undefined || (ip === undefined && userAgent === undefined)) {
    return { ...caller, isTrusted: locationOf !== undefined };
  }
  const named = ip === undefined ? undefined : locationOf(ip);
  const { address, place, isIgnored = false } = named ?? caller;
  return {
    address,
    place,
    isIgnored,
    userAgent: userAgent ?? caller.userAgent,
    hints: {},
    acceptLanguage: undefined,
    isTrusted: named === undefined,
  };
}

/** A platform's country code; codes for "unknown" (XX, ZZ) and for no country (T1, Tor) become `''`. */
export function countryCode(given: string): string {
  const code = given.toUpperCase();
  return /^(?!XX|ZZ)[A-Z]{2}$/.test(code) ? code : '';
}

function readPlace({ country, region, city }: Location): Pick<Attributes, 'country' | 'region' | 'city'> {
  return {
    country: countryCode(country),
    region: plainText(region, PLACE_BYTES),
    city: plainText(city, PLACE_BYTES),
  };
}

/**
 * When an event happened, in epoch milliseconds: the server's time less the age in the event, otherwise the timestamp in
 * the event if it is within the last 24 hours, otherwise the server's time.
 */
function timeOf({ ageMs, timestamp }: Pick<Hit, 'ageMs' | 'timestamp'>, now: number): number {
  if (ageMs !== undefined) return Math.floor(now - ageMs);
  if (timestamp === undefined) return now;
  const at = typeof timestamp === 'number' ? Math.floor(timestamp) : Date.parse(timestamp);
  return at <= now && now - at <= MAX_EVENT_AGE_MS ? at : now;
}
