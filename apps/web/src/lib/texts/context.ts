import { createContext } from 'svelte';
import type { Area, Texts } from './languages.ts';

/** Set once by the layout: the texts that the page in it has loaded. */
const [getLoaded, setTexts] = createContext<() => Partial<Texts>>();
export { setTexts };

/**
 * The texts of an area in the language of the page, which does not change while the document is open. To be called where a
 * component is made.
 * @throws where the route of the page does not load this area (`AREAS` in languages.ts)
 */
export function getTexts<A extends Area>(area: A): Texts[A] {
  const texts = getLoaded()()[area];
  if (texts === undefined) throw new Error(`The page does not load the texts of “${area}”.`);
  return texts;
}
