import { describe, expect, it } from 'vitest';
import { atOnce, BROWSER, COUNTED, expectCors, expectError, newId, newPage, start } from '../support.ts';

const footfall = await start();

/** Asserts that an event is refused and that no number has changed. */
async function expectRefused(body: unknown, code = 'BAD_REQUEST', status = 400): Promise<string> {
  const before = await footfall.stored();
  const sentence = await expectError(await footfall.send(body), status, code);
  expect(await footfall.stored()).toEqual(before);
  return sentence;
}

describe('a page view', () => {
  it('is counted, and the response is exact', async () => {
    const page = newPage();
    const before = await footfall.stored();
    const response = await footfall.send({ url: `https://example.com${page}` });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expectCors(response.headers);
    expect(await response.json()).toEqual({
      count: 1,
      total: before.count + 1,
      counted: true,
      version: before.version + 1,
      store: before.store,
    });
    expect((await footfall.count(page)).count).toBe(1);
    expect((await footfall.count()).count).toBe(before.count + 1);
  });

  it('returns the number of its own page to each client', async () => {
    const [one, other] = [newPage(), newPage()];
    await footfall.track({ url: one });
    expect(await footfall.track({ url: one })).toMatchObject({ count: 2 });
    expect(await footfall.track({ url: other })).toMatchObject({ count: 1 });
  });

  it('that is counted gets 204 without a body under ?return=minimal', async () => {
    const page = newPage();
    const response = await footfall.send({ url: page }, { query: '?return=minimal' });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    expect(response.headers.has('content-length')).toBe(false);
    expectCors(response.headers);
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('that is not counted gets only its reason under ?return=minimal', async () => {
    const body = { id: newId(), url: newPage() };
    await footfall.track(body);
    const response = await footfall.send(body, { query: '?return=minimal' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ counted: false, reason: 'duplicate' });
    expectCors(response.headers);
  });

  it.each(['?', '?x=%', '?_=1&v=2'])('gets the full response under %s', async (query) => {
    const response = await footfall.send({ url: newPage() }, { query });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...COUNTED, count: 1 });
  });

  it.each([
    ['/api/visitors/track', '?returns=minimal', '"returns" is unknown; it takes return.'],
    ['/api/visitors/track', '?return=minimal&minimal', '"minimal" is unknown; it takes return.'],
    ['/api/visitor/register', '?return=minimal', '"return" is unknown; this route has no parameters.'],
    ['/api/track', '?return=minimal', '"return" is unknown; this route has no parameters.'],
  ])('to %s with the unknown query %s is refused, and counts nothing', async (route, query, error) => {
    const view = { url: newPage() };
    const response = await fetch(footfall.url + route + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': BROWSER },
      body: JSON.stringify(route === '/api/track' ? { events: [view] } : view),
    });
    expect(await expectError(response, 400, 'BAD_REQUEST')).toBe(error);
    expect((await footfall.count(view.url)).count).toBe(0);
  });

  it.each(['full', '', 'MINIMAL'])('is refused under ?return=%s, and counts nothing', async (value) => {
    const page = newPage();
    const response = await footfall.send({ url: page }, { query: `?return=${value}` });
    expect(await expectError(response, 400, 'BAD_REQUEST')).toBe('return must be minimal or absent.');
    expect((await footfall.count(page)).count).toBe(0);
  });

  it('that is refused is refused under ?return=minimal too', async () => {
    await expectError(await footfall.send({ url: '' }, { query: '?return=minimal' }), 400, 'BAD_REQUEST');
  });
});

