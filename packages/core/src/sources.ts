import referrers from '../lists/referrers.json' with { type: 'json' };
import ours from '../lists/sources.json' with { type: 'json' };

/** The kind of a known source. */
export type SourceKind =
  'search' | 'ai' | 'social' | 'video' | 'mail' | 'chat' | 'news' | 'work' | 'shop' | 'ads' | 'site';

/** A source with a usual name. */
export interface KnownSource {
  readonly name: string;
  readonly kind: SourceKind;
}

/** A source of `lists/sources.json`. */
interface ListedSource extends KnownSource {
  /** Separated by blanks. A host includes its subdomains; `google.*` is `google` in any country. */
  readonly hosts?: string;
  /** Names that campaigns use, besides its name. */
  readonly names?: readonly string[];
  /** Ids of its apps, separated by blanks. */
  readonly apps?: string;
}

/** Our own list, which takes precedence over the other. */
export const SOURCES = ours.sources as readonly ListedSource[];

/** Longest name of a host (RFC 1035, 2.3.4): a longer one cannot exist. */
export const HOST_CHARACTERS = 253;

/**
 * The source of a host or of a parent domain; undefined if it is unknown. The longest name wins, so that
 * `mail.google.com` is not `google.*`.
 */
export function sourceAtHost(host: string): KnownSource | undefined {
  if (host.length > HOST_CHARACTERS) return;
  const suffix = COUNTRY_SUFFIX.exec(host)?.[0];
  const bare = withoutWww(host);
  for (let name = host; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    const known =
      BY_HOST.get(name) ?? inAnyCountry(name, suffix) ?? (name === bare ? REFERRERS.get(name) : undefined);
    if (known !== undefined) return known;
  }
  return;
}

/**
 * The source with a name, in any spelling that campaigns use: `hacker_news`, `LinkedIn Ads`, `copilot.com`.
 * Undefined if it is unknown.
 */
export function sourceNamed(text: string): KnownSource | undefined {
  const name = folded(text);
  return BY_NAME.get(name) ?? BY_NAME.get(name.replace(/\.com$/, '').replace(/ads$/, ''));
}

/** The source of an app, by its Android package, its number in the App Store or its iOS bundle. */
export function sourceOfApp(id: string): KnownSource | undefined {
  return BY_APP.get(id.toLowerCase());
}

/** `www.example.com` is the same site as `example.com`. */
export function withoutWww(host: string): string {
  return host.startsWith('www.') ? host.slice(4) : host;
}

/** The common form of all spellings of a word: `paid_social`, `Paid Social` and `paid-social`. */
export function folded(text: string): string {
  return text.toLowerCase().replace(/[\s_-]+/g, '');
}

function inAnyCountry(host: string, suffix: string | undefined): KnownSource | undefined {
  if (suffix === undefined || host.length <= suffix.length) return;
  return BY_HOST.get(`${host.slice(0, -suffix.length)}.*`);
}

/** A suffix for a country, or for the whole world. */
const COUNTRY_SUFFIX = /(?<=[^.])(?:\.com?\.[a-z]{2}|\.[a-z]{2,3})$/;

const words = (text: string | undefined): string[] => text?.split(' ') ?? [];

/** The first source of a name wins: `Google` is a search engine, and its advertisements are listed after it. */
const BY_NAME: ReadonlyMap<string, KnownSource> = new Map(
  SOURCES.flatMap((source) =>
    [source.name, ...(source.names ?? [])].map((name): [string, KnownSource] => [folded(name), source]),
  ).reverse(),
);

const BY_HOST: ReadonlyMap<string, KnownSource> = new Map(
  SOURCES.flatMap((source) => words(source.hosts).map((host): [string, KnownSource] => [host, source])),
);

const BY_APP: ReadonlyMap<string, KnownSource> = new Map(
  SOURCES.flatMap((source) => words(source.apps).map((id): [string, KnownSource] => [id, source])),
);

/**
 * The other list, by host; its hosts do not include subdomains. If it has another name for a source of ours, ours is
 * used: Twitter is X.
 */
const REFERRERS: ReadonlyMap<string, KnownSource> = new Map(
  Object.entries(referrers.kinds).flatMap(([kind, names]) =>
    Object.entries(names).flatMap(([listed, hosts]) => {
      const name = sourceNamed(listed.replace('!', ''))?.name ?? listed;
      return words(hosts).map((host): [string, KnownSource] => [host, { name, kind: kind as SourceKind }]);
    }),
  ),
);
