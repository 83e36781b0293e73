/**
 * The widget's words in English. Other languages are separate files (languages.ts), loaded by pages in those languages.
 */

/** The widget's words, by the slots in which a page may put its own. */
export interface Words {
  /** The language of these words, as a tag. */
  readonly lang: string;
  /** The direction of that language; the page's own where it is empty. */
  readonly dir: '' | 'ltr' | 'rtl';
  readonly title: string;
  /** Replaces the title while the numbers are not current. */
  readonly old: string;
  /** The names of the four numbers, and beside each the time it covers, where the name does not say that. */
  readonly live: string;
  readonly 'live-span'?: string;
  readonly active: string;
  readonly 'active-span'?: string;
  readonly today: string;
  readonly 'today-span'?: string;
  readonly total: string;
  readonly 'total-span'?: string;
  /** Between a percentage and the name of a country. */
  readonly from: string;
  /** What each number counts, in a sentence. */
  readonly 'live-meaning': string;
  readonly 'active-meaning': string;
  readonly 'today-meaning': string;
  readonly 'total-meaning': string;
  /** The noun that follows a number, by the plural category of the number. */
  readonly visitors: Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & Record<'other', string>>;
  /** The label of the button that closes the strip at the foot of a window. */
  readonly close: string;
}

export const ENGLISH: Words = {
  lang: 'en',
  dir: '',
  title: 'Visitors',
  old: 'Visitors, last known',
  live: 'Now',
  active: 'Last 30 min',
  today: 'Last 24 hours',
  total: 'All time',
  from: 'from',
  'live-meaning': 'Visitors seen in the last 5 minutes.',
  'active-meaning': 'Visitors seen in the last 30 minutes.',
  'today-meaning': 'Visitors seen in the last 24 hours.',
  'total-meaning': 'Visitors so far, counted day by day.',
  visitors: { one: 'visitor', other: 'visitors' },
  close: 'Close',
};

/** The words of the classic theme, which the requirements name. */
export const CLASSIC: Words = {
  ...ENGLISH,
  title: 'Watching now',
  old: 'Last known',
  live: 'Live now',
  'live-span': '5 min',
  active: 'Active',
  'active-span': '30 min',
  today: 'Today',
  'today-span': '24 h',
  total: 'Total',
  'total-span': 'ever',
};

/** Languages with a file, by the first part of a language tag. */
export const TRANSLATED = /^(ar|bn|de|es|fr|hi|id|it|ja|nl|pl|pt|ru|tr|zh)$/;
