/**
 * The rest of the tracker, which `footfall.ts` loads when the page is idle, or first where an attribute needs it:
 *
 * - what was not delivered is sent again under the same ids, after ever longer waits; meanwhile it is stored in the browser, so that
 *   a reload or another page of the site goes on with it (`deliverLater`);
 * - how long a view was looked at, and how far down (`engage`);
 * - moves that `footfall.ts` does not see (`followMoves`);
 * - consent, the identity of a device, views by hand, and pages that are hash routes or canonical links (`begin`).
 *
 * Storage that is full, forbidden or filled by somebody else changes nothing but that nothing is stored. What we store is bounded:
 * a page that never reaches us must not become slower for it.
 */
import { attempt } from './attempt.ts';
import type { Call, Place, Report, Sent, Tracker, ViewOptions } from './footfall.ts';
import { readQuery } from './parameters.ts';

declare global {
  interface Window {
    /** Set by the first of these scripts. */
    footfallMore?: true;
  }
}

/** Most reports in one try, unless the owner says so (`data-batch-size`), and in one batch at all (docs/api.md). */
const BATCH = 10;
const LARGEST_BATCH = 50;

/** Most characters of a batch: browsers let a page send 64 KiB that outlive it. */
const BATCH_CHARACTERS = 60_000;

/** Most that is stored, by all tabs of a site: entries, and characters of their names and values. */
const STORED_ENTRIES = 100;
const STORED_CHARACTERS = 50 * 1024;

/** Entries that are removed in one go, so that thousands that an earlier version left do not hold up the page. */
const REMOVED_AT_ONCE = 500;

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const LONGEST_WAIT = 60 * SECOND;
const LONGEST_RETRY_AFTER = 3600 * SECOND;

/** Tries of a page that has not reached us at all: something blocks it, and will go on doing so. */
const BLOCKED_RETRIES = 5;

/** A replaced address counts when it has stood for so long: a map writes each of its positions into it. */
const REST = SECOND / 2;

/** A device is known for so long (docs/design.md, Identity). */
const YEAR = 365 * DAY;

/** Names in storage. */
const UNDELIVERED = 'footfall.undelivered ';
const CONSENT = 'footfall.consent';
const DEVICE = 'footfall.device';

/** A report that is not settled. */
interface Entry {
  readonly report: Report;
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
}

/** What the other parts need of delivery. */
interface Delivery {
  /** The view at hand. */
  readonly current: () => Entry | undefined;
  /** Whether the server has a view. */
  readonly isDelivered: (view: Report) => boolean;
  /** Takes a report that is sent with the next batch. */
  readonly add: (report: Report) => void;
  /** Sends what there is, and one more report if given, since the page may be going. */
  readonly leave: (last?: Report) => void;
  /** Forgets what was not delivered. */
  readonly clear: () => void;
}

const { footfall } = window;
// Without `sent` it is of an earlier version, out of a cache.
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

