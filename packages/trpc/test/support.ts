import {
  addressReader,
  agentReader,
  visitorKeys,
  botFilter,
  calendar,
  senderReader,
  siteHosts,
  spamFilter,
  storeUnavailable,
  type Caller,
  type CollectedEvent,
  type Salts,
  type Site,
} from '@footfall/core';
import type { Store, Written } from '@footfall/db';
import type { Context } from '@footfall/trpc';

/** The id of its store. */
export const STORE = 7;

export const NOW = Date.parse('2026-11-20T12:00:00Z');
const TODAY = Date.parse('2026-11-20T00:00:00Z');

export const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

const site: Site = {
  name: 'stats.example.com',
  ownHost: 'stats.example.com',
  countsOwnPages: false,
  ...siteHosts([]),
  spamOf: spamFilter(),
  keptParameters: [],
  isIgnoredPage: () => false,
  trackingEnabled: true,
  countBots: false,
  respectDnt: true,
  requireConsent: false,
  statsPublic: true,
  addresses: addressReader([]),
  keyOf: visitorKeys(),
  botOf: botFilter(),
  agentOf: agentReader(),
  senderOf: senderReader(),
  calendar: calendar('UTC'),
  identity: 'daily',
  sessionTimeoutMs: 30 * 60_000,
};
const caller: Caller = {
  userAgent: BROWSER,
  hints: {},
  acceptLanguage: undefined,
  origin: undefined,
  referer: undefined,
  optedOut: false,
  address: '192.0.2.1',
  place: () => ({ country: '', region: '', city: '' }),
};
const salts: Salts = { days: new Map([[TODAY, new Uint8Array(32)]]), device: new Uint8Array(32) };

export interface Changes {
  readonly site?: Partial<Site>;
  readonly caller?: Partial<Caller>;
  /** The store is unavailable, and with it the salts. */
  readonly away?: boolean;
  /** What the clock shows. */
  readonly now?: number;
}

async function* nothing(): AsyncGenerator<never> {}

/** A context around a store that remembers what it was given, and counts each id once. */
export function contextOf(changes: Changes = {}): { context: Context; commits: CollectedEvent[][] } {
  const commits: CollectedEvent[][] = [];
  const ids = new Set<string>();
  let made = 0;
  const away = changes.away === true;

  const addAll = async (reports: readonly CollectedEvent[]): Promise<Written[]> => {
    if (away) throw storeUnavailable();
    commits.push([...reports]);
    return reports.map((report) => {
      const isNew = report.kind === 'engagement' || (report.kind !== 'ignored' && !ids.has(report.id));
      if (report.kind === 'page-view') ids.add(report.id);
      return { counted: isNew, count: ids.size, total: ids.size, version: commits.length, store: STORE };
    });
  };
  const notAsked = () => Promise.reject(new Error('not asked for'));
  const store: Store = {
    add: async (report) => (await addAll([report]))[0] as Written,
    addAll,
    salts: notAsked,
    count: notAsked,
    numbers: async () => ({ count: 7, total: 70, version: 700, store: STORE, updatedAt: null }),
    topPages: notAsked,
    stats: notAsked,
    analytics: notAsked,
    rows: notAsked,
    now: notAsked,
    overview: notAsked,
    ledger: notAsked,
    shares: { list: notAsked, find: notAsked, add: notAsked, revoke: notAsked, used: notAsked },
    segments: { list: notAsked, save: notAsked, rename: notAsked, remove: notAsked },
    annotations: { list: notAsked, add: notAsked, note: notAsked, edit: notAsked, remove: notAsked },
    publicAnnotations: notAsked,
    recent: notAsked,
    notCounted: notAsked,
    notCountedSince: notAsked,
    forgetBefore: () => Promise.resolve(false),
    forgetIds: () => Promise.resolve(false),
    export: notAsked,
    imports: undefined,
    startingNumbers: {} as Store['startingNumbers'],
    fold: () => Promise.resolve(),
    unfolded: () => ({ events: 0, ageMs: 0 }),
    forgetVisitors: () => Promise.resolve({ visits: 0, pageViews: 0 }),
    erasePage: notAsked,
    eraseAll: notAsked,
    version: () => undefined,
    outrank: notAsked,
    supersede: notAsked,
    beat: notAsked,
    ping: notAsked,
    owner: {
      password: notAsked,
      session: notAsked,
      sessions: notAsked,
      addSession: notAsked,
      seen: notAsked,
      endSession: notAsked,
      offerSetup: notAsked,
      isSetupToken: notAsked,
      setPassword: notAsked,
      secondFactor: {} as Store['owner']['secondFactor'],
      passkeys: {} as Store['owner']['passkeys'],
    },
    settings: { current: () => undefined, read: notAsked, refresh: notAsked, change: notAsked },
    keys: { list: notAsked, add: notAsked, revoke: notAsked, used: notAsked },
    waiting: () => 0,
    follow: () => () => {},
    close: async () => {},
  };
  const context: Context = {
    requireOwner: () => Promise.resolve('owner'),
    live: { follow: nothing, followVisits: nothing },
    footfall: {
      site: { ...site, ...changes.site },
      settings: {
        list: notAsked,
        change: notAsked,
        siteWith: () => {
          throw new Error('not asked');
        },
      },
      store,
      shares: { list: notAsked, make: notAsked, revoke: notAsked },
      salts: () => (away ? Promise.reject(storeUnavailable()) : salts),
      now: () => changes.now ?? NOW,
      newId: () => `00000000-0000-7000-8000-${String((made += 1)).padStart(12, '0')}`,
    },
    caller: { ...caller, ...changes.caller },
  };
  return { context, commits };
}
