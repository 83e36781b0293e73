const countries = new Intl.DisplayNames('en', { type: 'region' });
const languages = new Intl.DisplayNames('en', { type: 'language' });

/** The value under which new values beyond the quota are counted together. */
export const OTHER = '(other)';

/** A country by its ISO code, `XX` for an unknown one. */
export function countryName(code: string): string {
  return code === 'XX' ? 'Unknown' : nameOf(countries, code);
}

const LETTERS = Array.from({ length: 26 }, (_, letter) => String.fromCharCode(65 + letter));

/** The code of a country by its name, or by the code in any case; undefined where there is none. */
export function countryCodeOf(name: string): string | undefined {
  const wanted = name.toLowerCase();
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  const isCurrent = (code: string): boolean => new Intl.Locale('und', { region: code }).region === code;
  return codes.find(
    (code) =>
      (code.toLowerCase() === wanted || countryName(code).toLowerCase() === wanted) && isCurrent(code),
  );
}

/** A language by its tag. */
export function languageName(tag: string): string {
  return nameOf(languages, tag);
}

/** A source of visits; `direct` is the one of visits without a source. */
export function sourceName(source: string): string {
  return source === 'direct' ? 'Direct' : source;
}

/** A channel, by its name in the API. */
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

/** A word with a capital first letter. */
export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The name of a code; an invalid code is its own name. */
function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
