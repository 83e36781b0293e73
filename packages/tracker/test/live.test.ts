/** `followLive` in a simulated browser: each promise of it has a test here. */
import type { LiveUpdate } from '@footfall/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { followLive, type LiveOptions, type LiveStatus } from '../src/live.ts';

const SERVER = 'https://stats.example.com';
const KEY = `footfall.live ${SERVER}`;
const NOW = Date.UTC(2026, 5, 1, 12);

/** The id of the server's database. */
const STORE = 7;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A state of the numbers; `stale` is the last known one of a store that is down. */
function updateOf(version: number, stale?: true, store = STORE): LiveUpdate {
  const marked = stale === undefined ? { store } : { store, stale };
  return {
    type: 'visitor_update',
    stats: {
      totalVisitors: version,
      totalVisits: version,
      todayVisits: 0,
      activeUsers: 0,
      uniqueVisitors: 0,
      locations: {},
      version,
      ...marked,
    },
    visitorStats: {
      live: 0,
      active: 0,
      today: 0,
      total: 0,
      location: null,
      ukPercent: 0,
      unitedKingdomPercent: 0,
      version,
      updatedAt: null,
      ...marked,
    },
    count: version,
    version,
    store,
  };
}

/** What is different about a browser. */
interface Browser {
  /** How each way fares: it opens, fails at once, stays silent, throws, or is not there at all. */
  socket?: Fate;
  stream?: Fate;
  polling?: Fate;
  hidden?: boolean;
  isOnline?: boolean;
  /** What is stored; `forbidden` throws on any access. */
  storage?: Record<string, string> | 'forbidden' | 'full';
  /** Whether the page's tracker waits for consent. */
  waits?: boolean;
}
type Fate = 'opens' | 'fails' | 'silent' | 'throws' | 'missing';

/** A connection as a test sees it. */
interface Connection {
  readonly url: string;
  isClosed: boolean;
  /** Sends a state. */
  say: (update: LiveUpdate) => void;
  /** The other end breaks off. */
  lose: () => void;
}

