/** The tracker on real-world pages: it does them no harm, and counts correctly. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLICK_IDS, eventSchema, hitSchema } from '../../core/src/index.ts';
import { ageless, load, loadWhole, NOW, storageOf, wait, type Answer, type Page } from './page.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const HOUR = 3_600_000;
const BLOCKED = new TypeError('Failed to fetch');
const at = (...paths: string[]) => paths.map((path) => `https://example.com${path}`);

/** Entries of ours in a storage, and their characters. */
function ours(storage: Record<string, string>) {
  const entries = Object.entries(storage).filter(([name]) => name.startsWith('footfall.'));
  return { entries: entries.length, characters: entries.flat().join('').length };
}

/** A storage that counts what is done to it. */
function counted(stored: Record<string, string>) {
  const calls = { getItem: 0, setItem: 0, removeItem: 0 };
  const plain = storageOf(stored) as Record<keyof typeof calls, (...words: string[]) => unknown>;
  const localStorage = new Proxy(plain, {
    ownKeys: () => Object.keys(stored),
    getOwnPropertyDescriptor: (_, name) =>
      name in stored ? { value: stored[name as string], enumerable: true, configurable: true } : undefined,
    get: (_, name) =>
      Object.hasOwn(calls, name)
        ? (...words: string[]) => {
            calls[name as keyof typeof calls] += 1;
            return plain[name as keyof typeof calls](...words);
          }
        : stored[name as string],
  });
  return { calls, globals: { localStorage } };
}

describe('what is stored in a visitor’s browser', () => {
  test('regression: of a page that moves 301 times without getting through, at most 100 entries and 50 KB', async () => {
    const storage: Record<string, string> = { theirs: 'x' };
    const { requests, move } = await loadWhole({ storage, answers: [BLOCKED] });
    for (let view = 1; view <= 301; view += 1) {
      move(`/${view}`);
      await wait(100);
    }
    const { entries, characters } = ours(storage);
    expect(entries).toBeGreaterThan(50);
    expect(entries).toBeLessThanOrEqual(100);
    expect(characters).toBeLessThanOrEqual(50 * 1024);
    expect(storage.theirs).toBe('x');
    expect(Object.keys(storage).join(), 'the latest').toContain(requests.at(-1)!.report.id);
  });

  test('at most 50 KB, however long the addresses', async () => {
    const storage = {};
    const { move } = await loadWhole({ storage, answers: [BLOCKED], data: { keep: 'q' } });
    for (let view = 1; view <= 50; view += 1) move(`/${view}?q=${'x'.repeat(4_000)}`);
    await wait(1_000);
    expect(ours(storage).entries).toBeGreaterThan(5);
    expect(ours(storage).characters).toBeLessThanOrEqual(50 * 1024);
  });

  test('at most that, however many tabs there are', async () => {
    const storage = {};
    for (let tab = 0; tab < 4; tab += 1) {
      const { move } = await loadWhole({ storage, answers: [BLOCKED] });
      for (let view = 1; view <= 60; view += 1) {
        move(`/${tab}/${view}`);
        await wait(10);
      }
    }
    expect(ours(storage).entries).toBeLessThanOrEqual(100);
  });

  test('no engagement with a view that was never delivered', async () => {
    const storage: Record<string, string> = {};
    const navigator = { onLine: true, sendBeacon: () => false };
    const { move, look } = await loadWhole({ storage, answers: [BLOCKED], globals: { navigator } });
    for (let view = 1; view <= 10; view += 1) {
      move(`/${view}`);
      await wait(1_000);
    }
    look(true);
    expect(ours(storage).entries).toBe(11);
    expect(JSON.stringify(storage)).not.toContain('page_hide');
  });

  test('nothing that is older than a day: the server would count it as now', async () => {
    const storage = {};
    const { requests } = await loadWhole({ storage, answers: [BLOCKED] });
    await wait(60_000);
    vi.clearAllTimers(); // the page is gone
    vi.setSystemTime(NOW + 23 * HOUR);
    const soon = await loadWhole({ storage: { ...storage } });
    await wait(2_000);
    expect(soon.requests.flatMap(({ events }) => events.map(({ id }) => id))).toContain(
      requests[0]!.report.id,
    );
    vi.setSystemTime(NOW + 25 * HOUR);
    const late = await loadWhole({ storage });
    await wait(60_000);
    expect(late.requests.map(({ report }) => report.id)).not.toContain(requests[0]!.report.id);
    expect(storage).toEqual({});
  });

  test('nor is such an event sent by the page itself', async () => {
    const { requests, fire } = await loadWhole({ answers: [BLOCKED], hidden: true });
    await wait(25 * HOUR);
    const tried = requests.length;
    fire('online');
    await wait(HOUR);
    expect(requests).toHaveLength(tried);
  });

  test('it is read once, and only what is new is written', async () => {
    const storage: Record<string, string> = {};
    const { calls, globals } = counted(storage);
    const { move } = await loadWhole({ globals, answers: [BLOCKED] });
    for (let view = 1; view <= 80; view += 1) move(`/${view}`);
    await wait(HOUR);
    expect(ours(storage).entries).toBe(81);
    expect(calls.setItem).toBe(81);

    const next = counted(storage);
    await loadWhole({ globals: next.globals, answers: [BLOCKED] });
    expect(next.calls.getItem).toBe(82); // and whether there is consent
    expect(next.calls.setItem).toBeLessThanOrEqual(1);
    expect(next.calls.removeItem).toBeLessThanOrEqual(1);
  });

  test('thousands that an earlier version left are not read, and removed some at a time', async () => {
    const left = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, entry) => [`footfall.undelivered ${entry}`, `{"id":"${entry}"}`]),
    );
    const { calls, globals } = counted(left);
    const { requests } = await loadWhole({ globals });
    expect(calls.getItem).toBeLessThanOrEqual(100);
    expect(calls.removeItem).toBeLessThanOrEqual(500);
    for (let page = 0; page < 5; page += 1) await loadWhole({ globals });
    await wait(60_000);
    expect(requests).toHaveLength(1);
    expect(left).toEqual({});
  });

  test('an application that moves a thousand times reports engagement in batches', async () => {
    const storage = {};
    const { requests, beacons, move, fire } = await loadWhole({ storage });
    for (let view = 1; view <= 1_000; view += 1) {
      move(`/${view}`);
      await wait(10);
    }
    fire('pagehide');
    const engagements = [...requests, ...beacons]
      .flatMap(({ events }) => events)
      .filter(({ type }) => type === 'page_hide');
    expect(new Set(engagements.map(({ id }) => id)).size).toBe(1_001);
    expect(requests.length).toBeLessThan(1_200);
    expect(beacons.flatMap(({ events }) => events).length).toBeLessThanOrEqual(10);
    expect(storage).toEqual({});
  });
});

