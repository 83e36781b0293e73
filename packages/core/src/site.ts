import type { Agent, Hints } from './agent.ts';
import type { AddressReader } from './addresses.ts';
import type { Calendar, Identity } from './analytics.ts';
import type { VisitorKey } from './identity.ts';
import { withoutDot } from './page.ts';
import type { Salts, Sender } from './events.ts';
import { HOST_CHARACTERS, withoutWww } from './sources.ts';

/** What a site's owner decided about counting. Everything hangs off a site; nothing is global. */
export interface Site {
  /** Whether pages of a host (lower case, without port) are counted here. */
  readonly hasHost: (host: string) => boolean;
  /** Whether the owner named a host as this site's own: a visit from there is not from elsewhere. */
  readonly isOwnHost: (host: string) => boolean;
  /** Distinguishes this site from others wherever visitors are hashed: the host Footfall is reached at, without its port. */
  readonly name: string;
  /** Host and port that Footfall itself is reached at (`authorityOf`). */
  readonly ownHost: string;
  /** Whether Footfall's own pages are counted as pages of this site. */
  readonly countsOwnPages: boolean;
  /** Query parameters that distinguish pages, in the order in which they are written. */
  readonly keptParameters: readonly string[];
  /** Whether a page, by its identifier, is excluded from counting. */
  readonly isIgnoredPage: (page: string) => boolean;
  readonly trackingEnabled: boolean;
  readonly countBots: boolean;
  readonly respectDnt: boolean;
  readonly requireConsent: boolean;
  /** Whether everyone may see the statistics, beyond the numbers that the widget and the badge show. */
  readonly statsPublic: boolean;
  /** The name of the bot that a user agent belongs to; undefined is a person's. */
  readonly botOf: (userAgent: string) => string | undefined;
  /** The known spam referrer that a host is or lies below; undefined is none. */
  readonly spamOf: (host: string) => string | undefined;
  /** Reads the addresses of pages and referrers (`addressReader`). */
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

/** Whose pages a site counts, which referrers are the site itself, and which hosts its pages are distinguished by. */
export interface SiteHosts extends Pick<Site, 'hasHost' | 'isOwnHost'> {
  /** The host that the identifier of a page begins with; `''` for the site's first host (docs/decisions/0039). */
  readonly hostInPage: (host: string) => string;
}

/** What the site's pages say about this Footfall: as much of the configuration as everyone may know. */
export interface SiteSettings extends Pick<
  Site,
  'identity' | 'trackingEnabled' | 'respectDnt' | 'requireConsent' | 'statsPublic'
> {
  /** What the owner calls the site that is counted. */
  readonly name: string;
  /** The hosts whose pages are counted, as the owner wrote them; empty is any. */
  readonly hosts: readonly string[];
  /** Whether an address is cut to its network before it is hashed. */
  readonly anonymizeIp: boolean;
  /** Whether the database is a server, whose own logs and backups may hold what was deleted in it. */
  readonly hasDatabaseServer: boolean;
  /** For how many months page views and visits are stored; 0 is for good. */
  readonly retentionMonths: number;
}

/**
 * Compiles the list of a site's hosts. An empty list counts any host's pages, names none as its own and distinguishes none.
 * @throws {RangeError} naming the entry that is no host.
 */
export function siteHosts(hosts: readonly string[]): SiteHosts {
  const hasHost = hostMatcher(hosts);
  if (hosts.length === 0) return { hasHost, isOwnHost: () => false, hostInPage: () => '' };
  const hasBareHost = hostMatcher(hosts.map(withoutWww));
  return { hasHost, isOwnHost: (host) => hasBareHost(withoutWww(host)), hostInPage: hostInPage(hosts) };
}

/** A host with `www.` and without is one. Of a list that has only wildcards no host is the first. */
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
 * Compiles a list of hosts to a question. Ports do not matter, `*.example.com` is its subdomains but not itself,
 * an empty list is any host.
 * @throws {RangeError} naming the entry that is no host.
 */
export function hostMatcher(hosts: readonly string[]): (host: string) => boolean {
  if (hosts.length === 0) return () => true;
  const exact = new Set<string>();
  const below: string[] = [];
  for (const entry of hosts) {
    const wildcard = entry.startsWith('*.');
    const host = readHost(wildcard ? entry.slice(2) : entry);
    if (host === undefined) throw new RangeError(`"${entry}" is not a host${betterHost(entry)}`);
    if (wildcard) below.push(`.${host}`);
    else exact.add(host);
  }
  return (host) =>
    exact.has(host) || (host.length <= HOST_CHARACTERS && below.some((suffix) => host.endsWith(suffix)));
}

/** What is meant where more than a host was written, for the error. */
function betterHost(entry: string): string {
  const [, written = ''] = /^(?:(?:[a-z]+:)?\/\/)?(?:[^/@]*@)?([^/?#]*)/i.exec(entry) ?? [];
  const host = readHost(written.replace(/^\*\.?/, ''));
  return host === undefined || host === '' || /\s/.test(entry) ? '' : `: write ${host}`;
}

/** A host as URLs have it, of one written by hand; undefined where it is none. */
export function readHost(entry: string): string | undefined {
  if (entry === '' || /[/\\?#@*\s]/.test(entry)) return;
  const url = URL.parse(`http://${entry}`);
  if (url === null) return;
  const host = withoutDot(url.hostname);
  return host.split('.').includes('') ? undefined : host;
}