/** Sends again what was not delivered, until the server has it or refuses it. */
function deliverLater(tracker: Tracker): Delivery {
  const { attributes, home } = tracker;
  const batchSize = Math.min(Number(attributes.batchSize) || BATCH, LARGEST_BATCH);
  const maxRetries = Number(attributes.maxRetries ?? Infinity);
  // Unless a server has written its address there (footfall.ts), there is no other API.
  const homeApi = home.includes('.invalid/') ? tracker.api : new URL('/api', home).href;
  /** What is not settled, by names in storage, oldest first. */
  const queue = new Map<string, Entry>();
  const stored = new Set<string>();
  const sizes = new Map<string, number>();
  const delivered = new WeakSet<Report>();
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
    // How long a view was looked at is all of it so far: the latest report is enough.
    if (type !== undefined) {
      for (const [name, { report }] of queue) if (report.type === type && report.id === id) remove(name);
    }
    queue.set(nameOf(entry), entry);
    if (queue.size > STORED_ENTRIES) remove(queue.keys().next().value!);
  };

  /** What there is to send; the server would take what is older for what happens now. */
  const waiting = (): Entry[] => {
    for (const [name, { at }] of queue) if (Date.now() - at > DAY) remove(name);
    return [...queue.values()];
  };

  /** Writes what is new, and keeps to the bounds whatever other tabs have written. */
  const store = (): void => {
    let isNew = false;
    for (const [name, { report }] of queue) {
      if (stored.has(name)) continue;
      isNew = true;
      stored.add(name); // also where there is no room: each entry is tried once
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
    // Not all visitors at once when a server comes back.
    timer = setTimeout(() => attempt(send), asked + wait * (0.5 + Math.random() / 2));
  };

  /** Acts on the answer to some entries; one that is no answer is a failure. */
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
      // No fetch, or one that the page has broken: a beacon says nothing of its fate, so there is no second.
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
    const report = attempt(() => JSON.parse(text) as Report | null);
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
      if (batch.length === 0 || known === reports) return; // both events of a page that goes say the same
      known = reports;
      const isSent =
        navigator.onLine && attempt(() => navigator.sendBeacon(`${tracker.api}/track`, bodyOf(batch)));
      // A beacon says nothing of its fate: a page view stays until it is acknowledged.
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
 * What an answer means: settled, not a Footfall's, to be tried again after some seconds, or forbidden: another script of the page
 * adds a token of its own, which a beacon does not have.
 */
function outcomeOf({ status, headers }: Response): 'settled' | 'elsewhere' | 'forbidden' | number {
  // Too slow and too many pass, as errors of the server do.
  if (status >= 500 || [408, 425, 429].includes(status)) return Number(headers.get('retry-after'));
  if (status === 204) return 'settled';
  // A site whose own server answers has no JSON for it, or no such route.
  const isOurs = status !== 404 && status !== 405 && /json/.test(headers.get('content-type') ?? '');
  return isOurs ? (status === 401 ? 'forbidden' : 'settled') : 'elsewhere';
}

/** The first of some entries that go into one batch. */
function batchOf(entries: readonly Entry[], most: number): Entry[] {
  let characters = 0;
  return entries
    .slice(0, most)
    .filter(
      ({ report }, at) => (characters += JSON.stringify(report).length + 40) <= BATCH_CHARACTERS || at === 0,
    );
}

/** A batch as it is sent. The server's clock says when it was: a device's may be hours off. */
function bodyOf(batch: readonly Entry[]): string {
  const now = Date.now();
  const events = batch.map(({ report, at }) => ({ ...report, ageMs: Math.min(Math.max(0, now - at), DAY) }));
  return JSON.stringify({ events });
}

/**
 * Goes through what is stored of ours, newest first, and removes what is too old, too much, or not taken.
 * @param sizes characters of the entries that are known; entries of other tabs are added
 * @param take returns whether an entry that is not known is one
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

/** Notes how long each view is looked at, and how far down; reports it when another follows and when the page is hidden. */
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

  /** How long the view at hand has been looked at; undefined where that is known already. */
  const looked = (): Report | undefined => {
    if (shownAt === undefined || view === undefined) return;
    engagedMs += Math.max(0, Date.now() - shownAt);
    shownAt = undefined;
    const scrollPercent =
      Math.min(100, Math.round((deepest / document.documentElement.scrollHeight) * 100)) || 0;
    return { type: 'page_hide', id: view.report.id, engagedMs, scrollPercent, ...tracker.who };
  };

  const { report } = tracker;
  tracker.report = () => {
    const last = looked();
    // Of a view that the server does not have there is nothing to say.
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

/** Reports moves that `footfall.ts` does not see. */
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
    // A router that had saved the history's functions before this script came moves unseen.
    const look = (): void => {
      if (timer === undefined) movedAfterRest();
    };
    addEventListener('click', look, true);
    document.addEventListener('visibilitychange', look);
  }
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) attempt(tracker.report);
  });
  movedAfterRest(); // before this script was here
}

