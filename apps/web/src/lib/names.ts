const countries = new Intl.DisplayNames('en', { type: 'region' });
const languages = new Intl.DisplayNames('en', { type: 'language' });

/** What a value stands under when there were too many new ones. */
export const OTHER = '(other)';

/** A country by its ISO code, `XX` for an unknown one. */
export function countryName(code: string): string {
  return code === 'XX' ? 'Unknown' : nameOf(countries, code);
}

/** A language by its tag. */
export function languageName(tag: string): string {
  return nameOf(languages, tag);
}

/** A source of visits; those that come from nowhere come directly. */
export function sourceName(source: string): string {
  return source === 'direct' ? 'Direct' : source;
}

/** The way that led to visits. */
export function channelName(channel: string): string {
  return CHANNELS[channel] ?? channel;
}

const CHANNELS: Readonly<Record<string, string>> = {
  direct: 'Direct',
  search: 'Search',
  social: 'Social',
  'AI assistant': 'AI assistants',
  mail: 'Mail',
  referral: 'Referral',
  'paid search': 'Paid search',
  'paid social': 'Paid social',
  campaign: 'Campaigns',
  internal: 'Internal',
};

/** A word with a capital. */
export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** What is no code stands for itself. */
function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
