import { SETTING_NAMES, type Annotation, type SettingName } from '@footfall/core';
import type { Setting, SettingsRead } from '@footfall/trpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ignoredAddresses } from '../src/address.ts';
import { healthReader } from '../src/health.ts';
import { startEmbedded } from './support.ts';

const PASSWORD = 'a password of words';
const KEY = 'a-key-of-16-characters-or-more';
const bearer = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });

const started = (environment: Readonly<Record<string, string>> = {}) =>
  startEmbedded({ ADMIN_PASSWORD: PASSWORD, API_KEYS: KEY, ...environment }, onTestFinished);

/** Calls a procedure as the owner, or with other headers. */
async function call(
  url: string,
  changes?: unknown,
  headers: Readonly<Record<string, string>> = bearer(PASSWORD),
) {
  const response = await (changes === undefined
    ? fetch(`${url}/api/trpc/settings.get`, { headers })
    : fetch(`${url}/api/trpc/settings.set`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ json: changes }),
      }));
  const body = (await response.json()) as {
    result?: { data: { json: unknown } };
    error?: { json: { message: string } };
  };
  return { status: response.status, data: body.result?.data.json, problem: body.error?.json.message };
}

async function read(url: string) {
  const { settings, notCounted } = (await call(url)).data as SettingsRead;
  const byName = Object.fromEntries(settings.map((setting) => [setting.name, setting]));
  return { settings: byName as Record<SettingName, Setting>, notCounted };
}

const changed = async (url: string, changes: unknown): Promise<void> =>
  expect(await call(url, changes)).toMatchObject({ status: 200, problem: undefined });

describe('a setting that the owner changes', () => {
  it('is annotated on its day, by its name alone, once there is something to annotate', async () => {
    const { url, track } = await started();
    const listed = async () => {
      const answer = await fetch(`${url}/api/trpc/annotations.list`, { headers: bearer(PASSWORD) });
      const { result } = (await answer.json()) as { result: { data: { json: Annotation[] } } };
      return result.data.json.map(({ text, isPublic, isAutomatic }) => ({ text, isPublic, isAutomatic }));
    };
    await changed(url, { SITE_NAME: 'Before' });
    expect(await listed()).toEqual([]);
    await track({ url: 'https://example.com/' });
    await changed(url, { SITE_NAME: 'Before' });
    expect(await listed(), 'it is the same').toEqual([]);
    await changed(url, { IGNORED_ADDRESSES: '192.0.2.7', SITE_NAME: 'After' });
    await changed(url, { AUTOMATIC_ANNOTATIONS: 'false' });
    await changed(url, { COUNT_BOTS: 'true' });
    expect(await call(url, { COUNT_BOTS: 'maybe' })).toMatchObject({ status: 400 });
    expect(await listed()).toEqual([
      { text: 'Settings changed: SITE_NAME, IGNORED_ADDRESSES', isPublic: false, isAutomatic: true },
    ]);
  });

  it('decides the next request, and goes back to its default', async () => {
    const { url, track, count } = await started();
    const reasonOf = async (page: string, headers = {}): Promise<string | undefined> =>
      (await track({ url: `https://example.com${page}` }, { headers })).reason;
    expect(await reasonOf('/drafts/1')).toBeUndefined();
    await changed(url, { IGNORED_PAGES: '/drafts/*, *.pdf', IGNORED_ADDRESSES: '192.0.2.0/24' });
    expect(await reasonOf('/drafts/1')).toBe('ignored');
    expect(await reasonOf('/a.pdf')).toBe('ignored');
    await changed(url, { IGNORED_PAGES: null, IGNORED_ADDRESSES: '127.0.0.1' });
    expect(await reasonOf('/drafts/1'), 'the address').toBe('ignored');
    await changed(url, { IGNORED_ADDRESSES: '', SITE_HOSTS: 'example.org' });
    expect(await reasonOf('/')).toBe('origin');
    await changed(url, { SITE_HOSTS: 'example.com', KEEP_PARAMETERS: 'q', COUNT_BOTS: 'true' });
    expect(await reasonOf('/?q=1&r=2', { 'user-agent': 'curl/8' })).toBeUndefined();
    expect((await count('/?q=1')).count).toBe(1);
    expect(await reasonOf('/', { dnt: '1' })).toBe('opted-out');
    await changed(url, { RESPECT_DNT: 'false' });
    expect(await reasonOf('/', { dnt: '1' })).toBeUndefined();
    await changed(url, { REQUIRE_CONSENT: 'true' });
    expect(await reasonOf('/')).toBe('no-consent');
    await changed(url, { TRACKING_ENABLED: 'false' });
    expect(await reasonOf('/')).toBe('disabled');
    const pages = async (): Promise<number> => (await fetch(`${url}/api/trpc/pages`)).status;
    expect(await pages()).toBe(200);
    await changed(url, { STATS_PUBLIC: 'false' });
    expect(await pages()).toBe(401);

    const { settings, notCounted } = await read(url);
    expect(Object.keys(settings)).toEqual(SETTING_NAMES);
    expect(settings.STATS_PUBLIC).toEqual({
      name: 'STATS_PUBLIC',
      value: 'false',
      byDefault: 'true',
      fixed: null,
    });
    expect(settings.IGNORED_PAGES).toMatchObject({ value: '', byDefault: '' });
    expect(notCounted).toEqual({ ignored: 3, origin: 1, 'opted-out': 1, 'no-consent': 1, disabled: 1 });
  });

  it('is not needed where the environment says it: its variable wins, and is said to be fixed', async () => {
    const first = await started();
    await changed(first.url, {
      TRACKING_ENABLED: 'false',
      SITE_NAME: 'Stored',
      SESSION_TIMEOUT_MINUTES: '60',
      CACHE_STRATEGY: 'aggressive',
    });
    await first.stop();
    const { url, track } = await started({
      ...first.environment,
      TRACKING_ENABLED: 'true',
      SESSION_TIMEOUT_MINUTES: '45',
      CACHE_STRATEGY: 'minimal',
    });
    expect((await track({ url: 'https://example.com/' })).counted).toBe(true);
    const { settings } = await read(url);
    expect(settings.TRACKING_ENABLED).toMatchObject({ value: 'true', fixed: 'environment' });
    expect(settings.SESSION_TIMEOUT_MINUTES).toMatchObject({
      value: '45',
      byDefault: '30',
      fixed: 'environment',
    });
    expect(settings.CACHE_STRATEGY).toMatchObject({ value: 'minimal', fixed: 'environment' });
    const number = await fetch(`${url}/api/visitors/count`);
    await number.text();
    expect(number.headers.get('cache-control')).toBe('public, max-age=2, stale-while-revalidate=3');
    expect(settings.SITE_NAME, 'after a restart').toMatchObject({ value: 'Stored', fixed: null });
    expect(await call(url, { SITE_NAME: 'Other', TRACKING_ENABLED: 'false' })).toMatchObject({
      status: 400,
      problem: 'TRACKING_ENABLED is set by the environment: change it there.',
    });
    expect((await read(url)).settings.SITE_NAME.value, 'all or nothing').toBe('Stored');
  });

  it('is settled by the first page view where what is stored depends on it', async () => {
    const { url, track } = await started();
    await changed(url, { SITE_TIME_ZONE: 'Asia/Kathmandu', IDENTITY: 'device' });
    const day = async (): Promise<string> => {
      const response = await fetch(`${url}/api/trpc/arrivals`);
      return ((await response.json()) as { result: { data: { json: { day: string } } } }).result.data.json
        .day;
    };
    await expect.poll(day, { timeout: 2_000 }).toMatch(/T18:15:00\.000Z$/);
    await track({ url: 'https://example.com/' });
    for (const changes of [{ SITE_TIME_ZONE: 'UTC' }, { IDENTITY: null, SITE_NAME: 'Example' }]) {
      const { status, problem } = await call(url, changes);
      expect(status).toBe(400);
      expect(problem).toMatch(/^(?:SITE_TIME_ZONE|IDENTITY) can be chosen only before the first page view/);
    }
    const { settings } = await read(url);
    expect(settings.SITE_TIME_ZONE).toMatchObject({ value: 'Asia/Kathmandu', fixed: 'views' });
    expect(settings.SITE_NAME.value).toBe('');
  });
});

