import { chartAncestors } from '@footfall/core';
import { error } from '@sveltejs/kit';
import { chartOfOverview, publicChartOf } from '#lib/embedded-chart.ts';
import { DASHBOARD } from '#lib/rereading.svelte.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends(DASHBOARD);
  const { footfall, settings } = locals;
  if (!settings.statsPublic) error(404, 'The statistics of this site are not public.');
  const chosen = publicChartOf(url.searchParams);
  locals.embedded = { origins: chartAncestors(settings.hosts), theme: chosen.theme };
  // One after the other: the chart is never older than the total that says whether there is a newer one.
  const total = await footfall.count();
  const overview = await withTimeout(footfall.overview({ period: chosen.period }), STORE_TIMEOUT_MS);
  if (overview === undefined) error(503, 'The numbers cannot be read right now.');
  return { chosen, total, chart: chartOfOverview(overview, chosen), isStale: overview.stale === true };
};
