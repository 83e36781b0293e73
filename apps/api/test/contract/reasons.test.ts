import { has } from '@footfall/e2e/configurations';
import { describe, expect, it } from 'vitest';
import {
  COUNTED,
  newId,
  newPage,
  outcomes,
  start,
  type Footfall,
  type SendOptions,
  STORE,
} from '../support.ts';

const FOREIGN = { origin: 'https://elsewhere.example' };

/** Asserts that an event gets its reason, on each of the three routes, and that no number has changed. */
async function expectIgnored(
  footfall: Footfall,
  reason: string,
  { body, headers }: { body: Record<string, unknown>; headers?: Record<string, string> },
): Promise<void> {
  const before = await footfall.stored();
  const { count } = await footfall.count(String(body['url']));
  const ended = () =>
    Promise.all([
      outcomes(footfall, '/api/visitors/track', reason),
      outcomes(footfall, '/api/visitors/pixel.gif', reason),
    ]);
  const [tracks, pixels] = await ended();
  const options: SendOptions = headers === undefined ? {} : { headers };

  const full = await footfall.send(body, options);
  expect(full.status).toBe(200);
  expect(await full.json()).toEqual({
    count,
    total: before.count,
    counted: false,
    reason,
    version: before.version,
    store: before.store,
  });
  const minimal = await footfall.send(body, { ...options, query: '?return=minimal' });
  expect(minimal.status).toBe(200);
  expect(await minimal.json()).toEqual({ counted: false, reason });

  const query = new URLSearchParams({ url: String(body['url']) });
  if (typeof body['referrer'] === 'string') query.set('referrer', body['referrer']);
  const pixel = await fetch(`${footfall.url}/api/visitors/pixel.gif?${query.toString()}`, {
    headers: { 'user-agent': BROWSER, ...headers },
  });
  expect([pixel.status, pixel.headers.get('x-footfall')]).toEqual([200, reason]);

  expect(await footfall.stored()).toEqual(before);
  if (has('process')) expect(await ended()).toEqual([(tracks ?? 0) + 2, (pixels ?? 0) + 1]);
}

const BROWSER =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

describe('by default', async () => {
  const footfall = await start();

  it.each([
    ['no user agent', ''],
    ['Googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
    ['bingbot', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)'],
    [
      'GPTBot',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)',
    ],
    [
      'HeadlessChrome',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36',
    ],
    ['curl', 'curl/8.5.0'],
    ['a library', 'python-requests/2.32.0'],
    ['Node', 'node'],
    ['a script', 'Wget/1.21.4'],
  ])('%s is a bot', async (_, userAgent) => {
    await expectIgnored(footfall, 'bot', { body: { url: newPage() }, headers: { 'user-agent': userAgent } });
  });

  it.each([
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
    BROWSER,
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
  ])('%s is a person', async (userAgent) => {
    expect(await footfall.track({ url: newPage() }, { headers: { 'user-agent': userAgent } })).toEqual({
      ...COUNTED,
      count: 1,
    });
  });

  it.each([
    'https://semalt.com/',
    'http://www.semalt.com/x?y',
    'https://SEMALT.com.',
    'https://a.b.darodar.com',
  ])('the referrer %s is spam', async (referrer) => {
    await expectIgnored(footfall, 'spam', { body: { url: newPage(), referrer } });
  });

  it.each([
    'https://notsemalt.com/',
    'https://example.com/semalt.com',
    'semalt.com',
    'https://semalt.com.example/',
  ])('the referrer %s is not', async (referrer) => {
    expect(await footfall.track({ url: newPage(), referrer })).toMatchObject({ counted: true });
  });

  it.each<Record<string, string>>([{ dnt: '1' }, { 'sec-gpc': '1' }, { dnt: '1', 'sec-gpc': '1' }])(
    '%j opts out',
    async (headers) => {
      await expectIgnored(footfall, 'opted-out', { body: { url: newPage() }, headers });
    },
  );

  it.each<Record<string, string>>([{ dnt: '0' }, { 'sec-gpc': '0' }, { dnt: 'null' }])(
    '%j does not opt out',
    async (headers) => {
      expect(await footfall.track({ url: newPage() }, { headers })).toMatchObject({ counted: true });
    },
  );

  it.each(['/admin', '/admin/', '/admin/login', '/install', '/install/widget', '/%61dmin'])(
    'Footfall’s own page %s is ignored',
    async (path) => {
      await expectIgnored(footfall, 'ignored', { body: { url: `http://localhost:3000${path}` } });
      await expectIgnored(footfall, 'ignored', {
        body: { url: path },
        headers: { origin: 'http://localhost:3000' },
      });
    },
  );

  it.each(['http://localhost:3000/stats', 'http://localhost:3000/administration'])(
    '%s is Footfall’s own, and not on a counted site',
    async (url) => {
      await expectIgnored(footfall, 'origin', { body: { url } });
    },
  );

  it.each(['http://localhost:4000/stats', 'https://example.com/admin'])('%s is counted', async (url) => {
    expect(await footfall.track({ url })).toMatchObject({ counted: true });
  });

  it('consent is not required', async () => {
    expect(await footfall.track({ url: newPage() })).toMatchObject({ counted: true });
    expect(await footfall.track({ url: newPage(), consent: false })).toMatchObject({ counted: true });
  });

  it('pages of any host are counted', async () => {
    expect(await footfall.track({ url: 'https://anyone.example/p' }, { headers: FOREIGN })).toMatchObject({
      counted: true,
    });
  });

  it('a duplicate is one on every route', async () => {
    const body = { id: newId(), url: newPage() };
    await footfall.track(body);
    const before = await footfall.stored();
    const pixel = await fetch(
      `${footfall.url}/api/visitors/pixel.gif?${new URLSearchParams(body).toString()}`,
      {
        headers: { 'user-agent': BROWSER },
      },
    );
    expect(pixel.headers.get('x-footfall')).toBe('duplicate');
    expect(await footfall.track(body)).toMatchObject({ reason: 'duplicate' });
    expect(await footfall.stored()).toEqual(before);
    if (!has('process')) return;
    expect(await outcomes(footfall, '/api/visitors/pixel.gif', 'duplicate')).toBe(1);
    expect(await outcomes(footfall, '/api/visitors/track', 'duplicate')).toBe(1);
  });

  it.runIf(has('process'))(
    'a refused event has its code in the metrics, a counted one "counted"',
    async () => {
      const counted = await outcomes(footfall, '/api/visitors/track', 'counted');
      const refused = await outcomes(footfall, '/api/visitors/track', 'BAD_REQUEST');
      await footfall.send({ url: newPage() });
      await footfall.send({ url: newPage() }, { query: '?return=minimal' });
      await footfall.send({ url: 'nonsense' });
      expect(await outcomes(footfall, '/api/visitors/track', 'counted')).toBe(counted + 2);
      expect(await outcomes(footfall, '/api/visitors/track', 'BAD_REQUEST')).toBe(refused + 1);
    },
  );
});

