import { followLive, type LiveStatus } from '@footfall/tracker/live';
import type { VisitorStats } from '@footfall/core';
import type { OverviewList, Period } from '@footfall/trpc';
import { createFootfallClient, type FootfallClient, type Tracked } from '@footfall/trpc/client';
import { deliver, newId, type UniquePageView } from '@footfall/trpc/deliver';
import { createContext } from 'svelte';
import { newer, type Numbered } from './numbers.ts';
import { IGNORE_KEY } from './privacy.ts';
import { pauseInBrowser } from './pause.ts';
import type { SiteTexts } from './texts/en/site.ts';
import { WaitingViews, type Waiting } from './waiting.ts';

/** A view that happened now, or earlier with its time. */
type Sendable = Omit<UniquePageView, 'timestamp'> & Partial<Pick<Waiting, 'timestamp'>>;

/** The storage key of the newest total, for cached documents that are older. */
const TOTAL_KEY = 'footfall.total';

/** The views that this tab reports, and the newest numbers it knows. Filled in the browser only. */
export class Visit {
  /** All page views. */
  total = $state.raw<Numbered>();
  /** Why the current page was not counted, as a sentence. */
  notice = $state.raw<string>();

  /** The numbers of visitors, once they are known. */
  visitors = $state.raw<VisitorStats>();

  /** How live updates arrive, once that is known. */
  status = $state.raw<LiveStatus>();

  #views = $state.raw<Readonly<Record<string, Numbered>>>({});
  #client: FootfallClient | undefined;
  readonly #waiting = new WaitingViews(storage());
  #latest: string | undefined;
  readonly #texts: SiteTexts;

  constructor(texts: SiteTexts) {
    this.#texts = texts;
  }

  /** One page's views, if this tab knows them. */
  viewsOf(page: string): Numbered | undefined {
    return this.#views[page];
  }

  /** Takes over numbers, unless newer ones are known. */
  learn({ page, total, views }: { page: string; total?: Numbered; views?: Numbered }): void {
    if (total !== undefined) this.total = newer(total, this.total);
    if (views !== undefined) this.#views = { ...this.#views, [page]: newer(views, this.#views[page]) };
  }

  /**
   * Follows the numbers while this tab is visible, and reports the views that earlier pages could not.
   * @param isCached whether the document comes from the service worker's cache
   * @returns a function that stops it
   */
  follow(isCached: boolean): () => void {
    if (isCached) this.total = newer(this.total ?? NOTHING, totalIn(storage()?.getItem(TOTAL_KEY)));
    const store = () => {
      try {
        storage()?.setItem(TOTAL_KEY, JSON.stringify(this.total));
      } catch {
        // storage is full
      }
    };
    addEventListener('pagehide', store);
    for (const view of this.#waiting.all(Date.now())) void this.#deliver(view).catch(() => {});
    const stop = followLive({
      onUpdate: ({ count, version, store, visitorStats }) => {
        this.visitors = visitorStats;
        this.total = newer({ count, version, store }, this.total);
      },
      onStatus: (status) => {
        this.status = status;
      },
    });
    return () => {
      removeEventListener('pagehide', store);
      stop();
    };
  }

  /** Reads the views of a page again. */
  async readViews(page: string): Promise<void> {
    this.learn({ page, views: await this.#calls().count.query({ page }) });
  }

  /** Reports a view of a page, once, and takes the numbers from the answer. */
  async report(url: URL, referrer: string): Promise<void> {
    if (isIgnored()) return;
    const page = url.pathname;
    const id = newId();
    this.#latest = id;
    this.notice = undefined;
    const notify = (notice: string | undefined) => {
      if (this.#latest === id) this.notice = notice;
    };
    try {
      const view = { id, url: (url.origin + page + url.search).slice(0, 4_096), referrer };
      const answer = await this.#deliver(view, () => notify(this.#texts.waiting));
      const { count, total, version, store } = answer;
      this.learn({ page, total: { count: total, version, store }, views: { count, version, store } });
      notify(this.#reasonOf(answer));
    } catch (error) {
      const { notReported, unknownReason } = this.#texts;
      notify(notReported(error instanceof Error ? error.message : unknownReason));
    }
  }

  /**
   * Reads the current statistics of a period.
   * @throws where the server refuses or does not answer
   */
  async read(period: Period, list?: OverviewList) {
    const { count, overview } = this.#calls();
    // In one request, and answered in this order.
    const input = { period, ...(list !== undefined && { list }) };
    const [total, its] = await Promise.all([count.query(), overview.query(input)]);
    return { period, list, total, overview: its };
  }

  /**
   * Reads what has arrived so far, and the page viewed last, if that is known.
   * @throws where the server refuses or does not answer
   */
  async arrivals() {
    const { arrivals, pages } = this.#calls();
    // The list of pages may be private (STATS_PUBLIC).
    const NO_PAGES = { pages: [] };
    const [now, { pages: seen }] = await Promise.all([arrivals.query(), pages.query().catch(() => NO_PAGES)]);
    const { updatedAt } = now.total;
    const lastPage = updatedAt === null ? undefined : seen.find((page) => page.updatedAt === updatedAt)?.page;
    return { ...now, lastPage };
  }

  /** Reports a view until it is acknowledged, here or on a later page. */
  async #deliver(view: Sendable, onPause: () => void = () => {}): Promise<Tracked> {
    const waiting = { timestamp: Date.now(), ...view };
    try {
      return await deliver(view, {
        send: (sent) => this.#calls().track.mutate(sent),
        pause: pauseInBrowser,
        now: () => Date.now(),
        onPause: () => {
          this.#waiting.add(waiting);
          onPause();
        },
      });
    } finally {
      this.#waiting.remove(view.id, Date.now());
    }
  }

  #reasonOf({ counted, reason }: Tracked): string | undefined {
    return counted || reason === undefined ? undefined : this.#texts.reasons[reason];
  }

  #calls(): FootfallClient {
    // keepalive: leaving the page does not cancel the request.
    return (this.#client ??= createFootfallClient({
      fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
    }));
  }
}

const NOTHING: Numbered = { count: 0, version: -1, store: 0 };

/** The total that this browser showed last; zero if what is stored is not one. */
function totalIn(stored: string | null | undefined): Numbered {
  try {
    const { count, version, store } = JSON.parse(stored ?? '') as Partial<Numbered>;
    return [count, version, store].every(Number.isInteger)
      ? ({ count, version, store } as Numbered)
      : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** Whether the reader has excluded this browser with the button of the privacy page. */
function isIgnored(): boolean {
  try {
    return (storage()?.getItem(IGNORE_KEY) ?? null) !== null;
  } catch {
    return false;
  }
}

/** The browser's storage; undefined where access to it throws. */
function storage(): Storage | undefined {
  try {
    return typeof window === 'undefined' ? undefined : window.localStorage;
  } catch {
    return undefined;
  }
}

export const [getVisit, setVisit] = createContext<Visit>();
