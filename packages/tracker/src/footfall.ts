/**
 * The tracker: reports the views of the page it stands on, and nothing that says who views.
 *
 *     <script defer src="https://stats.example.com/footfall.js" data-keep="q page"></script>
 *
 * A view is a load, a move within a single-page application, a return out of the back/forward cache; of a page loaded ahead
 * of time, its first showing. The rest is in `footfall-more.ts`, which is loaded when the page has nothing else to do: what was
 * not delivered, how long a view was looked at, and for the few sites that ask for them, consent and the identity of a device.
 * README.md has the attributes (`data-…`).
 *
 * No cookie, no storage, no error of ours on someone else's page, and at most 1,024 bytes after brotli.
 */
import { CLICK_IDS } from '@footfall/core/click-ids';

/** A page view, or how long it has been looked at by now (API.md, Writing). */
export interface Report extends Who {
  readonly id: string;
  readonly timestamp: number;
  /** Of a page view there is none. */
  readonly type?: 'page_hide';
  /** All the time that the view was visible by now, and how far down it was seen. */
  readonly engagedMs?: number;
  readonly scrollPercent?: number;
}

/** What a report says of its visitor, where the owner has asked for it. */
export interface Who {
  readonly visitorId?: string | undefined;
  readonly consent?: boolean;
}

/** What stands on the page as `footfall`: for its owner's scripts `consent`, the rest for `footfall-more.ts`. */
export interface Tracker {
  /** The visitor consents, or consents no longer. */
  consent: (given: boolean) => void;
  /** What was said of it before `footfall-more.ts` was there. */
  given?: boolean;
  readonly data: DOMStringMap;
  /** Where the API is. */
  readonly api: string;
  /** What the server has not acknowledged, nor refused. */
  queue: Report[];
  who: Who;
  /** The view at hand. */
  current?: Report;
  /** Reports a view, after which there is another at hand. */
  view: () => unknown;
  /** Reports this view, and from now on each that follows. */
  readonly begin: () => void;
  /** Reports a view where the page has moved to another place. */
  readonly moved: () => unknown;
  /** Told of reports that the server has acknowledged or refused. */
  settle: (reports: readonly Report[]) => void;
  /** Told when one was not delivered. */
  retry: (retryAfter?: number) => void;
  isBehind?: boolean;
  /** Told when nobody looks any more. */
  hide: () => unknown;
}

declare global {
  interface Window {
    /** Set by the first tracker of a page: a second one is silent. */
    footfall?: Tracker;
  }
  interface Document {
    /** Whether the page is loaded ahead of time and nobody has seen it (Chromium only). */
    readonly prerendering?: boolean;
  }
  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}

/** Longest URL that the server takes, in characters: it is ASCII. */
const URL_CHARACTERS = 4096;

/** Most reports in one batch (API.md). */
const LARGEST_BATCH = 50;

const UTM = /^utm_(source|medium|campaign|term|content)$/;

quietly(() => {
  // Only now: `currentScript` is gone once this has run.
  const { dataset, src, nonce } = document.currentScript as HTMLScriptElement;
  let ignored: string | undefined;
  quietly(() => (ignored = localStorage['footfall.ignore'] as string | undefined));
  if (
    window.footfall ||
    ignored ||
    !/^http/.test(location.protocol) ||
    dataset.trackingEnabled === 'false' ||
    (dataset.respectDnt !== 'false' && (navigator.globalPrivacyControl || navigator.doNotTrack === '1'))
  )
    return;

  let { referrer } = document;
  let place: string;

  const tracker: Tracker = (window.footfall = {
    data: dataset,
    api: new URL(dataset.endpoint || '/api', src).href,
    queue: [],
    who: { consent: dataset.consent === 'true' },
    consent: (given) => (tracker.given = given),
    retry: () => (tracker.isBehind = true),
    settle: (reports) => (tracker.queue = tracker.queue.filter((report) => !reports.includes(report))),
    hide: () =>
      tracker.queue[0] &&
      navigator.sendBeacon(
        tracker.api + '/track',
        JSON.stringify({ events: tracker.queue.slice(-LARGEST_BATCH) }),
      ),
    view: async () => {
      try {
        place = placeNow();
        const report = {
          id: newId(),
          url: place.split('#')[0]!,
          referrer: referrer.split(/[?#]/)[0],
          timestamp: Date.now(),
          ...tracker.who,
        };
        referrer = location.href;
        tracker.current = report;
        tracker.queue.push(report);
        // A text is sent as text/plain, which needs no preflight. The address of the page is not the Referer's to tell.
        const { status } = await fetch(tracker.api + '/visitors/track?return=minimal', {
          method: 'POST',
          body: JSON.stringify(report),
          keepalive: true,
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
        });
        // What is wrong with it `footfall-more.ts` finds out.
        if (status > 404) tracker.retry();
        else tracker.settle([report]);
      } catch {
        tracker.retry();
      }
    },
    moved: () => placeNow() === place || tracker.view(),
    begin: () => {
      tracker.view();
      addEventListener('pagehide', () => quietly(tracker.hide));
      addEventListener('pageshow', ({ persisted }) => persisted && quietly(tracker.view));
      if ('navigation' in window)
        navigation.addEventListener('currententrychange', () => quietly(tracker.moved));
    },
  });

  /**
   * The page's address with the parameters that are ours to send; and with its fragment, where an application uses that as
   * its path.
   */
  const placeNow = () => {
    const kept = (dataset.keep || '').split(/[\s,]+/);
    const parameters = location.search
      .slice(1)
      .split('&')
      .flatMap((parameter) => {
        const name = parameter.split('=')[0]!;
        // A click id is one person's click, whatever the site keeps: its name alone says which network sent them.
        if ((CLICK_IDS as readonly string[]).includes(name)) return name;
        return UTM.test(name) || (name && kept.includes(name)) ? parameter : [];
      });
    const address = location.origin + location.pathname + (parameters[0] ? '?' : '') + parameters.join('&');
    return address.slice(0, URL_CHARACTERS) + (/^#!?[/]/.test(location.hash) ? location.hash : '');
  };

  const more = () => {
    const script = document.createElement('script');
    script.src = new URL('/footfall-more.js', src).href;
    script.nonce = nonce;
    document.head.append(script);
  };

  const start = () =>
    quietly(() => {
      if (dataset.requireConsent === 'true' || dataset.identity === 'device') return more();
      tracker.begin();
      (window.requestIdleCallback || setTimeout)(more);
    });
  if (document.prerendering) document.addEventListener('prerenderingchange', start, { once: true });
  else start();
});

/** A UUID. Pages without https have no `randomUUID`, but every browser ends the address of a blob with one. */
function newId(): string {
  return URL.createObjectURL(new Blob()).slice(-36);
}

/** No error of ours ever reaches the page. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A page view that is not counted is not the visitor's problem.
  }
}