describe('SITE_HOSTS', async () => {
  const footfall = await start({ SITE_HOSTS: 'Example.com, *.shop.example:8080,münchen.example' });

  it.each([
    'https://example.com/a',
    'http://EXAMPLE.com:8080/a',
    'https://example.com./a',
    'https://www.shop.example/a',
    'https://a.b.shop.example:444/a',
    'https://xn--mnchen-3ya.example/a',
    'https://münchen.example/a',
  ])('counts %s', async (url) => {
    expect(await footfall.track({ url })).toMatchObject({ counted: true });
  });

  it.each([
    'https://www.example.com/a',
    'https://shop.example/a',
    'https://notshop.example/a',
    'https://example.com.evil.example/a',
    'https://example.org/a',
    'https://user:example.com@evil.example/a',
    'http://localhost:3000/stats',
    'http://127.0.0.1/a',
  ])('does not count %s', async (url) => {
    await expectIgnored(footfall, 'origin', { body: { url } });
  });

  it.each<Record<string, string>>([
    { origin: 'https://example.com' },
    { origin: 'https://example.com:8080' },
    { referer: 'https://www.shop.example/from?x=y' },
    { origin: 'https://example.com', referer: 'https://elsewhere.example/' },
    { origin: 'null', referer: 'https://example.com/' },
    {},
  ])('counts a path sent with %j', async (headers) => {
    expect(await footfall.track({ url: newPage() }, { headers })).toMatchObject({ counted: true });
  });

  it.each<Record<string, string>>([
    { origin: 'https://elsewhere.example' },
    { referer: 'https://elsewhere.example/a' },
    { origin: 'https://elsewhere.example', referer: 'https://example.com/' },
    { origin: 'https://shop.example' },
    { origin: 'null', referer: 'https://elsewhere.example/' },
  ])('does not count a path sent with %j', async (headers) => {
    await expectIgnored(footfall, 'origin', { body: { url: newPage() }, headers });
  });

  it('uses the host of the url if it has one, whatever the sender', async () => {
    expect(await footfall.track({ url: 'https://example.com/b' }, { headers: FOREIGN })).toMatchObject({
      counted: true,
    });
  });
});

