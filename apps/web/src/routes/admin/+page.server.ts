import { filtersFrom, parseView } from '#lib/dashboard.ts';
import { daysOf, followForm, LIST_KEYS, PAGE_ROWS, readNumbers } from '#lib/server/dashboard.ts';
import { refuse } from '#lib/server/refuse.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { toTheMinute } from '#lib/server/to-the-minute.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('footfall:dashboard');
  const { footfall, keptParameters, publicUrl, scriptName } = locals;
  const { names, sentences } = await statisticsOf(locals.language);
  followForm(url.searchParams, names);
  const parsed = parseView(url.searchParams, LIST_KEYS);
  const { view } = parsed;

  // One after the other: what is read later is not older than the version that it is shown with.
  const total = await withTimeout(footfall.count(), STORE_TIMEOUT_MS);
  const site = await withTimeout(footfall.overview({ period: 'today' }), STORE_TIMEOUT_MS);
  if (total === undefined || site === undefined) refuse(503, 'numbers-down');
  const { timeZone, at } = site;
  const { today, firstDay, dates } = daysOf(view, site);

  const read = async () => {
    const numbers = await readNumbers(
      footfall.analytics,
      { ...parsed, names, sentences, language: locals.language },
      dates,
    );
    const { analytics } = numbers;
    return analytics === undefined
      ? numbers
      : { ...numbers, analytics: await toTheMinute(analytics, view, footfall.overview) };
  };
  const [numbers, here, visitors, arrivals, annotations, segments] = await Promise.all([
    read(),
    withTimeout(footfall.analytics.now(), STORE_TIMEOUT_MS),
    withTimeout(footfall.visitorStats(), STORE_TIMEOUT_MS),
    withTimeout(footfall.arrivals(), STORE_TIMEOUT_MS),
    withTimeout(footfall.annotations.list(dates), STORE_TIMEOUT_MS),
    withTimeout(footfall.segments.list(), STORE_TIMEOUT_MS),
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
    segments: segments?.flatMap(({ name, filters }) =>
      filters === null ? [] : [{ name, filters: filtersFrom(filters) }],
    ),
    here,
    hasSample: locals.account?.sample !== undefined,
    origin: publicUrl ?? url.origin,
    keptParameters,
    scriptName,
  };
};
