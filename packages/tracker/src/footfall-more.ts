/**
 * The rest of the tracker, which `footfall.ts` loads when the page is idle, or first where an attribute needs it:
 *
 * - events that were not delivered are sent again under the same ids, with exponential backoff; meanwhile they are stored in the
 *   browser, so that a reload or another page of the site continues (`deliverLater`);
 * - engagement: how long a view was visible, and how far down it was scrolled (`engage`);
 * - navigations that `footfall.ts` does not see (`followMoves`);
 * - consent, the identity of a device, views reported by the site's own scripts, and pages that are hash routes or canonical links (`begin`).
 *
 * Where storage is full, forbidden or filled by other scripts, nothing is stored and everything else works. What we store is
 * bounded, so that a page that never reaches the server does not become slower.
 */
import { attempt } from './attempt.ts';
import type { Call, PageAddress, TrackerEvent, Sent, Tracker, ViewOptions } from './footfall.ts';
import { readQuery } from './parameters.ts';

declare global {
  interface Window {
    /** Set by the first of these scripts. */
    footfallMore?: true;
  }
}

/** The default number of events in a request (`data-batch-size` sets another), and the maximum (docs/api.md). */
const BATCH = 10;
const LARGEST_BATCH = 50;

/** The maximum characters of a batch: browsers limit keepalive requests to 64 KiB. */
const BATCH_CHARACTERS = 60_000;

/** The maximum that all tabs of a site store: entries, and characters of their names and values. */
const STORED_ENTRIES = 100;
const STORED_CHARACTERS = 50 * 1024;

/** Entries removed at a time, so that thousands from an earlier version do not block the page. */
const REMOVED_AT_ONCE = 500;

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const LONGEST_WAIT = 60 * SECOND;
const LONGEST_RETRY_AFTER = 3600 * SECOND;

/** The maximum retries of a page that has never reached the server: something probably blocks it. */
const BLOCKED_RETRIES = 5;

/** A replaced address counts only after this time: maps, for example, replace it with every position. */
const REST = SECOND / 2;

/** How long a device id is valid (docs/design.md, Identity). */
const YEAR = 365 * DAY;

/** Keys in storage. */
const UNDELIVERED = 'footfall.undelivered ';
const CONSENT = 'footfall.consent';
const DEVICE = 'footfall.device';

/** An event that is not settled. */
interface Entry {
  readonly report: TrackerEvent;
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
}

/** What delivery offers to the other parts. */
interface Delivery {
  /** The current view. */
  readonly current: () => Entry | undefined;
  /** Whether the server has acknowledged a view. */
  readonly isDelivered: (view: TrackerEvent) => boolean;
  /** Adds an event to the next batch. */
  readonly add: (report: TrackerEvent) => void;
  /** Sends all events, and one more if given, since the page may be closing. */
  readonly leave: (last?: TrackerEvent) => void;
  /** Drops all events that were not delivered. */
  readonly clear: () => void;
}

const { footfall } = window;
// Without `sent` it is an earlier version from a cache.
if (footfall?.sent !== undefined && !window.footfallMore) {
  window.footfallMore = true;
  attempt(() => {
    const delivery = deliverLater(footfall);
    attempt(() => {
      engage(footfall, delivery);
    });
    begin(footfall, delivery);
  });
}