/** Makes a browser of the globals. */
function browser(options: Browser = {}) {
  const fates = { socket: options.socket ?? 'opens', stream: options.stream ?? 'opens' };
  const world = {
    ...fates,
    polling: options.polling ?? 'opens',
    /** The answer to polling clients. */
    state: updateOf(1),
    sockets: [] as Connection[],
    streams: [] as Connection[],
    asked: [] as string[],
    /** What ends each question. */
    signals: new Set<AbortSignal>(),
    stored: new Map(typeof options.storage === 'object' ? Object.entries(options.storage) : []),
    listeners: new Set<object>(),
    /** Every way that was tried, in order. */
    tried: [] as string[],
    hide: (hidden: boolean) => {
      document.hidden = hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    },
    fire: (type: string) => window.dispatchEvent(new Event(type)),
    open: () => [...world.sockets, ...world.streams].filter(({ isClosed }) => !isClosed).length,
  };
  const counted = (target: EventTarget) => ({
    addEventListener: (type: string, listener: () => void) => {
      world.listeners.add(listener);
      target.addEventListener(type, listener);
    },
    removeEventListener: (type: string, listener: () => void) => {
      world.listeners.delete(listener);
      target.removeEventListener(type, listener);
    },
    dispatchEvent: (event: Event) => target.dispatchEvent(event),
  });
  const window = counted(new EventTarget());
  const document = Object.assign(counted(new EventTarget()), {
    hidden: options.hidden ?? false,
    querySelector: (selector: string) =>
      options.waits === true && selector.startsWith('[data-require-consent=true]') ? {} : null,
  });

  class FakeSocket {
    onmessage: (event: { data: string }) => void = () => {};
    onclose: (() => void) | null = null;
    readonly connection: Connection;
    constructor(url: string) {
      world.tried.push('socket');
      if (world.socket === 'throws') throw new Error('SecurityError');
      this.connection = {
        url,
        isClosed: false,
        say: (update) => {
          this.onmessage({ data: JSON.stringify(update) });
        },
        lose: () => {
          this.connection.isClosed = true;
          this.onclose?.();
        },
      };
      world.sockets.push(this.connection);
      if (world.socket === 'fails') setTimeout(this.connection.lose, 1);
    }
    close() {
      this.connection.isClosed = true;
      setTimeout(() => this.onclose?.(), 0);
    }
  }
  class FakeSource {
    onmessage: (event: { data: string }) => void = () => {};
    onerror: () => void = () => {};
    readonly connection: Connection;
    constructor(url: string) {
      world.tried.push('stream');
      if (world.stream === 'throws') throw new Error('SecurityError');
      this.connection = {
        url,
        isClosed: false,
        say: (update) => {
          this.onmessage({ data: JSON.stringify(update) });
        },
        lose: () => {
          this.onerror();
        },
      };
      world.streams.push(this.connection);
      if (world.stream === 'fails') setTimeout(this.connection.lose, 1);
    }
    close() {
      this.connection.isClosed = true;
    }
  }
  const fetch = async (url: string, { signal }: { signal: AbortSignal }): Promise<unknown> => {
    if (world.polling === 'throws') throw new Error('SecurityError');
    if (signal.aborted) throw new Error('AbortError');
    world.signals.add(signal);
    world.tried.push('polling');
    world.asked.push(url);
    if (world.polling === 'silent') {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('AbortError'));
        });
      });
    }
    if (world.polling === 'fails') return { ok: false, status: 503 };
    const { stats, visitorStats, count } = world.state;
    const answer = url.endsWith('/stats') ? stats : url.endsWith('/visitor-stats') ? visitorStats : { count };
    return { ok: true, json: () => Promise.resolve(answer) };
  };
  const storage = {
    getItem: (key: string) => world.stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (options.storage === 'full') throw new Error('QuotaExceededError');
      world.stored.set(key, value);
    },
  };
  vi.stubGlobal('document', document);
  vi.stubGlobal('addEventListener', window.addEventListener);
  vi.stubGlobal('removeEventListener', window.removeEventListener);
  vi.stubGlobal('location', { origin: SERVER });
  vi.stubGlobal('navigator', { onLine: options.isOnline ?? true });
  vi.stubGlobal('WebSocket', world.socket === 'missing' ? undefined : FakeSocket);
  vi.stubGlobal('EventSource', world.stream === 'missing' ? undefined : FakeSource);
  vi.stubGlobal('fetch', world.polling === 'missing' ? undefined : fetch);
  if (options.storage === 'forbidden') {
    vi.stubGlobal('localStorage', {
      get getItem(): never {
        throw new Error('SecurityError');
      },
      get setItem(): never {
        throw new Error('SecurityError');
      },
    });
  } else vi.stubGlobal('localStorage', storage);
  return world;
}

/** Follows, and records the callbacks. */
function follow(options: Partial<LiveOptions> = {}) {
  const shown: [version: number, isCurrent: boolean][] = [];
  const statuses: LiveStatus[] = [];
  const stop = followLive({
    onUpdate: ({ version }, isCurrent) => shown.push([version, isCurrent]),
    onStatus: (status) => statuses.push(status),
    ...options,
  });
  return { shown, statuses, stop };
}

const newest = (connections: readonly Connection[]): Connection => connections.at(-1) as Connection;

