import { languageFile, LANGUAGES } from '@footfall/tracker/languages';
import { error } from '@sveltejs/kit';
import type { EntryGenerator, RequestHandler } from './$types';

export const prerender = true;

export const entries: EntryGenerator = () => Object.keys(LANGUAGES).map((lang) => ({ lang }));

/** The widget's words in a language, which it loads on pages in that language. */
export const GET: RequestHandler = ({ params: { lang } }) => {
  const words = Object.hasOwn(LANGUAGES, lang) ? LANGUAGES[lang] : undefined;
  if (words === undefined) error(404);
  return new Response(languageFile(words), { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
};
