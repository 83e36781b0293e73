/**
 * The rest of the tracker, which `footfall.ts` loads when the page has nothing else to do, and before anything where the
 * owner asks for consent (`data-require-consent`) or the identity of a device (`data-identity="device"`):
 *
 * - what was not delivered is sent again under the same ids, some at a time, after ever longer waits; meanwhile it is kept in
 *   the browser, so that a reload or another page of the site goes on with it;
 * - how long a view was looked at, and how far down;
 * - a browser without the Navigation API tells of its moves by its history.
 *
 * Storage that is full, forbidden or filled by somebody else changes nothing but that nothing is kept.
 */
import type { Report, Tracker } from './footfall.ts';

declare global {
  interface Window {
    /** Set by the first of these scripts. */
    footfallMore?: true;
  }
}

/** Most reports in one try, unless the owner says so (`data-batch-size`), and in one batch at all (API.md). */
const BATCH = 10;
const LARGEST_BATCH = 50;

const SECOND = 1000;
const LONGEST_WAIT = 60 * SECOND;
const LONGEST_RETRY_AFTER = 3600 * SECOND;

/** A device is known for so long (DESIGN, Identity). */
const YEAR = 365 * 24 * 3600 * SECOND;

/** Names in storage. */
const UNDELIVERED = 'footfall.undelivered ';
const CONSENT = 'footfall.consent';
const DEVICE = 'footfall.device';

if (window.footfall !== undefined && !window.footfallMore) {
  window.footfallMore = true;
  const tracker = window.footfall;
  attempt(() => deliverLater(tracker));
  attempt(() => engage(tracker));
  attempt(() => followHistory(tracker));
  attempt(() => identify(tracker));
}

/** Sends again what was not delivered, until the server has it or refuses it. */
function deliverLater(tracker: Tracker): void {
  const { api, data, settle } = tracker;
  const batchSize = Math.min(Number(data.batchSize) || BATCH, LARGEST_BATCH);
  const maxRetries = Number(data.maxRetries ?? Infinity);
  let retries = 0;
  let isSending = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const nameOf = ({ id, type }: Report): string => UNDELIVERED + id + (type ?? '');

  tracker.settle = (reports) => {
    settle(reports);
    for (const report of reports) attempt(() => localStorage.removeItem(nameOf(report)));
  };

  const keep = (): void => {
    for (const report of tracker.queue) {
      attempt(() => localStorage.setItem(nameOf(report), JSON.stringify(report)));
    }
  };

  tracker.retry = (retryAfter = 0): void => {
    keep();
    if (timer !== undefined || isSending || retries >= maxRetries) return;
    const wait = Math.min(SECOND * 2 ** retries, LONGEST_WAIT);
    retries += 1;
    // A Retry-After that is a date is NaN here; a timer of more than 24 days would go off at once.
    const asked = retryAfter > 0 ? Math.min(retryAfter * SECOND, LONGEST_RETRY_AFTER) : 0;
    // Not all visitors at once when a server comes back.
    timer = setTimeout(send, asked + wait * (0.5 + Math.random() / 2));
  };

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = tracker.queue.slice(0, batchSize);
    if (batch.length === 0 || isSending) return;
    isSending = true;
    const body = JSON.stringify({ events: batch });
    const settled = (): void => {
      isSending = false;
      retries = 0;
      tracker.settle(batch);
      send();
    };
    const failed = (retryAfter?: number): void => {
      isSending = false;
      tracker.retry(retryAfter);
    };
    try {
      fetch(`${api}/track`, {
        method: 'POST',
        body,
        keepalive: true,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      })
        .then(({ status, headers }) => {
          // Too slow and too many pass, as errors of the server do.
          if (status < 500 && ![408, 425, 429].includes(status)) settled();
          else failed(Number(headers.get('retry-after')));
        })
        .catch(() => failed());
    } catch {
      // No fetch, or one that the page has broken: a beacon tells nothing of its fate, so there is no second.
      attempt(() => navigator.sendBeacon(`${api}/track`, body));
      settled();
    }
  }

  let told = '';
  tracker.hide = () => {
    const body = JSON.stringify({ events: tracker.queue.slice(-LARGEST_BATCH) });
    if (tracker.queue.length === 0 || body === told) return; // both events of a page that goes tell the same
    told = body;
    const isSent = navigator.onLine && navigator.sendBeacon(`${api}/track`, body);
    // A beacon tells nothing of its fate: a page view stays until it is acknowledged.
    if (isSent) tracker.settle(tracker.queue.filter(({ type }) => type !== undefined));
    keep();
  };

  addEventListener('online', () => {
    retries = 0;
    send();
  });

  const isThere = (name: string): boolean => tracker.queue.some((report) => nameOf(report) === name);
  let isBehind = tracker.isBehind === true;
  for (const name of attempt(() => Object.keys(localStorage)) ?? []) {
    if (!name.startsWith(UNDELIVERED)) continue;
    const report = attempt(() => JSON.parse(localStorage.getItem(name) ?? '') as Report | null);
    if (typeof report?.id !== 'string' || name !== nameOf(report))
      attempt(() => localStorage.removeItem(name));
    else if (!isThere(name)) {
      tracker.queue.push(report);
      isBehind = true;
    }
  }
  if (isBehind) tracker.retry();
}

