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
  LONGEST_TIMEOUT_MINUTES,
  SESSION_TIMEOUT_MINUTES,
  SETTING_NAMES,
  siteHosts,
  spamFilter,
  visitorKeys,
  WEEK_STARTS,
  type SettingName,
  type SettingValues,
  type Site,
  type SiteSettings,
  InvalidEntry,
  must,
  objection,
  objectionIn,
  objectionTo,
  type Objection,
} from '@footfall/core';
import * as z from 'zod';
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

/** The part of the configuration that the owner may change while Footfall runs. */
export interface SiteConfig {
  readonly site: Site;
  /** What the site's pages show about the configuration. */
  readonly settings: SiteSettings;
  /** Whether a client's address is excluded from counting. */
  readonly isIgnoredAddress: (address: string) => boolean;
  /** For how many months page views and visits are stored; 0 means forever. */
  readonly retentionMonths: number;
  readonly caching: Caching;
}

/** For how long others may show a number. */
export interface Caching {
  /** The `Cache-Control` of public numbers. */
  readonly cacheControl: string;
  /** The `Cache-Control` of numbers that must be current when a client reads them after a change. */
  readonly statsCacheControl: string;
  /** Where numbers are cached between requests: how old they may be before they are read again, and meanwhile. */
  readonly snapshot: { readonly freshMs: number; readonly staleMs: number };
}

/** How the settings that the owner stores are read: as variables are, which have precedence (docs/decisions/0044). */
export interface SettingsReader {
  /** The settings that are variables of the environment, as they are written there. */
  readonly fixed: SettingValues;
  /** What is wrong with a string as the value of a setting, in the sentence that would end a start; undefined where nothing is. */
  readonly problemOf: (name: SettingName, text: string) => Objection | undefined;
  /** The site with stored settings; those with a problem are left out. */
  readonly siteWith: (stored: Readonly<Partial<Record<string, string>>>) => SiteConfig;
}

/**
 * The validated configuration. Only this module reads the environment's values (docs/api.md, Running). Its own parts of
 * `SiteConfig` are without what the owner has stored.
 */
export interface Config extends SiteConfig {
  readonly ownerSettings: SettingsReader;
  readonly host: string;
  readonly port: number;
  /** The public address, without a trailing slash. */
  readonly publicUrl: string;
  readonly database: DatabaseFile | DatabaseServer;
  /** Requests per second and address; 0 means no limit. */
  readonly rateLimit: number;
  /** The session timeout that a variable fixes; undefined where the owner's setting decides, with its place in the log. */
  readonly fixedTimeoutMs: number | undefined;
  readonly addressOf: AddressReader;
  /** Whether a header is trusted from some peers. */
  readonly isProxyConfigured: boolean;
  readonly placeOf: LocationReader;
  /** The part of an address that is hashed; undefined for an invalid address. */
  readonly addressKeyOf: (address: string) => string | undefined;
  /** The tracker script's name, without `.js`. */
  readonly scriptName: string;
  /** New values that each list may get per hour; any more are counted as one value. */
  readonly newValuesPerHour: number;
  /** Path of a list of spam referrers, in addition to the bundled one. */
  readonly spamReferrers: string | undefined;
  /** Path of an `.mmdb` file; without one, the bundled country data. */
  readonly geoipDatabase: string | undefined;
  readonly adminPassword: string | undefined;
  /** Secrets of servers that send events for their visitors. */
  readonly writeKeys: readonly string[];
  /** Secrets of programs that may read the owner's statistics. */
  readonly apiKeys: readonly string[];
  /** Limits for live connections. */
  readonly live: ConnectionLimits;
  readonly logLevel: string;
  /** Format of the log; undefined means text on a terminal and JSON otherwise. */
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

/** A configuration problem: a sentence that names the variable, or a line for each. */
export class ConfigError extends Error {}

// The header's lifetime plus the age of the snapshot stays within 30 s (docs/api.md, Freshness).
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

/** A list that is compiled; what the compiler throws becomes the variable's error. */
const compiled = <T>(compile: (entries: string[]) => T) =>
  list.transform((entries, context) => {
    try {
      return compile(entries);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Error ? error.message : String(error),
        ...(error instanceof InvalidEntry && { params: { objection: error.objection } }),
      });
      return z.NEVER;
    }
  });