/** Resends events until the server acknowledges or refuses them. */
function deliverLater(tracker: Tracker): Delivery {
  const { attributes, home } = tracker;
  const batchSize = Math.min(Number(attributes.batchSize) || BATCH, LARGEST_BATCH);
  const maxRetries = Number(attributes.maxRetries ?? Infinity);
  // A server writes its address there (footfall.ts); without it there is no other API.
  const homeApi = home.includes('.invalid/') ? tracker.api : new URL('/api', home).href;
  /** Events that are not settled, by their keys in storage, oldest first. */
  const queue = new Map<string, Entry>();
  const stored = new Set<string>();
  const sizes = new Map<string, number>();
  const delivered = new WeakSet<TrackerEvent>();
  let current: Entry | undefined;
  let retries = 0;
  /** Whether a Footfall has answered this page at all. */
  let hasReached = false;
  let hasWarned = false;
  let isBehind = false;
  let isSending = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const nameOf = ({ at, report: { id, type } }: Entry): string => `${UNDELIVERED}${at} ${id}${type ?? ''}`;

  const remove = (name: string): void => {
    queue.delete(name);
    sizes.delete(name);
    if (stored.delete(name)) attempt(() => localStorage.removeItem(name));
  };

  const add = (entry: Entry): void => {
    const { id, type } = entry.report;
    // An engagement event has the totals so far, so only the latest is needed.
    if (type !== undefined) {
      for (const [name, { report }] of queue) if (report.type === type && report.id === id) remove(name);
    }
    queue.set(nameOf(entry), entry);
    if (queue.size > STORED_ENTRIES) remove(queue.keys().next().value!);
  };

  /** The events to send. Those older than a day are dropped: the server would count them as happening now. */
  const waiting = (): Entry[] => {
    for (const [name, { at }] of queue) if (Date.now() - at > DAY) remove(name);
    return [...queue.values()];
  };

  /** Stores new events, within the limits for all tabs. */
  const store = (): void => {
    let isNew = false;
    for (const [name, { report }] of queue) {
      if (stored.has(name)) continue;
      isNew = true;
      stored.add(name); // even if storage is full: each entry is tried once
      attempt(() => {
        const text = JSON.stringify(report);
        localStorage.setItem(name, text);
        sizes.set(name, name.length + text.length);
      });
    }
    if (isNew) readStored(sizes, () => true);
  };

  const settle = (entries: readonly Entry[]): void => {
    retries = 0;
    hasReached = true;
    for (const entry of entries) {
      delivered.add(entry.report);
      remove(nameOf(entry));
    }
    isBehind &&= queue.size > 0;
  };

  const retry = (retryAfter = 0): void => {
    isBehind = true;
    store();
    const most = hasReached ? maxRetries : Math.min(maxRetries, BLOCKED_RETRIES);
    if (timer !== undefined || isSending || retries >= most) return;
    const wait = Math.min(SECOND * 2 ** retries, LONGEST_WAIT);
    retries += 1;
    // A Retry-After that is a date is NaN here; a timer of more than 24 days would go off at once.
    const asked = retryAfter > 0 ? Math.min(retryAfter * SECOND, LONGEST_RETRY_AFTER) : 0;
    // Jitter, so that visitors do not all return at once.
    timer = setTimeout(() => attempt(send), asked + wait * (0.5 + Math.random() / 2));
  };

  /** Handles the answer to some entries; undefined is a failed request. */
  const answered = (entries: readonly Entry[], answer: unknown): void => {
    const outcome = attempt(() => outcomeOf(answer as Response));
    if (typeof outcome === 'number') hasReached = true;
    if (outcome === 'forbidden') {
      attempt(() => navigator.sendBeacon(`${tracker.api}/track`, bodyOf(entries)));
      settle(entries);
    } else if (outcome === 'settled') {
      settle(entries);
      if (isBehind) send();
    } else if (outcome !== 'elsewhere') retry(outcome);
    else if (tracker.api !== homeApi) {
      tracker.api = homeApi;
      send();
    } else {
      if (!hasWarned) console.warn(`Footfall: nothing is counted, there is no API at ${homeApi}`);
      hasWarned = true;
      retry();
    }
  };

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = batchOf(waiting(), batchSize);
    if (batch.length === 0 || isSending) return;
    isSending = true;
    const body = bodyOf(batch);
    const done = (answer?: unknown): void => {
      isSending = false;
      attempt(() => {
        answered(batch, answer);
      });
    };
    try {
      fetch(`${tracker.api}/track`, {
        method: 'POST',
        body,
        keepalive: true,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      }).then(done, () => {
        done();
      });
    } catch {
      // fetch is missing or broken by the page. A beacon has no result, so it is sent once.
      attempt(() => navigator.sendBeacon(`${tracker.api}/track`, body));
      isSending = false;
      settle(batch);
      send();
    }
  }

  const takeOver = ([report, at, answer]: Sent): void => {
    const entry = { report, at };
    current = entry;
    add(entry);
    void answer.then((response) =>
      attempt(() => {
        answered([entry], response);
      }),
    );
  };

  const left: Entry[] = [];
  readStored(sizes, (name, text, at) => {
    const report = attempt(() => JSON.parse(text) as TrackerEvent | null);
    if (typeof report?.id !== 'string' || name !== nameOf({ report, at })) return false;
    left.unshift({ report, at });
    return true;
  });
  for (const entry of left) {
    stored.add(nameOf(entry));
    add(entry);
  }
  tracker.sent.forEach(takeOver);
  tracker.sent.push = (...sent) => {
    sent.forEach(takeOver);
    return 0;
  };
  if (left.length > 0) retry();
  addEventListener('online', () => {
    retries = 0;
    attempt(send);
  });

  let known = '';
  return {
    current: () => current,
    isDelivered: (view) => delivered.has(view),
    add: (report) => {
      add({ report, at: Date.now() });
      if (queue.size >= batchSize && !isBehind) send();
    },
    leave: (last) => {
      const latest = [
        ...waiting(),
        ...(last === undefined ? [] : [{ report: last, at: Date.now() }]),
      ].reverse();
      const batch = batchOf(latest, LARGEST_BATCH).reverse();
      const reports = JSON.stringify(batch.map(({ report }) => report));
      if (batch.length === 0 || known === reports) return; // a closing page fires both events
      known = reports;
      const isSent =
        navigator.onLine && attempt(() => navigator.sendBeacon(`${tracker.api}/track`, bodyOf(batch)));
      // A beacon has no result, so page views stay until they are acknowledged.
      if (isSent) for (const entry of batch) if (entry.report.type !== undefined) remove(nameOf(entry));
      store();
    },
    clear: () => {
      clearTimeout(timer);
      timer = undefined;
      queue.clear();
      stored.clear();
      sizes.clear();
    },
  };
}

