import { compareVersions, type StoreVersion } from '@footfall/core';
import { LRUCache } from 'lru-cache';
import type { Committed, PageNumber } from '../log/committed.ts';
import {
  countOf,
  pageCountOf,
  topPagesOf,
  totalOf,
  type Count,
  type PageCount,
  type PageAndTotal,
  type State,
  type TopPages,
} from './count.ts';

/** What {@link CountSnapshot} reads from the store. */
export interface CountReads {
  readonly numbers: (pages: readonly string[]) => Promise<Committed>;
  readonly topPages: () => Promise<{ state: State; pages: readonly PageNumber[] }>;
}

/** A page's number as it is cached, and the state that it was read from. */
interface CachedPage extends PageCount, StoreVersion {}

/** Pages whose numbers are held; more are read again when they are asked for. */
const CACHED_PAGES = 10_000;

/**
 * The snapshot of a site's published numbers. Each commit renews it at once, so a read after an acknowledged write sees
 * the write; in between, however many readers ask, the store is read at most once for each number. What is read and what
 * is committed may come back in any order: of two states of a number the newer one is published. A state of a later database
 * drops everything that is cached of the earlier one; the versions below are all of one database.
 */
export class CountSnapshot {
  readonly #reads: CountReads;
  readonly #onNewer: () => void;
  #total: Count;
  #topPages: (StoreVersion & { answer: Promise<TopPages> }) | undefined;
  #lastTopPages: TopPages['pages'] | undefined;

  /** At this version every number that is held is right, unless it was read before `#since`. */
  #rightAt: number;
  /** Another instance's commit may have changed any page: what was read at an earlier version than this is not held. */
  #since = 0;

