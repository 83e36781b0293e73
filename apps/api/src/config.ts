import { fileURLToPath } from 'node:url';
import {
  addressReader as siteAddresses,
  agentReader,
  authorityOf,
  botFilter,
  calendar,
  NAMELESS,
  nearestName,
  pageMatcher,
  senderReader,
  siteHosts,
  spamFilter,
  visitorKeys,
  type Calendar,
  type Site,
  type SiteSettings,
} from '@footfall/core';
import { z } from 'zod';
import type { ConnectionLimits } from './connection-limiter.ts';
import { TOKEN_BYTES } from './keys.ts';
import {
  addressKeys,
  addressList,
  addressReader,
  ignoredAddresses,
  locationReader,
  type AddressReader,
  type LocationReader,
} from './address.ts';

/** The configuration, checked. The only place that reads the environment's values (docs/api.md, Running). */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The address people use, without a trailing slash. */
  readonly publicUrl: string;
  readonly database: DatabaseFile | DatabaseServer;
  readonly site: Site;
  /** What the site's pages say about it. */
  readonly settings: SiteSettings;
  /** Requests per second and address; 0 is no limit. */
  readonly rateLimit: number;
  /** The `Cache-Control` of public numbers. */
  readonly cacheControl: string;
  /** The same for numbers that a check after a change must see. */
  readonly statsCacheControl: string;
  /** Where numbers are kept between requests, how old one may be: until it is read again, and while it is. */
  readonly snapshot: { readonly freshMs: number; readonly staleMs: number };
  readonly addressOf: AddressReader;
  /** Whether a header is believed from some peers. */
  readonly isProxyConfigured: boolean;
  readonly placeOf: LocationReader;
  /** How much of an address is hashed; undefined for what is none. */
  readonly addressKeyOf: (address: string) => string | undefined;
  /** Whether a client's address is excluded from counting. */
  readonly isIgnoredAddress: (address: string) => boolean;
  /** What the tracker's script is called, without `.js`. */
  readonly scriptName: string;
  /** New values that each list may get in an hour; more are counted together. */
  readonly newValuesPerHour: number;
  /** For how many months page views and visits are kept; 0 is for good. */
  readonly retentionMonths: number;
  /** Path of a list of spam referrers, beside the one that ships. */
  readonly spamReferrers: string | undefined;
  /** Path of an `.mmdb`; without one, the country data that ships. */
  readonly geoipDatabase: string | undefined;
  readonly adminPassword: string | undefined;
  /** Secrets of servers that report for their visitors. */
  readonly writeKeys: readonly string[];
  /** Secrets of programs that may read what the owner reads. */
  readonly apiKeys: readonly string[];
  /** How many live connections there may be. */
  readonly live: ConnectionLimits;
  readonly logLevel: string;
  /** How the log is written; undefined goes by whether a person reads it. */
  readonly logFormat: 'json' | 'text' | undefined;
}

export interface DatabaseFile {
  readonly kind: 'file';
  readonly path: string;
  readonly synchronous: 'full' | 'normal';
}

interface DatabaseServer {
  readonly kind: 'server';
  readonly url: string;
  readonly authToken: string | undefined;
}

/** What is wrong with the configuration: a sentence that names the variable, or a line for each. */
export class ConfigError extends Error {}

// What the header promises plus the age of the snapshot stays within 30 s (docs/api.md, Freshness).
const CACHING = {
  minimal: {
    cacheControl: 'public, max-age=2, stale-while-revalidate=3',
    snapshot: { freshMs: 2_000, staleMs: 3_000 },
  },
  balanced: {
    cacheControl: 'public, max-age=5, stale-while-revalidate=10',
    snapshot: { freshMs: 5_000, staleMs: 9_000 },
  },
  aggressive: {
    cacheControl: 'public, max-age=10, stale-while-revalidate=15',
    snapshot: { freshMs: 2_000, staleMs: 2_000 },
  },
};

const flag = (byDefault: boolean) =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .default(byDefault ? 'true' : 'false')
    .transform((value) => value === 'true');

const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  );

/** A list compiled to something; what the compiler throws becomes the variable's error. */
const compiled = <T>(compile: (entries: string[]) => T) =>
  list.transform((entries, context) => {
    try {
      return compile(entries);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });

/** A whole number in a range. */
const whole = (least: number, most: number, byDefault: number) => {
  const wanted = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, wanted)
    .default(String(byDefault))
    .transform(Number)
    .pipe(z.number().min(least, wanted).max(most, wanted));
};

const keys = list
  .refine(
    (entries) => entries.every((key) => key.length >= 16),
    'must be keys of at least 16 characters, separated by commas',
  )
  .refine((entries) => entries.every(fitsToken), `must be keys of at most ${TOKEN_BYTES} bytes`);

