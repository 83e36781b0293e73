import { chartAncestors } from '@footfall/core/framing';
import { chartOfOverview, publicChartOf } from '#lib/embedded-chart.ts';
import { DASHBOARD } from '#lib/rereading.svelte.ts';
import { refuse } from '#lib/server/refuse.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends(DASHBOARD);
  const { footfall, settings } = locals;
  if (!settings.statsPublic) refuse(404, 'stats-private');
  const chosen = publicChartOf(url.searchParams);
  locals.embedded = { origins: chartAncestors(settings.hosts), theme: chosen.theme };
  // One after the other: the chart is never older than the total that says whether there is a newer one.
  const total = await footfall.count();
  const overview = await withTimeout(footfall.overview({ period: chosen.period }), STORE_TIMEOUT_MS);
  if (overview === undefined) refuse(503, 'numbers-down');
  const statistics = await statisticsOf(locals.language);
  const { stats } = await loadTexts(locals.language, ['stats']);
  return {
    chosen,
    total,
    chart: chartOfOverview(overview, chosen, { statistics, stats }),
    isStale: overview.stale === true,
  };
};