describe('retries', () => {
  test('regression: of a page that never got through end after five, until it is online or another page', async () => {
    const storage = {};
    const { requests, fire } = await loadWhole({ storage, answers: [BLOCKED] });
    await wait(20 * HOUR);
    expect(requests).toHaveLength(6);
    fire('online');
    await wait(HOUR);
    expect(requests).toHaveLength(12);
    expect((await loadWhole({ storage, answers: [BLOCKED] })).requests.length).toBeGreaterThan(0);
  });

  test('of a page that was through go on until the server is there again', async () => {
    const answers: Answer[] = [204, ...Array<Answer>(40).fill(BLOCKED), 204];
    const { requests, move } = await loadWhole({ answers, hidden: true });
    move('/b');
    await wait(2 * HOUR);
    expect(requests).toHaveLength(42);
    expect(requests.at(-1)!.report.url).toBe('https://example.com/b');
  });

  test('a view that gets through after all takes the others along', async () => {
    const answers: Answer[] = [...Array<Answer>(6).fill(BLOCKED), 204];
    const { requests, urls, move } = await loadWhole({ answers, hidden: true });
    await wait(HOUR);
    expect(requests).toHaveLength(6);
    move('/b');
    await wait(1);
    expect(urls().slice(6)).toEqual(at('/b', '/'));
  });

  test('a request that is refused goes by beacon at once: other scripts add headers to it', async () => {
    for (const isWhole of [false, true]) {
      const { requests, beacons } = await loadWhole({ isWhole, answers: [BLOCKED] });
      expect(beacons.map(({ events }) => events)).toEqual([[requests[0]!.report]]);
      expect(beacons[0]!.url).toBe('https://stats.example.com/api/visitors/track?return=minimal');
    }
  });
});