/** Notes how long each view is looked at, and how far down; says so when another follows and when the page is hidden. */
function engage(tracker: Tracker): void {
  let { current } = tracker;
  let shownAt = document.hidden ? undefined : current?.timestamp;
  let engagedMs = 0;
  let deepest = 0;

  const scrolled = (): void => {
    deepest = Math.max(deepest, scrollY + innerHeight);
  };

  const look = (): void => {
    if (tracker.current !== current) {
      ({ current } = tracker);
      engagedMs = deepest = 0;
    }
    if (document.hidden) return;
    shownAt ??= Date.now();
    scrolled();
  };

  const leave = (): void => {
    if (shownAt === undefined || current === undefined) return;
    const timestamp = Date.now();
    engagedMs += Math.max(0, timestamp - shownAt);
    shownAt = undefined;
    const scrollPercent =
      Math.min(100, Math.round((deepest / document.documentElement.scrollHeight) * 100)) || 0;
    tracker.queue.push({
      type: 'page_hide',
      id: current.id,
      engagedMs,
      scrollPercent,
      timestamp,
      ...tracker.who,
    });
  };

  const { view, hide } = tracker;
  tracker.view = () => {
    leave();
    view();
    look();
  };
  tracker.hide = () => {
    leave();
    hide();
  };

  scrolled();
  addEventListener('scroll', () => attempt(scrolled), { passive: true });
  document.addEventListener('visibilitychange', () => attempt(document.hidden ? tracker.hide : look));
}

/** Tells the tracker of moves where the browser does not. */
function followHistory({ moved }: Tracker): void {
  if ('navigation' in window) return;
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name].bind(history);
    history[name] = (...entry) => {
      original(...entry);
      attempt(moved);
    };
  }
  addEventListener('popstate', () => attempt(moved));
}

/** Lets the tracker begin where it waits: for consent, and with the name of the device. */
function identify(tracker: Tracker): void {
  const { data } = tracker;
  const isDevice = data.identity === 'device';
  const isAsked = data.requireConsent === 'true';
  let hasBegun = !isDevice && !isAsked;
  const { view } = tracker;

  tracker.consent = (given) => {
    attempt(() => {
      if (given) localStorage.setItem(CONSENT, 'true');
      else {
        const ours = Object.keys(localStorage).filter((name) => name.startsWith(UNDELIVERED));
        for (const name of [CONSENT, DEVICE, ...ours]) localStorage.removeItem(name);
      }
    });
    tracker.who = given ? { consent: true, visitorId: isDevice ? device() : undefined } : {};
    tracker.view = given || !isAsked ? view : () => {};
    if (!given) tracker.queue = [];
    else if (!hasBegun) begin();
  };

  const begin = (): void => {
    hasBegun = true;
    tracker.begin();
  };

  const isGiven =
    tracker.given ?? (data.consent === 'true' || attempt(() => localStorage.getItem(CONSENT)) === 'true');
  if (isGiven && (isAsked || tracker.given)) return tracker.consent(true);
  if (hasBegun) return;
  if (isAsked) return;
  tracker.who = { ...tracker.who, visitorId: device() };
  begin();
}

/** A name for this browser, for a year from when it was made; none where nothing can be kept. */
function device(): string | undefined {
  return attempt(() => {
    const [known, until] = JSON.parse(localStorage.getItem(DEVICE) ?? '[]') as [string?, number?];
    if (known !== undefined && Number(until) > Date.now()) return known;
    const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(36)).join('');
    localStorage.setItem(DEVICE, JSON.stringify([made, Date.now() + YEAR]));
    return made;
  });
}

/** What a browser may refuse is done without: no error of ours ever reaches the page. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return;
  }
}