/**
 * What an answer means: settled, not from Footfall (elsewhere), to be retried after a number of seconds, or forbidden, since
 * another script of the page adds its own token, which a beacon does not have.
 */
function outcomeOf({ status, headers }: Response): 'settled' | 'elsewhere' | 'forbidden' | number {
  // Timeouts, rate limits and server errors are temporary.
  if (status >= 500 || [408, 425, 429].includes(status)) return Number(headers.get('retry-after'));
  if (status === 204) return 'settled';
  // Another server has no such route, or answers no JSON.
  const isOurs = status !== 404 && status !== 405 && /json/.test(headers.get('content-type') ?? '');
  return isOurs ? (status === 401 ? 'forbidden' : 'settled') : 'elsewhere';
}

/** The first entries, as many as fit into one batch. */
function batchOf(entries: readonly Entry[], most: number): Entry[] {
  let characters = 0;
  return entries
    .slice(0, most)
    .filter(
      ({ report }, at) => (characters += JSON.stringify(report).length + 40) <= BATCH_CHARACTERS || at === 0,
    );
}

/** The body of a batch. Events have an age instead of a time, since a device's clock may be hours off. */
function bodyOf(batch: readonly Entry[]): string {
  const now = Date.now();
  const events = batch.map(({ report, at }) => ({ ...report, ageMs: Math.min(Math.max(0, now - at), DAY) }));
  return JSON.stringify({ events });
}

/**
 * Reads our stored entries, newest first, and removes those that are too old, beyond the limits, or not accepted.
 * @param sizes characters of the known entries; entries of other tabs are added
 * @param take accepts an unknown entry, or returns false
 */
function readStored(
  sizes: Map<string, number>,
  take: (name: string, text: string, at: number) => boolean,
): void {
  attempt(() => {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(UNDELIVERED));
    let room = STORED_CHARACTERS;
    let entries = 0;
    let removed = 0;
    const sizeOf = (name: string, at: number): number => {
      const known = sizes.get(name);
      if (known !== undefined) return known;
      const text = localStorage.getItem(name) ?? '';
      const size = take(name, text, at) ? name.length + text.length : Infinity;
      sizes.set(name, size);
      return size;
    };
    for (const name of names.sort().reverse()) {
      const at = Number(name.slice(UNDELIVERED.length).split(' ')[0]);
      const isRecent = Math.abs(Date.now() - at) <= DAY;
      const size = isRecent && entries < STORED_ENTRIES ? sizeOf(name, at) : Infinity;
      if (size <= room) {
        entries += 1;
        room -= size;
      } else if ((removed += 1) <= REMOVED_AT_ONCE) {
        localStorage.removeItem(name);
        sizes.delete(name);
      } else return;
    }
  });
}