describe('a device whose clock is wrong', () => {
  test('an event has an age, and never a time', async () => {
    const { requests, beacons, look } = await loadWhole({ answers: [BLOCKED, BLOCKED, 204] });
    await wait(20_000);
    look(true);
    expect(requests[0]!.report).not.toHaveProperty('ageMs');
    const [, second, third] = requests.map(({ events }) => events[0]!);
    expect(second!.ageMs).toBeGreaterThanOrEqual(500);
    expect(third!.ageMs).toBeGreaterThan(second!.ageMs!);
    const sent = [...requests.flatMap(({ events }) => events), ...beacons.flatMap(({ events }) => events)];
    expect(sent.length).toBeGreaterThan(3);
    for (const event of sent) {
      expect(event).not.toHaveProperty('timestamp');
      expect(eventSchema.safeParse(event).success, JSON.stringify(event)).toBe(true);
    }
  });

  test('that is corrected meanwhile sends no event from the future', async () => {
    const { requests } = await loadWhole({ answers: [503, 204] });
    vi.setSystemTime(NOW - 3 * HOUR);
    await wait(5_000);
    expect(requests.at(-1)!.events[0]!.ageMs).toBe(0);
  });
});

describe('where it comes from', () => {
  const HOME = 'https://stats.example.com';
  const CACHED = 'https://example.com/wp-content/cache/min/1/footfall.js';

  test('proxied by the site: the second file is beside the first, the API where data-endpoint says', async () => {
    const { requests, scripts } = await loadWhole({
      src: 'https://example.com/stats/footfall.js',
      data: { endpoint: '/stats/api', identity: 'device' },
    });
    expect(scripts).toEqual(at('/stats/footfall-more.js'));
    expect(requests.map(({ url }) => url)).toEqual(at('/stats/api/visitors/track?return=minimal'));
  });

  test.for([
    ['/s/a.js', '/s/a-more.js'],
    ['/s/a.js?v=3', '/s/a-more.js?v=3'],
    ['/s/a.min.js', '/s/a.min-more.js'],
    ['/s/a', '/s/a-more'],
  ])('renamed: beside %s is %s', async ([src, more]) => {
    expect((await loadWhole({ src: `https://example.com${src}` })).scripts).toEqual(at(more!));
  });

  test('a token that another script adds, which Footfall does not know: by beacon, once', async () => {
    const { requests, beacons } = await loadWhole({ answers: [401] });
    await wait(HOUR);
    expect(requests).toHaveLength(1);
    expect(beacons).toHaveLength(1);
    expect(beacons[0]!.url).toBe('https://stats.example.com/api/track');
    expect(beacons[0]!.events.map(ageless)).toEqual([requests[0]!.report]);
  });

  const elsewhere: [what: string, answer: Answer][] = [
    ['404', { status: 404, html: true }],
    ['404 in JSON', 404],
    ['405', { status: 405, html: true }],
    ['its own page for everything', { status: 200, html: true }],
    ['its own page of a refusal', { status: 403, html: true }],
  ];
  test.for(elsewhere)(
    'a local copy on a site that answers %s: the server that served it',
    async ([, answer]) => {
      const { requests, scripts, warnings, move } = await loadWhole({
        src: CACHED,
        isWhole: (src) => src.startsWith(HOME),
        answers: [answer, 200, 204],
      });
      await wait(5_000);
      expect(scripts).toEqual([CACHED.replace('.js', '-more.js'), `${HOME}/footfall-more.js`]);
      expect(requests.map(({ url }) => url)).toEqual([
        'https://example.com/api/visitors/track?return=minimal',
        `${HOME}/api/track`,
      ]);
      expect(requests[1]!.events.map(ageless)).toEqual([requests[0]!.report]);
      move('/b');
      expect(requests[2]!.url).toBe(`${HOME}/api/visitors/track?return=minimal`);
      await wait(HOUR);
      expect(requests).toHaveLength(3);
      expect(warnings).toEqual([]);
    },
  );

  test.for<[string, Page]>([
    [
      'a module',
      {
        document: { currentScript: null },
        elements: { '[src*="/footfall.js"]': { src: `${HOME}/footfall.js`, dataset: { consent: 'true' } } },
      },
    ],
    ['code that was evaluated', { document: { currentScript: null } }],
    ['code inside a script of the site’s own', { src: '' }],
  ])('%s finds its server', async ([, page]) => {
    const { report, scripts, warnings } = await loadWhole(page);
    expect(report()).toMatchObject({ url: 'https://example.com/', consent: page.elements !== undefined });
    expect(scripts).toEqual([`${HOME}/footfall-more.js`]);
    expect(warnings).toEqual([]);
  });

  test('where nothing can be counted it says so, once', async () => {
    const consent = await loadWhole({ isWhole: false, data: { requireConsent: 'true' } });
    await wait(HOUR);
    expect(consent.requests).toEqual([]);
    expect(consent.warnings).toEqual([`Footfall: cannot load ${HOME}/footfall-more.js`]);

    const nowhere = await loadWhole({ src: CACHED, answers: [404] });
    nowhere.move('/b');
    await wait(HOUR);
    expect(nowhere.warnings).toEqual([`Footfall: nothing is counted, there is no API at ${HOME}/api`]);
    expect(nowhere.requests.length).toBeLessThan(12);
  });
});