describe('a page is shown the numbers', () => {
  test('by a socket of its own server', () => {
    const world = browser();
    const { shown, statuses } = follow();
    expect(world.sockets.map(({ url }) => url)).toEqual(['wss://stats.example.com/api/live']);
    newest(world.sockets).say(updateOf(1));
    newest(world.sockets).say(updateOf(2));
    expect(shown).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(statuses).toEqual(['socket']);
    expect(world.tried).toEqual(['socket']);
  });

  test('of the server that it names, with or without a slash', () => {
    const world = browser();
    follow({ server: 'http://localhost:3000/' });
    follow({ server: 'https://other.example' });
    expect(world.sockets.map(({ url }) => url)).toEqual([
      'ws://localhost:3000/api/live',
      'wss://other.example/api/live',
    ]);
  });

  test.for<[Fate, Fate, Fate]>([
    ['fails', 'fails', 'opens'],
    ['throws', 'throws', 'opens'],
    ['missing', 'missing', 'opens'],
    ['missing', 'fails', 'opens'],
  ])('by polling where the socket %s and the stream %s', async ([socket, stream, polling]) => {
    const world = browser({ socket, stream, polling });
    const { shown, statuses } = follow();
    await wait(10);
    expect([shown, statuses]).toEqual([[[1, true]], ['polling']]);
    expect(world.asked).toEqual([
      `${SERVER}/api/stats`,
      `${SERVER}/api/visitor-stats`,
      `${SERVER}/api/visitors/count`,
    ]);
    expect(world.open()).toBe(0);
  });

  test.for<Fate>(['fails', 'throws', 'missing'])('by events where the socket %s', async (socket) => {
    const world = browser({ socket });
    const { shown, statuses } = follow();
    await wait(10);
    expect(newest(world.streams).url).toBe(`${SERVER}/api/live`);
    newest(world.streams).say(updateOf(1));
    expect([shown, statuses]).toEqual([[[1, true]], ['stream']]);
    expect(world.asked).toEqual([]);
  });

  test('by the next transport after five seconds of silence', async () => {
    const world = browser();
    const { shown } = follow();
    await wait(4_999);
    expect(world.tried).toEqual(['socket']);
    await wait(1);
    expect(world.tried).toEqual(['socket', 'stream']);
    newest(world.sockets).say(updateOf(9)); // too late: it is not listened to any more
    await wait(5_000);
    expect(world.tried.slice(0, 3)).toEqual(['socket', 'stream', 'polling']);
    expect(shown).toEqual([[1, true]]);
    expect(world.open()).toBe(0);
  });

  test('by the transport that answered, even if it is silent afterwards', async () => {
    const world = browser();
    const { statuses } = follow();
    newest(world.sockets).say(updateOf(1));
    await wait(3_600_000);
    expect([world.tried, statuses]).toEqual([['socket'], ['socket']]);
  });

  test('by no transport: its status is offline, and it keeps trying', async () => {
    const world = browser({ socket: 'fails', stream: 'missing', polling: 'fails' });
    const { shown, statuses } = follow();
    await wait(120_000);
    expect([shown, statuses]).toEqual([[], ['offline']]);
    world.polling = 'opens';
    await wait(30_000);
    expect(statuses).toEqual(['offline', 'polling']);
    expect(shown.at(-1)).toEqual([1, true]);
  });

  test('without any transport no error reaches the page', async () => {
    browser({ socket: 'missing', stream: 'missing', polling: 'missing' });
    const { statuses } = follow();
    await wait(60_000);
    expect(statuses).toEqual(['offline']);
  });
});