/** A whole number in a range. */
const whole = (least: number, most: number, byDefault: number) => {
  const isWanted = (text: string): boolean =>
    /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
  return z
    .string()
    .refine(isWanted, must('', objection('whole', least, most)))
    .default(String(byDefault))
    .transform(Number);
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
  .refine(isTimeZone, must('', objection('time-zone')));

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase())
  .optional();

/** Scripts besides the tracker's two; the widget's other files begin with its name. */
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
    .refine((url) => (url.startsWith('file:') ? isFile(url) : isServer(url)), 'is not a valid database URL')
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
    .refine((names) => !/[&=#"'<>]/.test(names), must('', objection('parameters')))
    .default('')
    .transform((names) => [...new Set(names.split(/[\s,]+/).filter((name) => name !== ''))])
    .refine(
      (names) => names.every((name) => name === NAMELESS || !name.includes(NAMELESS)),
      must('', objection('nameless')),
    ),
  IGNORED_PAGES: compiled(pageMatcher),
  IGNORED_ADDRESSES: compiled(ignoredAddresses),
  SCRIPT_NAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'must be a file name without its ending: letters, digits, - and _')
    .refine((name) => !OTHER_SCRIPTS.test(name), 'is the name of another Footfall script')
    .default('footfall'),
  SITE_TIME_ZONE: timeZone,
  WEEK_START: z.enum(WEEK_STARTS, 'must be monday, sunday or saturday').default('monday'),
  SESSION_TIMEOUT_MINUTES: whole(1, LONGEST_TIMEOUT_MINUTES, SESSION_TIMEOUT_MINUTES),
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
  AUTOMATIC_ANNOTATIONS: flag(true),
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
    addressList(entries); // throws for an invalid entry
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

/** Every variable, with its schema; a test compares docs/configuration.md with it. */
export const VARIABLES = variables.shape;

/** The text that an absent variable stands for; `''` where it depends on others. */
export function defaultOf(name: SettingName): string {
  let schema: z.core.$ZodType = VARIABLES[name];
  while (schema instanceof z.ZodPipe) schema = schema.in;
  return schema instanceof z.ZodDefault ? String(schema.def.defaultValue) : '';
}

/** Variables that have no effect unless another is set, and why: otherwise they would be silently ignored. */
const NEEDS: readonly (readonly [name: keyof Variables, needed: keyof Variables, why: string])[] = [
  ['CLIENT_IP_HEADER', 'TRUSTED_PROXIES', 'headers are trusted from those proxies only'],
  ['COUNTRY_HEADER', 'TRUSTED_PROXIES', 'headers are trusted from those proxies only'],
  ['REGION_HEADER', 'TRUSTED_PROXIES', 'headers are trusted from those proxies only'],
  ['CITY_HEADER', 'TRUSTED_PROXIES', 'headers are trusted from those proxies only'],
  ['DATABASE_AUTH_TOKEN', 'DATABASE_URL', 'the token is for the server in DATABASE_URL'],
];

type Variables = z.input<typeof variables>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws all problems at once, so that they can be fixed in one go. */
function requireNone(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const [first = ''] = problems;
  throw new ConfigError(
    problems.length === 1
      ? first
      : [`${problems.length} variables must be changed:`, ...problems].join('\n  '),
  );
}

/** A problem of a variable; the message continues the sentence that its name begins. */
interface Issue {
  readonly name: string;
  readonly message: string;
}

/** One sentence per wrong variable, for its first problem, in the order of the variables. */
function sentences(issues: readonly Issue[]): string[] {
  const byName = new Map<string, string>();
  for (const { name, message } of issues) {
    // A message that begins with the value needs a colon before it.
    if (!byName.has(name)) byName.set(name, `${name}${message.startsWith('"') ? ':' : ''} ${message}.`);
  }
  const names = Object.keys(variables.shape);
  return [...byName].sort(([a], [b]) => names.indexOf(a) - names.indexOf(b)).map(([, problem]) => problem);
}

/** Variables without effect because another one is not set. */
function meaningless(given: Environment): Issue[] {
  return NEEDS.flatMap(([name, needed, why]) =>
    given[name] !== undefined && given[needed] === undefined
      ? [{ name, message: `has no effect without ${needed}: ${why}` }]
      : [],
  );
}

/**
 * Names that are probably meant for Footfall, which would silently ignore them: similar to one of its variables
 * (`SITE_HOST`), or one of them with a prefix (`FOOTFALL_PORT`).
 */
function mistyped(given: Environment): string[] {
  const names = Object.keys(variables.shape);
  return Object.entries(given).flatMap(([name, value]) => {
    const isOther = names.includes(name) || (!name.includes('_') && name.length < SHORT_NAME);
    // For a service named `footfall`, Kubernetes and Docker set such variables in every container.
    if (isOther || SERVICE_ADDRESS.test(value ?? '')) return [];
    const meant = nearestName(name.replace(/^footfall_/i, ''), names);
    return meant === undefined || given[meant] !== undefined
      ? []
      : [
          `${name} is unknown: did you mean ${meant}? If it belongs to another program, unset it for Footfall.`,
        ];
  });
}

/** Shorter names without an underscore are too common to be a misspelt variable: `HOSTS`, `port`. */
const SHORT_NAME = 8;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/**
 * Reads the configuration from an environment. An empty value counts as unset.
 * @throws {ConfigError} with all problems: wrong values, variables without effect, and names similar to one of
 * Footfall's variables
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = variables.safeParse(given);
  const wrong = result.error?.issues ?? [];
  const issues = wrong.map(({ path, message }) => ({ name: path.join('.'), message }));
  requireNone([...sentences([...issues, ...meaningless(given)]), ...mistyped(given)]);
  const set = result.data!; // without problems there is data
  const publicUrl = set.PUBLIC_URL ?? `http://localhost:${set.PORT}`;
  const { TRUSTED_PROXIES: trustedProxies } = set;
  const readers = siteReaders();
  const siteWith = (settings: Partial<ReadVariables>): SiteConfig =>
    siteConfig({ ...set, ...settings }, publicUrl, readers);
  return {
    ...siteWith({}),
    ownerSettings: settingsReader(given, siteWith),
    host: set.HOST,
    port: set.PORT,
    publicUrl,
    database: set.DATABASE_URL.startsWith('file:')
      ? { kind: 'file', path: filePath(set.DATABASE_URL), synchronous: set.DATABASE_SYNCHRONOUS }
      : { kind: 'server', url: set.DATABASE_URL, authToken: set.DATABASE_AUTH_TOKEN },
    rateLimit: set.RATE_LIMIT_PER_SECOND,
    scriptName: set.SCRIPT_NAME,
    newValuesPerHour: set.NEW_PAGES_PER_HOUR,
    fixedTimeoutMs:
      given['SESSION_TIMEOUT_MINUTES'] === undefined ? undefined : set.SESSION_TIMEOUT_MINUTES * 60_000,
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

type ReadVariables = z.output<typeof variables>;

/** What a site reads with, whatever its settings: each remembers what it has read. */
const siteReaders = () => ({
  keyOf: visitorKeys(),
  botOf: botFilter(),
  spamOf: spamFilter(),
  agentOf: agentReader(),
  senderOf: senderReader(),
});

function siteConfig(
  set: ReadVariables,
  publicUrl: string,
  readers: ReturnType<typeof siteReaders>,
): SiteConfig {
  const { hostInPage, entries, ...hosts } = set.SITE_HOSTS;
  const ownHost = new URL(publicUrl).hostname;
  return {
    site: {
      ...hosts,
      ...readers,
      name: ownHost,
      ownHost: authorityOf(new URL(publicUrl)),
      // An empty list counts pages of any site, but not Footfall's own.
      countsOwnPages: set.COUNT_OWN_PAGES || (hosts.isOwnHost(ownHost) && hosts.hasHost(ownHost)),
      keptParameters: set.KEEP_PARAMETERS,
      isIgnoredPage: set.IGNORED_PAGES,
      trackingEnabled: set.TRACKING_ENABLED,
      countBots: set.COUNT_BOTS,
      respectDnt: set.RESPECT_DNT,
      requireConsent: set.REQUIRE_CONSENT,
      statsPublic: set.STATS_PUBLIC,
      addresses: siteAddresses(set.KEEP_PARAMETERS, set.MERGE_HOSTS ? undefined : hostInPage),
      calendar: calendar(set.SITE_TIME_ZONE, set.WEEK_START),
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
    isIgnoredAddress: set.IGNORED_ADDRESSES,
    retentionMonths: set.RETENTION_MONTHS,
    caching: {
      ...CACHING[set.CACHE_STRATEGY],
      statsCacheControl: set.CDN_ENABLED ? CACHING[set.CACHE_STRATEGY].cacheControl : 'no-cache',
    },
  };
}

function settingsReader(
  given: Environment,
  siteWith: (settings: Partial<ReadVariables>) => SiteConfig,
): SettingsReader {
  const fixed = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as SettingValues;
  return {
    fixed,
    problemOf: (name, text) => {
      if (text === '') return;
      const [issue] = VARIABLES[name].safeParse(text).error?.issues ?? [];
      return issue && (objectionIn(issue, name) ?? objectionTo(name, 'plain'));
    },
    siteWith: (stored) => {
      const read = SETTING_NAMES.flatMap((name) => {
        const text = stored[name];
        if (fixed[name] !== undefined || text === undefined || text === '') return [];
        const { success, data } = VARIABLES[name].safeParse(text);
        return success ? [[name, data] as const] : [];
      });
      return siteWith(Object.fromEntries(read));
    },
  };
}

/**
 * The same for a runtime without files, ports and memory between requests.
 * @throws {ConfigError}
 */
export function readEdgeConfig(
  bindings: Readonly<Record<string, unknown>>,
): Config & { readonly database: DatabaseServer } {
  // Besides strings, a Worker's bindings may be booleans, numbers, and objects that are no variables.
  const environment = Object.fromEntries(
    Object.entries(bindings).flatMap(([name, value]) =>
      ['string', 'boolean', 'number'].includes(typeof value) ? [[name, String(value)]] : [],
    ),
  );
  const { database, ...config } = readConfig(environment);
  const problems: readonly (readonly [isWrong: boolean, problem: string])[] = [
    [database.kind === 'file', 'DATABASE_URL must be a libSQL server: a Worker has no files.'],
    [config.spamReferrers !== undefined, 'SPAM_REFERRERS is a file: a Worker has no files.'],
    [
      (environment['PUBLIC_URL'] ?? '') === '',
      'PUBLIC_URL must be set to the public address: a Worker has no port to derive it from.',
    ],
    [
      config.rateLimit !== 0,
      'RATE_LIMIT_PER_SECOND must be 0: requests to a Worker share no memory; use the limits of the platform.',
    ],
  ];
  requireNone(problems.flatMap(([isWrong, problem]) => (isWrong ? [problem] : [])));
  return { ...config, database: database as DatabaseServer };
}

function isTimeZone(name: string): boolean {
  try {
    calendar(name);
    return true;
  } catch {
    return false;
  }
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

/** The driver refuses other parts of a URL: query, fragment, credentials. */
function isServer(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.hostname !== '' && url.search + url.hash + url.username + url.password === '';
}

function filePath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
}

/**
 * Configures SvelteKit's handler, which reads the environment itself, to take the protocol from the header that
 * `builtSite` sets: by default it assumes https, and then refuses forms on plain http.
 */
export function configureSite(): void {
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto';
}
