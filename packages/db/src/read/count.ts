import type { StoreVersion } from '@footfall/core';
import type { Committed, PageNumber } from '../log/committed.ts';

/** A number of page views as it is published. */
export interface Count extends StoreVersion {
  readonly count: number;
  /** ISO 8601, or null while nothing was counted. */
  readonly updatedAt: string | null;
  /** Present when the store does not answer and this is the last known number. */
  readonly stale?: true;
}

/** One page's views, and all of that moment. */
export interface PageAndTotal extends Count {
  readonly total: number;
}

/** The pages with the most views, with the total they are a part of. */
export interface TopPages extends Count {
  readonly pages: readonly { readonly page: string; readonly views: number; readonly updatedAt: string }[];
}

/** What all numbers hang on. */
export type State = Pick<Committed, 'total' | 'version' | 'store' | 'updatedAt'>;

/** One page's views, whatever the state they are of. */
export type PageCount = Omit<Count, keyof StoreVersion>;

const UNSEEN: PageCount = { count: 0, updatedAt: null };

/** One page's views as of a state. */
export function countOf(
  { count, updatedAt }: PageCount,
  { version, store, stale }: Pick<Count, keyof StoreVersion | 'stale'>,
): Count {
  const shown = { count, version, store, updatedAt };
  return stale === true ? { ...shown, stale } : shown;
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
    store: state.store,
    updatedAt: state.updatedAt === null ? null : isoTime(state.updatedAt),
  };
}

/** One page's views and all, as they are published, from the row of that page alone. */
export function numbersOf(state: Committed): PageAndTotal {
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
