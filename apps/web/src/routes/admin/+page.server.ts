import { error, redirect } from '@sveltejs/kit';
import { datesOf, FILTERS, parseView, todayOf, viewAddress } from '#lib/dashboard.ts';
import { DASHBOARD_LISTS } from '#lib/lists.ts';
import { objectionOf } from '#lib/server/objection.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

/** Rows of a list among others; one more is read to know whether there are more. */
const ROWS = 9;
const ALL_ROWS = 1_000;

/** How long a filter may take, in milliseconds: the API gives it up after ten seconds. */
const FILTER_TIMEOUT_MS = 11_000;

/** For how long somebody counts as here, in milliseconds. */
const NOW_MS = 30 * 60 * 1000;
const NOW_ROWS = 4;

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
    const { list } = view;
    try {
      const { interval, filters } = view;
      const limit = list === undefined ? ROWS + 1 : ALL_ROWS;
      const input = { ...dates, ...filters, limit, ...(interval !== undefined && { interval }) };
      // The names of channels, devices and systems are checked where they are read.
      const asked = input as Parameters<typeof footfall.analytics.visitors>[0];
      const analytics = await withTimeout(footfall.analytics.visitors(asked), FILTER_TIMEOUT_MS);
      if (analytics === undefined) return { problems };
      // Of a whole list the others are not shown.
      const others = LIST_KEYS.filter((key) => list !== undefined && key !== list);
      return { problems, analytics: { ...analytics, ...Object.fromEntries(others.map((key) => [key, []])) } };
    } catch (caught) {
      const objection = objectionOf(caught);
      if (objection === undefined) throw caught;
      return { problems: [objection] };
    }
  };
  const [numbers, here, visitors, arrivals, annotations] = await Promise.all([
    read(),
    withTimeout(
      footfall.analytics.visitors({ from: Date.parse(at) - NOW_MS, limit: NOW_ROWS }),
      STORE_TIMEOUT_MS,
    ),
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
    live: visitors?.live,
    arrivals,
    annotations,
    here: here && {
      since: here.series[0]?.start ?? at,
      pages: here.topPages,
      countries: here.countries,
    },
    origin: publicUrl ?? url.origin,
    keptParameters,
    scriptName,
  };
};

/** A form without a script cannot name its field after what was chosen: `filter=country&value=DE` is `country=DE`. */
function followForm({ searchParams }: URL): void {
  const name = searchParams.get('filter');
  if (name === null || !Object.hasOwn(FILTERS, name)) return;
  const query = new URLSearchParams(searchParams);
  const value = query.get('value')?.trim() ?? '';
  for (const field of ['filter', 'value']) query.delete(field);
  if (value !== '') query.set(name satisfies string, value);
  const { view, problems } = parseView(query, LIST_KEYS);
  redirect(303, problems.length === 0 ? viewAddress(view) : `/admin?${query.toString()}`);
}
