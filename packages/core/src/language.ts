import list from '../lists/languages.json' with { type: 'json' };

/**
 * The language of a visit as its canonical primary subtag (BCP 47): `en`, `pt`, `he` (also for `iw`); empty if it is
 * unknown.
 * @param language the language that the browser's script sent
 * @param acceptLanguage the header, which begins with the preferred language
 */
export function languageOf(language: string | undefined, acceptLanguage: string | undefined): string {
  return primary(language) || primary(acceptLanguage);
}

function primary(tags: string | undefined): string {
  const subtag = PRIMARY.exec(tags ?? '')?.[1]?.toLowerCase() ?? '';
  return NO_LANGUAGE.has(subtag) ? '' : (CANONICAL.get(subtag) ?? subtag);
}

const PRIMARY = /^\s*([a-z]{2,3})\s*(?:$|[-_,;])/i;

/** Codes of ISO 639 for no particular language. */
const NO_LANGUAGE: ReadonlySet<string> = new Set(['und', 'mul', 'mis', 'zxx']);

/** Canonical codes by the other codes of a language. */
const CANONICAL: ReadonlyMap<string, string> = new Map(
  Object.entries(list.languages).flatMap(([canonical, codes]) =>
    codes.split(' ').map((code): [string, string] => [code, canonical]),
  ),
);
