import { building } from '$app/env';
import type { LayoutServerLoad } from './$types';

/** Data of every page: the reader's language, the site's settings, and whether views of our own pages are counted. */
export const load: LayoutServerLoad = ({ locals }) => ({
  language: locals.language,
  settings: locals.settings,
  countsOwnPages: !building && locals.countsOwnPages,
});
