import { inTime, PATIENCE_MS } from '#lib/server/store-away.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, setHeaders }) => {
  const { footfall } = locals;
  // The total is always known; without a store the others may not be.
  const [total, views, visitors] = await Promise.all([
    footfall.count(),
    inTime(footfall.count({ page: '/' }), PATIENCE_MS),
    inTime(footfall.visitorStats(), PATIENCE_MS),
  ]);
  // A page with less than the rest is for nobody else.
  if (views === undefined || visitors === undefined) setHeaders({ 'cache-control': 'no-store' });
  return { total, views, visitors };
};
