import { periodOf } from '#lib/periods.ts';
import { inTime } from '#lib/server/store-away.ts';
import type { PageServerLoad } from './$types';

/** How long a reader is kept waiting for a store that is slow or away, in milliseconds. */
const PATIENCE_MS = 1_200;

export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  const { footfall, keptParameters, scriptName } = locals;
  const began = Date.now();
  const period = periodOf(url.searchParams.get('period'));
  // One after the other: what is read later is not older than the version that it is shown with.
  const total = await footfall.count();
  const left = Math.max(PATIENCE_MS - (Date.now() - began), 0);
  const overview = await inTime(footfall.overview({ period }), left);
  // A page with less than the rest is for nobody else.
  if (overview === undefined) setHeaders({ 'cache-control': 'no-store' });
  return { period, total, overview, origin: locals.publicUrl ?? url.origin, keptParameters, scriptName };
};