const timeZone = z
  .string()
  .default('UTC')
  .transform((name, context): Calendar => {
    try {
      return calendar(name);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a time zone, such as Europe/Paris' });
      return z.NEVER;
    }
  });

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase())
  .optional();

/** Scripts that are served beside the tracker's two; the widget's other files begin with its name. */
const OTHER_SCRIPTS = /^(?:live|widget|widget-.*|service-worker|.*-more)$/;

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .default('3000')
    .transform(Number)
    .pipe(z.number().max(65_535, 'must be at most 65535')),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .regex(/^[^/]+\/\/[^/?#@]+\/*$/, 'must be an address without a path: Footfall is at the root of its host')
    .optional()
    .transform((url) => url?.split('/', 3).join('/')),
  DATABASE_URL: z
    .string()
    .regex(/^(file:.|https?:\/\/.|libsql:\/\/.)/, 'must begin with file:, libsql://, https:// or http://')
    .refine((url) => !url.includes(':memory:'), 'must name a file: numbers in memory would be lost')
    .refine((url) => (url.startsWith('file:') ? isFile(url) : isServer(url)), 'is not the URL of a store')
    .default('file:./data/footfall.db'),
  DATABASE_AUTH_TOKEN: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]*$/, 'must be one word of visible ASCII characters')
    .optional(),
  DATABASE_SYNCHRONOUS: z.enum(['full', 'normal'], 'must be full or normal').default('full'),
  SITE_HOSTS: compiled((entries) => ({ ...siteHosts(entries), entries })),
  MERGE_HOSTS: flag(false),
  COUNT_OWN_PAGES: flag(false),
  KEEP_PARAMETERS: z
    .string()
    .regex(/^[^&=#"'<>]*$/, 'must be names of query parameters, separated by commas or spaces')
    .default('')
    .transform((names) => [...new Set(names.split(/[\s,]+/).filter((name) => name !== ''))])
    .refine(
      (names) => names.every((name) => name === NAMELESS || !name.includes(NAMELESS)),
      'must be names of query parameters; a question mark by itself keeps a query without names',
    ),
  IGNORED_PAGES: compiled(pageMatcher),
  IGNORED_ADDRESSES: compiled(ignoredAddresses),
  SCRIPT_NAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'must be a file name without its ending: letters, digits, - and _')
    .refine((name) => !OTHER_SCRIPTS.test(name), 'is the name of another script of ours')
    .default('footfall'),
  SITE_TIME_ZONE: timeZone,
  SESSION_TIMEOUT_MINUTES: whole(1, 240, 30),
  IDENTITY: z.enum(['daily', 'device'], 'must be daily or device').default('daily'),
  ANONYMIZE_IP: flag(false),
  TRACKING_ENABLED: flag(true),
  COUNT_BOTS: flag(false),
  RESPECT_DNT: flag(true),
  REQUIRE_CONSENT: flag(false),
  STATS_PUBLIC: flag(true),
  SITE_NAME: z.string().trim().max(80, 'must be at most 80 characters').optional(),
  NEW_PAGES_PER_HOUR: whole(1, 999_999_999, 10_000),
  RETENTION_MONTHS: whole(0, 1_200, 13),
  RATE_LIMIT_PER_SECOND: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .default('0')
    .transform(Number),
  LIVE_CONNECTIONS: whole(0, 999_999_999, 20_000),
  LIVE_CONNECTIONS_PER_ADDRESS: whole(0, 999_999_999, 200),
  LIVE_CONNECTIONS_PER_NETWORK: whole(0, 999_999_999, 2_000),
  CACHE_STRATEGY: z
    .enum(['minimal', 'balanced', 'aggressive'], 'must be minimal, balanced or aggressive')
    .default('balanced'),
  CDN_ENABLED: flag(false),
  CLIENT_IP_HEADER: headerName,
  COUNTRY_HEADER: headerName,
  REGION_HEADER: headerName,
  CITY_HEADER: headerName,
  TRUSTED_PROXIES: compiled((entries) => {
    addressList(entries); // throws for what is none
    return entries;
  }),
  GEOIP_DATABASE: z.string().optional(),
  SPAM_REFERRERS: z.string().optional(),
  ADMIN_PASSWORD: z
    .string()
    .min(8, 'must have at least 8 characters')
    .refine(fitsToken, `must have at most ${TOKEN_BYTES} bytes`)
    .optional(),
  WRITE_KEYS: keys,
  API_KEYS: keys,
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
  LOG_FORMAT: z.enum(['json', 'text'], 'must be json or text').optional(),
});

/** Every variable, with its schema: what docs/configuration.md is compared with. */
export const VARIABLES = variables.shape;

