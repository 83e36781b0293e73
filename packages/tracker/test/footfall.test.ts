/** The bundle, as it is served, on simulated pages: each promise of the tracker has a test here. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { batchSchema, CLICK_IDS, eventSchema, URL_CHARACTERS } from '../../core/src/index.ts';
import { TRACKER, weigh } from '../build.ts';
import { ageless, ids, load, loadWhole, NOW, source, wait, type Answer, type Page } from './page.ts';

const ENDPOINT = 'https://stats.example.com/api/visitors/track?return=minimal';
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what is sent', () => {
  test('one request that needs no preflight, with an id, the page and the referrer', async () => {
    const { requests, beacons } = load({
      url: 'https://example.com/a/b',
      referrer: 'https://other.example/x',
    });
    await wait(3_600_000);
    expect(requests).toMatchObject([
      {
        url: ENDPOINT,
        init: {
          method: 'POST',
          body: expect.any(String) as string, // which the browser labels text/plain
          keepalive: true,
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
        },
        report: {
          id: expect.stringMatching(UUID_4) as string,
          url: 'https://example.com/a/b',
          referrer: 'https://other.example/x',
        },
      },
    ]);
    expect(requests[0]!.report, 'the server’s clock says when it was').not.toHaveProperty('timestamp');
    expect(beacons).toEqual([]);
  });

  const UTM = 'utm_source=a&utm_medium=b&utm_campaign=c%20d&utm_term=e&utm_content=f';
  const urls: [why: string, url: string, keep: string | undefined, sent: string][] = [
    ['a plain page', 'https://example.com/a/b', undefined, 'https://example.com/a/b'],
    ['a port', 'http://localhost:5173/', undefined, 'http://localhost:5173/'],
    ['no fragment', 'https://example.com/a#token=1', undefined, 'https://example.com/a'],
    ['no credentials', 'https://user:secret@example.com/a', undefined, 'https://example.com/a'],
    [
      'no parameter that is not kept',
      'https://example.com/a?token=1&q=x',
      undefined,
      'https://example.com/a',
    ],
    [
      'kept parameters',
      'https://example.com/a?q=x&token=1&page=2',
      'q page',
      'https://example.com/a?q=x&page=2',
    ],
    [
      'kept parameters, by commas',
      'https://example.com/?a=1&b=2&c=3',
      'a, b,c',
      'https://example.com/?a=1&b=2&c=3',
    ],
    ['a kept parameter, escaped', 'https://example.com/?q=a%26b+c', 'q', 'https://example.com/?q=a%26b+c'],
    ['a kept parameter, twice', 'https://example.com/?q=a&q=b', 'q', 'https://example.com/?q=a&q=b'],
    ['no parameter without a name', 'https://example.com/?=secret', ' q ,', 'https://example.com/'],
    [
      'no name that only looks like a kept one',
      'https://example.com/?Q=1&qq=2&__proto__=3',
      'q',
      'https://example.com/',
    ],
    [
      'a query without a name, where it is kept',
      'https://example.com/index.php?/archives/4015.html',
      '?',
      'https://example.com/index.php?/archives/4015.html',
    ],
    [
      'of such a query only what stands first, and the source',
      'https://example.com/index.php?/a,b.html&token=1&c&utm_source=x&d',
      '?',
      'https://example.com/index.php?/a,b.html&utm_source=x',
    ],
    [
      'such a query beside kept parameters',
      'https://example.com/wiki.cgi?Front?Page&token=1&q=x',
      'q, ?',
      'https://example.com/wiki.cgi?Front?Page&q=x',
    ],
    ['no such query unasked', 'https://example.com/?s3cret', 'q', 'https://example.com/'],
    ['no such query with a name', 'https://example.com/?token=1&x=2', '?', 'https://example.com/'],
    ['no such query behind a name', 'https://example.com/?token=1&/a', '?', 'https://example.com/'],
    ['no such query that is empty', 'https://example.com/?&token=1', '? q', 'https://example.com/'],
    ['a kept parameter without a value', 'https://example.com/?q&token=1', 'q', 'https://example.com/?q'],
    [
      'a kept parameter that stands first, as itself',
      'https://example.com/?q=1&/a',
      '? q',
      'https://example.com/?q=1',
    ],
    ['all UTM values', `https://example.com/?${UTM}`, undefined, `https://example.com/?${UTM}`],
    [
      'no other UTM',
      'https://example.com/?utm_id=7&utm_source=a',
      undefined,
      'https://example.com/?utm_source=a',
    ],
    [
      'an escape that is broken',
      'https://example.com/a%?utm_source=%',
      undefined,
      'https://example.com/a%?utm_source=%',
    ],
    [
      'an advertising URL',
      'https://example.com/sale?gclid=Cj0KCQ&gad_source=1&wbraid=Zz9&utm_source=google&email=me%40example.com#top',
      undefined,
      'https://example.com/sale?gclid&wbraid&utm_source=google',
    ],
    [
      'the name alone of a click id that is kept',
      'https://example.com/?gclid=Cj0',
      'gclid',
      'https://example.com/?gclid',
    ],
  ];
  test.for(urls)('%s', ([, url, keep, sent]) => {
    const { report } = load({ url, data: keep === undefined ? {} : { keep } });
    expect(report().url).toBe(sent);
  });

  test.for(CLICK_IDS)('of %s only the name', (name) => {
    const { requests, report } = load({
      url: `https://example.com/?${name}=s3cret&x=s3cret`,
      data: { keep: name },
    });
    expect(report().url).toBe(`https://example.com/?${name}`);
    expect(JSON.stringify(requests)).not.toContain('s3cret');
  });

  const referrers: [why: string, referrer: string, sent: string][] = [
    ['none', '', ''],
    ['a page', 'https://other.example/a/b', 'https://other.example/a/b'],
    ['without its query and fragment', 'https://other.example/a?q=secret#x', 'https://other.example/a'],
    ['without its fragment', 'https://other.example/a#x?y', 'https://other.example/a'],
  ];
  test.for(referrers)('referrer: %s', ([, referrer, sent]) => {
    const { report } = load({ referrer });
    expect(report().referrer).toBe(sent);
  });

  test('a URL that is too long is cut', () => {
    const long = `https://example.com/?q=${'x'.repeat(URL_CHARACTERS)}`;
    expect(load({ url: long, data: { keep: 'q' } }).report().url).toBe(long.slice(0, URL_CHARACTERS));
  });

  test('an id of its own for each', () => {
    const made = Array.from({ length: 200 }, () => load().report().id);
    for (const id of made) expect(id).toMatch(UUID_4);
    expect(new Set(made).size).toBe(200);
  });

  test('to where data-endpoint says the API is', () => {
    const to = (endpoint: string) => load({ data: { endpoint } }).requests[0]!.url;
    expect(to('https://count.example.org/t')).toBe(
      'https://count.example.org/t/visitors/track?return=minimal',
    );
    expect(to('/t')).toBe('https://stats.example.com/t/visitors/track?return=minimal');
  });
});

describe('when it is sent', () => {
  test.for(['file:///home/me/page.html', 'about:blank', 'about:srcdoc', 'blob:https://example.com/1'])(
    'nothing from %s',
    (url) => {
      expect(load({ url }).requests).toEqual([]);
    },
  );

  test('once, however often the script is on the page', () => {
    const { requests, run } = load();
    run();
    run();
    expect(requests).toHaveLength(1);
  });

  test('a prerendered page only once it is shown, as of then', async () => {
    const { requests, report, show } = load({ prerendering: true });
    await wait(5_000);
    expect(requests).toEqual([]);
    show();
    expect(report()).not.toHaveProperty('ageMs');
  });
});

describe('views of one document', () => {
  test.for<[how: string, to: string, views: number]>([
    ['another path', '/b', 2],
    ['a parameter that is kept', '/a?q=2', 2],
    ['a parameter that is not', '/a?token=2', 1],
    ['a place on the same page', '/a#top', 1],
    ['a path in the fragment', '/a#/b', 2],
    ['the same address', '/a', 1],
    ['the start of the same application', '/a#/', 1],
    ['the same page with a campaign', '/a?utm_source=news&gclid=1', 1],
  ])('a move to %s', async ([, to, views]) => {
    const { requests, move } = await loadWhole({ url: 'https://example.com/a', data: { keep: 'q' } });
    move(to);
    move(to);
    expect(requests).toHaveLength(views);
    expect(ids(requests)).toBe(views);
  });

  test('each comes from the one before', () => {
    const { requests, move } = load({ referrer: 'https://other.example/x' });
    move('/b?secret=1');
    expect(requests.map(({ report: { url, referrer } }) => [url, referrer])).toEqual([
      ['https://example.com/', 'https://other.example/x'],
      ['https://example.com/b', 'https://example.com/'],
    ]);
  });

  test('out of the back/forward cache it is another, at its first showing it is none', async () => {
    const { requests, fire } = await loadWhole();
    fire('pageshow', { persisted: false });
    expect(requests).toHaveLength(1);
    fire('pageshow', { persisted: true });
    expect(ids(requests)).toBe(2);
  });

  test('without the Navigation API the history’s functions say so', async () => {
    const { urls, move, replace, moveUnseen, fire } = await loadWhole({ globals: { navigation: undefined } });
    move('/b');
    replace('/c');
    await wait(500);
    moveUnseen('/b');
    fire('popstate');
    replace('/b?open=true');
    await wait(500);
    expect(urls()).toEqual(['/', '/b', '/c', '/b'].map((path) => `https://example.com${path}`));
  });
});

describe('how long a view is visible', () => {
  test('is reported when the page is hidden: the total so far, and how far down', async () => {
    const { requests, beacons, look, scroll, fire } = await loadWhole();
    const { id } = requests[0]!.report;
    await wait(3_999);
    scroll(1_000);
    scroll(0);
    look(true);
    fire('pagehide');
    await wait(60_000);
    look(false);
    await wait(2_000);
    scroll(3_000);
    look(true);
    const event = { type: 'page_hide', id };
    expect(beacons.map(({ events }) => events)).toEqual([
      [expect.objectContaining({ ...event, engagedMs: 4_000, scrollPercent: 50 })],
      [expect.objectContaining({ ...event, engagedMs: 6_000, scrollPercent: 100 })],
    ]);
    expect(beacons[0]!.url).toBe('https://stats.example.com/api/track');
    expect(batchSchema.safeParse({ events: beacons[0]!.events }).success).toBe(true);
    expect(eventSchema.safeParse(beacons[0]!.events[0]).success, 'the server takes it').toBe(true);
    expect(requests).toHaveLength(1);
  });

  test('each view has its own', async () => {
    const { requests, beacons, look, move } = await loadWhole();
    await wait(999);
    move('/b');
    await wait(5_000);
    look(true);
    const [first, second] = requests.map(({ report }) => report.id);
    expect(beacons[0]!.events).toEqual([
      expect.objectContaining({ id: first, engagedMs: 1_000 }),
      expect.objectContaining({ id: second, engagedMs: 5_000 }),
    ]);
  });

  test('in a hidden tab it is zero, until the tab is shown', async () => {
    const { beacons, look } = await loadWhole({ hidden: true });
    await wait(60_000);
    look(true);
    expect(beacons).toEqual([]);
    look(false);
    await wait(1_000);
    look(true);
    expect(beacons[0]!.events).toEqual([expect.objectContaining({ engagedMs: 1_000 })]);
  });
});

describe('when it fails', () => {
  test.for<[string, Answer]>([
    ['network error', new TypeError('Failed to fetch')],
    ['408', 408],
    ['429', 429],
    ['500', 500],
    ['503', 503],
  ])('%s: the same event again until it is accepted', async ([, failure]) => {
    const { requests } = await loadWhole({ answers: [failure, failure, 204] });
    await wait(60_000);
    expect(requests).toHaveLength(3);
    expect(requests[2]!.events.map(ageless)).toEqual([requests[0]!.report]);
    expect(requests[2]).toMatchObject({
      url: 'https://stats.example.com/api/track',
      init: { keepalive: true, credentials: 'omit', referrerPolicy: 'no-referrer' },
    });
  });

  test.for([200, 202, 204, 400, 403, 413])('%i: never again', async (status) => {
    const { requests, beacons, fire } = await loadWhole({ answers: [status], hidden: true });
    await wait(3_600_000);
    fire('online');
    fire('pagehide');
    expect(requests).toHaveLength(1);
    expect(beacons).toEqual([]);
  });

  test('waits twice as long each time, at most a minute', async () => {
    const { requests } = await loadWhole({ answers: [503] });
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      const sent = requests.length;
      await wait(0);
      const since = Date.now();
      while (requests.length === sent) await wait(50);
      const waited = (Date.now() - since) / 1000;
      expect(waited).toBeGreaterThanOrEqual(seconds / 2 - 0.05);
      expect(waited).toBeLessThanOrEqual(seconds + 0.05);
    }
    expect(ids(requests)).toBe(1);
  });

  test.for<[retryAfter: string, first: number, last: number]>([
    ['30', 31_000, 32_000],
    ['999999999999', 3_601_000, 3_602_000],
    ['-5', 1_000, 2_000],
    ['Mon, 01 Jun 2026 13:00:00 GMT', 1_000, 2_000],
  ])('Retry-After: %s', async ([retryAfter, first, last]) => {
    const { requests } = await loadWhole({ answers: [503, { status: 503, retryAfter }, 204] });
    while (requests.length < 2) await wait(10);
    await wait(first - 20);
    expect(requests).toHaveLength(2);
    await wait(last - first + 22);
    expect(requests).toHaveLength(3);
  });

  test('at once when the browser is online again, and never twice at a time', async () => {
    const { requests, fire } = await loadWhole({ answers: [new TypeError('offline'), 204] });
    expect(requests).toHaveLength(1);
    fire('online');
    fire('online');
    expect(requests).toHaveLength(2);
    await wait(3_600_000);
    expect(requests).toHaveLength(2);
    expect(ids(requests)).toBe(1);
  });

  test('many are sent ten at a time, or data-batch-size at a time', async () => {
    for (const [data, sizes] of [
      [{}, [10, 10, 1]],
      [{ batchSize: '20' }, [20, 1]],
      [{ batchSize: '9999' }, [21]],
    ] as const) {
      const answers: Answer[] = [...Array<number>(21).fill(503), 204];
      const { requests, move } = await loadWhole({ data, answers, hidden: true });
      for (let view = 1; view <= 20; view += 1) move(`/${view}`);
      await wait(60_000);
      expect(requests.slice(21).map(({ events }) => events.length)).toEqual(sizes);
      expect(requests.slice(21).flatMap(({ events }) => events.map(ageless))).toEqual(
        requests.slice(0, 21).map(({ report }) => report),
      );
    }
  });

  test('data-max-retries: that number of tries, then a later page continues', async () => {
    const storage = {};
    const { requests } = await loadWhole({ storage, answers: [503], data: { maxRetries: '2' } });
    await wait(3_600_000);
    expect(requests).toHaveLength(3);
    const later = await loadWhole({ storage });
    await wait(2_000);
    expect(later.requests.at(-1)!.events.map(ageless)).toContainEqual(requests[0]!.report);
  });

  test('a last try by beacon when the page goes', async () => {
    const { requests, beacons, fire } = await loadWhole({ answers: [503], hidden: true });
    fire('pagehide');
    expect(beacons.map(({ url, events }) => [url, ...events.map(ageless)])).toEqual([
      ['https://stats.example.com/api/track', requests[0]!.report],
    ]);
  });

  test('the beacon takes no more than one batch may have, the latest', async () => {
    const { requests, beacons, fire, move } = await loadWhole({ answers: [503], hidden: true });
    for (let view = 1; view <= 60; view += 1) move(`/${view}`);
    await wait(1);
    fire('pagehide');
    expect(beacons[0]!.events.map(ageless)).toEqual(requests.slice(-50).map(({ report }) => report));
  });

  test('a reload sends what is left, under the same ids, and once it is taken nothing is', async () => {
    const storage = {};
    const offline = await loadWhole({ storage, answers: [new TypeError('offline')] });
    offline.move('/b');
    await wait(1);
    expect(Object.keys(storage)).toHaveLength(2);
    vi.clearAllTimers(); // the page is gone
    const again = await loadWhole({ storage });
    await wait(2_000);
    expect(again.requests.flatMap(({ events }) => events.map(({ id }) => id))).toEqual(
      expect.arrayContaining(offline.requests.map(({ report }) => report.id)),
    );
    expect(storage).toEqual({});
  });

  test('invalid entries under our names are removed, and other entries are left alone', async () => {
    const storage: Record<string, string> = {
      'footfall.undelivered 1': '{',
      'footfall.undelivered 2': 'null',
      'footfall.undelivered 3': '{"id":7}',
      theirs: 'x',
    };
    const { requests } = await loadWhole({ storage });
    await wait(60_000);
    expect(requests).toHaveLength(1);
    expect(storage).toEqual({ theirs: 'x' });
  });
});

describe('visitors who are not counted', () => {
  test.for<[string, Page]>([
    ['GPC', { globals: { navigator: { globalPrivacyControl: true } } }],
    ['DNT', { globals: { navigator: { doNotTrack: '1' } } }],
    ['data-tracking-enabled="false"', { data: { trackingEnabled: 'false' } }],
    ['one’s own browser', { storage: { 'footfall.ignore': 'true' } }],
  ])('%s: nothing is sent, loaded or stored', async ([, page]) => {
    const { requests, scripts } = await loadWhole(page);
    await wait(60_000);
    expect(requests).toEqual([]);
    expect(scripts).toEqual([]);
  });

  test('data-respect-dnt="false" leaves that to the server', () => {
    const navigator = { globalPrivacyControl: true, doNotTrack: '1' };
    load({ data: { respectDnt: 'false' }, globals: { navigator } }).report();
  });
});

describe('consent', () => {
  const asking = { data: { requireConsent: 'true' } };

  test('without it nothing is sent or stored; with it the view at hand is, and each that follows', async () => {
    const storage = {};
    const { requests, footfall, move } = await loadWhole({ ...asking, storage });
    move('/b');
    await wait(60_000);
    expect(requests).toEqual([]);
    expect(storage).toEqual({});
    footfall().consent(true);
    footfall().consent(true);
    move('/c');
    expect(requests.map(({ report }) => [report.url, report.consent])).toEqual([
      ['https://example.com/b', true],
      ['https://example.com/c', true],
    ]);
  });

  test('given before all of the tracker is there', async () => {
    const { requests, footfall } = load({ ...asking, isWhole: false });
    footfall().consent(true);
    expect(requests).toEqual([]);
    const whole = load({ ...asking, isWhole: true, storage: {} });
    whole.footfall().consent(true);
    await wait(1);
    expect(whole.requests).toHaveLength(1);
  });

  test('is remembered by the next page; withdrawn, it is deleted with all that was stored', async () => {
    const others = { basket: '3', 'footfall-of-others': 'x' };
    const storage: Record<string, string> = { ...others };
    const data = { ...asking.data, identity: 'device' };
    (await loadWhole({ data, storage })).footfall().consent(true);
    const ours = Object.keys(storage).filter((name) => !(name in others));
    expect(ours.sort()).toEqual(['footfall.consent', 'footfall.device']);
    // What the widget stores.
    Object.assign(storage, { 'footfall.closed': 'true', 'footfall.live https://stats.example.com': '{}' });
    const { requests, footfall, move } = await loadWhole({ data, storage });
    expect(requests).toHaveLength(1);
    footfall().consent(false);
    expect(storage).toEqual(others);
    move('/b');
    expect(requests).toHaveLength(1);
    expect((await loadWhole({ data, storage })).requests).toEqual([]);
  });

  test('data-consent="true" is consent', async () => {
    expect(load({ data: { consent: 'true' } }).report().consent).toBe(true);
    const { requests } = await loadWhole({ data: { ...asking.data, consent: 'true' } });
    expect(requests).toHaveLength(1);
  });
});

describe('the identity of a device', () => {
  const data = { identity: 'device' };
  const nameIn = async (storage?: Record<string, string>) => {
    const { requests } = await loadWhole({ data, ...(storage === undefined ? { storage } : { storage }) });
    return requests[0]!.report.visitorId;
  };

  test('is the same on each page for a year, then another', async () => {
    const storage = {};
    const name = await nameIn(storage);
    expect(name).toMatch(/^[0-9a-z]{16,64}$/);
    vi.setSystemTime(NOW + 364 * 24 * 3_600_000);
    expect(await nameIn(storage)).toBe(name);
    vi.setSystemTime(NOW + 366 * 24 * 3_600_000);
    expect(await nameIn(storage)).not.toBe(name);
    expect(await nameIn({})).not.toBe(name);
  });

  test('without storage there is none, and the view is counted', async () => {
    const localStorage = {
      getItem: () => null,
      setItem: () => {
        throw new Error('full');
      },
    };
    const { requests } = await loadWhole({ data, globals: { localStorage } });
    expect(requests).toHaveLength(1);
    expect(requests[0]!.report).not.toHaveProperty('visitorId');
  });
});

describe('hostile pages', () => {
  const broken = () => {
    throw new Error('broken by the page');
  };
  test.for<[string, unknown]>([
    ['missing', undefined],
    ['throwing', broken],
    ['answering nothing', () => undefined],
  ])('fetch %s: a beacon', async ([, fetch]) => {
    const storage = {};
    const { beacons, fire } = await loadWhole({ storage, globals: { fetch }, hidden: true });
    await wait(3_600_000);
    fire('online');
    fire('pagehide');
    expect(beacons.length).toBeGreaterThan(0);
    expect(beacons[0]!.events).toEqual([expect.objectContaining({ url: 'https://example.com/' })]);
    expect(ids(beacons.map(({ events }) => ({ report: events[0]! })))).toBe(1);
  });

  test.for<[string, Page]>([
    ['no fetch and no beacon', { globals: { fetch: undefined, navigator: {} } }],
    ['a broken beacon', { globals: { fetch: undefined, navigator: { sendBeacon: broken } } }],
    ['failing, and no beacon', { answers: [503], globals: { navigator: {} } }],
    ['an answer that is none', { globals: { fetch: () => Promise.resolve(null) } }],
    ['no blobs', { globals: { Blob: undefined } }],
    ['no blobs, and loaded ahead of time', { prerendering: true, globals: { Blob: undefined } }],
    ['no Navigation API and no history', { globals: { navigation: undefined } }],
    ['no currentScript', { globals: { document: {} } }],
    ['no address of its own', { src: '' }],
    ['an endpoint that is none', { data: { endpoint: 'http://' } }],
    ['no document', { globals: { document: undefined } }],
    [
      'storage that throws',
      { globals: { localStorage: new Proxy({}, { get: broken, set: broken, ownKeys: broken }) } },
    ],
  ])('%s: no error reaches the page', async ([, page]) => {
    const rejected = vi.fn();
    process.on('unhandledRejection', rejected);
    const { fire, show, look, move } = await loadWhole(page);
    show();
    await wait(120_000);
    move('/b');
    look(true);
    look(false);
    fire('online');
    fire('pagehide');
    await wait(120_000);
    process.off('unhandledRejection', rejected);
    expect(rejected).not.toHaveBeenCalled();
  });

  test('blocked storage: counted', async () => {
    const globals = { localStorage: new Proxy({}, { get: broken, set: broken, ownKeys: broken }) };
    expect((await loadWhole({ globals })).requests).toHaveLength(1);
    const undelivered = await loadWhole({ globals, answers: [503, 204] });
    await wait(2_000);
    expect(ids(undelivered.requests)).toBe(1);
    expect(undelivered.requests).toHaveLength(2);
  });

  test('leaves two names behind, and nothing in storage', async () => {
    const storage = {};
    const { leftBehind, look, requests } = await loadWhole({ storage });
    look(true);
    expect(requests).toHaveLength(1);
    expect(leftBehind()).toEqual(['footfall', 'footfallMore']);
    expect(storage).toEqual({});
    expect(source).not.toMatch(/cookie|sessionStorage|indexedDB|unload|eval|Function/);
  });

  test('the rest is loaded from where the tracker is', async () => {
    const { scripts } = await loadWhole();
    expect(scripts).toEqual(['https://stats.example.com/footfall-more.js']);
  });
});

describe('its size', () => {
  test('at most 1,024 bytes after brotli, and a build above its budget fails', () => {
    expect(TRACKER.budget).toBe(1024);
    const bytes = weigh(source, TRACKER);
    expect(() => weigh(source, { ...TRACKER, budget: bytes - 1 })).toThrow(
      `footfall.js is ${bytes} bytes after brotli`,
    );
  });

  test('one classic script in the syntax of 2019, without comments', () => {
    expect(source).toMatch(/^\(function\(\)\{.*\}\)\(\);\s*$/s);
    expect(source.replace('https://', '')).not.toMatch(/\?\.|\?\?|\|\|=|&&=|\/\*|\/\//);
  });
});