  // A commit deletes the pages it touched. A read that it overtakes still answers who asked, but is not kept.
  readonly #pages = new LRUCache<string, CachedPage>({
    max: CACHED_PAGES,
    ignoreFetchAbort: true,
    fetchMethod: async (page) => {
      this.#reading.add(page);
      const state = await this.#reads.numbers([page]).finally(() => this.#reading.delete(page));
      this.#learn(state);
      return { ...pageCountOf(state.pages[0]), version: state.version, store: state.store };
    },
  });
  /** Pages that are being read: a client that asks after a newer version was answered must not get what was read before it. */
  readonly #reading = new Set<string>();

  // What was last answered for a page, for when the store does not answer: under the version it was answered with.
  readonly #lastPages = new LRUCache<string, Count>({ max: CACHED_PAGES });

  /** @param onNewer called for each newer version */
  constructor(reads: CountReads, state: State, onNewer: () => void = () => {}) {
    this.#reads = reads;
    this.#onNewer = onNewer;
    this.#total = totalOf(state);
    this.#rightAt = state.version;
  }

  /**
   * Takes over what a commit of this process left.
   * @param touched the pages it changed; none when it brought no new page view
   * @param isOwn whether it was the commit that made this version
   */
  committed(state: State & Partial<Committed>, touched: ReadonlySet<string>, isOwn: boolean): void {
    this.#learn(state);
    if (state.store !== this.#total.store || state.version <= this.#rightAt) return;
    for (const page of touched) {
      const held = this.#pages.peek(page);
      if (held === undefined || held.version < state.version) this.#pages.delete(page);
    }
    const isNext = isOwn && state.version === this.#rightAt + 1;
    if (!isNext) this.#outdated(state.version);
    this.#rightAt = state.version;
    for (const row of state.pages ?? []) {
      const [page] = row;
      if (this.#pages.peek(page) !== undefined) continue; // read since, at a later version
      const held = { ...pageCountOf(row), version: state.version, store: state.store };
      this.#pages.set(page, held);
      this.#remember(page, this.#countOf(held));
    }
  }

  /** Takes over what the store says between commits. */
  read(state: State): void {
    this.#learn(state);
    if (state.store !== this.#total.store || state.version <= this.#rightAt) return;
    this.#outdated(state.version);
    this.#rightAt = state.version;
  }

  /** What was read before a version, or is being read, may be from before another instance's commit. */
  #outdated(version: number): void {
    this.#since = version;
    for (const page of this.#reading) this.#pages.delete(page);
  }

  /** The store has answered. */
  #learn(state: State): void {
    if (compareVersions(state, this.#total) > 0) {
      if (state.store !== this.#total.store) this.#drop(state);
      this.#total = totalOf(state);
      this.#onNewer();
    } else if (this.#total.stale === true && state.store === this.#total.store) {
      const { stale: _, ...total } = this.#total;
      this.#total = total;
    }
  }

  /** Another database has taken the place of the one that all this was read from. */
  #drop({ version }: State): void {
    this.#pages.clear();
    this.#reading.clear();
    this.#lastPages.clear();
    this.#topPages = undefined;
    this.#lastTopPages = undefined;
    this.#rightAt = version;
    this.#since = 0;
  }

  /** The store does not answer: the last known numbers are answered, marked stale. */
  lost(): void {
    if (this.#total.stale !== true) this.#total = { ...this.#total, stale: true };
  }

  /** All page views. */
  total(): Count {
    return this.#total;
  }

  /** One page's views; 0 for a page nobody has seen. */
  page(page: string): Count | Promise<Count> {
    const held = this.#held(page);
    if (held !== undefined) return this.#countOf(held);
    return this.#pages.fetch(page).then(
      (read) => this.#remember(page, this.#newest(page, read as CachedPage)),
      (error: unknown) => {
        const last = this.#lastPages.get(page);
        if (last === undefined) throw error;
        return { ...last, stale: true };
      },
    );
  }

  #held(page: string): CachedPage | undefined {
    const held = this.#pages.get(page);
    if (held === undefined || (held.store === this.#total.store && held.version >= this.#since)) return held;
    this.#pages.delete(page);
    return;
  }

  /** The same, with all page views: as of that version or a later one. */
  async numbers(page: string): Promise<PageAndTotal> {
    return { ...(await this.page(page)), total: this.#total.count };
  }

  /** The newer of what was read and what is held by now; what was read is held from here on, unless it is too old for that. */
  #newest(page: string, read: CachedPage): Count {
    const held = this.#held(page);
    if (held !== undefined && compareVersions(held, read) >= 0) return this.#countOf(held);
    if (read.store !== this.#total.store || read.version < this.#rightAt) return countOf(read, read);
    this.#pages.set(page, read);
    return this.#countOf(read);
  }

  #countOf(held: CachedPage): Count {
    const { stale } = this.#total;
    return countOf(held, {
      version: Math.max(held.version, this.#rightAt),
      store: held.store,
      ...(stale === undefined ? {} : { stale }),
    });
  }

  #remember(page: string, count: Count): Count {
    if (count.store !== this.#total.store) return count;
    const last = this.#lastPages.get(page);
    if (last === undefined || last.version <= count.version) this.#lastPages.set(page, count);
    return count;
  }

  /** The pages with the most views; the last ones known, marked stale, while the store does not answer. */
  topPages(): Promise<TopPages> {
    const { version, store, stale } = this.#total;
    if (this.#topPages?.version !== version || this.#topPages.store !== store) {
      const answer = this.#readTopPages();
      this.#topPages = { version, store, answer };
      void answer
        .then(
          (list) => list.stale === true,
          () => true,
        )
        .then((failed) => {
          if (failed && this.#topPages?.answer === answer) this.#topPages = undefined;
        });
    }
    const { answer } = this.#topPages;
    return stale === true ? answer.then((list) => ({ ...list, stale })) : answer;
  }

  async #readTopPages(): Promise<TopPages> {
    try {
      const { state, pages } = await this.#reads.topPages();
      this.read(state); // the next read must not answer an older total
      const answer = topPagesOf(state, pages);
      if (state.store === this.#total.store) this.#lastTopPages = answer.pages;
      return answer;
    } catch (error) {
      if (this.#lastTopPages === undefined) throw error;
      // An older list, but the newest known total: an older one is never answered after it.
      return { ...this.#total, stale: true, pages: this.#lastTopPages };
    }
  }
}
