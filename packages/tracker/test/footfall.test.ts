/** The bundle, as it is served, on pages that are not real: each promise of the tracker has a case here. */
import { webcrypto } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLICK_IDS, hitSchema, URL_CHARACTERS } from '../../core/src/index.ts';
import { bundle, TRACKER, weigh } from '../build.ts';

const ENDPOINT = 'https://stats.example.com/api/visitors/track?return=minimal';
const NOW = Date.UTC(2026, 5, 1, 12);
const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let tracker: Script;
let source: string;

beforeAll(async () => {
  source = await bundle(TRACKER);
  tracker = new Script(source, { filename: 'footfall.js' });
});
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the server says to one request: a status, a whole answer, or an error that the request ends with. */
type Answer = number | { status: number; retryAfter: string } | Error;

interface Page {
  url?: string;
  referrer?: string;
  /** The attributes of the script element. */
  data?: Record<string, string>;
  src?: string;
  /** In order; the last one stands for all that follow. */
  answers?: Answer[];
  prerendering?: boolean;
  /** What is different about this browser, by global name. */
  globals?: Record<string, unknown>;
}

interface Report {
  id: string;
  url: string;
  referrer: string;
  timestamp: number;
}

/** Puts the tracker on a page. */
function load(page: Page = {}) {
  const { url = 'https://example.com/', referrer = '', data = {}, answers = [204] } = page;
  const requests: { url: string; init: RequestInit; report: Report }[] = [];
  const beacons: { url: string; report: Report }[] = [];
  const events = new EventTarget();
  const documentEvents = new EventTarget();
  const document = {
    currentScript: { src: page.src ?? 'https://stats.example.com/footfall.js', dataset: data },
    referrer,
    prerendering: page.prerendering ?? false,
    addEventListener: documentEvents.addEventListener.bind(documentEvents),
  };
  const window: Record<string, unknown> = {
    document,
    location: new URL(url),
    navigator: {
      sendBeacon(to: string, body: string) {
        beacons.push({ url: to, report: JSON.parse(body) as Report });
        return true;
      },
    },
    async fetch(to: string, init: RequestInit) {
      requests.push({ url: to, init, report: JSON.parse(String(init.body)) as Report });
      const answer = (answers.length > 1 ? answers.shift() : answers[0])!;
      if (answer instanceof Error) throw answer;
      if (typeof answer === 'number') return new Response(null, { status: answer });
      return new Response(null, { status: answer.status, headers: { 'Retry-After': answer.retryAfter } });
    },
    addEventListener: events.addEventListener.bind(events),
    crypto: webcrypto,
    URL,
    URLSearchParams,
    Date,
    setTimeout,
    clearTimeout,
    ...page.globals,
  };
  window.window = window;
  const before = Object.keys(window);
  const context = createContext(window);
  const run = () => tracker.runInContext(context) as unknown;
  run();
  return {
    requests,
    beacons,
    run,
    /** The only report there is. */
    report: () => {
      expect(requests).toHaveLength(1);
      expect(hitSchema.safeParse(requests[0]!.report).success, 'the server takes it').toBe(true);
      return requests[0]!.report;
    },
    fire: (type: string) => events.dispatchEvent(new Event(type)),
    show() {
      document.prerendering = false;
      documentEvents.dispatchEvent(new Event('prerenderingchange'));
    },
    leftBehind: () => Object.keys(window).filter((name) => !before.includes(name)),
  };
}