/** Measures how long each view is visible, and how far it is scrolled; reports it at the next view and when the page is hidden. */
function engage(tracker: Tracker, delivery: Delivery): void {
  let view = delivery.current();
  let shownAt = document.hidden ? undefined : view?.at;
  let engagedMs = 0;
  let deepest = 0;

  const scrolled = (): void => {
    deepest = Math.max(deepest, scrollY + innerHeight);
  };

  const look = (): void => {
    if (delivery.current() !== view) {
      view = delivery.current();
      engagedMs = deepest = 0;
    }
    if (document.hidden) return;
    shownAt ??= Date.now();
    scrolled();
  };

  /** The engagement event of the current view; undefined if it was reported already. */
  const looked = (): TrackerEvent | undefined => {
    if (shownAt === undefined || view === undefined) return;
    engagedMs += Math.max(0, Date.now() - shownAt);
    shownAt = undefined;
    const scrollPercent =
      Math.min(100, Math.round((deepest / document.documentElement.scrollHeight) * 100)) || 0;
    return { type: 'page_hide', id: view.report.id, engagedMs, scrollPercent, ...tracker.visitor };
  };

  const { report } = tracker;
  tracker.report = () => {
    const last = looked();
    // The server knows no engagement without its view.
    if (last !== undefined && view !== undefined && delivery.isDelivered(view.report)) delivery.add(last);
    report();
    look();
  };
  const hide = (): void => {
    const last = looked();
    if (last === undefined || view === undefined) delivery.leave();
    else if (delivery.isDelivered(view.report)) {
      delivery.add(last);
      delivery.leave();
    } else delivery.leave(last);
  };

  scrolled();
  addEventListener('scroll', () => attempt(scrolled), { passive: true });
  addEventListener('pagehide', () => attempt(hide));
  document.addEventListener('visibilitychange', () => attempt(document.hidden ? hide : look));
}

/** Reports navigations that `footfall.ts` does not see. */
function followMoves(tracker: Tracker): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const moved = (): void => {
    clearTimeout(timer);
    timer = undefined;
    attempt(tracker.moved);
  };
  const movedAfterRest = (): void => {
    clearTimeout(timer);
    timer = setTimeout(moved, REST);
  };

  if ('navigation' in window) {
    navigation.addEventListener('currententrychange', ({ navigationType }) => {
      if (navigationType === 'replace') movedAfterRest();
      else moved();
    });
  } else {
    attempt(() => {
      const replaceState = history.replaceState.bind(history);
      history.replaceState = (...entry) => {
        replaceState(...entry);
        movedAfterRest();
      };
    });
    for (const name of ['popstate', 'hashchange']) addEventListener(name, moved);
    // A router may have saved the history's functions before this script ran.
    const look = (): void => {
      if (timer === undefined) movedAfterRest();
    };
    addEventListener('click', look, true);
    document.addEventListener('visibilitychange', look);
  }
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) attempt(tracker.report);
  });
  movedAfterRest(); // navigations before this script ran
}

/** The path in a fragment (`#/about`, `#!/about`); empty for the first page and for other fragments. */
function routeOf(hash: string): string {
  return /^#!?(\/[^?].*)/.exec(hash)?.[1] ?? '';
}

/** The address of a page whose routes are in its fragment: `/app/#/about?x=1` is `/app/about`. */
function hashAddress({ attributes }: Tracker): PageAddress {
  const { origin, pathname, search, hash } = location;
  const [route = '', query = ''] = routeOf(hash).split('?');
  return [
    origin + (route === '' ? pathname : pathname.replace(/\/$/, '') + route),
    readQuery(`${search.slice(1)}&${query}`, attributes.keep)[0],
  ];
}

/** An address given by the site, relative or absolute; undefined if it is not http(s). */
function addressOf(address: string, { attributes }: Tracker): PageAddress | undefined {
  const url = attempt(() => new URL(address, location.href));
  return url !== undefined && /^http/.test(url.protocol)
    ? [url.origin + url.pathname, readQuery(url.search.slice(1), attributes.keep)[0]]
    : undefined;
}

