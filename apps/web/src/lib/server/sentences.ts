import { loadTexts } from '#lib/texts/languages.ts';
import type { Language } from '#lib/texts/tags.ts';

/** What a sentence has of its own: numbers, and what it quotes. */
const OWN = /\d+|“[^“”]{0,400}”/g;

/** The places of them in a known sentence. */
const PLACES = /#|…/g;

/**
 * A sentence of the API, which is English, as a page says it.
 * @returns the sentence itself where its translation is not known
 */
export async function sentenceIn(language: Language, sentence: string): Promise<string> {
  const { known } = (await loadTexts(language, ['sentences'])).sentences;
  const own = (sentence.match(OWN) ?? []).map((each) => each.replaceAll(/[“”]/g, ''));
  const text = known(sentence.replaceAll(OWN, (each) => (each.startsWith('“') ? '“…”' : '#')));
  let at = 0;
  return text?.replaceAll(PLACES, () => own[at++] ?? '') ?? sentence;
}