const ids = (sent: readonly { report: Report }[]) => new Set(sent.map(({ report }) => report.id)).size;
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('what is sent', () => {
  test('one request that needs no preflight, with an id, the page, the referrer and the time', async () => {
    const { requests, beacons } = load({
      url: 'https://example.com/a/b',
      referrer: 'https://other.example/x',
    });
    await wait(3_600_000);
    expect(requests).toEqual([
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
          timestamp: NOW,
        },
      },
    ]);
    expect(beacons).toEqual([]);
  });

  const UTM = 'utm_source=a&utm_medium=b&utm_campaign=c%20d&utm_term=e&utm_content=f';
  const urls: [why: string, url: string, keep: string | undefined, sent: string][] = [
    ['a plain page', 'https://example.com/a/b', undefined, 'https://example.com/a/b'],
    ['a port', 'http://localhost:5173/', undefined, 'http://localhost:5173/'],
    ['no fragment', 'https://example.com/a#token=1', undefined, 'https://example.com/a'],
    ['no credentials', 'https://user:secret@example.com/a', undefined, 'https://example.com/a'],
    [
      'no parameter that was not asked for',
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
    ['a kept parameter, escaped', 'https://example.com/?q=a%26b+c', 'q', 'https://example.com/?q=a%26b%20c'],
    ['a kept parameter, twice', 'https://example.com/?q=a&q=b', 'q', 'https://example.com/?q=a&q=b'],
    ['no parameter without a name', 'https://example.com/?=secret', ' q ,', 'https://example.com/'],
    [
      'no name that only looks like a kept one',
      'https://example.com/?Q=1&qq=2&__proto__=3',
      'q',
      'https://example.com/',
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
      'https://example.com/a%?utm_source=%25',
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
    [
      'at most 1 KB',
      `https://other.example/${'a'.repeat(5000)}?q`,
      `https://other.example/${'a'.repeat(1002)}`,
    ],
  ];
  test.for(referrers)('referrer: %s', ([, referrer, sent]) => {
    const { report } = load({ referrer });
    expect(report().referrer).toBe(sent);
    expect(sent.length).toBeLessThanOrEqual(1024);
  });

  test('a URL that is too long loses what does not fit, then is cut', () => {
    const tooMuch = 'x'.repeat(URL_CHARACTERS - 6);
    expect(
      load({ url: `https://example.com/?q=${tooMuch}&utm_source=a`, data: { keep: 'q' } }).report().url,
    ).toBe('https://example.com/?utm_source=a');
    const cut = load({ url: `https://example.com/${tooMuch}?utm_source=a` }).report().url;
    expect(cut).toBe(`https://example.com/${tooMuch}`.slice(0, URL_CHARACTERS));
  });

  test('an id without randomUUID, as on pages without https', () => {
    const crypto = { getRandomValues: webcrypto.getRandomValues.bind(webcrypto) };
    const made = Array.from({ length: 200 }, () => load({ globals: { crypto } }).report().id);
    for (const id of made) expect(id).toMatch(UUID_4);
    expect(new Set(made).size).toBe(200);
  });

  test('to where data-endpoint says', () => {
    const to = (endpoint: string) => load({ data: { endpoint } }).requests[0]!.url;
    expect(to('https://count.example.org/t')).toBe('https://count.example.org/t?return=minimal');
    expect(to('/t')).toBe('https://stats.example.com/t?return=minimal');
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

  test('a page loaded ahead of time only once it is shown, with that time', async () => {
    const { requests, report, show } = load({ prerendering: true });
    await wait(5_000);
    expect(requests).toEqual([]);
    show();
    expect(report().timestamp).toBe(NOW + 5_000);
    show();
    expect(requests).toHaveLength(1);
  });
});

describe('when it fails', () => {
  test.for<[string, Answer]>([
    ['network error', new TypeError('Failed to fetch')],
    ['408', 408],
    ['429', 429],
    ['500', 500],
    ['503', 503],
  ])('%s: the same report again until it is taken', async ([, failure]) => {
    const { requests } = load({ answers: [failure, failure, 204] });
    await wait(60_000);
    expect(requests).toHaveLength(3);
    expect(requests[2]).toEqual(requests[0]);
  });

  test.for([200, 202, 204, 400, 403, 404, 413, 415])('%i: never again', async (status) => {
    const { requests, beacons, fire } = load({ answers: [status] });
    await wait(3_600_000);
    fire('online');
    fire('pagehide');
    expect(requests).toHaveLength(1);
    expect(beacons).toEqual([]);
  });

  test('waits twice as long each time, at most a minute', async () => {
    const { requests } = load({ answers: [503] });
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      const sent = requests.length;
      await wait(0);
      const since = Date.now();
      while (requests.length === sent) await wait(50);
      const waited = (Date.now() - since) / 1000;
      expect(waited).toBeGreaterThanOrEqual(seconds / 2);
      expect(waited).toBeLessThanOrEqual(seconds + 0.05);
    }
    expect(ids(requests)).toBe(1);
  });

  test.for<[retryAfter: string, first: number, last: number]>([
    ['30', 30_500, 31_000],
    ['999999999999', 3_600_500, 3_601_000],
    ['-5', 500, 1_000],
    ['Mon, 01 Jun 2026 13:00:00 GMT', 500, 1_000],
  ])('Retry-After: %s', async ([retryAfter, first, last]) => {
    const { requests } = load({ answers: [{ status: 503, retryAfter }, 204] });
    await wait(first - 1);
    expect(requests).toHaveLength(1);
    await wait(last - first + 2);
    expect(requests).toHaveLength(2);
  });

  test('at once when the browser is online again, and never twice at a time', async () => {
    const { requests, fire } = load({ answers: [new TypeError('offline'), 204] });
    fire('online'); // while the first one is under way
    expect(requests).toHaveLength(1);
    await wait(0);
    fire('online');
    expect(requests).toHaveLength(2);
    await wait(3_600_000);
    expect(requests).toHaveLength(2);
    expect(ids(requests)).toBe(1);
  });

  test('online again: no second request beside one that is under way, and waits begin anew', async () => {
    let fail: (error: Error) => void = () => undefined;
    const fetch = vi.fn(() => new Promise((_, reject) => (fail = reject)));
    const { fire } = load({ globals: { fetch } });
    for (const sent of [1, 2, 3, 4]) {
      expect(fetch).toHaveBeenCalledTimes(sent);
      fail(new TypeError('offline'));
      await wait(60_000);
    }
    fire('online');
    expect(fetch).toHaveBeenCalledTimes(5);
    fail(new TypeError('offline'));
    await wait(0);
    fire('online');
    expect(fetch).toHaveBeenCalledTimes(6);
    fail(new TypeError('offline'));
    await wait(1_000);
    expect(fetch).toHaveBeenCalledTimes(7);
  });

  test('a last try by beacon when the page goes', async () => {
    const { requests, beacons, fire } = load({ answers: [503] });
    await wait(0);
    fire('pagehide');
    expect(beacons).toEqual([{ url: ENDPOINT, report: requests[0]!.report }]);
  });
});

describe('pages that are not friendly', () => {
  const broken = () => {
    throw new Error('broken by the page');
  };
  test.for<[string, unknown]>([
    ['missing', undefined],
    ['throwing', broken],
    ['answering nothing', () => undefined],
  ])('fetch %s: one beacon', async ([, fetch]) => {
    const { beacons, fire } = load({ globals: { fetch } });
    await wait(3_600_000);
    fire('online');
    fire('pagehide');
    expect(beacons).toEqual([
      { url: ENDPOINT, report: expect.objectContaining({ timestamp: NOW }) as Report },
    ]);
  });

  test.for<[string, Page]>([
    ['no fetch and no beacon', { globals: { fetch: undefined, navigator: {} } }],
    ['a broken beacon', { globals: { fetch: undefined, navigator: { sendBeacon: broken } } }],
    ['failing, and no beacon', { answers: [503], globals: { navigator: {} } }],
    ['an answer that is none', { globals: { fetch: () => Promise.resolve(null) } }],
    ['no crypto', { globals: { crypto: undefined } }],
    ['no crypto, and loaded ahead of time', { prerendering: true, globals: { crypto: undefined } }],
    ['no URLSearchParams', { globals: { URLSearchParams: undefined } }],
    ['no currentScript', { globals: { document: {} } }],
    ['no address of its own', { src: '' }],
    ['an endpoint that is none', { data: { endpoint: 'http://' } }],
    ['no document', { globals: { document: undefined } }],
  ])('%s: no error reaches the page', async ([, page]) => {
    const rejected = vi.fn();
    process.on('unhandledRejection', rejected);
    const { fire, show } = load(page);
    show();
    await wait(120_000);
    fire('online');
    fire('pagehide');
    await wait(120_000);
    process.off('unhandledRejection', rejected);
    expect(rejected).not.toHaveBeenCalled();
  });

  test('leaves one name behind, and no cookie or storage', () => {
    const touched: string[] = [];
    const seen = (name: string) =>
      new Proxy({}, { get: () => touched.push(name), set: () => !!touched.push(name) });
    const page = load({
      globals: { localStorage: seen('localStorage'), sessionStorage: seen('sessionStorage') },
    });
    page.report();
    expect(page.leftBehind()).toEqual(['__footfall']);
    expect(touched).toEqual([]);
    expect(source).not.toMatch(/cookie|Storage|indexedDB|unload|eval|Function/);
  });
});

describe('what it weighs', () => {
  test('at most 1,024 bytes after brotli, and a build above its budget fails', () => {
    expect(TRACKER.budget).toBe(1024);
    const bytes = weigh(source, TRACKER);
    expect(() => weigh(source, { ...TRACKER, budget: bytes - 1 })).toThrow(
      `footfall.js is ${bytes} bytes after brotli`,
    );
  });

  test('one classic script in the syntax of 2019, without comments', () => {
    expect(source).toMatch(/^\(function\(\)\{.*\}\)\(\);\s*$/s);
    expect(source).not.toMatch(/\?\.|\?\?|\|\|=|&&=|\/\*|\/\//);
  });
});