/** A fragment that is a path (`#/about`, `#!/about`), as an application uses it; the first page's is none. */
function routeOf(hash: string): string {
  return /^#!?(\/[^?].*)/.exec(hash)?.[1] ?? '';
}

/** Where a page is whose routes are in its fragment: `/app/#/about?x=1` is `/app/about`. */
function hashPlace({ attributes }: Tracker): Place {
  const { origin, pathname, search, hash } = location;
  const [route = '', query = ''] = routeOf(hash).split('?');
  return [
    origin + (route === '' ? pathname : pathname.replace(/\/$/, '') + route),
    readQuery(`${search.slice(1)}&${query}`, attributes.keep)[0],
  ];
}

/** Where an address is, of the site's own or of another http(s) page. */
function placeOf(address: string, { attributes }: Tracker): Place | undefined {
  const url = attempt(() => new URL(address, location.href));
  return url !== undefined && /^http/.test(url.protocol)
    ? [url.origin + url.pathname, readQuery(url.search.slice(1), attributes.keep)[0]]
    : undefined;
}

/** Begins where `footfall.ts` waits, and answers what scripts of the owner's ask for. */
function begin(tracker: Tracker, delivery: Delivery): void {
  const { attributes } = tracker;
  const isOn = (name: string): boolean => attributes[name] === 'true';
  const isDevice = attributes.identity === 'device';
  const isAsked = isOn('requireConsent');
  const isManual = isOn('manual');
  let isAllowed = !isAsked;
  let hasBegun = tracker.lastPlace !== undefined;

  const place = isOn('hash') ? () => hashPlace(tracker) : tracker.place;
  // Where an application's routes are in the fragment each is a view, of the same page unless `data-hash` says otherwise.
  const placeNow = (): Place => [...place(), isOn('hash') ? '' : routeOf(location.hash)] as unknown as Place;
  if (hasBegun) tracker.lastPlace = [...tracker.lastPlace!, routeOf(location.hash)] as unknown as Place;
  tracker.place = placeNow;

  const { report } = tracker;
  /** Reports a view of another address than the page's own. */
  const reportAs = (address: string | undefined): void => {
    const other = address === undefined ? undefined : placeOf(address, tracker);
    if (other !== undefined) tracker.place = () => other;
    report();
    tracker.place = placeNow;
    tracker.lastPlace = placeNow();
  };

  let canonical: string | undefined;
  let canonicalAt = '';
  tracker.report = () => {
    if (!isAllowed) return;
    const link = isOn('canonical')
      ? document.querySelector<HTMLLinkElement>('link[rel="canonical"]')?.href
      : undefined;
    // Elsewhere, a link that has not changed is the last page's: an application may write the next one later.
    const here = placeNow().join();
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
    if (isDevice) tracker.who = { ...tracker.who, visitorId: device() };
    if (!isManual) tracker.begin();
    else if (byHand !== undefined) tracker.view(byHand);
  };

  const consent = (given: boolean): void => {
    attempt(() => {
      if (given) localStorage.setItem(CONSENT, 'true');
      else {
        // The widget's too. What opts this browser out stays.
        for (const name of Object.keys(localStorage))
          if (/^footfall\.(?!ignore)/.test(name)) localStorage.removeItem(name);
      }
    });
    tracker.who = given ? { consent: true, visitorId: isDevice ? device() : undefined } : {};
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
  // Also for scripts that keep the functions that `footfall.ts` gave them.
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

/** A name for this browser, for a year from when it was made; none where nothing can be stored. */
function device(): string | undefined {
  return attempt(() => {
    const [known, until] = JSON.parse(localStorage.getItem(DEVICE) ?? '[]') as [string?, number?];
    if (known !== undefined && Number(until) > Date.now()) return known;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(36)).join('');
    localStorage.setItem(DEVICE, JSON.stringify([made, Date.now() + YEAR]));
    return made;
  });
}
