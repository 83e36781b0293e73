import { FILTERS, filterKey, type FilterName, type Operator } from '@footfall/core/filters';
import { error, redirect } from '@sveltejs/kit';
import {
  comparedInput,
  datesOf,
  filterInput,
  OPERATOR_LABELS,
  parseView,
  todayOf,
  viewAddress,
} from '#lib/dashboard.ts';
import { DASHBOARD_LISTS } from '#lib/lists.ts';
import { countryCodeOf } from '#lib/names.ts';
import { listRows } from '#lib/server/list-rows.ts';
import { objectionOf } from '#lib/server/objection.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { toTheMinute } from '#lib/server/to-the-minute.ts';
import type { PageServerLoad } from './$types';

/** Rows of a list among others; one more is read to know whether there are more. */
const ROWS = 9;

/** Rows of a page of a whole list. */
const PAGE_ROWS = 50;

/** How long a filter may take, in milliseconds: the API gives it up after ten seconds. */
const FILTER_TIMEOUT_MS = 11_000;

const LIST_KEYS = DASHBOARD_LISTS.map(({ key }) => key);

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('footfall:dashboard');
  const { footfall, keptParameters, publicUrl, scriptName } = locals;
  followForm(url);
  const { view, problems } = parseView(url.searchParams, LIST_KEYS);

  // One after the other: what is read later is not older than the version that it is shown with.
  const total = await withTimeout(footfall.count(), STORE_TIMEOUT_MS);
  const site = await withTimeout(footfall.overview({ period: 'today' }), STORE_TIMEOUT_MS);
  if (total === undefined || site === undefined) error(503, 'The numbers cannot be read right now.');
  const { since, timeZone, at } = site;
  const today = todayOf(at, timeZone);
  const firstDay = since === null ? undefined : todayOf(since, timeZone);
  const dates = datesOf(view.period, today, firstDay);

  const read = async () => {
    if (problems.length > 0) return { problems };
    const { interval, filters, list, offset } = view;
    try {
      const [byHours, rows] = await Promise.all([
        withTimeout(
          footfall.analytics.visitors({
            ...dates,
            ...filterInput(filters),
            ...comparedInput(view),
            ...(interval !== undefined && { interval }),
            limit: ROWS + 1,
          }),
          FILTER_TIMEOUT_MS,
        ),
        list === undefined
          ? undefined
          : withTimeout(listRows(footfall, { view, dates }, { offset, limit: PAGE_ROWS }), FILTER_TIMEOUT_MS),
      ]);
      const analytics = byHours && (await toTheMinute(byHours, view, footfall.overview));
      return { problems, ...(analytics && { analytics }), ...(rows && { rows }) };
    } catch (caught) {
      const objection = objectionOf(caught);
      if (objection === undefined) throw caught;
      return { problems: [objection] };
    }
  };
  const [numbers, here, visitors, arrivals, annotations] = await Promise.all([
    read(),
    withTimeout(footfall.analytics.now(), STORE_TIMEOUT_MS),
    withTimeout(footfall.visitorStats(), STORE_TIMEOUT_MS),
    withTimeout(footfall.arrivals(), STORE_TIMEOUT_MS),
    withTimeout(footfall.annotations.list(dates), STORE_TIMEOUT_MS),
  ]);

  return {
    view,
    dates,
    today,
    firstDay,
    timeZone,
    at,
    total,
    ...numbers,
    pageRows: PAGE_ROWS,
    live: visitors?.live,
    arrivals,
    annotations,
    here,
    origin: publicUrl ?? url.origin,
    keptParameters,
    scriptName,
  };
};

/**
 * A form without a script cannot name its field after what was chosen: `filter=page&operator=contains&value=blog` is
 * `page.contains=blog`, beside what was asked of the page before.
 */
function followForm({ searchParams }: URL): void {
  const name = searchParams.get('filter');
  if (name === null || !Object.hasOwn(FILTERS, name)) return;
  const chosen = searchParams.get('operator') ?? 'is';
  if (!Object.hasOwn(OPERATOR_LABELS, chosen)) return;
  const query = new URLSearchParams(searchParams);
  for (const field of ['filter', 'operator', 'value']) query.delete(field);
  const operator = (chosen === 'unset' ? 'set' : chosen) as Operator;
  const key = filterKey(name as FilterName, operator);
  const typed = searchParams.get('value')?.trim() ?? '';
  const value =
    operator === 'set'
      ? String(chosen === 'set')
      : name === 'country'
        ? (countryCodeOf(typed) ?? typed)
        : typed;
  if (operator === 'set') query.set(key, value);
  else if (value !== '') query.append(key, value);
  const { view, problems } = parseView(query, LIST_KEYS);
  redirect(303, problems.length === 0 ? viewAddress(view) : `/admin?${query.toString()}`);
}
