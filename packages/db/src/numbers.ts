import { LRUCache } from 'lru-cache';
import type { Committed, PageNumber } from './fold.ts';
import {
  countOf,
  pageCountOf,
  topPagesOf,
  totalOf,
  UNSEEN,
  type Count,
  type PageCount,
  type State,
  type TopPages,
} from './published.ts';

/** What {@link Numbers} reads from the store. */
export interface NumberReads {
  readonly numbers: (pages: readonly string[]) => Promise<Pick<Committed, 'pages'>>;
  readonly topPages: () => Promise<{ state: State; pages: readonly PageNumber[] }>;
}

/** Pages whose numbers are held; more are read again when they are asked for. */
const HELD_PAGES = 10_000;

/**
 * The snapshot of a site's published numbers. Each commit renews it at once, so a read after an acknowledged write sees
 * the write; in between, however many readers ask, the store is read at most once for each number.
 */
export class Numbers {
  readonly #reads: NumberReads;
  #total: Count;
  #topPages: { version: number; answer: Promise<TopPages> } | undefined;
  #lastTopPages: TopPages['pages'] | undefined;

  // A commit deletes the pages it touched. A read that began before it still answers who asked, but is not kept.
  readonly #pages = new LRUCache<string, PageCount>({
    max: HELD_PAGES,
    ignoreFetchAbort: true,
    fetchMethod: async (page) => {
      return pageCountOf((await this.#reads.numbers([page])).pages[0]);
    },
  });

  // What was last told of a page, for when the store does not answer: under the version it was told with.
  readonly #lastPages = new LRUCache<string, Count>({ max: HELD_PAGES });

  constructor(reads: NumberReads, state: State) {
    this.#reads = reads;
    this.#total = totalOf(state);
  }

  get version(): number {
    return this.#total.version;
  }

  /**
   * Takes over what a commit of this process left.
   * @param touched the pages it changed; none when all it brought were duplicates
   */
  committed(state: Committed, touched: ReadonlySet<string>): void {
    this.#found();
    if (state.version <= this.version) return;
    // Another instance committed in between: any page may have changed.
    if (touched.size === 0 || state.version !== this.version + 1) this.#pages.clear();
    this.#total = totalOf(state);
    for (const page of touched) this.#pages.delete(page);
    for (const row of state.pages) {
      const [page] = row;
      const read = pageCountOf(row);
      this.#pages.set(page, read);
      this.#told(page, countOf(read, this.#total));
    }
  }

  /** Takes over what the store says between commits: another instance may have changed any page. */
  read(state: State): void {
    this.#found();
    if (state.version <= this.version) return;
    this.#pages.clear();
    this.#total = totalOf(state);
  }

  /** The store does not answer: what is known goes on being told, marked stale. */
  lost(): void {
    if (this.#total.stale !== true) this.#total = { ...this.#total, stale: true };
  }

  /** The store answers. */
  #found(): void {
    const { stale, ...total } = this.#total;
    if (stale === true) this.#total = total;
  }

  /** All page views. */
  total(): Count {
    return this.#total;
  }

  /** One page's views; 0 for a page nobody has seen. */
  page(page: string): Count | Promise<Count> {
    const asOf = this.#total; // as of before the read: a number may be newer than its version, never older
    const held = this.#pages.get(page);
    if (held !== undefined) return countOf(held, asOf);
    return this.#pages.fetch(page).then(
      (read) => this.#told(page, countOf(read ?? UNSEEN, asOf)),
      (error: unknown) => {
        const last = this.#lastPages.get(page);
        if (last === undefined) throw error;
        return { ...last, stale: true };
      },
    );
  }

  #told(page: string, count: Count): Count {
    const last = this.#lastPages.get(page);
    if (last === undefined || last.version <= count.version) this.#lastPages.set(page, count);
    return count;
  }

  /** The pages with the most views; the last ones known, marked stale, while the store does not answer. */
  topPages(): Promise<TopPages> {
    if (this.#topPages?.version !== this.version) {
      const answer = this.#readTopPages();
      this.#topPages = { version: this.version, answer };
      void answer
        .then(
          ({ stale }) => stale === true,
          () => true,
        )
        .then((failed) => {
          if (failed && this.#topPages?.answer === answer) this.#topPages = undefined;
        });
    }
    return this.#topPages.answer;
  }

  async #readTopPages(): Promise<TopPages> {
    try {
      const { state, pages } = await this.#reads.topPages();
      this.read(state); // nobody who asks next may be told an older total
      const answer = topPagesOf(state, pages);
      this.#lastTopPages = answer.pages;
      return answer;
    } catch (error) {
      if (this.#lastTopPages === undefined) throw error;
      return { ...this.#total, stale: true, pages: this.#lastTopPages };
    }
  }
}
