import { plusDays, todayOf } from '#lib/dashboard.ts';
import { refuse } from '#lib/server/refuse.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { weekGrid } from '#lib/week-grid.ts';
import type { PageServerLoad } from './$types';

/** Four whole weeks before today, so that each weekday has as many days. */
const GRID_DAYS = 28;

export const load: PageServerLoad = async ({ locals }) => {
  const { footfall } = locals;
  const site = await withTimeout(footfall.overview({ period: 'today' }), STORE_TIMEOUT_MS);
  const update = await withTimeout(footfall.visits.now(), STORE_TIMEOUT_MS);
  if (site === undefined || update === undefined) refuse(503, 'numbers-down');
  const { timeZone, at } = site;
  const today = todayOf(at, timeZone);
  const days = { from: plusDays(today, -GRID_DAYS), to: plusDays(today, -1) };
  const asked = { ...days, interval: 'hour', limit: 1 } as const;
  const weeks = await withTimeout(footfall.analytics.visitors(asked), STORE_TIMEOUT_MS);
  const grid =
    weeks === undefined || weeks.totals.views === 0
      ? undefined
      : { days, hours: weekGrid(weeks.series, timeZone) };
  return { update, timeZone, grid };
};
