import { objection } from './objection.ts';
import { InvalidEntry } from './refused.ts';
import type { Agent, Hints } from './agent.ts';
import type { AddressReader } from './addresses.ts';
import type { Calendar, Identity } from './analytics.ts';
import type { VisitorKey } from './identity.ts';
import { withoutDot } from './page.ts';
import type { Salts, Sender } from './events.ts';
import { HOST_CHARACTERS, withoutWww } from './sources.ts';

/** A site's settings for counting. Everything belongs to a site; nothing is global. */
export interface Site {
  /** Whether pages of a host (lower case, without port) are counted here. */
  readonly hasHost: (host: string) => boolean;
  /** Whether the owner listed a host as this site's own: a visit from there is internal. */
  readonly isOwnHost: (host: string) => boolean;
  /** Distinguishes this site from others when visitors are hashed: the host at which Footfall is reached, without its port. */
  readonly name: string;
  /** Host and port at which Footfall is reached (`authorityOf`). */
  readonly ownHost: string;
  /** Whether Footfall's own pages are counted as pages of this site. */
  readonly countsOwnPages: boolean;
  /** Query parameters that distinguish pages, in the order in which they are stored. */
  readonly keptParameters: readonly string[];
  /** Whether a page, by its identifier, is excluded from counting. */
  readonly isIgnoredPage: (page: string) => boolean;
  readonly trackingEnabled: boolean;
  readonly countBots: boolean;
  readonly respectDnt: boolean;
  readonly requireConsent: boolean;
  /** Whether the statistics are public, beyond the numbers that the widget and the badge show. */
  readonly statsPublic: boolean;
  /** The name of the bot that a user agent belongs to; undefined for a person. */
  readonly botOf: (userAgent: string) => string | undefined;
  /** The known spam referrer that equals a host or a parent domain of it; undefined if there is none. */
  readonly spamOf: (host: string) => string | undefined;
  /** Parses the URLs of pages and referrers (`addressReader`). */
  readonly addresses: AddressReader;
  /** Hashes browsers for `visitorOf` (`visitorKeys`). */
  readonly keyOf: VisitorKey;
  readonly agentOf: (userAgent: string, hints: Hints) => Agent;
  /** Hashes a sender's address for the quotas of new names (`senderReader`). */
  readonly senderOf: (address: string, salts: Salts) => Sender;
  readonly calendar: Calendar;
  readonly identity: Identity;
  /** The longest gap within a visit, in milliseconds. */
  readonly sessionTimeoutMs: number;
}

/** The hosts whose pages a site counts, which referrers are internal, and which hosts distinguish pages. */
export interface SiteHosts extends Pick<Site, 'hasHost' | 'isOwnHost'> {
  /** The host that the identifier of a page begins with; `''` for the site's first host (docs/decisions/0039). */
  readonly hostInPage: (host: string) => string;
}

/** The settings that the site's public pages describe. */
export interface SiteSettings extends Pick<
  Site,
  'identity' | 'trackingEnabled' | 'respectDnt' | 'requireConsent' | 'statsPublic'
> {
  /** The owner's name for the site that is counted. */
  readonly name: string;
  /** The hosts whose pages are counted, as the owner wrote them; empty means any. */
  readonly hosts: readonly string[];
  /** Whether an address is truncated to its network before it is hashed. */
  readonly anonymizeIp: boolean;
  /** Whether the database is a server, whose own logs and backups may contain deleted data. */
  readonly hasDatabaseServer: boolean;
  /** For how many months page views and visits are stored; 0 means permanently. */
  readonly retentionMonths: number;
}

/**
 * Compiles the list of a site's hosts. An empty list counts pages of any host, lists no own hosts and distinguishes none.
 * @throws {RangeError} naming the invalid entry
 */
export function siteHosts(hosts: readonly string[]): SiteHosts {
  const hasHost = hostMatcher(hosts);
  if (hosts.length === 0) return { hasHost, isOwnHost: () => false, hostInPage: () => '' };
  const hasBareHost = hostMatcher(hosts.map(withoutWww));
  return { hasHost, isOwnHost: (host) => hasBareHost(withoutWww(host)), hostInPage: hostInPage(hosts) };
}

/** A host with and without `www.` is the same host. A list that has only wildcards has no first host. */
function hostInPage(hosts: readonly string[]): SiteHosts['hostInPage'] {
  const isWildcard = (entry: string): boolean => entry.startsWith('*.');
  const exact = hosts.filter((entry) => !isWildcard(entry)).map((entry) => withoutWww(readHost(entry) ?? ''));
  const [first] = exact;
  const isOne = !hosts.some(isWildcard) && exact.every((host) => host === first);
  if (isOne) return () => '';
  return (host) => {
    const bare = withoutWww(host);
    return bare === first || bare.length > HOST_CHARACTERS ? '' : bare;
  };
}

/**
 * Compiles a list of hosts into a predicate. Ports are ignored, `*.example.com` matches its subdomains but not itself,
 * an empty list matches any host.
 * @throws {RangeError} naming the invalid entry
 */
export function hostMatcher(hosts: readonly string[]): (host: string) => boolean {
  if (hosts.length === 0) return () => true;
  const exact = new Set<string>();
  const below: string[] = [];
  for (const entry of hosts) {
    const wildcard = entry.startsWith('*.');
    const host = readHost(wildcard ? entry.slice(2) : entry);
    if (host === undefined) throw new InvalidEntry(objection('host', entry, betterHost(entry)));
    if (wildcard) below.push(`.${host}`);
    else exact.add(host);
  }
  return (host) =>
    exact.has(host) || (host.length <= HOST_CHARACTERS && below.some((suffix) => host.endsWith(suffix)));
}

/** The host in an entry that is more than a host; `''` where there is none. */
function betterHost(entry: string): string {
  const [, written = ''] = /^(?:(?:[a-z]+:)?\/\/)?(?:[^/@]*@)?([^/?#]*)/i.exec(entry) ?? [];
  const host = readHost(written.replace(/^\*\.?/, ''));
  return host === undefined || host === '' || /\s/.test(entry) ? '' : host;
}

/** The canonical form of a host written by hand; undefined if it is invalid. */
export function readHost(entry: string): string | undefined {
  if (entry === '' || /[/\\?#@*\s]/.test(entry)) return;
  const url = URL.parse(`http://${entry}`);
  if (url === null) return;
  const host = withoutDot(url.hostname);
  return host.split('.').includes('') ? undefined : host;
}
