import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, type Config } from '../src/config.ts';

const noHeader = () => undefined;

describe('a default', () => {
  const config = readConfig({});

  it('is as documented', () => {
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      database: { kind: 'file', path: './data/footfall.db', synchronous: 'full' },
      site: {
        ownHost: 'localhost:3000',
        keptParameters: [],
        countsOwnPages: false,
        trackingEnabled: true,
        countBots: false,
        respectDnt: true,
        requireConsent: false,
        name: 'localhost',
        identity: 'daily',
        sessionTimeoutMs: 30 * 60_000,
      },
      rateLimit: 0,
      newValuesPerHour: 10_000,
      geoipDatabase: undefined,
      spamReferrers: undefined,
      adminPassword: undefined,
      writeKeys: [],
      fixedTimeoutMs: undefined,
      caching: {
        cacheControl: 'public, max-age=5, stale-while-revalidate=10',
        statsCacheControl: 'no-cache',
        snapshot: { freshMs: 5_000, staleMs: 9_000 },
      },
      logLevel: 'info',
      logFormat: undefined,
    } satisfies Partial<Omit<Config, 'site'>> & { site: Partial<Config['site']> });
    expect(config.site.hasHost('anyone.example')).toBe(true);
    expect(config.site.isIgnoredPage('/')).toBe(false);
    expect(config.isIgnoredAddress('192.0.2.1')).toBe(false);
    expect(config.scriptName).toBe('footfall');
    expect(config.addressOf('192.0.2.1', () => '192.0.2.2')).toBe('192.0.2.1');
    expect(config.placeOf('192.0.2.1', () => 'BD')).toEqual({ country: '', region: '', city: '' });
    expect(config.addressKeyOf('192.0.2.1')).toBe('192.0.2.1');
    expect(config.site.calendar.momentOf(86_400_001).day).toBe(86_400_000);
  });

  it('is for a public site named after its host', () => {
    const name = (environment: Record<string, string>) => readConfig(environment).settings.name;
    expect(config.settings).toEqual({
      name: 'localhost',
      hosts: [],
      trackingEnabled: true,
      identity: 'daily',
      anonymizeIp: false,
      respectDnt: true,
      requireConsent: false,
      retentionMonths: 13,
      hasDatabaseServer: false,
      statsPublic: true,
    });
    expect(name({ PUBLIC_URL: 'https://stats.example.com' })).toBe('stats.example.com');
    expect(name({ SITE_HOSTS: '*.example.com, example.com' })).toBe('example.com');
    expect(name({ SITE_HOSTS: 'example.com', SITE_NAME: ' The Bakery ' })).toBe('The Bakery');
    expect(readConfig({ STATS_PUBLIC: 'false' }).site.statsPublic).toBe(false);
    expect(() => readConfig({ SITE_NAME: 'x'.repeat(81) })).toThrow(
      'SITE_NAME must be at most 80 characters.',
    );
  });

  it('applies to an empty value', () => {
    const empty = Object.fromEntries(
      [
        'HOST',
        'PORT',
        'PUBLIC_URL',
        'DATABASE_URL',
        'DATABASE_AUTH_TOKEN',
        'DATABASE_SYNCHRONOUS',
        'SITE_HOSTS',
        'MERGE_HOSTS',
        'COUNT_OWN_PAGES',
        'KEEP_PARAMETERS',
        'IGNORED_PAGES',
        'IGNORED_ADDRESSES',
        'SCRIPT_NAME',
        'SITE_NAME',
        'STATS_PUBLIC',
        'SITE_TIME_ZONE',
        'SESSION_TIMEOUT_MINUTES',
        'IDENTITY',
        'ANONYMIZE_IP',
        'NEW_PAGES_PER_HOUR',
        'RETENTION_MONTHS',
        'COUNTRY_HEADER',
        'REGION_HEADER',
        'CITY_HEADER',
        'GEOIP_DATABASE',
        'SPAM_REFERRERS',
        'ADMIN_PASSWORD',
        'WRITE_KEYS',
        'TRACKING_ENABLED',
        'COUNT_BOTS',
        'RESPECT_DNT',
        'REQUIRE_CONSENT',
        'RATE_LIMIT_PER_SECOND',
        'CACHE_STRATEGY',
        'CLIENT_IP_HEADER',
        'TRUSTED_PROXIES',
        'LOG_LEVEL',
        'LOG_FORMAT',
      ].map((name) => [name, '']),
    );
    expect(JSON.stringify(readConfig(empty))).toBe(JSON.stringify(config));
  });

  it('of PUBLIC_URL has the port', () => {
    expect(readConfig({ PORT: '8080' })).toMatchObject({
      publicUrl: 'http://localhost:8080',
      site: { ownHost: 'localhost:8080' },
    });
  });

  it('is not affected by variables of other programs', () => {
    expect(JSON.stringify(readConfig({ PATH: '/bin', TRACKING: 'x', port: 'x' }))).toBe(
      JSON.stringify(config),
    );
  });
});

