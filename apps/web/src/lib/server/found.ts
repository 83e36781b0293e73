import type { ShownAnalytics } from '@footfall/trpc';
import { DASHBOARD_LISTS, type Found } from '#lib/lists.ts';
import { OTHER, type Names } from '#lib/names.ts';
import { hasWords, MOST_ROWS } from './list-rows.ts';

/** Most rows of a list among what was found; the whole list has the others. */
const FOUND_ROWS = 6;

/** Entry and exit pages are pages again. */
const SEARCHED = DASHBOARD_LISTS.filter(({ filter }) => filter !== 'entry' && filter !== 'exit');

/**
 * Finds words in the names of all lists.
 * @param analytics with the longest lists that there are: rows beyond {@link MOST_ROWS} are found in the list itself
 */
export function foundIn(analytics: ShownAnalytics, words: string, names: Names): Found[] {
  return SEARCHED.flatMap((list): Found[] => {
    const all = analytics[list.key] ?? [];
    const has = hasWords({ list, names }, words);
    const rows = all.filter((row) => row.value !== OTHER && has(row));
    const isCut = all.length === MOST_ROWS;
    if (rows.length === 0 && !isCut) return [];
    return [{ list: list.key, rows: rows.slice(0, FOUND_ROWS), hasMore: isCut || rows.length > FOUND_ROWS }];
  });
}

/** The same numbers with shorter lists. */
export function withShortLists(analytics: ShownAnalytics, rows: number): ShownAnalytics {
  const lists = DASHBOARD_LISTS.flatMap(({ key }) => {
    const list = analytics[key];
    return list === undefined ? [] : [[key, list.slice(0, rows)] as const];
  });
  return { ...analytics, ...Object.fromEntries(lists) };
}
