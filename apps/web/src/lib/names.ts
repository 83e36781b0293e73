import type { Formats } from '@footfall/ui/format';
import type { StatisticsTexts } from './texts/en/statistics.ts';

/** The value under which new values beyond the quota are counted together. */
export const OTHER = '(other)';

/** What values are called in a language. */
export interface Names {
  /** A country by its ISO code, `XX` for an unknown one. */
  readonly countryName: (code: string) => string;
  /** A language by its tag. */
  readonly languageName: (tag: string) => string;
  /** A source of visits; `direct` is the one of visits without a source. */
  readonly sourceName: (source: string) => string;
  /** A channel, by its name in the API. */
  readonly channelName: (channel: string) => string;
  /** A kind of device, by its name in the API. */
  readonly deviceName: (device: string) => string;
}

/** The names of values in the language of some texts. */
export function namesIn({ names }: Pick<StatisticsTexts, 'names'>, formats: Formats): Names {
  const listed = (all: Readonly<Record<string, string>>, value: string) =>
    Object.hasOwn(all, value) ? (all[value] ?? value) : value;
  return {
    countryName: (code) => (code === 'XX' ? names.unknown : formats.regionName(code)),
    languageName: formats.languageName,
    sourceName: (source) => (source === 'direct' ? names.direct : source),
    channelName: (channel) => listed(names.channels, channel),
    deviceName: (device) =>
      Object.hasOwn(names.devices, device) ? listed(names.devices, device) : capitalized(device),
  };
}

const LETTERS = Array.from({ length: 26 }, (_, letter) => String.fromCharCode(65 + letter));

/** The code of a country by its name in a language, or by the code in any case; undefined where there is none. */
export function countryCodeOf(name: string, { countryName }: Names): string | undefined {
  const wanted = name.toLowerCase();
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  const isCurrent = (code: string): boolean => new Intl.Locale('und', { region: code }).region === code;
  return codes.find(
    (code) =>
      (code.toLowerCase() === wanted || countryName(code).toLowerCase() === wanted) && isCurrent(code),
  );
}

/** A word with a capital first letter. */
export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
