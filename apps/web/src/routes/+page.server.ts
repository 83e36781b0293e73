import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const { footfall } = locals;
  // The total is always known; without a store the others may not be.
  const [total, views, visitors] = await Promise.all([
    footfall.count(),
    footfall.count({ page: '/' }).catch(() => undefined),
    footfall.visitorStats().catch(() => undefined),
  ]);
  return { total, views, visitors };
};
