import { openFile } from '@footfall/db/embedded';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BROWSER, newPage, startEmbedded, type Embedded } from './support.ts';

const KEY = 'a-write-key-of-32-characters-xyz';
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

/** The stored attributes of each page view: its visitor and its visit. */
async function views(
  footfall: Embedded,
): Promise<{ visitor: number; country: string; browser: string; device: string }[]> {
  await footfall.stop();
  const { database, close } = await openFile({ path: footfall.file });
  const { rows } = await database.execute(
    `select visitor, (select value from visitor_values where id = country) country,
       (select value from visitor_values where id = browser) browser,
       (select value from visitor_values where id = device) device
     from visitor_page_views join visitor_facts on visitor_facts.id = facts order by seq`,
  );
  await close();
  return rows.map((row) => ({
    visitor: Number(row['visitor']),
    country: String(row['country']),
    browser: String(row['browser']),
    device: String(row['device']),
  }));
}

const started = (environment: Readonly<Record<string, string>> = {}): Promise<Embedded> =>
  startEmbedded(environment, onTestFinished);

/** Everything by which a visitor might impersonate another one, or another location. */
const SPOOFED: readonly Readonly<Record<string, string>>[] = [
  { 'x-forwarded-for': '81.2.69.142' },
  { 'x-real-ip': '81.2.69.142' },
  { forwarded: 'for=81.2.69.142' },
  { 'true-client-ip': '81.2.69.142' },
  { 'cf-connecting-ip': '81.2.69.142', 'cf-ipcountry': 'BD' },
  { 'cf-ipcountry': 'BD', 'x-country': 'BD', 'x-vercel-ip-country': 'BD' },
];
const NAMED = { ip: '81.2.69.142', userAgent: PHONE, country: 'BD', address: '81.2.69.142' };