describe('a database that took the place of another', () => {
  test('is shown however low its version, and nothing of the other comes after it', () => {
    const world = browser();
    const { shown } = follow();
    const socket = newest(world.sockets);
    socket.say(updateOf(900));
    socket.say(updateOf(2, undefined, STORE + 1));
    socket.say(updateOf(901));
    socket.say(updateOf(3, undefined, STORE + 1));
    expect(shown).toEqual([
      [900, true],
      [2, true],
      [3, true],
    ]);
  });

  test('is shown to a polling client', async () => {
    const world = browser({ socket: 'missing', stream: 'missing' });
    world.state = updateOf(900);
    const { shown } = follow();
    await wait(10);
    world.state = updateOf(2, undefined, STORE + 1);
    await wait(5_000);
    world.state = updateOf(901); // by another instance, or out of a cache
    await wait(5_000);
    expect(shown).toEqual([
      [900, true],
      [2, true],
    ]);
  });

  test.for([undefined, STORE])('replaces the stored state of the other (%s)', (store) => {
    const { store: _, ...update } = updateOf(900);
    const stored = JSON.stringify({
      at: Date.now() - 1_000,
      update: store === undefined ? update : { ...update, store },
    });
    const world = browser({ storage: { [KEY]: stored } });
    const { shown } = follow();
    newest(world.sockets).say(updateOf(901, undefined, STORE + 1));
    expect(shown).toEqual([
      [900, true],
      [901, true],
    ]);
  });

  test('is no matter where a server knows nothing of it: the version decides', () => {
    const world = browser();
    const { shown } = follow();
    for (const version of [5, 4, 6]) {
      const { store: _, ...update } = updateOf(version);
      newest(world.sockets).say(update as LiveUpdate);
    }
    newest(world.sockets).say(updateOf(7)); // it was brought up to date meanwhile
    expect(shown.map(([version]) => version)).toEqual([5, 6, 7]);
  });
});

describe('a number is never older than the one before', () => {
  test('on one way, and from one way to the next', async () => {
    const world = browser();
    const { shown } = follow();
    for (const version of [5, 4, 5, 7, 6]) newest(world.sockets).say(updateOf(version));
    newest(world.sockets).lose();
    world.socket = 'fails';
    await wait(5_001);
    newest(world.streams).say(updateOf(6));
    newest(world.streams).say(updateOf(8));
    world.stream = 'fails';
    newest(world.streams).lose();
    world.state = updateOf(7);
    await wait(10_000);
    expect(world.asked.length).toBeGreaterThan(0);
    world.state = updateOf(9);
    await wait(10_000);
    expect(shown).toEqual([
      [5, true],
      [7, true],
      [8, true],
      [9, true],
    ]);
  });
});

describe('a polling client', () => {
  test('polls every five seconds while numbers change, and up to every ten while they do not', async () => {
    const world = browser({ socket: 'missing', stream: 'missing' });
    follow();
    await wait(0);
    const after = async (ms: number): Promise<number> => {
      const before = world.asked.length;
      await wait(ms);
      return world.asked.length - before;
    };
    expect(await after(4_990)).toBe(0);
    world.state = updateOf(2);
    expect(await after(20)).toBe(3);
    expect(await after(4_900)).toBe(0);
    expect(await after(200)).toBe(1); // nothing new: one question is enough
    await after(25_000);
    const quiet = world.asked.length;
    await wait(10_000);
    expect(world.asked.length - quiet).toBe(1);
  });

  test('polls as often as the page says', async () => {
    const world = browser({ socket: 'missing', stream: 'missing' });
    follow({ pollMs: 2_000, slowestPollMs: 2_000 });
    await wait(20_010);
    expect(world.asked.filter((url) => url.endsWith('/api/stats'))).toHaveLength(11);
  });

  test('tries the other transports every minute', async () => {
    const world = browser({ socket: 'fails', stream: 'fails' });
    const { statuses } = follow();
    await wait(59_000);
    expect(world.sockets).toHaveLength(1);
    world.socket = 'opens';
    await wait(2_000);
    expect(world.sockets).toHaveLength(2);
    newest(world.sockets).say(updateOf(1));
    expect(statuses).toEqual(['polling', 'socket']);
  });
});

