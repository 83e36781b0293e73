/** The languages of the site by their tags, the first for readers who want none of them, each with its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof LANGUAGES;

export const LANGUAGE_TAGS = Object.keys(LANGUAGES) as [Language, ...Language[]];

/** The cookie in which a browser stores the language that its reader has chosen. */
export const LANGUAGE_COOKIE = 'footfall-language';

/** The language of a tag, if there is one. */
export const languageOf = (tag: unknown): Language | undefined =>
  LANGUAGE_TAGS.find((language) => language === tag);