describe('a visitor', () => {
  it.each<[string, Record<string, string>]>([
    ['without a proxy', {}],
    [
      'behind a proxy that is not this one',
      { TRUSTED_PROXIES: '10.0.0.0/8', CLIENT_IP_HEADER: 'X-Forwarded-For', COUNTRY_HEADER: 'CF-IPCountry' },
    ],
    ['with write keys for servers', { WRITE_KEYS: KEY }],
  ])('cannot be changed by its own claims, %s', async (_, environment) => {
    const footfall = await started(environment);
    await footfall.track({ url: newPage() });
    for (const headers of SPOOFED) {
      await footfall.track({ url: newPage(), ...NAMED }, { headers });
      const event = { url: newPage(), ...NAMED };
      const response = await fetch(`${footfall.url}/api/track`, {
        method: 'POST',
        headers: { 'user-agent': 'x', ...headers },
        body: JSON.stringify({ events: [event] }),
      });
      // The request's own user agent is not a browser's, whatever the event says.
      expect(await response.json()).toMatchObject({ results: [{ reason: 'bot' }] });
    }
    const stored = await views(footfall);
    expect(stored).toHaveLength(1 + SPOOFED.length);
    for (const view of stored) expect(view).toEqual({ ...stored[0], country: '', browser: 'Chrome' });
  });

  it('needs no key if there is none: scripts of a page may add a token of their own', async () => {
    const footfall = await started({ API_KEYS: KEY });
    const headers = { authorization: 'Bearer not-a-write-key-at-all-xyz' };
    await footfall.track({ url: newPage(), ...NAMED }, { headers });
    expect(await views(footfall)).toMatchObject([{ country: '', browser: 'Chrome' }]);
  });

  it('is recognised by address and browser, or by the given id', async () => {
    const footfall = await started({ TRUSTED_PROXIES: '127.0.0.1', CLIENT_IP_HEADER: 'X-Client' });
    const as = (client: string, more: object = {}, userAgent?: string) =>
      footfall.track(
        { url: newPage(), ...more },
        { headers: { 'x-client': client, ...(userAgent === undefined ? {} : { 'user-agent': userAgent }) } },
      );
    await as('192.0.2.1');
    await as('192.0.2.1');
    await as('192.0.2.2');
    await as('192.0.2.1', {}, PHONE);
    await as('2001:db8:1:2:3::1');
    await as('2001:db8:1:2:4::1');
    await as('192.0.2.1', { visitorId: 'someone' });
    await as('192.0.2.9', { visitorId: 'someone' }, PHONE);
    const keys = (await views(footfall)).map(({ visitor }) => visitor);
    const [one, again, other, phone, six, neighbour, named, elsewhere] = keys;
    expect([again, neighbour, elsewhere]).toEqual([one, six, named]);
    expect(new Set([one, other, phone, six, named]).size).toBe(5);
    for (const key of keys) expect(key % 2).toBe(0);
  });

  it('regression: with a proxy that adds the port to an address, every page view was a new visitor', async () => {
    const footfall = await started({ TRUSTED_PROXIES: '127.0.0.1', CLIENT_IP_HEADER: 'X-Client' });
    const clients = ['192.0.2.1', '192.0.2.1:4711', '192.0.2.2:4711', '[2001:db8::1]:4711', '2001:db8::1'];
    for (const client of clients) {
      await footfall.track({ url: newPage() }, { headers: { 'x-client': client } });
    }
    const [one, again, other, six, alone] = (await views(footfall)).map(({ visitor }) => visitor);
    expect([again, alone]).toEqual([one, six]);
    expect(new Set([one, other, six]).size).toBe(3);
  });

  it('regression: clients whose IPv4 address a proxy writes as IPv6 were one visitor without a location', async () => {
    const footfall = await started({ TRUSTED_PROXIES: '127.0.0.1', CLIENT_IP_HEADER: 'X-Client' });
    const clients = ['81.2.69.142', '::ffff:5102:458e', '64:ff9b::5102:458e', '::ffff:5102:458f'];
    for (const client of clients) {
      await footfall.track({ url: newPage() }, { headers: { 'x-client': client } });
    }
    const stored = await views(footfall);
    const [plain, mapped, translated, other] = stored.map(({ visitor }) => visitor);
    expect([mapped, translated]).toEqual([plain, plain]);
    expect(other).not.toBe(plain);
    expect(stored.map(({ country }) => country)).toEqual(['GB', 'GB', 'GB', 'GB']);
  });

  it('is recognised by the client that a proxy reports in Forwarded (RFC 7239), whatever a visitor writes before it', async () => {
    const footfall = await started({ TRUSTED_PROXIES: '127.0.0.1', CLIENT_IP_HEADER: 'Forwarded' });
    for (const forwarded of [
      'for=81.2.69.142;proto=https',
      'for="9.9.9.9, for="[::ffff:81.2.69.142]:4711"',
      'for=9.9.9.9;x=", for=81.2.69.142',
    ]) {
      await footfall.track({ url: newPage() }, { headers: { forwarded } });
    }
    const stored = await views(footfall);
    expect(new Set(stored.map(({ visitor }) => visitor)).size).toBe(1);
    expect(stored.map(({ country }) => country)).toEqual(['GB', 'GB', 'GB']);
  });

  it('regression: if a proxy reported no country, or a lower-case one, its address was not located', async () => {
    const footfall = await started({
      TRUSTED_PROXIES: '127.0.0.1',
      CLIENT_IP_HEADER: 'X-Client',
      COUNTRY_HEADER: 'X-Country',
      CITY_HEADER: 'X-City',
    });
    for (const country of ['gb', 'GB', 'XX', '<script>']) {
      const headers = { 'x-client': '81.2.69.142', 'x-country': country, 'x-city': 'London' };
      await footfall.track({ url: newPage() }, { headers });
    }
    expect((await views(footfall)).map(({ country }) => country)).toEqual(['GB', 'GB', 'GB', 'GB']);
  });

  it('is recognised by a shorter address with ANONYMIZE_IP, and by a device’s id with IDENTITY=device', async () => {
    const footfall = await started({
      TRUSTED_PROXIES: '127.0.0.1',
      CLIENT_IP_HEADER: 'X-Client',
      ANONYMIZE_IP: 'true',
      IDENTITY: 'device',
    });
    for (const client of ['192.0.2.1', '192.0.2.254', '192.0.3.1']) {
      await footfall.track({ url: newPage() }, { headers: { 'x-client': client } });
    }
    await footfall.track({ url: newPage() }, { headers: { 'x-visitor-id': 'a-device' } });
    await footfall.track({ url: newPage(), visitorId: 'a-device' }, { headers: { 'user-agent': PHONE } });
    const [one, near, far, device, again] = (await views(footfall)).map(({ visitor }) => visitor);
    expect(near).toBe(one);
    expect(far).not.toBe(one);
    expect(again).toBe(device);
    expect([one! % 2, device! % 2]).toEqual([0, 1]);
  });

  it('is not counted for a client with an unknown key, on each route, and the response says why', async () => {
    const footfall = await started({ WRITE_KEYS: KEY, API_KEYS: 'an-api-key-of-32-characters-xyz0' });
    const send = (path: string, body: unknown, key: string) =>
      fetch(footfall.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'user-agent': BROWSER,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const url = newPage();
    const ways: readonly (readonly [path: string, body?: unknown])[] = [
      ['/api/visitors/track', { url }],
      ['/api/visitors/track?return=minimal', { url }],
      ['/api/track', { events: [{ url }] }],
      ['/api/visitor/register', { url }],
      [`/api/visitors/seen.gif?url=${url}`],
      ['/api/trpc/track', { json: { url } }],
      ['/api/trpc/trackBatch', { json: { events: [{ url }] } }],
      ['/api/trpc/register', { json: { url } }],
    ];
    for (const [path, body] of ways) {
      for (const key of [`${KEY}x`, 'not-a-write-key-at-all-xyz', 'x'.repeat(300)]) {
        const answer = await send(path, body, key);
        expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([
          path,
          401,
          'Bearer realm="Footfall"',
        ]);
        expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      }
    }
    const count = await send('/api/trpc/count', undefined, 'not-a-write-key-at-all-xyz');
    expect([count.status, await count.json()]).toMatchObject([
      200,
      { result: { data: { json: { count: 0 } } } },
    ]);
    // An API key is known, but cannot be used for this.
    const owner = await send(ways[0]![0], { url, ...NAMED }, 'an-api-key-of-32-characters-xyz0');
    expect(owner.status).toBe(200);
    expect(await views(footfall)).toMatchObject([{ country: '', browser: 'Chrome' }]);
  });

  it('is the one that a server with a write key sends, on each route', async () => {
    const footfall = await started({ WRITE_KEYS: `another-key-of-16-chars,${KEY}` });
    const headers = {
      authorization: `Bearer ${KEY}`,
      'user-agent': 'node',
      'content-type': 'application/json',
    };
    const named = () => ({ url: newPage(), ip: '81.2.69.142', userAgent: PHONE });
    await footfall.track(named(), { headers });
    const post = async (path: string, body: unknown) => {
      const response = await fetch(footfall.url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      return response.json();
    };
    expect(await post('/api/track', { events: [named(), { url: newPage() }] })).toMatchObject({
      results: [{ counted: true }, { reason: 'bot' }],
    });
    await post('/api/trpc/track', { json: named() });
    await post('/api/trpc/trackBatch', { json: { events: [named()] } });
    const stored = await views(footfall);
    expect(stored).toHaveLength(4);
    for (const view of stored) {
      expect(view).toEqual({
        visitor: stored[0]?.visitor,
        country: 'GB',
        browser: 'Safari',
        device: 'mobile',
      });
    }
  });
});
