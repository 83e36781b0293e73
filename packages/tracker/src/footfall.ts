/**
 * The tracker: reports the views of the page it is on, and nothing that says who views.
 *
 *     <script defer src="https://stats.example.com/footfall.js" data-keep="q page"></script>
 *
 * It reports the load (of a prerendered page its first showing) and the moves that a single-page application makes with
 * `pushState`. `footfall-more.ts`, loaded when the page is idle, does the rest: what was not delivered, other moves, returns out of
 * the back/forward cache, how long a view was looked at. Where an attribute needs it (`MORE_FIRST`), it is loaded first and begins.
 * docs/embedding.md lists the attributes (`data-…`).
 *
 * No cookie, no storage, no error of ours on someone else's page, and at most 1,024 bytes after brotli: decision 0029 says what
 * was traded for that.
 */
import { readQuery } from './parameters.ts';

/** A page view, or how long one has been looked at by now (docs/api.md, Writing). */
export interface Report extends Who {
  readonly id: string;
  readonly url?: string;
  readonly referrer?: string | undefined;
  /** A page view has none. */
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

/** A page view on its way: when it happened, in epoch milliseconds, and what came back. */
export type Sent = [report: Report, at: number, answer: Promise<unknown>];

/** Where a page is: its address without query, the parameters it keeps, and what else tells it apart. */
export type Place = [page: string, kept: string, route?: string];

/** What a script of the owner's calls: `consent` with a boolean, `view` with options or none. */
export type Call = boolean | ViewOptions | undefined;

export interface ViewOptions {
  /** What is counted instead of the page's own address. */
  readonly url?: string;
}

/**
 * The page's `footfall`: `consent` and `view` are for its owner's scripts, the rest for `footfall-more.ts`. Its names are short
 * in the built scripts (build.ts).
 */
export interface Tracker {
  /** The visitor consents, or consents no longer. */
  consent: (given: boolean) => void;
  /** Reports a view by hand. */
  view: (options?: ViewOptions) => void;
  /** Calls of both; `footfall-more.ts` answers them. */
  readonly calls: Call[];
  readonly attributes: DOMStringMap;
  /** Where the API is. */
  api: string;
  /** `footfall-more.js` at the Footfall that served this script: that host has an API in any case. */
  readonly home: string;
  who: Who;
  /** Page views that were sent; `footfall-more.ts` looks after them. */
  readonly sent: Sent[];
  /** Where the page is now. */
  place: () => Place;
  /** Where it was at the last view. */
  lastPlace?: Place;
  /** Reports a view. */
  report: () => void;
  /** Reports a view where the page has moved. */
  readonly moved: () => void;
  /** Reports this view, and from now on those that follow. */
  readonly begin: () => void;
}

declare global {
  interface Window {
    /** Set by the first tracker of a page: a second one is silent. */
    footfall?: Tracker;
  }
  interface Document {
    /** Whether the page is prerendered and nobody has seen it (Chromium only). */
    readonly prerendering?: boolean;
  }
  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}

/** Longest URL that the server takes, in characters: it is ASCII. */
const URL_CHARACTERS = 4096;

/** The rest, at the Footfall that serves this script: the server writes its own address and names here. */
const HOME = 'https://footfall.invalid/footfall-more.js';

/** Attributes whose meaning is in `footfall-more.ts`. */
const MORE_FIRST = /quireC|ident|hash|manu|canon/;

quietly(() => {
  // Only now: `currentScript` is gone once this has run. A module has none, nor has code that was fetched and evaluated.
  const { dataset, src } = (document.currentScript ||
    document.querySelector('[src*="/footfall.js"]') || { dataset: {} }) as HTMLScriptElement;
  let ignored: string | undefined;
  quietly(() => (ignored = localStorage['footfall.ignore'] as string | undefined));
  if (
    window.footfall ||
    ignored ||
    (top !== window && dataset.frames !== 'true') ||
    !/^http/.test(location.protocol) ||
    dataset.trackingEnabled === 'false' ||
    (dataset.respectDnt !== 'false' && (navigator.globalPrivacyControl || navigator.doNotTrack === '1'))
  )
    return;

  let { referrer } = document;
  /** What the page was asked for with: by now the site may have removed parameters. The first entry is the navigation. */
  let firstQuery: string | undefined;
  quietly(() => (firstQuery = performance.getEntries()[0]!.name.split(/[?#]/)[1]));
  const call = (argument: Call) => tracker.calls.push(argument);

  const tracker: Tracker = (window.footfall = {
    attributes: dataset,
    home: HOME,
    api: new URL(dataset.endpoint || '/api', src || HOME).href,
    who: { consent: dataset.consent === 'true' },
    calls: [],
    consent: call,
    view: call,
    sent: [],
    place: () => [location.origin + location.pathname, readQuery(location.search.slice(1), dataset.keep)[0]],
    report: () => {
      const endpoint = tracker.api + '/visitors/track?return=minimal';
      const [page, kept] = (tracker.lastPlace = tracker.place());
      const campaign = readQuery(firstQuery + '&' + location.search.slice(1))[1];
      const report = {
        // A UUID: pages without https have no `randomUUID`, but every browser ends the address of a blob with one.
        id: URL.createObjectURL(new Blob()).slice(-36),
        url: (page + (kept + campaign).replace('&', '?')).slice(0, URL_CHARACTERS),
        referrer: referrer.split(/[?#]/)[0],
        ...tracker.who,
      };
      firstQuery = '';
      referrer = report.url;
      // A string is sent as text/plain, which needs no preflight. The address of the page is not the Referer's to say.
      const body = JSON.stringify(report);
      const send = async () =>
        fetch(endpoint, {
          method: 'POST',
          body,
          keepalive: true,
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
        });
      tracker.sent.push([
        report,
        Date.now(),
        // A beacon has no headers that other scripts add, nor does it depend on the page's `fetch`.
        send()
          .catch(() => navigator.sendBeacon(endpoint, body))
          .catch(Boolean),
      ]);
    },
    moved: () => tracker.place().join() === tracker.lastPlace!.join() || tracker.report(),
    begin: () => {
      tracker.report();
      const pushState = history.pushState.bind(history);
      // Early: a router may save what it finds.
      history.pushState = (...entry) => {
        pushState(...entry);
        quietly(tracker.moved);
      };
    },
  });

  const more = () => {
    // A module needs no element, whose address a policy of Trusted Types would guard.
    /* eslint-disable no-restricted-syntax -- not another room: a file that is built from this one */
    import(src ? src.replace(/\.js|$/, '-more$&') : HOME)
      .catch(() => import(HOME))
      .catch(() => console.warn('Footfall: cannot load ' + HOME));
    /* eslint-enable no-restricted-syntax */
  };

  const start = () =>
    quietly(() => {
      if (MORE_FIRST.test(Object.keys(dataset) as unknown as string)) return more();
      tracker.begin();
      (window.requestIdleCallback || setTimeout)(more);
    });
  if (document.prerendering) document.addEventListener('prerenderingchange', start);
  else start();
});

/** No error of ours ever reaches the page. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A page view that is not counted is not the visitor's problem.
  }
}