/** Starts the tracker where `footfall.ts` has left that to this script, and handles the calls of the site's scripts. */
function begin(tracker: Tracker, delivery: Delivery): void {
  const { attributes } = tracker;
  const isOn = (name: string): boolean => attributes[name] === 'true';
  const isDevice = attributes.identity === 'device';
  const isAsked = isOn('requireConsent');
  const isManual = isOn('manual');
  let isAllowed = !isAsked;
  let hasBegun = tracker.lastAddress !== undefined;

  const address = isOn('hash') ? () => hashAddress(tracker) : tracker.pageAddress;
  // Each route in the fragment is a view, of the same page unless `data-hash` is set.
  const addressNow = (): PageAddress =>
    [...address(), isOn('hash') ? '' : routeOf(location.hash)] as unknown as PageAddress;
  if (hasBegun)
    tracker.lastAddress = [...tracker.lastAddress!, routeOf(location.hash)] as unknown as PageAddress;
  tracker.pageAddress = addressNow;

  const { report } = tracker;
  /** Reports a view of a given address instead of the page's own. */
  const reportAs = (address: string | undefined): void => {
    const other = address === undefined ? undefined : addressOf(address, tracker);
    if (other !== undefined) tracker.pageAddress = () => other;
    report();
    tracker.pageAddress = addressNow;
    tracker.lastAddress = addressNow();
  };

  let canonical: string | undefined;
  let canonicalAt = '';
  tracker.report = () => {
    if (!isAllowed) return;
    const link = isOn('canonical')
      ? document.querySelector<HTMLLinkElement>('link[rel="canonical"]')?.href
      : undefined;
    // After a navigation, an unchanged link belongs to the last page: the application may update it later.
    const here = addressNow().join();
    const isOfHere = link !== canonical || here === canonicalAt;
    if (isOfHere) [canonical, canonicalAt] = [link, here];
    reportAs(isOfHere ? link : undefined);
  };

  let byHand: ViewOptions | undefined;
  tracker.view = (options) => {
    attempt(() => {
      if (!isAllowed) byHand = options ?? {};
      else if (options?.url === undefined) tracker.report();
      else reportAs(String(options.url));
    });
  };

  const start = (): void => {
    if (hasBegun) return;
    hasBegun = true;
    if (isDevice) tracker.visitor = { ...tracker.visitor, visitorId: device() };
    if (!isManual) tracker.begin();
    else if (byHand !== undefined) tracker.view(byHand);
  };

  const consent = (given: boolean): void => {
    attempt(() => {
      if (given) localStorage.setItem(CONSENT, 'true');
      else {
        // Also the widget's entries; the reader's opt-out stays.
        for (const name of Object.keys(localStorage))
          if (/^footfall\.(?!ignore)/.test(name)) localStorage.removeItem(name);
      }
    });
    tracker.visitor = given ? { consent: true, visitorId: isDevice ? device() : undefined } : {};
    isAllowed = given || !isAsked;
    if (given) start();
    else delivery.clear();
  };
  tracker.consent = (given) => {
    attempt(() => {
      consent(given);
    });
  };

  const calls = tracker.calls.splice(0);
  const answer = (call: Call): void => {
    if (typeof call === 'boolean') tracker.consent(call);
    else tracker.view(call);
  };
  // For scripts that have stored the functions of `footfall.ts`.
  tracker.calls.push = (...made) => {
    made.forEach(answer);
    return 0;
  };

  const given = calls.filter((call) => typeof call === 'boolean').pop();
  const isGiven =
    given ?? (attributes.consent === 'true' || attempt(() => localStorage.getItem(CONSENT)) === 'true');
  if (isGiven && (isAsked || given === true)) tracker.consent(true);
  else if (given === false) tracker.consent(false);
  if (isAllowed) start();
  if (!isManual) followMoves(tracker);
  for (const call of calls) if (typeof call !== 'boolean') answer(call);
}

/** The id of this browser, valid for a year; undefined where nothing can be stored. */
function device(): string | undefined {
  return attempt(() => {
    const [known, until] = JSON.parse(localStorage.getItem(DEVICE) ?? '[]') as [string?, number?];
    if (known !== undefined && Number(until) > Date.now()) return known;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(36)).join('');
    localStorage.setItem(DEVICE, JSON.stringify([made, Date.now() + YEAR]));
    return made;
  });
}