describe('a connection that is lost', () => {
  test('is made again within five seconds, spread over them; the numbers stand meanwhile', async () => {
    const waits: number[] = [];
    for (const chance of [0, 0.5, 0.999]) {
      vi.spyOn(Math, 'random').mockReturnValue(chance);
      const world = browser();
      const { shown, statuses, stop } = follow();
      newest(world.sockets).say(updateOf(1));
      newest(world.sockets).lose();
      const lostAt = Date.now();
      while (world.sockets.length < 2) await wait(1);
      waits.push(Date.now() - lostAt);
      expect([shown, statuses]).toEqual([[[1, true]], ['socket']]);
      stop();
    }
    expect(waits[0]).toBeLessThanOrEqual(1);
    expect(waits[1]).toBeCloseTo(2_500, -1);
    expect(waits[2]).toBeGreaterThan(4_900);
    expect(waits[2]).toBeLessThanOrEqual(5_000);
    vi.restoreAllMocks();
  });

  test('is tried less and less often while the server is gone, at last every 30 s; then at once as at first', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const world = browser({ socket: 'missing', stream: 'missing' });
    const { shown, statuses } = follow();
    await wait(0);
    world.polling = 'fails';
    await wait(5_000);
    const waits: number[] = [];
    for (let times = 0; times < 6; times += 1) {
      const before = world.asked.length;
      const since = Date.now();
      while (world.asked.length === before) await wait(10);
      waits.push(Math.round((Date.now() - since) / 1_000));
    }
    expect(waits).toEqual([5, 5, 10, 20, 30, 30]);
    expect(statuses).toEqual(['polling', 'offline']);
    expect(shown).toEqual([
      [1, true],
      [1, false],
    ]);
    world.polling = 'opens';
    await wait(30_010);
    expect(statuses.at(-1)).toBe('polling');
    expect(shown.at(-1)).toEqual([1, true]);
    world.polling = 'fails';
    const before = world.asked.length;
    while (world.asked.length === before) await wait(10);
    await wait(5_010);
    expect(world.asked.length).toBeGreaterThan(before + 1);
    vi.restoreAllMocks();
  });

  test('is made at once when the browser is online again', async () => {
    const world = browser({ socket: 'fails', stream: 'fails', polling: 'fails' });
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const { statuses } = follow();
    await wait(10);
    expect(statuses).toEqual(['offline']);
    Object.assign(world, { socket: 'opens' });
    world.fire('online');
    newest(world.sockets).say(updateOf(1));
    expect(statuses).toEqual(['offline', 'socket']);
    const { length } = world.sockets;
    world.fire('online'); // it has a connection
    expect(world.sockets).toHaveLength(length);
    vi.restoreAllMocks();
  });
});

describe('a hidden page', () => {
  test('has no connection, and connects when it is shown', async () => {
    const world = browser({ hidden: true });
    follow();
    await wait(60_000);
    world.fire('online');
    expect([world.tried, vi.getTimerCount()]).toEqual([[], 0]);
    world.hide(false);
    expect(world.tried).toEqual(['socket']);
  });

  test('closes its connection, stores its state, and continues from there', async () => {
    const world = browser();
    const { shown } = follow();
    newest(world.sockets).say(updateOf(3));
    await wait(2_000);
    world.hide(true);
    await wait(0);
    expect([world.open(), vi.getTimerCount()]).toEqual([0, 0]);
    expect(JSON.parse(world.stored.get(KEY) ?? '')).toEqual({ at: NOW, update: updateOf(3) });
    await wait(10_000);
    world.hide(false);
    expect(shown).toEqual([[3, true]]);
    newest(world.sockets).say(updateOf(3));
    newest(world.sockets).say(updateOf(4));
    expect(shown).toEqual([
      [3, true],
      [4, true],
    ]);
  });

  test('that is shown again after half a minute first marks its numbers as not current', async () => {
    const world = browser();
    const { shown } = follow();
    newest(world.sockets).say(updateOf(3));
    world.hide(true);
    await wait(30_001);
    world.hide(false);
    expect(shown).toEqual([
      [3, true],
      [3, false],
    ]);
    newest(world.sockets).say(updateOf(3));
    expect(shown.at(-1)).toEqual([3, true]);
  });
});

