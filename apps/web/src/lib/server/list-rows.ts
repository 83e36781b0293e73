import type { AnalyticsRows } from '@footfall/core';
import { lowerCase } from '@footfall/core/conditions';
import type { AnalyticsReads } from '@footfall/trpc';
import { filterInput, type DashboardView, type DateRange } from '#lib/dashboard.ts';
import { DASHBOARD_LISTS, type List, type ListKey, type Row } from '#lib/lists.ts';
import type { Names } from '#lib/names.ts';

/** Most rows of an answer, and of a list whose values are codes: there are fewer countries and languages. */
export const MOST_ROWS = 1_000;

/** Which rows of a list are read. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Reads the list of a view: sorted and searched, a page of it. */
export async function listRows(
  reads: Pick<AnalyticsReads, 'list'>,
  { view, dates, names }: { view: DashboardView; dates: DateRange; names: Names },
  { offset, limit }: Page,
): Promise<AnalyticsRows> {
  const { filters, sort, order, search = '' } = view;
  const list = DASHBOARD_LISTS.find(({ key }) => key === view.list);
  if (list === undefined) return { total: 0, rows: [] };
  const input = {
    list: list.key,
    ...dates,
    ...filterInput(filters),
    ...(sort && { sort }),
    order,
  };
  if (list.isCoded !== true || search === '') return reads.list({ ...input, search, offset, limit });
  const { rows } = await reads.list({ ...input, limit: MOST_ROWS });
  const found = rows.filter(hasWords({ list, names }, search));
  return { total: found.length, rows: found.slice(offset, offset + limit) };
}

/**
 * Whether the name of a row has some words, in upper or lower case; a value that is no code counts as a name, too, and is
 * compared as the store does.
 */
export function hasWords(
  { list: { nameOf, isCoded }, names }: { readonly list: List<ListKey>; readonly names: Names },
  words: string,
): (row: Row) => boolean {
  const lower = isCoded === true ? (text: string) => text.toLowerCase() : lowerCase;
  const wanted = lower(words);
  const has = (text: string) => lower(text).includes(wanted);
  return ({ value }) => has(nameOf(value, names)) || (isCoded !== true && has(value));
}
