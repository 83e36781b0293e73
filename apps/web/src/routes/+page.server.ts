import { LANGUAGES } from '@footfall/tracker/languages';
import { withTimeout, STORE_TIMEOUT_MS } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, setHeaders }) => {
  const { footfall } = locals;
  // The total comes from memory; the others may be missing while the store is down.
  const [total, views, visitors] = await Promise.all([
    footfall.count(),
    withTimeout(footfall.count({ page: '/' }), STORE_TIMEOUT_MS),
    withTimeout(footfall.visitorStats(), STORE_TIMEOUT_MS),
  ]);
  // An incomplete page must not be cached.
  if (views === undefined || visitors === undefined) setHeaders({ 'cache-control': 'no-store' });
  // The widget has English words itself.
  const widgetWords = LANGUAGES[locals.language];
  return { total, views, visitors, widgetWords };
};
