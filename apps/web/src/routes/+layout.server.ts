import { building } from '$app/env';
import type { LayoutServerLoad } from './$types';

/** What every page must know: whether a view of it is one of the owner's numbers. */
export const load: LayoutServerLoad = ({ locals }) => ({
  countsOwnPages: !building && locals.countsOwnPages,
});
