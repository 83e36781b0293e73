import { browser } from '$app/env';
import { areasOf, loadTexts } from '#lib/texts/languages.ts';
import { LANGUAGE_TAGS, languageOf } from '#lib/texts/tags.ts';
import type { LayoutLoad } from './$types';

/** Loads the texts of a page in the language of its document, which stays the same until another document is opened. */
export const load: LayoutLoad = async ({ data, route }) => {
  // Without its server a page has no data at all.
  const { language } = (data as Partial<typeof data> | null) ?? {};
  const its = (browser ? languageOf(document.documentElement.lang) : language) ?? LANGUAGE_TAGS[0];
  return { ...data, language: its, texts: await loadTexts(its, areasOf(route.id)) };
};
