import { createContext } from 'svelte';
import type { Formats, PluralForms } from './format.ts';

/** What these components say by themselves. */
export interface UiWords {
  readonly all: string;
  readonly annotations: PluralForms;
  readonly before: (value: string) => string;
  readonly closeNotice: string;
  readonly copied: string;
  readonly copy: string;
  readonly from: (value: string) => string;
  readonly noVisit: string;
  readonly none: string;
  readonly readChart: string;
  readonly share: string;
  readonly soFar: (name: string) => string;
}

interface Ui {
  readonly formats: Formats;
  readonly words: UiWords;
}

/** The language of all components below one: set once, by the site's layout. */
export const [getUi, setUi] = createContext<Ui>();

/** What is written in the language of the page. To be called where a component is made. */
export const getFormats = (): Formats => getUi().formats;
