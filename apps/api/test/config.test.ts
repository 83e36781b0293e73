import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, type Config } from '../src/config.ts';

const noHeader = () => undefined;

describe('a default', () => {
  const config = readConfig({});

  it('is as the contract’s table has it', () => {
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      database: { kind: 'file', path: './data/footfall.db', synchronous: 'full' },
      site: {
        ownHost: 'localhost:3000',
        keptParameters: [],
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
      adminPassword: undefined,
      writeKeys: [],
      cacheControl: 'public, max-age=5, stale-while-revalidate=10',
      logLevel: 'info',
    } satisfies Partial<Omit<Config, 'site'>> & { site: Partial<Config['site']> });
    expect(config.site.hasHost('anyone.example')).toBe(true);
    expect(config.addressOf('192.0.2.1', () => '192.0.2.2')).toBe('192.0.2.1');
    expect(config.placeOf('192.0.2.1', () => 'BD')).toEqual({ country: '', region: '', city: '' });
    expect(config.addressKeyOf('192.0.2.1')).toBe('192.0.2.1');
    expect(config.site.calendar.momentOf(86_400_001).day).toBe(86_400_000);
  });

  it('stands for an empty value', () => {
    const empty = Object.fromEntries(
      [
        'HOST',
        'PORT',
        'PUBLIC_URL',
        'DATABASE_URL',
        'DATABASE_AUTH_TOKEN',
        'DATABASE_SYNCHRONOUS',
        'SITE_HOSTS',
        'KEEP_PARAMETERS',
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

  it('is not disturbed by variables of others', () => {
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
    [{ RATE_LIMIT_PER_SECOND: '50' }, { rateLimit: 50 }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ TRACKING_ENABLED: 'false' }, { site: { trackingEnabled: false } }],
    [{ RETENTION_MONTHS: '0' }, { retentionMonths: 0 }],
    [{ RETENTION_MONTHS: '6' }, { retentionMonths: 6 }],
    [{ SESSION_TIMEOUT_MINUTES: '1' }, { site: { sessionTimeoutMs: 60_000 } }],
    [{ SESSION_TIMEOUT_MINUTES: '240' }, { site: { sessionTimeoutMs: 14_400_000 } }],
    [{ IDENTITY: 'device' }, { site: { identity: 'device' } }],
    [{ NEW_PAGES_PER_HOUR: '1' }, { newValuesPerHour: 1 }],
    [{ GEOIP_DATABASE: '/var/lib/city.mmdb' }, { geoipDatabase: '/var/lib/city.mmdb' }],
    [{ ADMIN_PASSWORD: 'pass word' }, { adminPassword: 'pass word' }],
    [
      { WRITE_KEYS: 'a'.repeat(16) + ', ' + 'b'.repeat(32) + ',' },
      { writeKeys: ['a'.repeat(16), 'b'.repeat(32)] },
    ],
  ])('of %j is taken', (environment, config) => {
    expect(readConfig(environment)).toMatchObject(config);
  });

  it('of SITE_TIME_ZONE is the site’s hours and days', () => {
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

  it('of the places’ headers is believed from trusted proxies alone', () => {
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

  it('of TRUSTED_PROXIES is believed with CLIENT_IP_HEADER alone, whatever its case', () => {
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
});

describe('a value that makes no sense stops the start with one sentence that names it:', () => {
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
    ['KEEP_PARAMETERS', 'a&b'],
    ['KEEP_PARAMETERS', 'a=1'],
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
  ])('regression: DATABASE_URL=%s, which only failed with a stack when it was opened', (value) => {
    expectRefused('DATABASE_URL', value);
  });

  it('the first one, where several do', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(/^PORT [^.\n]+\.$/);
  });
});

function expectRefused(name: string, value: string): void {
  let thrown: unknown;
  try {
    readConfig({ [name]: value });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  expect((thrown as Error).message).toMatch(/^[^\n]{10,200}\.$/);
  expect((thrown as Error).message).toContain(name);
  expect((thrown as Error).message).not.toContain('secret');
}
