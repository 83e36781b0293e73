/**
 * The tracker: reports one load of the page it stands on, and nothing that says who loaded it.
 *
 *     <script defer src="https://stats.example.com/footfall.js" data-keep="q page"></script>
 *
 * - `data-keep`: the parameters of the page's query that are sent with their values, by spaces or commas.
 * - `data-consent="true"`: the visitor has consented, where the site requires it (REQUIRE_CONSENT).
 * - `data-endpoint`: where reports go, if not to `/api/visitors/track` on the script's own host.
 *
 * No cookie, no storage, no error of ours on someone else's page, and at most 1,024 bytes after brotli.
 */
import { CLICK_IDS } from '@footfall/core/click-ids';

declare global {
  interface Window {
    /** Set by the first tracker of a page: a second one is silent. */
    __footfall?: boolean;
  }
  interface Document {
    /** Whether the page is loaded ahead of time and nobody has seen it (Chromium only). */
    readonly prerendering?: boolean;
  }
}

/** Longest URL that the server takes, and the most of a referrer that is sent, in characters: both are ASCII. */
const URL_CHARACTERS = 4096;
const REFERRER_CHARACTERS = 1024;

const UTM = /^utm_(source|medium|campaign|term|content)$/;

const SECOND = 1000;
const LONGEST_WAIT = 60 * SECOND;
const LONGEST_RETRY_AFTER = 3600 * SECOND;

quietly(() => {
  // Only now: `currentScript` is gone once this has run.
  const { dataset, src } = document.currentScript as HTMLScriptElement;
  const endpoint = new URL((dataset.endpoint || '/api/visitors/track') + '?return=minimal', src).href;
  if (!/^http/.test(location.protocol) || window.__footfall) return;
  window.__footfall = true;

  const view = () => quietly(() => deliver(endpoint, pageView(dataset)));
  if (document.prerendering) document.addEventListener('prerenderingchange', view, { once: true });
  else view();
});

/** The report of the page as it stands now (API.md, `POST /api/visitors/track`), as JSON. */
function pageView({ keep, consent }: DOMStringMap): string {
  return JSON.stringify({
    id: pageViewId(),
    url: pageUrl(keep),
    referrer: document.referrer.split(/[?#]/)[0]!.slice(0, REFERRER_CHARACTERS),
    timestamp: Date.now(),
    consent: consent === 'true' || undefined,
  });
}

/** A UUID version 4. Pages without https have no `randomUUID`. */
function pageViewId(): string {
  return crypto.randomUUID
    ? crypto.randomUUID()
    : 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () =>
        (crypto.getRandomValues(new Uint8Array(1))[0]! & 15).toString(16),
      );
}

/** The page's address with the parameters that are ours to send; whichever would make it too long stays out. */
function pageUrl(keep = ''): string {
  const kept = keep.split(/[\s,]+/);
  let url = (location.origin + location.pathname).slice(0, URL_CHARACTERS);
  let mark = '?';
  new URLSearchParams(location.search).forEach((value, name) => {
    // A click id is one person's click, whatever the site keeps: its name alone says which network sent them.
    const isClickId = (CLICK_IDS as readonly string[]).includes(name);
    if (!isClickId && !UTM.test(name) && !(name && kept.includes(name))) return;
    const longer = url + mark + encodeURIComponent(name) + (isClickId ? '' : '=' + encodeURIComponent(value));
    if (longer.length > URL_CHARACTERS) return;
    url = longer;
    mark = '&';
  });
  return url;
}

/** Sends a report until the server has it or refuses it. It carries its id, so that sending it twice counts once. */
function deliver(endpoint: string, body: string): void {
  let settled = false;
  let wait = SECOND;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = () => {
    timer = undefined;
    try {
      // A text is sent as text/plain, which needs no preflight. The address of the page is not the Referer's to tell.
      fetch(endpoint, {
        method: 'POST',
        body,
        keepalive: true,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      })
        .then(({ status, headers }) => {
          // Too slow and too many pass, as errors of the server do.
          settled = status < 500 && ![408, 425, 429].includes(status);
          if (!settled) resend(Number(headers.get('retry-after')));
        })
        .catch(() => resend());
    } catch {
      // No fetch, or one that the page has broken: a beacon tells nothing of its fate, so there is no second.
      settled = true;
      beacon();
    }
  };

  const resend = (retryAfter = 0) => {
    // A Retry-After that is a date is NaN here; a timer of more than 24 days would go off at once.
    const asked = retryAfter > 0 ? Math.min(retryAfter * SECOND, LONGEST_RETRY_AFTER) : 0;
    // Not all visitors at once when a server comes back.
    timer = setTimeout(send, asked + wait * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };

  const beacon = () => quietly(() => navigator.sendBeacon(endpoint, body));

  addEventListener('online', () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    wait = SECOND;
    send();
  });
  // Also while a request is under way: not every browser lets one outlive its page.
  addEventListener('pagehide', () => settled || beacon());
  send();
}

/** No error of ours ever reaches the page. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A page view that is not counted is not the visitor's problem.
  }
}
