import { withTimeout, STORE_TIMEOUT_MS } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, setHeaders }) => {
  const { footfall } = locals;
  // The total is always known; without a store the others may not be.
  const [total, views, visitors] = await Promise.all([
    footfall.count(),
    withTimeout(footfall.count({ page: '/' }), STORE_TIMEOUT_MS),
    withTimeout(footfall.visitorStats(), STORE_TIMEOUT_MS),
  ]);
  // A page with less than the rest is for nobody else.
  if (views === undefined || visitors === undefined) setHeaders({ 'cache-control': 'no-store' });
  return { total, views, visitors };
};
