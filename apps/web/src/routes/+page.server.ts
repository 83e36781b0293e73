import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const [total, views] = await Promise.all([locals.footfall.count(), locals.footfall.count({ page: '/' })]);
  return { total, views, origin: locals.publicUrl ?? url.origin, keptParameters: locals.keptParameters };
};