it('a preview says what changes would have meant, and changes nothing', async () => {
  const { url, track } = await started({ SITE_HOSTS: 'example.com,blog.example.com' });
  for (const page of [
    'example.com/drafts/1',
    'blog.example.com/drafts/1',
    'example.com/drafts/1',
    'example.com/',
  ])
    await track({ url: `https://${page}` });
  const preview = async (changes: object) => {
    const input = encodeURIComponent(JSON.stringify({ json: changes }));
    const response = await fetch(`${url}/api/trpc/settings.preview?input=${input}`, { headers: bearer(KEY) });
    const body = (await response.json()) as { result?: { data: { json: unknown } } };
    return body.result?.data.json ?? response.status;
  };
  expect(await preview({ IGNORED_PAGES: '/drafts/*', RETENTION_MONTHS: '0' })).toEqual({
    ignored: { pages: 2, views: 3, isAtLeast: false },
    deletesBefore: null,
    timeZone: 'UTC',
  });
  expect(await preview({ RETENTION_MONTHS: '1' })).toMatchObject({
    ignored: { pages: 0, views: 0 },
    deletesBefore: expect.stringMatching(/T00:00:00\.000Z$/) as string,
  });
  expect(await preview({ IGNORED_PAGES: 'drafts' })).toBe(400);
  expect((await track({ url: 'https://example.com/drafts/1' })).counted).toBe(true);
});

