/** Pages that are not real, for the tracker's bundles as they are served. */
import { webcrypto } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import { expect, vi } from 'vitest';
import { hitSchema } from '../../core/src/index.ts';
import { bundle, MORE, TRACKER } from '../build.ts';

export const NOW = Date.UTC(2026, 5, 1, 12);

/** The scripts, with `import(…)` as a function that the page gives: code in a vm cannot import. */
const asScript = (code: string, filename: string): Script =>
  new Script(code.replaceAll('import(', 'importScript('), { filename });

export const source = await bundle(TRACKER);
export const moreSource = await bundle(MORE);
/** As a Footfall serves them, which writes its own address there. */
const served = (code: string): string =>
  code.replaceAll('https://footfall.invalid/', 'https://stats.example.com/');
const tracker = asScript(served(source), 'footfall.js');
const more = asScript(served(moreSource), 'footfall-more.js');

/** What the server says to one request: a status as Footfall answers it, a whole answer, or an error that the request ends with. */
export type Answer = number | { status: number; retryAfter?: string; html?: true } | Error;

export interface Page {
  url?: string;
  referrer?: string;
  /** The attributes of the script element. */
  data?: Record<string, string>;
  src?: string;
  /** In order; the last one stands for all that follow. */
  answers?: Answer[];
  prerendering?: boolean;
  hidden?: boolean;
  /** Whether the rest of the tracker can be loaded; a function decides by its address. */
  isWhole?: boolean | ((src: string) => boolean);
  /** What the browser stores for the site: two pages of it may share one. */
  storage?: Record<string, string>;
  /** What the page was asked for with, if its scripts have changed that since. */
  asked?: string;
  /** Other elements, by their selectors. */
  elements?: Record<string, object>;
  /** Properties of the document. */
  document?: object;
  /** What is different about this browser, by global name. */
  globals?: Record<string, unknown>;
}

/** An event by its report's `type`, a page view without. */
export interface Sent {
  id: string;
  url: string;
  referrer: string;
  ageMs?: number;
  type?: string;
  engagedMs?: number;
  scrollPercent?: number;
  visitorId?: string;
  consent?: boolean;
}

interface Footfall {
  consent: (given: boolean) => void;
  view: (options?: { url?: string }) => void;
}

/** What a browser stores for a site, as far as it is used. */
export function storageOf(stored: Record<string, string>): object {
  return Object.create(
    {
      getItem: (name: string) => stored[name] ?? null,
      setItem: (name: string, value: string) => (stored[name] = value),
      removeItem: (name: string) => delete stored[name],
    },
    {},
  ) as object;
}

/** The same, with the names that `Object.keys` finds. */
const withNames = (stored: Record<string, string>): object =>
  new Proxy(storageOf(stored), {
    ownKeys: () => Object.keys(stored),
    getOwnPropertyDescriptor: (_, name) =>
      Object.hasOwn(stored, name)
        ? { value: stored[name as string], enumerable: true, configurable: true }
        : undefined,
    get: (target, name): unknown =>
      Object.hasOwn(stored, name) ? stored[name as string] : Reflect.get(target, name),
  });