describe('the stored state', () => {
  const storedFor = (age: number, version = 5) => ({
    [KEY]: JSON.stringify({ at: NOW - age, update: updateOf(version) }),
  });

  test('is shown at once for ten seconds, and nothing older comes after it', () => {
    const world = browser({ storage: storedFor(10_000) });
    const { shown } = follow();
    expect(shown).toEqual([[5, true]]);
    newest(world.sockets).say(updateOf(4));
    newest(world.sockets).say(updateOf(6));
    expect(shown).toEqual([
      [5, true],
      [6, true],
    ]);
  });

  test('is dropped when it is older', () => {
    const world = browser({ storage: storedFor(10_001) });
    const { shown } = follow();
    expect(shown).toEqual([]);
    newest(world.sockets).say(updateOf(4));
    expect(shown).toEqual([[4, true]]);
  });

  test('is shown offline, at any age, but not as current', () => {
    browser({ storage: storedFor(86_400_000), isOnline: false });
    expect(follow().shown).toEqual([[5, false]]);
  });

  test('is neither read nor written while the page’s tracker waits for consent', () => {
    const storage: Record<string, string> = storedFor(0);
    const world = browser({ storage, waits: true });
    const { shown } = follow();
    expect(shown).toEqual([]);
    newest(world.sockets).say(updateOf(6));
    world.hide(true);
    expect([...world.stored]).toEqual(Object.entries(storage));
  });

  test('is used again once consent is given', () => {
    const world = browser({ storage: { ...storedFor(0), 'footfall.consent': 'true' }, waits: true });
    const { shown } = follow();
    expect(shown).toEqual([[5, true]]);
    newest(world.sockets).say(updateOf(6));
    world.hide(true);
    expect(world.stored.get(KEY)).toContain('"version":6');
  });

  test('belongs to one server', () => {
    browser({ storage: storedFor(0) });
    expect(follow({ server: 'https://other.example' }).shown).toEqual([]);
  });

  test('is stored when the page is closed', () => {
    const world = browser();
    follow();
    world.fire('pagehide');
    expect(world.stored.size).toBe(0);
    newest(world.sockets).say(updateOf(3));
    world.fire('pagehide');
    expect(JSON.parse(world.stored.get(KEY) ?? '')).toEqual({ at: NOW, update: updateOf(3) });
  });

  test.for<[string, Browser['storage']]>([
    ['forbidden', 'forbidden'],
    ['full', 'full'],
    ['malformed', { [KEY]: '{"at":' }],
    ['empty', { [KEY]: 'null' }],
    ['of another kind', { [KEY]: '[1]' }],
    ['of no time', { [KEY]: JSON.stringify({ at: 'x', update: updateOf(9) }) }],
    ['without numbers', { [KEY]: JSON.stringify({ at: NOW }) }],
    ['from the future', { [KEY]: JSON.stringify({ at: NOW + 60_000, update: updateOf(9) }) }],
  ])('may be %s: the page is shown the numbers all the same', ([, storage]) => {
    for (const isOnline of [true, false]) {
      const world = browser({ isOnline, ...(storage === undefined ? {} : { storage }) });
      const { shown } = follow();
      newest(world.sockets).say(updateOf(3));
      world.fire('pagehide');
      world.hide(true);
      world.hide(false);
      expect(shown.at(-1)).toEqual([3, true]);
    }
  });
});

describe('the last known numbers of a store that is down', () => {
  test('are shown, but not as current; the same version is, once the store says it', () => {
    const world = browser();
    const { shown } = follow();
    newest(world.sockets).say(updateOf(3, true));
    newest(world.sockets).say(updateOf(3, true));
    newest(world.sockets).say(updateOf(3));
    expect(shown).toEqual([
      [3, false],
      [3, true],
    ]);
  });

  test('are not current for a polling client either, until the store answers', async () => {
    const world = browser({ socket: 'missing', stream: 'missing' });
    world.state = updateOf(3, true);
    const { shown } = follow();
    await wait(30_000);
    expect(shown).toEqual([[3, false]]);
    world.state = updateOf(3);
    await wait(10_010);
    expect(shown).toEqual([
      [3, false],
      [3, true],
    ]);
  });

  test('do not make current what had stopped being so', async () => {
    const world = browser({ socket: 'missing', stream: 'missing' });
    const { shown } = follow();
    await wait(0);
    world.polling = 'fails';
    await wait(12_000);
    expect(shown.at(-1)).toEqual([1, false]);
    world.state = updateOf(1, true);
    world.polling = 'opens';
    await wait(60_000);
    expect(shown.at(-1)).toEqual([1, false]);
    world.state = updateOf(1);
    await wait(10_010);
    expect(shown.at(-1)).toEqual([1, true]);
  });
});