describe('moves that are hard to see', () => {
  const unseen = { globals: { navigation: undefined } };

  test('before all of the tracker is there', async () => {
    for (const page of [{}, unseen]) {
      const { urls, moveUnseen } = load({ ...page, isWhole: true });
      moveUnseen('/redirected');
      await wait(1_000);
      expect(urls()).toEqual(at('/', '/redirected'));
    }
  });

  test.for(['/b', '/b?q=1#top'])('by functions of the history that a router had saved: %s', async (to) => {
    for (const trigger of ['click', 'popstate', 'hashchange', 'visibilitychange']) {
      const { urls, moveUnseen, fire, look } = await loadWhole(unseen);
      await wait(1_000);
      moveUnseen(to);
      if (trigger === 'visibilitychange') look(false);
      else fire(trigger);
      await wait(1_000);
      expect([trigger, ...urls()]).toEqual([trigger, ...at('/', '/b')]);
    }
  });

  test('one that the history’s functions make early is seen at once, with what they are given and give', () => {
    const { urls, move } = load(unseen);
    move('/b');
    move('/c');
    expect(urls()).toEqual(at('/', '/b', '/c'));
  });

  test('regression: a map that writes each position into its address is one more page', async () => {
    for (const page of [{}, unseen]) {
      const { urls, replace, fire } = await loadWhole(page);
      await wait(1_000);
      for (let position = 1; position <= 50; position += 1) {
        fire('click');
        replace(`/map/${position}`);
        await wait(100);
      }
      expect(urls()).toEqual(at('/'));
      await wait(500);
      expect(urls()).toEqual(at('/', '/map/50'));
    }
  });

  test('of an address that is replaced and left within half a second only what follows counts', async () => {
    const { urls, replace, move } = await loadWhole();
    await wait(1_000);
    replace('/in-between');
    move('/b');
    await wait(1_000);
    expect(urls()).toEqual(at('/', '/b'));
  });
});

describe('where a visitor came from', () => {
  test.for<[string, url: string, asked: string, sent: string]>([
    [
      'removed before the script ran',
      '/a',
      '/a?utm_source=news&token=secret&gclid=secret#x',
      '/a?utm_source=news&gclid',
    ],
    ['removed with a part of the path', '/a', '/?utm_source=news', '/a?utm_source=news'],
    ['still there: not twice', '/a?utm_source=news', '/a?utm_source=news', '/a?utm_source=news'],
    [
      'escaped twice',
      '/a?x=1&amp;utm_source=news&amp;amp;utm_medium=mail',
      '/a',
      '/a?utm_source=news&utm_medium=mail',
    ],
    ['by other names', '/a?ref=producthunt&source=x', '/a', '/a?ref=producthunt&source=x'],
  ])('%s', ([, url, asked, sent]) => {
    const { report } = load({ url: at(url)[0]!, asked: at(asked)[0]! });
    expect(report().url).toBe(at(sent)[0]);
  });

  test('is said of the first view alone, and a page that loses it is the same page', async () => {
    const { urls, move, replace } = await loadWhole({ url: 'https://example.com/a?utm_source=news' });
    replace('/a');
    await wait(1_000);
    move('/b');
    expect(urls()).toEqual(at('/a?utm_source=news', '/b'));
  });

  test.for([
    'client_id',
    'cid',
    'id',
    'uclickid',
    'user',
    'epikk',
    'xepik',
    'gclidx',
    'refer',
    'datasource',
    'UTM_source',
  ])('%s is no such parameter', (name) => {
    expect(CLICK_IDS).not.toContain(name);
    expect(load({ url: `https://example.com/?${name}=secret` }).report().url).toBe('https://example.com/');
  });
});

describe('a page in a frame', () => {
  const framed = { globals: { top: {} } };

  test('of another counts nothing, loads nothing', async () => {
    const { requests, scripts } = await loadWhole(framed);
    expect([requests, scripts]).toEqual([[], []]);
  });

  test.for([
    ['true', 1],
    ['false', 0],
  ] as const)('data-frames="%s": %i', async ([frames, views]) => {
    expect((await loadWhole({ ...framed, data: { frames } })).requests).toHaveLength(views);
  });
});