/** Variables that mean nothing unless another is set, and why: without it they would be ignored without a word. */
const NEEDS: readonly (readonly [name: keyof Variables, needed: keyof Variables, why: string])[] = [
  ['CLIENT_IP_HEADER', 'TRUSTED_PROXIES', 'a header is believed from the proxies named there alone'],
  ['COUNTRY_HEADER', 'TRUSTED_PROXIES', 'a header is believed from the proxies named there alone'],
  ['REGION_HEADER', 'TRUSTED_PROXIES', 'a header is believed from the proxies named there alone'],
  ['CITY_HEADER', 'TRUSTED_PROXIES', 'a header is believed from the proxies named there alone'],
  ['DATABASE_AUTH_TOKEN', 'DATABASE_URL', 'a token is for a server that is named there'],
];

type Variables = z.input<typeof variables>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws what is wrong, all at once: who puts one value right should not meet the next one only then. */
function requireNone(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const [first = ''] = problems;
  throw new ConfigError(
    problems.length === 1
      ? first
      : [`${problems.length} variables must be changed:`, ...problems].join('\n  '),
  );
}

/** What is wrong with a variable; it reads on after its name. */
interface Issue {
  readonly name: string;
  readonly message: string;
}

/** Each wrong variable once, by the first thing that is wrong with it, in the order of the variables. */
function sentences(issues: readonly Issue[]): string[] {
  const byName = new Map<string, string>();
  for (const { name, message } of issues) {
    // A sentence that begins with the value needs a colon before it.
    if (!byName.has(name)) byName.set(name, `${name}${message.startsWith('"') ? ':' : ''} ${message}.`);
  }
  const names = Object.keys(variables.shape);
  return [...byName].sort(([a], [b]) => names.indexOf(a) - names.indexOf(b)).map(([, problem]) => problem);
}

/** Variables that say nothing because another one is not set. */
function meaningless(given: Environment): Issue[] {
  return NEEDS.flatMap(([name, needed, why]) =>
    given[name] !== undefined && given[needed] === undefined
      ? [{ name, message: `means nothing without ${needed}: ${why}` }]
      : [],
  );
}

/**
 * Names that are probably meant for Footfall, and that it would ignore without a word: like one of its own
 * (`SITE_HOST`), or one of its own with its name before it (`FOOTFALL_PORT`).
 */
function mistyped(given: Environment): string[] {
  const names = Object.keys(variables.shape);
  return Object.entries(given).flatMap(([name, value]) => {
    const isOther = names.includes(name) || (!name.includes('_') && name.length < SHORT_NAME);
    // Kubernetes and Docker tell every container where a service is that is called `footfall`.
    if (isOther || SERVICE_ADDRESS.test(value ?? '')) return [];
    const meant = nearestName(name.replace(/^footfall_/i, ''), names);
    return meant === undefined || given[meant] !== undefined
      ? []
      : [`${name} is unknown: did you mean ${meant}? If it is another program’s, unset it for Footfall.`];
  });
}

