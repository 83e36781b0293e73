import { building } from '$app/env';
import type { LayoutServerLoad } from './$types';

/** What every page must know: its site's settings, and whether a view of it is one of the owner's numbers. */
export const load: LayoutServerLoad = ({ locals }) => ({
  settings: locals.settings,
  countsOwnPages: !building && locals.countsOwnPages,
});
