import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { pages, ...total } = await locals.footfall.pages();
  return { total, pages, origin: locals.publicUrl ?? url.origin, keptParameters: locals.keptParameters };
};