/** Shorter names without an underscore are too common to be taken for one of ours: `HOSTS`, `port`. */
const SHORT_NAME = 8;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/**
 * Reads the configuration from an environment. An empty value is an unset one.
 * @throws {ConfigError} with everything that is wrong: values, variables that mean nothing without another, and names that
 * are nearly one of ours
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = variables.safeParse(given);
  const wrong = result.error?.issues ?? [];
  const issues = wrong.map(({ path, message }) => ({ name: path.join('.'), message }));
  requireNone([...sentences([...issues, ...meaningless(given)]), ...mistyped(given)]);
  const set = result.data!; // nothing is wrong with it
  const publicUrl = set.PUBLIC_URL ?? `http://localhost:${set.PORT}`;
  const { TRUSTED_PROXIES: trustedProxies } = set;
  const { hostInPage, entries, ...hosts } = set.SITE_HOSTS;
  const ownHost = new URL(publicUrl).hostname;
  return {
    host: set.HOST,
    port: set.PORT,
    publicUrl,
    database: set.DATABASE_URL.startsWith('file:')
      ? { kind: 'file', path: filePath(set.DATABASE_URL), synchronous: set.DATABASE_SYNCHRONOUS }
      : { kind: 'server', url: set.DATABASE_URL, authToken: set.DATABASE_AUTH_TOKEN },
    site: {
      ...hosts,
      name: ownHost,
      ownHost: authorityOf(new URL(publicUrl)),
      // A list that names nobody counts anyone's pages, but not our own among them.
      countsOwnPages: set.COUNT_OWN_PAGES || (hosts.isOwnHost(ownHost) && hosts.hasHost(ownHost)),
      keptParameters: set.KEEP_PARAMETERS,
      isIgnoredPage: set.IGNORED_PAGES,
      trackingEnabled: set.TRACKING_ENABLED,
      countBots: set.COUNT_BOTS,
      respectDnt: set.RESPECT_DNT,
      requireConsent: set.REQUIRE_CONSENT,
      statsPublic: set.STATS_PUBLIC,
      addresses: siteAddresses(set.KEEP_PARAMETERS, set.MERGE_HOSTS ? undefined : hostInPage),
      keyOf: visitorKeys(),
      botOf: botFilter(),
      spamOf: spamFilter(),
      agentOf: agentReader(),
      senderOf: senderReader(),
      calendar: set.SITE_TIME_ZONE,
      identity: set.IDENTITY,
      sessionTimeoutMs: set.SESSION_TIMEOUT_MINUTES * 60_000,
    },
    settings: {
      name: set.SITE_NAME ?? entries.find((host) => !host.startsWith('*')) ?? ownHost,
      hosts: entries,
      trackingEnabled: set.TRACKING_ENABLED,
      identity: set.IDENTITY,
      anonymizeIp: set.ANONYMIZE_IP,
      respectDnt: set.RESPECT_DNT,
      requireConsent: set.REQUIRE_CONSENT,
      retentionMonths: set.RETENTION_MONTHS,
      hasDatabaseServer: !set.DATABASE_URL.startsWith('file:'),
      statsPublic: set.STATS_PUBLIC,
    },
    rateLimit: set.RATE_LIMIT_PER_SECOND,
    isIgnoredAddress: set.IGNORED_ADDRESSES,
    scriptName: set.SCRIPT_NAME,
    newValuesPerHour: set.NEW_PAGES_PER_HOUR,
    retentionMonths: set.RETENTION_MONTHS,
    spamReferrers: set.SPAM_REFERRERS,
    geoipDatabase: set.GEOIP_DATABASE,
    adminPassword: set.ADMIN_PASSWORD,
    writeKeys: set.WRITE_KEYS,
    apiKeys: set.API_KEYS,
    live: {
      inAll: set.LIVE_CONNECTIONS,
      perAddress: set.LIVE_CONNECTIONS_PER_ADDRESS,
      perNetwork: set.LIVE_CONNECTIONS_PER_NETWORK,
    },
    addressKeyOf: addressKeys({ cut: set.ANONYMIZE_IP }),
    ...CACHING[set.CACHE_STRATEGY],
    statsCacheControl: set.CDN_ENABLED ? CACHING[set.CACHE_STRATEGY].cacheControl : 'no-cache',
    addressOf: addressReader({ header: set.CLIENT_IP_HEADER, trustedProxies }),
    placeOf: locationReader({
      headers: { country: set.COUNTRY_HEADER, region: set.REGION_HEADER, city: set.CITY_HEADER },
      trustedProxies,
    }),
    isProxyConfigured: set.CLIENT_IP_HEADER !== undefined && trustedProxies.length > 0,
    logLevel: set.LOG_LEVEL,
    logFormat: set.LOG_FORMAT,
  };
}

/**
 * The same for where there is no file, no port, and no memory between requests.
 * @throws {ConfigError}
 */
export function readEdgeConfig(
  bindings: Readonly<Record<string, unknown>>,
): Config & { readonly database: DatabaseServer } {
  // Beside texts, a Worker may have true, 5, and things that are no variables at all.
  const environment = Object.fromEntries(
    Object.entries(bindings).flatMap(([name, value]) =>
      ['string', 'boolean', 'number'].includes(typeof value) ? [[name, String(value)]] : [],
    ),
  );
  const { database, ...config } = readConfig(environment);
  const problems: readonly (readonly [isWrong: boolean, problem: string])[] = [
    [database.kind === 'file', 'DATABASE_URL must name a libSQL server: here there are no files.'],
    [config.spamReferrers !== undefined, 'SPAM_REFERRERS names a file: here there are no files.'],
    [
      (environment['PUBLIC_URL'] ?? '') === '',
      'PUBLIC_URL must be set to the address people use: here there is no port to guess it by.',
    ],
    [
      config.rateLimit !== 0,
      'RATE_LIMIT_PER_SECOND must be 0: here no request knows of another; the platform has limits.',
    ],
  ];
  requireNone(problems.flatMap(([isWrong, problem]) => (isWrong ? [problem] : [])));
  return { ...config, database: database as DatabaseServer };
}

/** Whether a secret can be sent as a token. */
function fitsToken(secret: string): boolean {
  return new TextEncoder().encode(secret).length <= TOKEN_BYTES;
}

function isFile(url: string): boolean {
  try {
    return filePath(url) !== '';
  } catch {
    return false;
  }
}

/** What else a URL may have, the driver refuses: query, fragment, credentials. */
function isServer(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.hostname !== '' && url.search + url.hash + url.username + url.password === '';
}

function filePath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
}

/**
 * Tells SvelteKit's handler, which reads the environment itself, to take the protocol from the header that `builtSite`
 * sets: on its own it takes every address for https, and then refuses forms on plain http.
 */
export function configureSite(): void {
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto';
}
