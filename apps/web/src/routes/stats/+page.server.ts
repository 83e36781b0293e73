import type { Overview } from '@footfall/trpc';
import { todayOf } from '#lib/dashboard.ts';
import { viewOf } from '#lib/periods.ts';
import { refuse } from '#lib/server/refuse.ts';
import { withTimeout, STORE_TIMEOUT_MS } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  const { footfall, keptParameters, scriptName, settings } = locals;
  if (!settings.statsPublic) refuse(404, 'stats-private');
  const began = Date.now();
  const view = viewOf(url.searchParams);
  // One after the other, so that the overview is never older than the total beside it.
  const total = await footfall.count();
  const left = () => Math.max(STORE_TIMEOUT_MS - (Date.now() - began), 0);
  const { period, list } = view;
  const overview = await withTimeout(
    footfall.overview({ period, ...(list !== undefined && { list }) }),
    left(),
  );
  const visitors = await withTimeout(footfall.visitorStats(), left());
  const annotations = overview && (await withTimeout(footfall.annotations.shown(daysOf(overview)), left()));
  // An incomplete page must not be cached.
  if (overview === undefined || visitors === undefined) setHeaders({ 'cache-control': 'no-store' });
  const origin = locals.publicUrl ?? url.origin;
  return { view, total, overview, annotations, live: visitors?.live, origin, keptParameters, scriptName };
};

/** The local days of a period: all of them go on until now. */
function daysOf({ series, at, timeZone }: Overview) {
  return { from: todayOf(series[0]?.start ?? at, timeZone), to: todayOf(at, timeZone) };
}