const jsonAnswer = (status: number, headers: Record<string, string> = {}): Response =>
  new Response([204, 205, 304].includes(status) ? null : '{}', {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

function responseOf(answer: Exclude<Answer, Error>): Response {
  if (typeof answer === 'number') return jsonAnswer(answer);
  if (answer.html)
    return new Response('<!doctype html>', {
      status: answer.status,
      headers: { 'content-type': 'text/html' },
    });
  return jsonAnswer(
    answer.status,
    answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter },
  );
}

/** Puts the tracker on a page. */
export function load(page: Page = {}) {
  const { url = 'https://example.com/', referrer = '', data = {}, answers = [204], isWhole = false } = page;
  const requests: { url: string; init: RequestInit; report: Sent; events: Sent[] }[] = [];
  const beacons: { url: string; events: Sent[] }[] = [];
  const scripts: string[] = [];
  const warnings: string[] = [];
  const events = new EventTarget();
  const documentEvents = new EventTarget();
  const navigation = new EventTarget();
  const eventsOf = (body: unknown): Sent[] => {
    const read = JSON.parse(String(body)) as { events?: Sent[] };
    return read.events ?? [read as Sent];
  };
  const document = {
    currentScript: { src: page.src ?? 'https://stats.example.com/footfall.js', dataset: data },
    referrer,
    hidden: page.hidden ?? false,
    prerendering: page.prerendering ?? false,
    documentElement: { scrollHeight: 4_000 },
    addEventListener: documentEvents.addEventListener.bind(documentEvents),
    querySelector: (selector: string) => page.elements?.[selector] ?? null,
    ...page.document,
  };
  const go = (to: string | undefined, navigationType: string) => {
    if (to !== undefined) window.location = new URL(to, String(window.location));
    navigation.dispatchEvent(Object.assign(new Event('currententrychange'), { navigationType }));
  };
  const history = {
    pushState: (_state: unknown, _title: string, to?: string) => {
      go(to, 'push');
    },
    replaceState: (_state: unknown, _title: string, to?: string) => {
      go(to, 'replace');
    },
  };
  const window: Record<string, unknown> = {
    document,
    location: new URL(url),
    history,
    navigation,
    navigator: {
      onLine: true,
      sendBeacon(to: string, body: string) {
        beacons.push({ url: to, events: eventsOf(body) });
        return true;
      },
    },
    async fetch(to: string, init: RequestInit) {
      const sent = eventsOf(init.body);
      requests.push({ url: to, init, report: sent[0]!, events: sent });
      const answer = (answers.length > 1 ? answers.shift() : answers[0])!;
      await Promise.resolve();
      if (answer instanceof Error) throw answer;
      return responseOf(answer);
    },
    async importScript(src: string) {
      scripts.push(src);
      await Promise.resolve();
      if (!(typeof isWhole === 'function' ? isWhole(src) : isWhole)) throw new TypeError('Failed to fetch');
      more.runInContext(context);
    },
    console: { warn: (text: string) => warnings.push(text) },
    performance: {
      getEntriesByType: () => [{ name: page.asked ?? url }],
      getEntries: () => [{ name: page.asked ?? url }],
    },
    addEventListener: events.addEventListener.bind(events),
    localStorage: page.storage && withNames(page.storage),
    crypto: webcrypto,
    URL,
    Blob,
    Date,
    setTimeout,
    clearTimeout,
    scrollY: 0,
    innerHeight: 1_000,
    ...page.globals,
  };
  if (window.navigation === undefined) delete window.navigation;
  window.window = window;
  window.top ??= window;
  const before = Object.keys(window);
  const context = createContext(window);
  const run = () => tracker.runInContext(context) as unknown;
  run();
  const fire = (type: string, more: object = {}) =>
    events.dispatchEvent(Object.assign(new Event(type), more));
  return {
    requests,
    beacons,
    /** Addresses of scripts that the tracker loads, and what it says in the console. */
    scripts,
    warnings,
    run,
    /** The URLs of all views that were sent, in order. */
    urls: () => requests.flatMap(({ events }) => events).map(({ url }) => url),
    /** The only report there is. */
    report: () => {
      expect(requests).toHaveLength(1);
      expect(hitSchema.safeParse(requests[0]!.report).success, 'the server takes it').toBe(true);
      return requests[0]!.report;
    },
    fire,
    /** The page moves to another address by itself, as its router had found the history: `null` is with its functions as they are now. */
    move(to: string) {
      (window.history as typeof history).pushState(null, '', to);
    },
    replace(to: string) {
      (window.history as typeof history).replaceState(null, '', to);
    },
    /** The page moves, by functions of the history that the tracker has never seen. */
    moveUnseen(to: string) {
      window.location = new URL(to, String(window.location));
    },
    look(hidden: boolean) {
      document.hidden = hidden;
      documentEvents.dispatchEvent(new Event('visibilitychange'));
    },
    scroll(to: number) {
      window.scrollY = to;
      fire('scroll');
    },
    show() {
      document.prerendering = false;
      documentEvents.dispatchEvent(new Event('prerenderingchange'));
    },
    footfall: () => window.footfall as Footfall,
    leftBehind: () => Object.keys(window).filter((name) => !before.includes(name)),
  };
}

export type Loaded = ReturnType<typeof load>;

/** The same with all of it, and time for it to be loaded. */
export async function loadWhole(page: Page = {}): Promise<Loaded> {
  const loaded = load({ isWhole: true, storage: {}, ...page });
  await wait(1);
  return loaded;
}

export const ids = (sent: readonly { report: Sent }[]) => new Set(sent.map(({ report }) => report.id)).size;
export const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** An event as it was, however old it is by now. */
export const ageless = ({ ageMs: _, ...event }: Sent) => event;
