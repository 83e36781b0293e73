import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { footfall } = locals;
  // The total is always known; without a store this page's number may not be.
  const [total, views] = await Promise.all([
    footfall.count(),
    footfall.count({ page: '/' }).catch(() => undefined),
  ]);
  return { total, views, origin: locals.publicUrl ?? url.origin, keptParameters: locals.keptParameters };
};