describe('what a site asks for', () => {
  test.for([
    ['https://example.com/app/#/about?x=secret', '/app/about'],
    ['https://example.com/#!/about', '/about'],
    ['https://example.com/index.html#/about', '/index.html/about'],
    ['https://example.com/app/#/', '/app/'],
    ['https://example.com/app/#top', '/app/'],
    ['https://example.com/?q=1#/list?q=2&p=3', '/list?q=1&q=2'],
  ])('data-hash="true": %s is %s', async ([url, sent]) => {
    const { urls, scripts } = await loadWhole({ url: url!, data: { hash: 'true', keep: 'q' } });
    expect(scripts).toHaveLength(1);
    expect(urls()).toEqual(at(sent!));
  });

  test('data-hash="true": each route is a view', async () => {
    const { urls, move } = await loadWhole({ data: { hash: 'true' } });
    move('#/a');
    move('#/a?tab=2');
    move('#/b');
    expect(urls()).toEqual(at('/', '/a', '/b'));
  });

  const CANONICAL = 'link[rel="canonical"]';

  test('data-canonical="true": its canonical link is the page', async () => {
    const link = { href: 'https://example.com/shoes?utm_source=x&size=7' };
    const { urls, move, fire } = await loadWhole({
      url: 'https://example.com/p/123?utm_source=news',
      data: { canonical: 'true' },
      elements: { [CANONICAL]: link },
    });
    fire('pageshow', { persisted: true });
    move('/p/124'); // the link is still the last page's
    link.href = 'https://example.com/boots';
    move('/p/125');
    expect(urls()).toEqual(at('/shoes?utm_source=news', '/shoes?utm_source=news', '/p/124', '/boots'));
  });

  test.for<[string, object | undefined]>([
    ['none', undefined],
    ['nonsense', { href: 'https://' }],
    ['no page', { href: 'mailto:a@example.com' }],
  ])('data-canonical="true" where the link is %s: its own address', async ([, link]) => {
    const { urls } = await loadWhole({
      data: { canonical: 'true' },
      ...(link === undefined ? {} : { elements: { [CANONICAL]: link } }),
    });
    expect(urls()).toEqual(at('/'));
  });

  test('data-manual="true": only what the site reports itself', async () => {
    const { urls, requests, move, fire, footfall } = await loadWhole({
      url: 'https://example.com/a?token=secret',
      data: { manual: 'true', keep: 'q' },
    });
    move('/b');
    fire('pageshow', { persisted: true });
    await wait(5_000);
    expect(requests).toEqual([]);
    footfall().view();
    footfall().view({ url: '/virtual?q=1&token=secret' });
    footfall().view({ url: 'https://example.com/other#x' });
    expect(urls()).toEqual(at('/b', '/virtual?q=1', '/other'));
    expect(requests.map(({ report }) => report.referrer)).toEqual(['', ...at('/b', '/virtual')]);
    for (const { report } of requests) expect(hitSchema.safeParse(report).success).toBe(true);
  });

  test('a view by hand before all of the tracker is there counts when it is', async () => {
    const { urls, footfall } = load({ isWhole: true, data: { manual: 'true' } });
    const { view } = footfall();
    view({ url: '/early' });
    await wait(1);
    view({ url: '/late' });
    expect(urls()).toEqual(at('/early', '/late'));
  });

  test('beside the others a view by hand is one more, and its page does not come again', async () => {
    const { urls, footfall, fire, replace } = await loadWhole({ globals: { navigation: undefined } });
    footfall().view({ url: '/step-2' });
    fire('click');
    replace('/');
    await wait(1_000);
    expect(urls()).toEqual(at('/', '/step-2'));
  });

  test('a view by hand waits for consent, too', async () => {
    const { urls, footfall } = await loadWhole({ data: { manual: 'true', requireConsent: 'true' } });
    footfall().view({ url: '/a' });
    expect(urls()).toEqual([]);
    footfall().consent(true);
    footfall().view({ url: '/b' });
    expect(urls()).toEqual(at('/a', '/b'));
  });

  test.for([null, 7, 'x', { url: 'http://' }, { url: 7 }, { url: Symbol('x') }])(
    'view(%j) throws nothing',
    async (options) => {
      for (const data of [{}, { manual: 'true' }] as Record<string, string>[]) {
        const { footfall } = await loadWhole({ data });
        footfall().view(options as never);
      }
    },
  );
});