describe('a content type', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json;charset="utf-8"; x=y',
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/plain; charset=utf-8; a=b',
    'TEXT/PLAIN',
    ' text/plain ;charset=UTF-8',
  ])('of %j is read as JSON', async (type) => {
    const page = newPage();
    expect(
      await footfall.track(JSON.stringify({ url: page }), { headers: { 'content-type': type } }),
    ).toEqual({ ...COUNTED, count: 1 });
  });

  it('that is absent is read as JSON', async () => {
    const page = newPage();
    const response = await fetch(`${footfall.url}/api/visitors/track`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER },
      body: new TextEncoder().encode(JSON.stringify({ url: page })), // fetch sets no type for bytes
    });
    expect(response.status).toBe(200);
    expect((await footfall.count(page)).count).toBe(1);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/html',
    'text/plainer',
    'application/jsonp',
    'application/ld+json',
    'application/octet-stream',
    'text/plain, application/json',
    'json',
    ';',
    '*/*',
  ])('of %j is refused with 415, and nothing is counted', async (type) => {
    const page = newPage();
    await expectError(
      await footfall.send(JSON.stringify({ url: page }), { headers: { 'content-type': type } }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
    expect((await footfall.count(page)).count).toBe(0);
  });
});

describe('a body', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['a string', 'hello'],
    ['half an object', '{"url":"/a"'],
    ['two objects', '{"url":"/a"}{"url":"/a"}'],
    ['single quotes', "{'url':'/a'}"],
    ['a trailing comma', '{"url":"/a",}'],
    ['NaN', '{"url":"/a","timestamp":NaN}'],
    ['a form', 'url=%2Fa'],
    ['a NUL', '\0'],
    ['deep nesting', '['.repeat(4_000)],
  ])('that is not JSON (%s) is refused', async (_, body) => {
    expect(await expectRefused(body)).toBe('The body is not JSON.');
  });

  it.each(['null', '[]', '[{"url":"/a"}]', '"/a"', '1', 'true', '{}', '{"URL":"/a"}'])(
    'of %s is refused',
    async (body) => {
      await expectRefused(body);
    },
  );

  it.each([
    ['a lone continuation', [0x80]],
    ['a cut character', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['Latin-1', [0xe9]],
  ])('that is not UTF-8 (%s) is refused', async (_, bytes) => {
    const body = Buffer.concat([Buffer.from('{"url":"/'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(await expectRefused(body)).toBe('The body is not UTF-8.');
  });

  it('with unknown fields is counted without them', async () => {
    const page = newPage();
    expect(
      await footfall.track({
        url: page,
        count: 1_000,
        counted: 'x',
        userAgent: 'Googlebot',
        ip: '192.0.2.1',
        at: {},
      }),
    ).toMatchObject({ counted: true, count: 1 });
  });

  it.each([
    ['__proto__', '{"__proto__":{"url":"/polluted","consent":true,"reason":"bot"},"url":"PAGE"}'],
    ['constructor', '{"constructor":{"prototype":{"polluted":true}},"url":"PAGE"}'],
    ['toString', '{"toString":1,"hasOwnProperty":1,"valueOf":1,"url":"PAGE"}'],
  ])('with the key %s is counted, and nothing is polluted', async (_, body) => {
    const page = newPage();
    expect(await footfall.track(body.replace('PAGE', page))).toEqual({ ...COUNTED, count: 1 });
    expect((await footfall.count('/polluted')).count).toBe(0);
    expect('polluted' in {}).toBe(false);
    expect('url' in {}).toBe(false);
  });

  it('with only the prototype’s url has none', async () => {
    await expectRefused('{"__proto__":{"url":"/polluted"}}');
  });

  it('with a repeated key has the last value', async () => {
    const page = newPage();
    await footfall.track(`{"url":"/elsewhere","url":"${page}"}`);
    expect((await footfall.count(page)).count).toBe(1);
    expect((await footfall.count('/elsewhere')).count).toBe(0);
  });
});

describe('no field is coerced:', () => {
  it.each([
    ['url', 1],
    ['url', null],
    ['url', ['/a']],
    ['url', { toString: '/a' }],
    ['url', true],
    ['id', 1],
    ['id', null],
    ['id', []],
    ['referrer', 1],
    ['referrer', null],
    ['referrer', {}],
    ['timestamp', null],
    ['timestamp', true],
    ['timestamp', {}],
    ['timestamp', '1700000000000'],
    ['visitorId', 1],
    ['visitorId', null],
    ['consent', 'true'],
    ['consent', 1],
    ['consent', null],
    ['screen', 1920],
    ['screen', null],
    ['language', ['en']],
    ['language', null],
    ['timeZone', 0],
    ['timeZone', null],
  ])('%s of %j is refused, with the field’s name', async (field, value) => {
    expect(await expectRefused({ url: '/a', [field]: value })).toMatch(new RegExp(`^${field}`));
  });
});

describe('a bound', () => {
  const text = (length: number, head = '') => head + 'x'.repeat(length - head.length);

  it.each([
    ['url', 4_096, '/'],
    ['url', 4_096, 'https://example.com/'],
    ['visitorId', 128, ''],
    ['screen', 255, ''],
    ['language', 255, ''],
    ['timeZone', 255, ''],
  ])('of %s is %i characters (%s…)', async (field, most, head) => {
    const body = { url: newPage() };
    expect(await footfall.track({ ...body, [field]: text(most, head) })).toMatchObject({ counted: true });
    expect(await expectRefused({ ...body, [field]: text(most + 1, head) })).toBe(
      `${field} must be at most ${most} characters.`,
    );
  });

  it('of the X-Visitor-Id header is 128 characters', async () => {
    const page = newPage();
    const withHeader = (visitor: string) =>
      footfall.send({ url: page }, { headers: { 'x-visitor-id': visitor } });
    expect((await withHeader(text(128))).status).toBe(200);
    await expectError(await withHeader(text(129)), 400, 'BAD_REQUEST');
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('of a page’s identifier is 512 bytes, whatever the URL’s length', async () => {
    const long = `/${'ü'.repeat(400)}`;
    await footfall.track({ url: `https://example.com${long}` });
    expect((await footfall.count(long)).count).toBe(1);
    expect((await footfall.count(`/${'ü'.repeat(255)}`)).count).toBe(1);
    expect((await footfall.count(`/${'ü'.repeat(254)}`)).count).toBe(0);
  });
});

describe('an id', () => {
  it.each([
    ['version 4', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
    ['upper case', '3F2504E0-4F89-41D3-9A0C-0305E82C3302'],
    ['version 7', '0191f3a0-7b1c-7def-8abc-0123456789ab'],
    ['version 1', 'c232ab00-9414-11ec-b3c8-9f6bdeced846'],
    ['nil', '00000000-0000-0000-0000-000000000000'],
    ['max', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['no variant of the RFC', '12345678-1234-1234-1234-123456789abc'],
  ])('may be any UUID (%s), and counts once', async (_, id) => {
    const page = newPage();
    expect(await footfall.track({ id, url: page })).toMatchObject({ counted: true, count: 1 });
    const before = await footfall.stored();
    expect(await footfall.track({ id, url: page })).toEqual({
      count: 1,
      total: before.count,
      counted: false,
      reason: 'duplicate',
      version: before.version,
      store: before.store,
    });
    expect(await footfall.stored()).toEqual(before);
  });

  it('is the same in upper and lower case', async () => {
    const id = newId();
    const page = newPage();
    await footfall.track({ id, url: page });
    expect(await footfall.track({ id: id.toUpperCase(), url: page })).toMatchObject({ reason: 'duplicate' });
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('is the same whatever the other fields', async () => {
    const id = newId();
    const [page, other] = [newPage(), newPage()];
    await footfall.track({ id, url: page });
    expect(await footfall.track({ id, url: other, timestamp: Date.now() - 1_000 })).toMatchObject({
      count: 0,
      counted: false,
      reason: 'duplicate',
    });
    expect((await footfall.count(other)).count).toBe(0);
  });

  it.each([
    '',
    'x',
    '3f2504e04f8941d39a0c0305e82c3301',
    '{3f2504e0-4f89-41d3-9a0c-0305e82c3301}',
    'urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    '3f2504e0-4f89-41d3-9a0c-0305e82c330',
    '3f2504e0-4f89-41d3-9a0c-0305e82c33011',
    '3f2504e0-4f89-41d3-9a0c-0305e82c330g',
    ' 3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    '3f2504e0-4f89-41d3-9a0c-0305e82c3301\n',
  ])('that is not a UUID (%j) is refused', async (id) => {
    expect(await expectRefused({ id, url: '/a' })).toBe('id must be a UUID.');
  });

  it('sent fifty times at once counts once, and the others are duplicates', async () => {
    const body = { id: newId(), url: newPage() };
    const before = await footfall.stored();
    const answers = await atOnce(50, () => footfall.track(body));
    expect(answers.filter(({ counted }) => counted)).toHaveLength(1);
    expect(answers.filter(({ reason }) => reason === 'duplicate')).toHaveLength(49);
    for (const { count, total } of answers) expect([count, total]).toEqual([1, before.count + 1]);
    expect((await footfall.count()).count).toBe(before.count + 1);
  });

  it('that was refused for another field counts once that is fixed', async () => {
    const id = newId();
    const page = newPage();
    await expectRefused({ id, url: page, consent: 'yes' });
    expect(await footfall.track({ id, url: page, consent: true })).toMatchObject({ counted: true });
  });

  it('is made by the server if there is none: every event counts', async () => {
    const page = newPage();
    await Promise.all(Array.from({ length: 20 }, () => footfall.track({ url: page })));
    expect((await footfall.count(page)).count).toBe(20);
  });
});

describe('a url', () => {
  it.concurrent.each([
    ['https://example.com/forms/a', '/forms/a'],
    ['http://example.com/forms/b', '/forms/b'],
    ['HTTPS://EXAMPLE.COM/forms/c', '/forms/c'],
    ['https://example.com:8443/forms/d', '/forms/d'],
    ['https://user:password@example.com/forms/e', '/forms/e'],
    ['https://[2001:db8::1]/forms/f', '/forms/f'],
    ['/forms/g', '/forms/g'],
    ['/forms/h?token=secret#part', '/forms/h'],
    ['https://example.com/forms/i/?utm_source=x#part', '/forms/i'],
    ['/forms/caf%C3%A9', '/forms/café'],
    ['/forms/naïve', '/forms/naïve'],
    ['/forms/a%2Fb', '/forms/a%2Fb'],
    ['/forms/100%', '/forms/100%'],
    ['/forms/x/../k', '/forms/k'],
    ['https://example.com', '/'],
  ])('of %s is the page %s', async (url, page) => {
    const before = (await footfall.count(page)).count;
    expect(await footfall.track({ url })).toMatchObject({ counted: true, count: before + 1 });
    expect((await footfall.count(page)).count).toBe(before + 1);
  });

  it('that begins with // is a path, never another host', async () => {
    expect(await footfall.track({ url: '//elsewhere.example/forms/double' })).toMatchObject({
      counted: true,
    });
    expect((await footfall.count('/forms/double')).count).toBe(0);
  });

  it.each([
    '',
    ' ',
    'about',
    'example.com/a',
    'ftp://example.com/a',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'mailto:a@example.com',
    'chrome-extension://abc/page.html',
    'about:blank',
    'blob:https://example.com/3f2504e0',
    'https://',
    'http://exa mple.com/',
    'https://example.com:99999/',
    '?page',
    '#part',
    '../a',
  ])('of %j is refused', async (url) => {
    expect(await expectRefused({ url })).toMatch(/^url must/);
  });

  it('is required', async () => {
    expect(await expectRefused({ id: newId() })).toMatch(/^url must/);
  });
});

describe('a referrer', () => {
  it.each([
    '',
    'direct',
    '(none)',
    'android-app://com.example/',
    'android-app://com.google.android.gm/',
    'ios-app://422689480/',
    'https://',
    'https://www.example.org/a?token=x',
  ])('of %j does not prevent counting', async (referrer) => {
    expect(await footfall.track({ url: newPage(), referrer })).toMatchObject({ counted: true });
  });
});

describe('an age', () => {
  it('is subtracted from the server’s clock, whatever the device’s own clock', async () => {
    const page = newPage();
    const before = Date.now();
    const ageMs = 60 * 60 * 1000;
    await footfall.track({ url: page, ageMs, timestamp: before - 3 * ageMs });
    const at = Date.parse((await footfall.count(page)).updatedAt ?? '');
    expect(at).toBeGreaterThanOrEqual(before - ageMs);
    expect(at).toBeLessThanOrEqual(Date.now() - ageMs);
  });

  it.each([-1, 24 * 60 * 60 * 1000 + 1, '0', null])('of %j is refused', async (ageMs) => {
    expect(await expectRefused({ url: '/a', ageMs })).toMatch(/^ageMs must/);
  });
});

describe('a timestamp', () => {
  const HOUR = 60 * 60 * 1000;
  const ago = (ms: number) => Math.floor(Date.now() - ms);
  const iso = (at: number) => new Date(at).toISOString();

  it.each([
    ['epoch milliseconds', (at: number) => at],
    ['ISO with Z', iso],
    ['ISO with an offset', (at: number) => `${iso(at + 2 * HOUR).slice(0, -1)}+02:00`],
    ['ISO with nanoseconds', (at: number) => `${iso(at).slice(0, -1)}123456Z`],
    ['epoch milliseconds with a fraction', (at: number) => at + 0.5],
  ])('of %s is accepted', async (_, write) => {
    const page = newPage();
    const at = ago(23 * HOUR);
    await footfall.track({ url: page, timestamp: write(at) });
    expect((await footfall.count(page)).updatedAt).toBe(iso(at));
  });

  it.each([
    ['more than a day old', () => ago(24 * HOUR + 60_000)],
    ['very old', () => 0],
    ['a minute ahead', () => ago(-60_000)],
    ['ISO, an hour ahead', () => iso(ago(-HOUR))],
    ['far ahead', () => 8.64e15],
  ])('that is %s is replaced by the server’s clock', async (_, timestamp) => {
    const page = newPage();
    const before = Date.now();
    expect(await footfall.track({ url: page, timestamp: timestamp() })).toMatchObject({ counted: true });
    const at = Date.parse((await footfall.count(page)).updatedAt ?? '');
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    '',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-11-20T25:00:00Z',
    '2026-11-20',
    '20 Nov 2026 12:00:00 GMT',
    -1,
    8.64e15 + 1,
    1e300,
  ])('of %j is invalid and refused', async (timestamp) => {
    expect(await expectRefused({ url: '/a', timestamp })).toMatch(/^timestamp must/);
  });

  it('beyond every number is refused', async () => {
    await expectRefused('{"url":"/a","timestamp":1e999}');
  });

  it('of a late event never moves the page’s last view back', async () => {
    const page = newPage();
    await footfall.track({ url: page });
    const { updatedAt } = await footfall.count(page);
    await footfall.track({ url: page, timestamp: ago(HOUR) });
    expect((await footfall.count(page)).updatedAt).toBe(updatedAt);
  });
});

describe('many at once', () => {
  it('are each counted, and the version grows by commits', async () => {
    const list = Array.from({ length: 10 }, newPage);
    const before = await footfall.count();
    const answers = await atOnce(300, (n) => footfall.track({ url: list[n % list.length] }));
    const after = await footfall.count();
    expect(after.count).toBe(before.count + 300);
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.version).toBeLessThanOrEqual(before.version + 300);
    for (const { total, version } of answers) {
      expect(total).toBeGreaterThan(before.count);
      expect(version).toBeGreaterThan(before.version);
    }
    for (const page of list) expect((await footfall.count(page)).count).toBe(30);
  });

  it('are each counted once, however many of them must be retried', async () => {
    const bodies = Array.from({ length: 150 }, () => ({ id: newId(), url: newPage() }));
    const { count } = await footfall.stored();
    let left = bodies;
    // All of them at first, and then as many at a time as are accepted.
    for (let answers = await Promise.all(left.map((body) => footfall.send(body))); left.length > 0;) {
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
        await expectError(answer, 503, 'SERVICE_UNAVAILABLE');
      }
      left = left.filter((_, n) => answers[n]?.status !== 200);
      const again = left;
      answers = await atOnce(again.length, (n) => footfall.send(again[n]));
    }
    expect((await footfall.stored()).count).toBe(count + bodies.length);
    for (const body of bodies.slice(0, 10)) {
      expect(await footfall.track(body)).toMatchObject({ count: 1, reason: 'duplicate' });
    }
  });
});
