/**
 * The tracker: reports the views of the page it is on, without identifying the visitor.
 *
 *     <script defer src="https://stats.example.com/footfall.js" data-keep="q page"></script>
 *
 * It reports the load (for a prerendered page, when it is first shown) and the navigations of a single-page application with
 * `pushState`. `footfall-more.ts`, loaded when the page is idle, does the rest: resending, other navigations, returns from the
 * back/forward cache, engagement. Where an attribute needs it (`MORE_FIRST`), it is loaded first and starts the tracker.
 * docs/embedding.md lists the attributes (`data-…`).
 *
 * No cookie, no storage, no errors on the site's pages, and at most 1,024 bytes after brotli: decision 0029 has the trade-offs.
 */
import { readQuery } from './parameters.ts';

/** A page view, or the engagement with one so far (docs/api.md, Writing). */
export interface TrackerEvent extends VisitorFields {
  readonly id: string;
  readonly url?: string;
  readonly referrer?: string | undefined;
  /** A page view has none. */
  readonly type?: 'page_hide';
  /** The total time that the view was visible so far, and how far down it was scrolled. */
  readonly engagedMs?: number;
  readonly scrollPercent?: number;
}

/** What an event says about its visitor, where the owner has configured it. */
export interface VisitorFields {
  readonly visitorId?: string | undefined;
  readonly consent?: boolean;
}

/** A page view that was sent, its time in epoch milliseconds, and the answer. */
export type Sent = [report: TrackerEvent, at: number, answer: Promise<unknown>];

/** The address of a page: without its query, its kept parameters, and its route in the fragment. */
export type PageAddress = [page: string, kept: string, route?: string];

/** A call by a script of the site: `consent` with a boolean, `view` with options or none. */
export type Call = boolean | ViewOptions | undefined;

export interface ViewOptions {
  /** The address to count instead of the page's own. */
  readonly url?: string;
}

/**
 * The page's `footfall`: `consent` and `view` are for the site's scripts, the rest for `footfall-more.ts`. Property names are
 * shortened in the built scripts (build.ts).
 */
export interface Tracker {
  /** The visitor gives or withdraws consent. */
  consent: (given: boolean) => void;
  /** Reports a view. */
  view: (options?: ViewOptions) => void;
  /** Calls of both, which `footfall-more.ts` handles. */
  readonly calls: Call[];
  readonly attributes: DOMStringMap;
  /** The URL of the API. */
  api: string;
  /** The URL of `footfall-more.js` at the Footfall that served this script; that host has an API in any case. */
  readonly home: string;
  visitor: VisitorFields;
  /** Page views that were sent; `footfall-more.ts` handles their answers. */
  readonly sent: Sent[];
  /** The page's present address. */
  pageAddress: () => PageAddress;
  /** Its address at the last view. */
  lastAddress?: PageAddress;
  /** Reports a view. */
  report: () => void;
  /** Reports a view if the address has changed. */
  readonly moved: () => void;
  /** Reports this view, and the following ones. */
  readonly begin: () => void;
}

declare global {
  interface Window {
    /** Set by the first tracker of a page: a second one is silent. */
    footfall?: Tracker;
  }
  interface Document {
    /** Whether the page is prerendered and not shown yet (Chromium only). */
    readonly prerendering?: boolean;
  }
  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}

/** The longest URL that the server accepts, in characters (all ASCII). */
const URL_CHARACTERS = 4096;

/** The second script's URL; the server writes its own address and script name here. */
const HOME = 'https://footfall.invalid/footfall-more.js';

/** Attributes that `footfall-more.ts` implements. */
const MORE_FIRST = /quireC|ident|hash|manu|canon/;

quietly(() => {
  // `currentScript` is only set while this runs; modules and evaluated code have none.
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
  /** The query that the page was requested with, since the site may have removed parameters. The first entry is the navigation. */
  let firstQuery: string | undefined;
  quietly(() => (firstQuery = performance.getEntries()[0]!.name.split(/[?#]/)[1]));
  const call = (argument: Call) => tracker.calls.push(argument);

  const tracker: Tracker = (window.footfall = {
    attributes: dataset,
    home: HOME,
    api: new URL(dataset.endpoint || '/api', src || HOME).href,
    visitor: { consent: dataset.consent === 'true' },
    calls: [],
    consent: call,
    view: call,
    sent: [],
    pageAddress: () => [
      location.origin + location.pathname,
      readQuery(location.search.slice(1), dataset.keep)[0],
    ],
    report: () => {
      const endpoint = tracker.api + '/visitors/track?return=minimal';
      const [page, kept] = (tracker.lastAddress = tracker.pageAddress());
      const campaign = readQuery(firstQuery + '&' + location.search.slice(1))[1];
      const report = {
        // A UUID: pages without https have no `randomUUID`, but blob URLs end with one in every browser.
        id: URL.createObjectURL(new Blob()).slice(-36),
        url: (page + (kept + campaign).replace('&', '?')).slice(0, URL_CHARACTERS),
        referrer: referrer.split(/[?#]/)[0],
        ...tracker.visitor,
      };
      firstQuery = '';
      referrer = report.url;
      // A string is sent as text/plain, which needs no preflight. No Referer: the body has the page's address.
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
        // The fallback is a beacon: other scripts cannot add headers to it, and it does not depend on the page's `fetch`.
        send()
          .catch(() => navigator.sendBeacon(endpoint, body))
          .catch(Boolean),
      ]);
    },
    moved: () => tracker.pageAddress().join() === tracker.lastAddress!.join() || tracker.report(),
    begin: () => {
      tracker.report();
      const pushState = history.pushState.bind(history);
      // Early, before a router saves the original function.
      history.pushState = (...entry) => {
        pushState(...entry);
        quietly(tracker.moved);
      };
    },
  });

  const more = () => {
    // An import needs no script element, which Trusted Types would restrict.
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

/** Never lets an error reach the page. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A page view that is not counted is not the visitor's problem.
  }
}