describe('a value', () => {
  it.each<[Record<string, string>, object]>([
    [
      { HOST: '0.0.0.0', PORT: '0' },
      { host: '0.0.0.0', port: 0 },
    ],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ PUBLIC_URL: 'https://stats.example.com/' }, { publicUrl: 'https://stats.example.com' }],
    [{ PUBLIC_URL: 'https://Stats.Example.com:8443' }, { site: { ownHost: 'stats.example.com:8443' } }],
    [{ DATABASE_URL: 'file:/var/lib/a.db' }, { database: { kind: 'file', path: '/var/lib/a.db' } }],
    [{ DATABASE_URL: 'file:///var/lib/a%20b.db' }, { database: { kind: 'file', path: '/var/lib/a b.db' } }],
    [
      { DATABASE_URL: 'libsql://db.example.com', DATABASE_AUTH_TOKEN: 't' },
      { database: { kind: 'server', url: 'libsql://db.example.com', authToken: 't' } },
    ],
    [
      { DATABASE_URL: 'http://127.0.0.1:8080' },
      { database: { kind: 'server', url: 'http://127.0.0.1:8080' } },
    ],
    [{ DATABASE_SYNCHRONOUS: 'normal' }, { database: { synchronous: 'normal' } }],
    [{ KEEP_PARAMETERS: ' id , ,lang' }, { site: { keptParameters: ['id', 'lang'] } }],
    [{ SCRIPT_NAME: 'leaf' }, { scriptName: 'leaf' }],
    [{ RATE_LIMIT_PER_SECOND: '50' }, { rateLimit: 50 }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ LOG_FORMAT: 'text' }, { logFormat: 'text' }],
    [{ TRACKING_ENABLED: 'false' }, { site: { trackingEnabled: false } }],
    [{ RETENTION_MONTHS: '0' }, { retentionMonths: 0 }],
    [{ RETENTION_MONTHS: '6' }, { retentionMonths: 6 }],
    [{ SESSION_TIMEOUT_MINUTES: '1' }, { fixedTimeoutMs: 60_000, site: { sessionTimeoutMs: 60_000 } }],
    [{ SESSION_TIMEOUT_MINUTES: '240' }, { site: { sessionTimeoutMs: 14_400_000 } }],
    [{ IDENTITY: 'device' }, { site: { identity: 'device' } }],
    [{ NEW_PAGES_PER_HOUR: '1' }, { newValuesPerHour: 1 }],
    [{ KEEP_PARAMETERS: '? id' }, { site: { keptParameters: ['?', 'id'] } }],
    [{ GEOIP_DATABASE: '/var/lib/city.mmdb' }, { geoipDatabase: '/var/lib/city.mmdb' }],
    [{ SPAM_REFERRERS: '/etc/spam.txt' }, { spamReferrers: '/etc/spam.txt' }],
    [{ ADMIN_PASSWORD: 'pass word' }, { adminPassword: 'pass word' }],
    [
      { WRITE_KEYS: 'a'.repeat(16) + ', ' + 'b'.repeat(32) + ',' },
      { writeKeys: ['a'.repeat(16), 'b'.repeat(32)] },
    ],
  ])('of %j is accepted', (environment, config) => {
    expect(readConfig(environment)).toMatchObject(config);
  });

  it('of SITE_HOSTS decides whose pages are counted, and which referrers are internal', () => {
    const listed = readConfig({ SITE_HOSTS: 'example.com, *.example.com' }).site;
    const any = readConfig({}).site;
    const answers = ({ hasHost, isOwnHost }: Config['site'], host: string) => [
      hasHost(host),
      isOwnHost(host),
    ];
    expect(answers(listed, 'blog.example.com')).toEqual([true, true]);
    expect(answers(listed, 'other.example')).toEqual([false, false]);
    expect(answers(any, 'other.example')).toEqual([true, false]);
  });

  it('of SITE_TIME_ZONE decides the site’s hours and days', () => {
    const { momentOf } = readConfig({ SITE_TIME_ZONE: 'Asia/Kolkata' }).site.calendar;
    expect(momentOf(Date.parse('2026-11-20T12:00:00Z'))).toMatchObject({
      hour: Date.parse('2026-11-20T11:30:00Z'),
      day: Date.parse('2026-11-19T18:30:00Z'),
    });
  });

  it('of ANONYMIZE_IP cuts addresses before they are hashed', () => {
    const { addressKeyOf } = readConfig({ ANONYMIZE_IP: 'true' });
    expect(addressKeyOf('192.0.2.77')).toBe('192.0.2');
    expect(addressKeyOf('2001:db8:1:2::3')).toBe('2001:db8:1');
  });

  it('of the location headers is trusted from trusted proxies only', () => {
    const { placeOf } = readConfig({
      COUNTRY_HEADER: 'CF-IPCountry',
      REGION_HEADER: 'CF-Region',
      CITY_HEADER: 'CF-IPCity',
      TRUSTED_PROXIES: '10.0.0.0/8',
    });
    const headers: Record<string, string> = {
      'cf-ipcountry': 'BD',
      'cf-region': 'Dhaka',
      'cf-ipcity': 'Savar',
    };
    const header = (name: string) => headers[name];
    expect(placeOf('::ffff:10.0.0.1', header)).toEqual({ country: 'BD', region: 'Dhaka', city: 'Savar' });
    expect(placeOf('10.0.0.1', noHeader)).toEqual({ country: '', region: '', city: '' });
    expect(placeOf('11.0.0.1', header)).toEqual({ country: '', region: '', city: '' });
  });

  it('of CLIENT_IP_HEADER is trusted from TRUSTED_PROXIES only, in any case', () => {
    const { addressOf } = readConfig({
      CLIENT_IP_HEADER: 'CF-Connecting-IP',
      TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    });
    const header = (name: string) => (name === 'cf-connecting-ip' ? '192.0.2.9' : undefined);
    expect(addressOf('10.1.2.3', header)).toBe('192.0.2.9');
    expect(addressOf('::ffff:10.1.2.3', header)).toBe('192.0.2.9');
    expect(addressOf('::1', header)).toBe('192.0.2.9');
    expect(addressOf('11.1.2.3', header)).toBe('11.1.2.3');
    expect(addressOf('10.1.2.3', noHeader)).toBe('10.1.2.3');
    const noneNamed = readConfig({ TRUSTED_PROXIES: '10.0.0.0/8' });
    expect(noneNamed.addressOf('10.1.2.3', header)).toBe('10.1.2.3');
  });

  it.each([
    ['::ffff:808:808', '8.8.8.8'],
    ['0:0:0:0:0:ffff:0808:0808', '8.8.8.8'],
    ['64:ff9b::808:808', '8.8.8.8'],
    ['::ffff:8.8.8.8', '8.8.8.8'],
    ['[::ffff:808:808]:4711', '8.8.8.8'],
    ['2001:db8::1', '2001:db8::1'],
  ])('of the header %s means the client %s: IPv4 in IPv6 is IPv4', (value, client) => {
    const { addressOf, addressKeyOf } = readConfig({
      CLIENT_IP_HEADER: 'X-Forwarded-For',
      TRUSTED_PROXIES: '10.0.0.0/8',
    });
    expect(addressOf('10.1.2.3', () => value)).toBe(client);
    expect(addressOf(value.replace(/^\[(.*)\]:.*$/, '$1'), noHeader)).toBe(client);
    expect(addressKeyOf(client)).toBe(addressKeyOf(value.replace(/^\[(.*)\]:.*$/, '$1')));
  });

  it.each([
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', '64:ff9b::10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:a00:0/104', '11.1.2.3', false],
    ['64:ff9b::/96', '10.1.2.3', true],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['2001:db8::/32', '2001:DB8:0:0::1', true],
  ])('of TRUSTED_PROXIES is %s, and trusts %s: %s', (trusted, peer, isTrusted) => {
    const { addressOf } = readConfig({ CLIENT_IP_HEADER: 'X-Client', TRUSTED_PROXIES: trusted });
    expect(addressOf(peer, () => '2001:db9::9') === '2001:db9::9').toBe(isTrusted);
  });

  it.each([
    ['for=192.0.2.9', '192.0.2.9'],
    ['for=192.0.2.9;proto=https;by=10.0.0.1', '192.0.2.9'],
    ['for="[2001:db8::9]:4711"', '2001:db8::9'],
    ['for="[::ffff:c000:209]:_port"', '192.0.2.9'],
    ['for="192.0.2.9:4711"', '192.0.2.9'],
    // the rightmost that is not a trusted proxy
    ['for=198.51.100.1, for=192.0.2.9', '192.0.2.9'],
    ['for=192.0.2.9, for=10.0.0.2, for="10.0.0.3:80"', '192.0.2.9'],
    // a visitor can forge the entries before it
    ['for="198.51.100.1, for=192.0.2.9', '192.0.2.9'],
    ['nonsense, for=192.0.2.9;host="a, for=198.51.100.1"', '192.0.2.9'],
    // no known client: the proxy itself
    ['for=192.0.2.9, for=unknown', '10.1.2.3'],
    ['for=192.0.2.9, for=_hidden', '10.1.2.3'],
    ['for=192.0.2.9, proto=https', '10.1.2.3'],
    ['for=192.0.2.9, for=192.0.2.300', '10.1.2.3'],
    ['192.0.2.9', '10.1.2.3'],
    ['for=10.0.0.2', '10.1.2.3'],
    ['', '10.1.2.3'],
  ])('of CLIENT_IP_HEADER is Forwarded (RFC 7239), with %s: %s', (value, client) => {
    const { addressOf } = readConfig({ CLIENT_IP_HEADER: 'Forwarded', TRUSTED_PROXIES: '10.0.0.0/8' });
    expect(addressOf('10.1.2.3', (name) => (name === 'forwarded' ? value : undefined))).toBe(client);
    expect(addressOf('11.1.2.3', () => value)).toBe('11.1.2.3');
  });
});