describe('Footfall’s own pages', async () => {
  const listed = await start({ SITE_HOSTS: 'localhost', PUBLIC_URL: 'http://localhost:4000' });

  it('are counted if PUBLIC_URL’s host is listed, admin and install never', async () => {
    expect(await listed.track({ url: 'http://localhost:4000/stats' })).toMatchObject({ counted: true });
    await expectIgnored(listed, 'ignored', { body: { url: 'http://localhost:4000/admin/x' } });
    await expectIgnored(listed, 'ignored', { body: { url: 'http://localhost:4000/install' } });
  });
});

describe('a switch', async () => {
  const disabled = await start({ TRACKING_ENABLED: 'false' });
  const consent = await start({ REQUIRE_CONSENT: 'true' });
  const permissive = await start({ COUNT_BOTS: 'true', RESPECT_DNT: 'false' });

  it('TRACKING_ENABLED=false counts nothing', async () => {
    await expectIgnored(disabled, 'disabled', { body: { url: newPage(), consent: true } });
    expect(await disabled.count()).toEqual({ count: 0, version: 0, store: STORE, updatedAt: null });
  });

  it.each([{}, { consent: false }])('REQUIRE_CONSENT=true requires it: %j', async (body) => {
    await expectIgnored(consent, 'no-consent', { body: { url: newPage(), ...body } });
  });

  it('REQUIRE_CONSENT=true counts with it', async () => {
    expect(await consent.track({ url: newPage(), consent: true })).toMatchObject({ counted: true });
  });

  it('COUNT_BOTS=true counts them', async () => {
    for (const userAgent of ['curl/8.5.0', '']) {
      expect(
        await permissive.track({ url: newPage() }, { headers: { 'user-agent': userAgent } }),
      ).toMatchObject({ counted: true });
    }
  });

  it('RESPECT_DNT=false counts visitors who opted out', async () => {
    expect(
      await permissive.track({ url: newPage() }, { headers: { dnt: '1', 'sec-gpc': '1' } }),
    ).toMatchObject({ counted: true });
  });
});

describe('the owner’s exclusions', async () => {
  const some = await start({
    IGNORED_PAGES: '/drafts/*, *.pdf',
    IGNORED_ADDRESSES: '192.0.2.0/24, 2001:db8::/32',
    WRITE_KEYS: 'a-secret-of-over-16-characters',
    ANONYMIZE_IP: 'true',
  });
  const headers = { authorization: 'Bearer a-secret-of-over-16-characters' };

  it.each(['/drafts/7', '/files/a.pdf', 'https://example.com/drafts/7?x=1'])(
    'the page %s is ignored',
    async (url) => {
      await expectIgnored(some, 'ignored', { body: { url } });
    },
  );

  it.each(['192.0.2.7', '2001:db8:1::7', '::ffff:192.0.2.7'])('the address %s is ignored', async (ip) => {
    const answer = await some.track({ url: newPage(), ip, userAgent: BROWSER }, { headers });
    expect(answer).toMatchObject({ counted: false, reason: 'ignored' });
  });

  it('everything else is counted', async () => {
    const answer = await some.track({ url: newPage(), ip: '198.51.100.7', userAgent: BROWSER }, { headers });
    expect(answer).toMatchObject({ counted: true });
    expect(await some.track({ url: '/drafts' })).toMatchObject({ counted: true });
  });
});

describe('an id that was ignored', async () => {
  const footfall = await start({ REQUIRE_CONSENT: 'true' });

  it('counts once its reason is gone', async () => {
    const body = { id: newId(), url: newPage() };
    expect(await footfall.track(body)).toMatchObject({ counted: false, reason: 'no-consent' });
    expect(await footfall.track({ ...body, consent: true })).toMatchObject({ counted: true, count: 1 });
    expect(await footfall.track({ ...body, consent: true })).toMatchObject({ reason: 'duplicate' });
  });
});

describe('KEEP_PARAMETERS', async () => {
  const footfall = await start({ KEEP_PARAMETERS: 'id, lang' });

  it('distinguishes pages by them, in the site’s order, and by nothing else', async () => {
    await footfall.track({ url: 'https://example.com/p?token=x&lang=de&id=1#part' });
    await footfall.track({ url: '/p?id=1&lang=de' });
    expect((await footfall.count('/p?id=1&lang=de')).count).toBe(2);
    expect((await footfall.count('/p?lang=de&id=1&more=1')).count).toBe(2);
    expect((await footfall.count('/p')).count).toBe(0);
    expect((await footfall.count('/p?id=2&lang=de')).count).toBe(0);
  });
});
