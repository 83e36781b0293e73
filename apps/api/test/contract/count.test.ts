import { CONFIGURATION, SETTLES_MS } from '@footfall/e2e/configurations';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CACHE_CONTROL, expectCors, expectError, newPage, start, type Count, STORE } from '../support.ts';

const footfall = await start();
const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${footfall.url}/api/visitors/count${query}`, { headers });

interface Result extends Count {
  readonly status: number;
  readonly etag: string;
}

/** The current response to a query, for a client that knows a version. */
const read = (query: string, known?: Result) =>
  footfall.settled<Result>(async (url) => {
    const headers = known === undefined ? {} : { 'if-none-match': known.etag };
    const response = await fetch(`${url}/api/visitors/count${query}`, { headers });
    const { status } = response;
    const number = status === 304 && known !== undefined ? known : ((await response.json()) as Count);
    return { ...number, status, etag: response.headers.get('etag') ?? '' };
  });
const etagOf = async (query = '') => (await read(query)).etag;

describe('before the first page view', () => {
  it('every count is 0, with 200 and no time', async () => {
    for (const query of ['', '?page=/', '?page=/a', '?page=https://example.com/a']) {
      // A store that has just started may be too slow for the first read.
      const response = await vi.waitUntil(
        async () => {
          const answer = await get(query);
          return answer.status === 503 ? undefined : answer;
        },
        { timeout: 15_000 },
      );
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expectCors(response.headers);
      expect(await response.json()).toEqual({ count: 0, version: 0, store: STORE, updatedAt: null });
    }
  });
});

describe('a number', () => {
  it('has its unit’s fields and no others', async () => {
    const page = newPage();
    const before = Date.now();
    const { total, version, store } = await footfall.track({ url: page });
    for (const [query, count] of [
      ['', total],
      [`?page=${page}`, 1],
    ] as const) {
      const { status, etag, ...number } = await read(query);
      expect([status, etag]).toEqual([200, `"${version}-${store}"`]);
      expect(number).toEqual({ count, version, store, updatedAt: expect.any(String) as string });
      expect(new Date(number.updatedAt ?? '').toISOString()).toBe(number.updatedAt);
      expect(Date.parse(number.updatedAt ?? '')).toBeGreaterThanOrEqual(before);
      expect(Date.parse(number.updatedAt ?? '')).toBeLessThanOrEqual(Date.now());
    }
  });

  it('of an unvisited page is 0, with 200 and no time', async () => {
    await footfall.track({ url: newPage() });
    await footfall.stored();
    const { version, store } = await footfall.count();
    expect(await footfall.count('/nobody')).toEqual({ count: 0, version, store, updatedAt: null });
  });

  it('is found by every form of its page', async () => {
    await footfall.track({ url: 'https://example.com/forms/caf%C3%A9/?utm_source=x#part' });
    for (const page of [
      '/forms/café',
      '/forms/café/',
      '/forms/caf%C3%A9',
      '/forms/caf%c3%a9/',
      '/forms/café?other=1',
      '/forms/café#part',
      '/forms/x/../café',
      'https://example.com/forms/café',
      'http://elsewhere.example:8080/forms/caf%C3%A9/',
    ]) {
      expect([page, (await footfall.count(page)).count]).toEqual([page, 1]);
    }
    expect((await (await get('?page=/forms/café')).json()) as Count).toMatchObject({ count: 1 });
    expect((await (await get('?page=%2Fforms%2Fcaf%C3%A9')).json()) as Count).toMatchObject({ count: 1 });
  });

  it.each(['/Forms/Café', '/forms', 'forms/café', '/forms/café/x', 'café', '%', 'javascript:x', '/%', '/\0'])(
    'of %j, another page or none, is 0',
    async (page) => {
      expect((await footfall.count(page)).count).toBe(0);
    },
  );

  it('of the home page is found with and without its slash', async () => {
    await footfall.track({ url: 'https://example.com' });
    expect((await footfall.count('/')).count).toBe(1);
    expect((await footfall.count('https://example.com/')).count).toBe(1);
    expect((await footfall.count('https://example.com')).count).toBe(1);
  });

  it.each([
    '?page=%',
    '?page=%E0%A4',
    '?page=%ff',
    '?page=+',
    '?page=%00',
    '?%=%',
    '?page',
    '?=&&',
    '?&page=/x',
  ])('under the query %s is returned, never an internal error', async (query) => {
    expect([200, 400]).toContain((await get(query)).status);
  });

  it('is that of its own page, however the page is named', async () => {
    const names = [
      ['/total', '/total'],
      ['/top-pages', '/top-pages'],
      ['/a&of=/b', '/a&of=/b'],
      ['/a%26of=%2Fb', '/a&of=%2Fb'],
      ['/hostile%23b', '/hostile%23b'],
      ['/hostile%3Fb', '/hostile%3Fb'],
      ['/hostile%2523b', '/hostile%2523b'],
      ['/hostile+b', '/hostile+b'],
      ['/hostile%20b', '/hostile b'],
      ['/%22%3Cb%3E', '/"<b>'],
      ['/o’clock', '/o’clock'],
      ["/o'clock", "/o'clock"],
      ['/caf%C3%A9', '/café'],
      ['/cafe%CC%81', '/cafe\u0301'],
      ['/%F0%9F%98%80', '/😀'],
      ['/HOSTILE', '/HOSTILE'],
      ['/hostile', '/hostile'],
      ['/__proto__', '/__proto__'],
      ['/%00', '/%00'],
      ['/%E2%80%AE', '/%E2%80%AE'],
    ] as const;
    for (const [at, [url]] of names.entries()) {
      for (let views = 0; views <= at % 4; views += 1) await footfall.track({ url });
    }
    for (const [at, [url, page]] of names.entries()) {
      const { count } = await footfall.count(page);
      expect([url, page, count]).toEqual([url, page, 1 + (at % 4)]);
    }
  });

  it.each(['pgae=/a', 'Page=/a', 'page=/a&path=/a', `${'x'.repeat(2_000)}=1`])(
    'is not the total if the page is misspelt: ?%.20s',
    async (query) => {
      const error = await expectError(await get(`?${query}`), 400, 'BAD_REQUEST');
      expect(error).toMatch(/^"\w{1,40}" is unknown; it takes page\.$/);
    },
  );

  it('ignores parameters that clients add to bypass a cache', async () => {
    await footfall.stored();
    const all = await footfall.count();
    expect(await (await get('?_=1764137040202&t=1&v=2')).json()).toEqual(all);
  });
});

describe('page', () => {
  it('may be 2,048 characters', async () => {
    const longest = `/${'x'.repeat(2_047)}`;
    expect((await get(`?page=${longest}`)).status).toBe(200);
    await expectError(await get(`?page=${longest}x`), 400, 'BAD_REQUEST');
  });

  it('is measured after decoding', async () => {
    expect((await get(`?page=/${'%C3%BC'.repeat(2_047)}`)).status).toBe(200);
  });

  it('may not be empty', async () => {
    expect(await expectError(await get('?page='), 400, 'BAD_REQUEST')).toBe('page must not be empty.');
  });
});

describe('an ETag', () => {
  it('identifies the version: it stays while nothing is counted and changes with every view', async () => {
    await footfall.track({ url: newPage() });
    const first = await etagOf();
    expect(first).toMatch(/^"[^"]+"$/);
    await footfall.send({ url: '' });
    await footfall.track({ url: '/', referrer: 'https://semalt.com' });
    expect(await etagOf()).toBe(first);
    await footfall.track({ url: newPage() });
    expect(await etagOf()).not.toBe(first);
  });

  it.each([
    ['alone', (etag: string) => etag],
    ['weak', (etag: string) => `W/${etag}`],
    ['in a list', (etag: string) => `"x", ${etag} , "y"`],
    ['weak in a list', (etag: string) => `W/"x",W/${etag}`],
    ['as any', () => '*'],
  ])('that is current (%s) gets 304 and no body', async (_, write) => {
    for (const query of ['', '?page=/', '?page=/nobody']) {
      const etag = await etagOf(query);
      const response = await get(query, { 'if-none-match': write(etag) });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe('');
      expect(response.headers.get('etag')).toBe(etag);
      expect(response.headers.get('cache-control')).toBe(CACHE_CONTROL);
      expectCors(response.headers);
    }
  });

  it('that is current gets 304 for HEAD as for GET', async () => {
    const etag = await etagOf();
    const response = await fetch(`${footfall.url}/api/visitors/count`, {
      method: 'HEAD',
      headers: { 'if-none-match': etag },
    });
    expect([response.status, response.headers.get('etag')]).toEqual([304, etag]);
    expectCors(response.headers);
  });

  it.each(['"x"', 'x', '', 'W/', '"0', ',,', '"-1"'])(
    'that is not current (%j) gets the number',
    async (tag) => {
      const all = await footfall.count();
      const response = await get('', { 'if-none-match': tag });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(all);
    },
  );

  it('without quotes is not an ETag', async () => {
    const bare = (await etagOf()).replaceAll('"', '');
    expect((await get('', { 'if-none-match': bare })).status).toBe(200);
  });

  it('from before a view gets the new number', async () => {
    const known = await read('');
    const { total } = await footfall.track({ url: newPage() });
    expect(await read('', known)).toMatchObject({ status: 200, count: total });
  });

  it('of a page changes when the page’s number does', async () => {
    const page = newPage();
    await footfall.track({ url: page });
    const known = await read(`?page=${page}`);
    expect(known).toMatchObject({ status: 200, count: 1 });
    await footfall.track({ url: page });
    expect(await read(`?page=${page}`, known)).toMatchObject({ status: 200, count: 2 });
  });
});

describe('a read after an acknowledged write includes the write', () => {
  // Configurations that need time to settle are read again and again.
  const WRITERS = SETTLES_MS[CONFIGURATION] === 0 ? 40 : 8;

  it.concurrent.each(['', '?return=minimal'])('%s', async (query) => {
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        const page = newPage();
        expect((await footfall.count(page)).count).toBe(0);
        for (const views of [1, 2, 3]) {
          const total = (await footfall.count()).count;
          expect((await footfall.deliver({ url: page }, { query })).ok).toBe(true);
          const [own, all] = await Promise.all([footfall.count(page), footfall.count()]);
          expect(own.count).toBe(views);
          expect(all.count).toBeGreaterThan(total);
        }
      }),
    );
  });
});

describe('a version', () => {
  it('never decreases, for clients that read while others write, and neither does a total', async () => {
    let writing = true;
    const page = newPage();
    // A client stays with one process, as a browser's connection does.
    const doors = footfall.instances.length === 0 ? [footfall.url] : footfall.instances;
    const clients = Array.from({ length: 6 }, async (_, n) => {
      const query = n % 2 === 0 ? '' : `?page=${page}`;
      const read: Count[] = [];
      do {
        const response = await fetch(`${doors[(n >> 1) % doors.length]}/api/visitors/count${query}`);
        read.push((await response.json()) as Count);
      } while (writing);
      return read;
    });
    const writers = Array.from({ length: 10 }, async () => {
      const versions: number[] = [];
      for (let n = 0; n < 20; n += 1) {
        versions.push((await footfall.track({ url: page })).version);
      }
      return versions;
    });
    const written = await Promise.all(writers).finally(() => (writing = false));
    for (const versions of written) {
      versions.reduce((last, version) => {
        expect(version).toBeGreaterThan(last);
        return version;
      }, 0);
    }
    for (const numbers of await Promise.all(clients)) {
      expect(numbers.length).toBeGreaterThan(1);
      numbers.reduce((last, number) => {
        expect(number.version).toBeGreaterThanOrEqual(last.version);
        expect(number.count).toBeGreaterThanOrEqual(last.count);
        return number;
      });
    }
    expect((await footfall.count(page)).count).toBe(200);
  });

  it('stays when nothing is counted', async () => {
    const body = { id: crypto.randomUUID(), url: newPage() };
    await footfall.track(body);
    const { version } = await footfall.stored();
    expect(await footfall.track(body)).toMatchObject({ reason: 'duplicate', version });
    expect((await footfall.count()).version).toBe(version);
    expect(await footfall.track({ url: '/' }, { headers: { dnt: '1' } })).toMatchObject({ version });
    expect((await footfall.stored()).version).toBe(version);
  });
});

describe('Cache-Control', () => {
  it.each([
    ['minimal', 'public, max-age=2, stale-while-revalidate=3'],
    ['balanced', 'public, max-age=5, stale-while-revalidate=10'],
    ['aggressive', 'public, max-age=10, stale-while-revalidate=15'],
    ['', 'public, max-age=5, stale-while-revalidate=10'],
  ])('is, under CACHE_STRATEGY=%s, %s', async (strategy, header) => {
    const own = await start({ CACHE_STRATEGY: strategy }, onTestFinished);
    for (const query of ['', '?page=/a']) {
      const response = await fetch(`${own.url}/api/visitors/count${query}`);
      expect(response.headers.get('cache-control')).toBe(header);
    }
  });

  it('is not set on errors', async () => {
    expect((await get('?page=')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('after a restart', () => {
  it('the numbers, the version and the ids are the same', async () => {
    const first = await start({}, onTestFinished);
    const body = { id: crypto.randomUUID(), url: '/kept' };
    await first.track(body);
    await first.track({ url: '/kept' });
    await first.stored(); // later folding makes a new version
    const [total, page] = [await first.count(), await first.count('/kept')];
    await first.stop();

    const second = await start(first.environment, onTestFinished);
    expect(await second.count()).toEqual(total);
    expect(await second.count('/kept')).toEqual(page);
    expect(await second.track(body)).toMatchObject({ counted: false, reason: 'duplicate' });
    expect(await second.track({ url: '/kept' })).toMatchObject({ counted: true, count: 3 });
    expect((await second.count()).version).toBeGreaterThan(total.version);
  });
});
