import { routesOf } from '#lib/openapi.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => ({
  routes: locals.openApi === undefined ? [] : routesOf(locals.openApi()),
});
