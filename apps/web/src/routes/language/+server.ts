import { redirect } from '@sveltejs/kit';
import { fieldsOf } from '#lib/server/account.ts';
import { LANGUAGE_COOKIE, languageOf } from '#lib/texts/tags.ts';
import type { RequestHandler } from './$types';

const YEAR_S = 365 * 24 * 60 * 60;

/** Stores the language that was chosen in a cookie, and leads back to the page on which it was. */
export const POST: RequestHandler = async ({ cookies, request, url }) => {
  const field = await fieldsOf(request);
  const language = languageOf(field('language'));
  const secure = url.protocol === 'https:';
  if (language !== undefined)
    cookies.set(LANGUAGE_COOKIE, language, { path: '/', maxAge: YEAR_S, sameSite: 'lax', secure });
  redirect(303, cameFrom(request, url));
};

/** The page of this site that sent the form; home where that is not known. */
function cameFrom({ headers }: Request, { host }: URL): string {
  const from = URL.parse(headers.get('referer') ?? '');
  if (from?.host !== host) return '/';
  // A path that begins with two slashes would be another host.
  return from.pathname.replace(/^\/+/, '/') + from.search;
}
