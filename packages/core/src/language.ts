/**
 * The language of a visit as its primary subtag (BCP 47): `en`, `pt`, `zh`; empty where it is not told.
 * @param language what the browser's script said
 * @param acceptLanguage the header, which begins with the language that is liked best
 */
export function languageOf(language: string | undefined, acceptLanguage: string | undefined): string {
  return primary(language) || primary(acceptLanguage);
}

function primary(tags: string | undefined): string {
  const subtag = PRIMARY.exec(tags ?? '')?.[1]?.toLowerCase() ?? '';
  return NO_LANGUAGE.has(subtag) ? '' : subtag;
}

const PRIMARY = /^\s*([a-z]{2,3})\s*(?:$|[-_,;])/i;

/** Codes of ISO 639 that stand for none in particular. */
const NO_LANGUAGE: ReadonlySet<string> = new Set(['und', 'mul', 'mis', 'zxx']);
