import type { LayoutServerLoad } from './$types';

/**
 * What the pages of the dashboard know of their owner. It reads the path, so that every navigation asks the server, which
 * sends a browser that is signed out elsewhere to sign in.
 */
export const load: LayoutServerLoad = ({ locals, url }) => ({
  path: url.pathname,
  isSignedIn: locals.owner !== undefined,
});