describe('an invalid value stops the start with one sentence that names the variable:', () => {
  it.each([
    ['PORT', 'x'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '3000.5'],
    ['PORT', ' 3000'],
    ['PORT', '0x10'],
    ['PORT', '123456'],
    ['PUBLIC_URL', 'stats.example.com'],
    ['PUBLIC_URL', 'ftp://stats.example.com'],
    ['PUBLIC_URL', '//stats.example.com'],
    ['PUBLIC_URL', 'https://'],
    ['PUBLIC_URL', 'https://stats.example.com/footfall'],
    ['PUBLIC_URL', 'https://someone:secret@stats.example.com'],
    ['IGNORED_PAGES', 'drafts'],
    ['IGNORED_PAGES', '/a,https://example.com/b'],
    ['IGNORED_PAGES', '/a?b=1'],
    ['IGNORED_ADDRESSES', 'localhost'],
    ['IGNORED_ADDRESSES', '10.0.0.0/33'],
    ['SCRIPT_NAME', 'a/b'],
    ['SCRIPT_NAME', 'leaf.js'],
    ['SCRIPT_NAME', '.hidden'],
    ['SCRIPT_NAME', 'live'],
    ['SCRIPT_NAME', 'widget'],
    ['SCRIPT_NAME', 'widget-de'],
    ['SCRIPT_NAME', 'service-worker'],
    ['SCRIPT_NAME', 'leaf-more'],
    ['KEEP_PARAMETERS', 'a&b'],
    ['KEEP_PARAMETERS', 'a=1'],
    ['KEEP_PARAMETERS', '?a'],
    ['DATABASE_URL', 'footfall.db'],
    ['DATABASE_URL', 'postgres://localhost/x'],
    ['DATABASE_URL', 'file:'],
    ['DATABASE_URL', ':memory:'],
    ['DATABASE_URL', 'file::memory:'],
    ['DATABASE_SYNCHRONOUS', 'off'],
    ['DATABASE_SYNCHRONOUS', 'FULL'],
    ['SITE_HOSTS', 'https://example.com'],
    ['SITE_HOSTS', 'example.com/path'],
    ['SITE_HOSTS', 'example.com,*'],
    ['SITE_HOSTS', '*.'],
    ['SITE_HOSTS', 'a.*.example.com'],
    ['SITE_HOSTS', 'a b'],
    ['SITE_HOSTS', 'a..b'],
    ['SITE_HOSTS', 'user@example.com'],
    ['SITE_HOSTS', 'example.com:port'],
    ['SITE_TIME_ZONE', 'Mars/Olympus'],
    ['SITE_TIME_ZONE', 'Paris'],
    ['SESSION_TIMEOUT_MINUTES', '0'],
    ['SESSION_TIMEOUT_MINUTES', '241'],
    ['SESSION_TIMEOUT_MINUTES', '1.5'],
    ['RETENTION_MONTHS', '-1'],
    ['RETENTION_MONTHS', '1.5'],
    ['IDENTITY', 'cookie'],
    ['ANONYMIZE_IP', '1'],
    ['NEW_PAGES_PER_HOUR', '0'],
    ['NEW_PAGES_PER_HOUR', '-1'],
    ['REGION_HEADER', 'X Region'],
    ['CITY_HEADER', 'a,b'],
    ['ADMIN_PASSWORD', 'secret'],
    ['ADMIN_PASSWORD', 'ü'.repeat(129)],
    ['API_KEYS', 'k'.repeat(257)],
    ['WRITE_KEYS', 'secret'],
    ['WRITE_KEYS', 'a-secret-of-over-16-characters,secret'],
    ['TRACKING_ENABLED', 'yes'],
    ['TRACKING_ENABLED', '1'],
    ['COUNT_BOTS', 'TRUE'],
    ['RESPECT_DNT', 'off'],
    ['REQUIRE_CONSENT', ' true'],
    ['RATE_LIMIT_PER_SECOND', '-1'],
    ['RATE_LIMIT_PER_SECOND', '1.5'],
    ['RATE_LIMIT_PER_SECOND', 'many'],
    ['CACHE_STRATEGY', 'none'],
    ['CLIENT_IP_HEADER', 'X Forwarded For'],
    ['CLIENT_IP_HEADER', 'a,b'],
    ['TRUSTED_PROXIES', 'localhost'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '10.0.0.0/'],
    ['TRUSTED_PROXIES', '10.0.0.0/x'],
    ['TRUSTED_PROXIES', '10.0.0.0/-1'],
    ['TRUSTED_PROXIES', '2001:db8::/129'],
    ['TRUSTED_PROXIES', '127.0.0.1,10.0.0'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_LEVEL', 'INFO'],
    ['LOG_FORMAT', 'pretty'],
    ['MERGE_HOSTS', 'yes'],
    ['COUNT_OWN_PAGES', '1'],
  ])('%s=%s', (name, value) => {
    expectRefused(name, value);
  });

  it.each([
    'file://host/x.db',
    'file:///a%2Fb.db',
    'http://[',
    'libsql://a?b=c',
    'libsql://a#b',
    'https://a:b@c',
    'http://:1',
  ])('regression: DATABASE_URL=%s, which failed with a stack when it was opened', (value) => {
    expectRefused('DATABASE_URL', value);
  });

  it.each(['CLIENT_IP_HEADER', 'COUNTRY_HEADER', 'REGION_HEADER', 'CITY_HEADER'])(
    '%s without TRUSTED_PROXIES',
    (name) => {
      expectRefused(name, 'X-Header');
      expect(() => readConfig({ [name]: 'X-Header' })).toThrow(
        `${name} has no effect without TRUSTED_PROXIES`,
      );
      expect(readConfig({ [name]: 'X-Header', TRUSTED_PROXIES: '127.0.0.1' })).toBeDefined();
    },
  );

  it('DATABASE_AUTH_TOKEN without DATABASE_URL: numbers would silently go to a file', () => {
    expectRefused('DATABASE_AUTH_TOKEN', 'token');
  });

  it('each in its own line if there are several', () => {
    const environment = {
      LOG_LEVEL: 'loud',
      PORT: 'x',
      WRITE_KEYS: `${'k'.repeat(16)},secret`,
      CITY_HEADER: 'X-City',
      SITE_HOST: 'example.com',
      TRACKING_ENABLED: 'yes',
    };
    const lines = messageOf(environment).split('\n');
    expect(lines).toEqual([
      '6 variables must be changed:',
      '  PORT must be a port number.',
      '  TRACKING_ENABLED must be true or false.',
      '  CITY_HEADER has no effect without TRUSTED_PROXIES: headers are trusted from those proxies only.',
      '  WRITE_KEYS must be keys of at least 16 characters, separated by commas.',
      '  LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent.',
      expect.stringMatching(/^ {2}SITE_HOST is unknown: did you mean SITE_HOSTS\?/),
    ]);
  });

  it.each([
    ['https://example.com', 'example.com'],
    ['http://example.com:8080/', 'example.com'],
    ['a.example,example.com/path', 'example.com'],
  ])('SITE_HOSTS=%s, which suggests to write %s', (value, host) => {
    expect(messageOf({ SITE_HOSTS: value })).toMatch(`is not a host: write ${host}.`);
  });
});

describe('a variable that is similar to one of Footfall’s', () => {
  it.each([
    ['SITE_HOST', 'SITE_HOSTS'],
    ['SITE_TIMEZONE', 'SITE_TIME_ZONE'],
    ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
    ['API_KEY', 'API_KEYS'],
    ['site_hosts', 'SITE_HOSTS'],
    ['FOOTFALL_PORT', 'PORT'],
    ['FOOTFALL_SITE_HOSTS', 'SITE_HOSTS'],
    ['footfall_site_host', 'SITE_HOSTS'],
  ])('stops the start: %s should be %s', (name, meant) => {
    expectRefused(name, 'anything');
    expect(messageOf({ [name]: 'anything' })).toContain(`did you mean ${meant}?`);
  });

  it.each<Record<string, string>>([
    { SITE_HOST: '' },
    { SITE_HOST: 'a', SITE_HOSTS: 'example.com' }, // the right one is set: the other belongs to another program
    { FOOTFALL_PORT: 'tcp://10.0.0.1:80', FOOTFALL_SERVICE_HOST: '10.0.0.1' },
    { FOOTFALL_KEY: 'for the middleware', FOOTFALL_LONG: '1' },
    { HOSTNAME: 'a', HOSTS: 'a', PORTS: '1', LOGNAME: 'root', TZ: 'UTC', APP_KEYS: 'x', DATABASE_PORT: '1' },
  ])('does not stop it for %j', (environment) => {
    expect(() => readConfig(environment)).not.toThrow();
  });
});

describe('the counted pages', () => {
  const reads = (environment: Record<string, string>) => readConfig(environment).site;

  it.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ SITE_HOSTS: ' , ' }, false],
    [{ COUNT_OWN_PAGES: 'true' }, true],
    [{ SITE_HOSTS: 'example.com' }, false],
    [{ SITE_HOSTS: 'example.com', COUNT_OWN_PAGES: 'true' }, true],
    [{ SITE_HOSTS: 'localhost' }, true],
    [{ SITE_HOSTS: 'example.com,stats.example.com', PUBLIC_URL: 'https://stats.example.com' }, true],
    [{ SITE_HOSTS: '*.example.com', PUBLIC_URL: 'https://stats.example.com' }, true],
    [{ SITE_HOSTS: 'example.com', PUBLIC_URL: 'https://www.example.com' }, false],
  ])('with %j: Footfall’s own: %s', (environment, isCounted) => {
    expect(reads(environment).countsOwnPages).toBe(isCounted);
  });

  it('are on the hosts of SITE_HOSTS, which their names include unless MERGE_HOSTS is set', () => {
    const SITE_HOSTS = 'example.com,blog.example.com';
    const page = (environment: Record<string, string>) =>
      reads(environment).addresses.pageAt('https://blog.example.com/a')?.page;
    expect(page({ SITE_HOSTS })).toBe('blog.example.com/a');
    expect(page({ SITE_HOSTS, MERGE_HOSTS: 'true' })).toBe('/a');
    expect(page({})).toBe('/a');
  });
});

function messageOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('The configuration is valid.');
}

function expectRefused(name: string, value: string): void {
  const message = messageOf({ [name]: value });
  expect(message).toMatch(/^[^\n]{10,200}\.$/);
  expect(message).toContain(name);
  expect(message).not.toContain('secret');
}
