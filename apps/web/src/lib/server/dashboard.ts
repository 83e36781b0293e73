import { FILTERS, filterKey, type FilterName, type Operator } from '@footfall/core/filters';
import type { AnalyticsRows } from '@footfall/core';
import type { AnalyticsReads, Overview, ShownAnalytics } from '@footfall/trpc';
import { redirect } from '@sveltejs/kit';
import {
  comparedInput,
  datesOf,
  filterInput,
  OPERATOR_CHOICES,
  parseView,
  todayOf,
  viewAddress,
  type DashboardView,
  type DateRange,
  type ParsedView,
} from '#lib/dashboard.ts';
import { DASHBOARD_LISTS, type Found } from '#lib/lists.ts';
import { countryCodeOf, type Names } from '#lib/names.ts';
import type { ServerStatistics } from '#lib/statistics.ts';
import { foundIn, withShortLists } from './found.ts';
import { listRows, MOST_ROWS } from './list-rows.ts';
import { objectionOf, sentenceIn } from './objection.ts';
import { withTimeout } from './store-timeout.ts';

/** Rows of a list among others; one more is read to know whether there are more. */
const ROWS = 9;

/** Rows of a page of a whole list. */
export const PAGE_ROWS = 50;

/** How long a filter may take, in milliseconds: the API gives it up after ten seconds. */
const FILTER_TIMEOUT_MS = 11_000;

export const LIST_KEYS = DASHBOARD_LISTS.map(({ key }) => key);

/** What the days of a view depend on. */
export type Clock = Pick<Overview, 'since' | 'timeZone' | 'at'>;

/** The days of a view, today's date, and the first day on which something was counted. */
export function daysOf({ period }: Pick<DashboardView, 'period'>, { since, timeZone, at }: Clock) {
  const today = todayOf(at, timeZone);
  const firstDay = since === null ? undefined : todayOf(since, timeZone);
  return { today, firstDay, dates: datesOf(period, today, firstDay) };
}

/** The numbers of a view, or what is wrong with it. What could not be read in time is absent. */
export interface Numbers {
  /** Sentences. */
  readonly problems: readonly string[];
  readonly analytics?: ShownAnalytics;
  readonly rows?: AnalyticsRows;
  /** What the words of a view without a list were found in. */
  readonly found?: readonly Found[];
}

/** Reads what an address of a dashboard shows. */
export async function readNumbers(
  reads: AnalyticsReads,
  {
    view,
    problems: found,
    names,
    sentences,
    language,
  }: ParsedView & Pick<ServerStatistics, 'names' | 'sentences' | 'language'>,
  dates: DateRange,
): Promise<Numbers> {
  const problems = sentences(found);
  if (problems.length > 0) return { problems };
  const { interval, filters, list, offset, search } = view;
  const words = list === undefined ? search : undefined;
  try {
    const [analytics, rows] = await Promise.all([
      withTimeout(
        reads.visitors({
          ...dates,
          ...filterInput(filters),
          ...comparedInput(view),
          ...(interval !== undefined && { interval }),
          limit: words === undefined ? ROWS + 1 : MOST_ROWS,
        }),
        FILTER_TIMEOUT_MS,
      ),
      list === undefined
        ? undefined
        : withTimeout(
            listRows(reads, { view, dates, names }, { offset, limit: PAGE_ROWS }),
            FILTER_TIMEOUT_MS,
          ),
    ]);
    if (analytics === undefined) return { problems, ...(rows && { rows }) };
    return words === undefined
      ? { problems, analytics, ...(rows && { rows }) }
      : {
          problems,
          analytics: withShortLists(analytics, ROWS + 1),
          found: foundIn(analytics, words, names),
        };
  } catch (caught) {
    const objection = objectionOf(caught);
    if (objection === undefined) throw caught;
    const isKnown = objection.objection !== undefined;
    return {
      problems: isKnown
        ? [await sentenceIn(language, objection)]
        : sentences([['refused', objection.message]]),
    };
  }
}

/**
 * A form without a script cannot name its field after what was chosen: `filter=page&operator=contains&value=blog` is
 * `page.contains=blog`, beside what was asked of the page before.
 */
export function followForm(
  searchParams: URLSearchParams,
  names: Names,
  page?: Pick<DashboardView, 'path' | 'kept'>,
): void {
  const name = searchParams.get('filter');
  if (name === null || !Object.hasOwn(FILTERS, name)) return;
  const chosen = searchParams.get('operator') ?? 'is';
  if (!OPERATOR_CHOICES.some((each) => each === chosen)) return;
  const query = new URLSearchParams(searchParams);
  for (const field of ['filter', 'operator', 'value']) query.delete(field);
  const operator = (chosen === 'unset' ? 'set' : chosen) as Operator;
  const key = filterKey(name as FilterName, operator);
  const typed = searchParams.get('value')?.trim() ?? '';
  const value =
    operator === 'set'
      ? String(chosen === 'set')
      : name === 'country'
        ? (countryCodeOf(typed, names) ?? typed)
        : typed;
  if (operator === 'set') query.set(key, value);
  else if (value !== '') query.append(key, value);
  const { view, problems } = parseView(query, LIST_KEYS, page);
  redirect(303, problems.length === 0 ? viewAddress(view) : `${view.path}?${query.toString()}`);
}