describe('what is stopped', () => {
  test.for<[string, Browser, number]>([
    ['before it was heard of', {}, 0],
    ['while it follows a socket', {}, 100],
    ['while it follows a stream', { socket: 'fails' }, 100],
    ['while it waits for an answer', { socket: 'missing', stream: 'missing', polling: 'silent' }, 100],
    ['while it asks', { socket: 'missing', stream: 'missing' }, 100],
    ['while it is offline', { socket: 'missing', stream: 'missing', polling: 'fails' }, 100],
    ['while it is hidden', { hidden: true }, 100],
  ])('%s leaves nothing behind', async ([, options, ms]) => {
    const world = browser(options);
    const { shown, stop } = follow();
    await wait(ms);
    for (const connection of [...world.sockets, ...world.streams]) {
      if (!connection.isClosed) connection.say(updateOf(1));
    }
    const before = shown.length;
    stop();
    stop();
    await wait(0);
    expect([vi.getTimerCount(), world.listeners.size, world.open()]).toEqual([0, 0, 0]);
    for (const { aborted } of world.signals) expect(aborted).toBe(true);
    const tried = world.tried.length;
    for (const connection of [...world.sockets, ...world.streams]) connection.say(updateOf(99));
    world.hide(false);
    world.fire('online');
    world.fire('pagehide');
    await wait(120_000);
    expect([world.tried.length, shown.length]).toEqual([tried, before]);
  });

  /** Stops at a certain callback. */
  function stopping(when: (call: string) => boolean) {
    const calls: string[] = [];
    const note = (what: string): void => {
      calls.push(what);
      if (when(what)) stop();
    };
    const stop: () => void = followLive({
      onUpdate: ({ version }, isCurrent) => {
        note(`${version} ${isCurrent ? 'current' : 'old'}`);
      },
      onStatus: note,
    });
    return calls;
  }

  test.for<[string, Browser]>([
    ['socket', {}],
    ['1 current', {}],
    ['polling', { socket: 'missing', stream: 'missing' }],
    ['1 current', { socket: 'missing', stream: 'missing' }],
    ['offline', { socket: 'fails', stream: 'missing', polling: 'fails' }],
    ['1 old', { socket: 'missing', stream: 'missing' }],
  ])('by the callback "%s" gets no more callbacks, and leaves nothing behind', async ([what, options]) => {
    const world = browser(options);
    const calls = stopping((said) => said === what);
    if (options.socket === undefined) newest(world.sockets).say(updateOf(1));
    await wait(100);
    world.polling = 'fails';
    while (!calls.includes(what)) await wait(100);
    expect(vi.getTimerCount()).toBe(0);
    await wait(60_000);
    expect(calls.at(-1)).toBe(what);
    expect([vi.getTimerCount(), world.listeners.size, world.open()]).toEqual([0, 0, 0]);
  });

  test('by the callback that its numbers are not current any more leaves nothing behind', async () => {
    const world = browser();
    const calls = stopping((said) => said === '1 old');
    newest(world.sockets).say(updateOf(1));
    world.hide(true);
    await wait(60_000);
    world.hide(false);
    await wait(60_000);
    expect(calls).toEqual(['socket', '1 current', '1 old']);
    expect([vi.getTimerCount(), world.listeners.size, world.open()]).toEqual([0, 0, 0]);
  });
});