it.each([
  ['203.0.113.7', 'none', '203.0.113.7'],
  ['::ffff:203.0.113.7', 'configured', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', 'platform', '2001:db8:1:2::/64'],
  ['203.0.113.7', 'unknown', undefined],
  ['127.0.0.1', 'none', undefined],
  ['', 'platform', undefined],
] as const)('the owner at %j with the proxy %s is excluded by %j', (address, proxy, entry) => {
  const healthOf = (ignored: readonly string[]) =>
    healthReader({ proxy: () => proxy, isIgnoredAddress: ignoredAddresses(ignored) })(address);
  expect(healthOf([])).toEqual({ proxy, isIgnored: false, entry });
  if (entry !== undefined) expect(healthOf([entry]).isIgnored).toBe(true);
});

it('a value that a start would refuse is refused in the same words, and leaves nothing behind', async () => {
  const { url } = await started();
  const refused: readonly (readonly [changes: unknown, problem: string | RegExp])[] = [
    [
      { SITE_HOSTS: 'https://example.com/x' },
      'SITE_HOSTS: "https://example.com/x" is not a host: write example.com.',
    ],
    [{ TRACKING_ENABLED: 'maybe' }, 'TRACKING_ENABLED must be true or false.'],
    [{ RETENTION_MONTHS: '-1' }, 'RETENTION_MONTHS must be a whole number from 0 to 1200.'],
    [{ SESSION_TIMEOUT_MINUTES: '241' }, 'SESSION_TIMEOUT_MINUTES must be a whole number from 1 to 240.'],
    [{ SESSION_TIMEOUT_MINUTES: '1.5' }, 'SESSION_TIMEOUT_MINUTES must be a whole number from 1 to 240.'],
    [{ CACHE_STRATEGY: 'none' }, 'CACHE_STRATEGY must be minimal, balanced or aggressive.'],
    [{ SITE_TIME_ZONE: 'Mars/Base' }, 'SITE_TIME_ZONE must be a time zone, such as Europe/Paris.'],
    [{ IGNORED_PAGES: 'drafts' }, 'IGNORED_PAGES: "drafts" is not a path.'],
    [{ IGNORED_ADDRESSES: '192.0.2.0/33' }, /^IGNORED_ADDRESSES: "192\.0\.2\.0\/33" is neither/],
    [{ KEEP_PARAMETERS: 'a=b' }, /^KEEP_PARAMETERS must be names/],
    [{ SITE_NAME: 'x'.repeat(81) }, 'SITE_NAME must be at most 80 characters.'],
    [{ SITE_NAME: 'a\0b' }, /^SITE_NAME: must be plain text/],
    [{ SITE_NAME: '\ud800' }, /^SITE_NAME: must be plain text/],
    [{ SITE_NAME: 7 }, /^SITE_NAME: must be text or null/],
    [{ IGNORED_PAGES: `/${'x'.repeat(4_000)}` }, /^IGNORED_PAGES: must be at most 4000 characters/],
    [{ API_KEYS: KEY }, /^"API_KEYS" is not one of SITE_NAME, /],
    [{ ['__proto__']: 'x', constructor: 'x' }, /^"(?:__proto__|constructor)" is not one of/],
    [[], /must be an object of settings/],
    ['SITE_NAME', /must be an object of settings/],
    [{ SITE_NAME: 'Good', COUNT_BOTS: 'bad' }, 'COUNT_BOTS must be true or false.'],
  ];
  for (const [changes, problem] of refused) {
    const answer = await call(url, changes);
    expect([answer.status, answer.problem], JSON.stringify(changes).slice(0, 80)).toEqual([
      400,
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    ]);
  }
  const tooLong = await call(url, { SITE_HOSTS: 'a'.repeat(9_000) });
  expect(tooLong.status).toBe(413);
  const { settings } = await read(url);
  expect(Object.values(settings).filter(({ value, byDefault }) => value !== byDefault)).toEqual([]);
});

it('settings are the owner’s: a key reads them, nobody else does, and no page of another site', async () => {
  const { url } = await started();
  const headers = { 'content-type': 'application/json' };
  expect((await call(url, undefined, headers)).status).toBe(401);
  expect((await call(url, { SITE_NAME: 'x' }, headers)).status).toBe(401);
  expect((await call(url, undefined, bearer(KEY))).status).toBe(200);
  expect(await call(url, { SITE_NAME: 'x' }, bearer(KEY))).toMatchObject({
    status: 403,
    problem: 'API keys only read: sign in, or send the admin password.',
  });
  const response = await fetch(`${url}/api/trpc/settings.get`, { headers: bearer(PASSWORD) });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect((await read(url)).settings.SITE_NAME.value).toBe('');
});

it('a stored text that this version refuses has no effect, and the owner reads why', async () => {
  const { url, app, logged, track } = await started();
  await app.store.settings.change({ SITE_HOSTS: 'https://example.com/x', COUNT_BOTS: 'true' });
  expect(
    (await track({ url: 'https://example.com/' }, { headers: { 'user-agent': 'curl/8' } })).counted,
  ).toBe(true);
  expect((await read(url)).settings.SITE_HOSTS.problem).toContain('is not a host');
  expect(logged()).toContain('It has no effect.');
});
