import { followLive } from '@footfall/tracker/live';
import type { Period } from '@footfall/trpc';
import { createFootfallClient, type FootfallClient } from '@footfall/trpc/client';
import { createContext } from 'svelte';
import { newer, type Numbered } from './numbers.ts';
import { REASONS, WAITING } from './reasons.ts';
import { newId, pauseInBrowser, report, type Answer } from './report.ts';

/** What this tab has reported, and the newest numbers it knows of. Only ever filled in the browser. */
export class Visit {
  /** All page views. */
  total = $state.raw<Numbered>();
  /** Why the page at hand was not counted, in words. */
  notice = $state.raw<string>();

  #views = $state.raw<Readonly<Record<string, Numbered>>>({});
  #client: FootfallClient | undefined;
  #latest: string | undefined;

  /** One page's views, as far as this tab has learnt them. */
  viewsOf(page: string): Numbered | undefined {
    return this.#views[page];
  }

  /** Takes over numbers, unless newer ones are known. */
  learn({ page, total, views }: { page: string; total?: Numbered; views?: Numbered }): void {
    if (total !== undefined) this.total = newer(total, this.total);
    if (views !== undefined) this.#views = { ...this.#views, [page]: newer(views, this.#views[page]) };
  }

  /**
   * Follows the numbers while this tab is looked at.
   * @returns ends it
   */
  follow(): () => void {
    return followLive({
      onUpdate: ({ count, version }) => {
        this.total = newer({ count, version }, this.total);
      },
    });
  }

  /** Reads the views of a page again. */
  async readViews(page: string): Promise<void> {
    this.learn({ page, views: await this.#calls().count.query({ page }) });
  }

  /** Reports a view of a page, once, and learns the numbers from the answer. */
  async report(url: URL, referrer: string): Promise<void> {
    const page = url.pathname;
    const id = newId();
    this.#latest = id;
    this.notice = undefined;
    const { track } = this.#calls();
    const say = (notice: string | undefined) => {
      if (this.#latest === id) this.notice = notice;
    };
    try {
      const answer = await report(
        { id, url: (url.origin + page + url.search).slice(0, 4_096), referrer },
        {
          send: (view) => track.mutate(view),
          pause: pauseInBrowser,
          now: Date.now,
          onPause: () => say(WAITING),
        },
      );
      const { count, total, version } = answer;
      this.learn({ page, total: { count: total, version }, views: { count, version } });
      say(reasonOf(answer));
    } catch (error) {
      say(`This view could not be reported: ${error instanceof Error ? error.message : 'unknown reason'}.`);
    }
  }

  /**
   * Reads the statistics of a period as they are now.
   * @throws what the server objects to, or that it does not answer
   */
  async read(period: Period) {
    const { count, overview } = this.#calls();
    // In one request, and answered in this order.
    const [total, its] = await Promise.all([count.query(), overview.query({ period })]);
    return { period, total, overview: its };
  }

  #calls(): FootfallClient {
    // A page that is left does not take its report with it.
    return (this.#client ??= createFootfallClient({
      fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
    }));
  }
}

function reasonOf({ counted, reason }: Answer): string | undefined {
  return counted || reason === undefined ? undefined : REASONS[reason];
}

export const [getVisit, setVisit] = createContext<Visit>();
