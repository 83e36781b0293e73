import type { Committed, PageNumber } from './log/append.ts';

/** A number of page views as it is published. */
export interface Count {
  readonly count: number;
  readonly version: number;
  /** ISO 8601, or null while nothing was counted. */
  readonly updatedAt: string | null;
  /** Present when the store does not answer and this is the last known number. */
  readonly stale?: true;
}

/** One page's views, and all of that moment. */
export interface PageNumbers extends Count {
  readonly total: number;
}

/** The pages with the most views, with the total they are a part of. */
export interface TopPages extends Count {
  readonly pages: readonly { readonly page: string; readonly views: number; readonly updatedAt: string }[];
}

/** What all numbers hang on. */
export type State = Pick<Committed, 'total' | 'version' | 'updatedAt'>;

/** One page's views, whatever the version. */
export type PageCount = Omit<Count, 'version'>;

const UNSEEN: PageCount = { count: 0, updatedAt: null };

/** One page's views as of a version. */
export function countOf(
  { count, updatedAt }: PageCount,
  { version, stale }: Pick<Count, 'version' | 'stale'>,
): Count {
  return stale === true ? { count, version, updatedAt, stale } : { count, version, updatedAt };
}

/** A page's row as it is published; without one, nobody has seen the page. */
export function pageCountOf(row: PageNumber | undefined): PageCount {
  return row === undefined ? UNSEEN : { count: row[1], updatedAt: isoTime(row[2]) };
}

/** All page views, as they are published. */
export function totalOf(state: State): Count {
  return {
    count: state.total,
    version: state.version,
    updatedAt: state.updatedAt === null ? null : isoTime(state.updatedAt),
  };
}

/** One page's views and all, as they are published, from the row of that page alone. */
export function numbersOf(state: Committed): PageNumbers {
  return { ...countOf(pageCountOf(state.pages[0]), totalOf(state)), total: state.total };
}

/** A list of pages, as it is published. */
export function topPagesOf(state: State, pages: readonly PageNumber[]): TopPages {
  return {
    ...totalOf(state),
    pages: pages.map(([page, views, updatedAt]) => ({ page, views, updatedAt: isoTime(updatedAt) })),
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
