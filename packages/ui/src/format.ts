/** The language in which numbers, times and names are written. */
export interface FormatLanguage {
  /** The tags of numbers and names, and of dates and times: `en` and `en-GB`. */
  readonly numbers: string;
  readonly dates: string;
  readonly units: { readonly hours: string; readonly minutes: string; readonly seconds: string };
  readonly change: {
    readonly up: string;
    readonly same: string;
    /** With an amount: `up 12%`. */
    readonly by: (direction: 'up' | 'down', amount: string) => string;
    readonly times: (factor: string) => string;
    readonly points: PluralForms;
  };
  /** A date without what its form has too much: English forms have a comma after the weekday. */
  readonly tidy?: (date: string) => string;
  /** A share above 0 that would round to it. */
  readonly smallest: (share: string) => string;
}

/** Forms of a word by its number. */
export type PluralForms = Partial<Readonly<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

/** How a number changed, in words and as the direction of an arrow. */
export interface Change {
  readonly direction: 'up' | 'down' | 'same';
  /** `up 12%`, `down 1 point`, `14 times as many`, `no change`. */
  readonly words: string;
}

/** What is written in a language; every language has its own. */
export interface Formats {
  /** A count as people read it: `1,234`. */
  readonly formatCount: (count: number) => string;
  /** A count in a short form: `1.2K`. */
  readonly formatCompact: (count: number) => string;
  /** A mean: `2.53`. */
  readonly formatDecimal: (value: number) => string;
  /** A share as people read it: `12%`. One above 0 that would round to 0% is `<1%`. */
  readonly formatShare: (share: number) => string;
  /** A duration in milliseconds, in its two largest units: `45s`, `3m 20s`, `1h 5m`. */
  readonly formatDuration: (ms: number) => string;
  /** How a number changed; tenfold and more is a multiple. */
  readonly changeOf: (value: number, before: number) => Change;
  /** How a share changed, in percentage points between the rounded values. */
  readonly changeOfShare: (share: number, before: number) => Change;
  /** A date and time in a time zone, the same on the server and in every browser. */
  readonly formatTime: (iso: string, timeZone: string) => string;
  /** A time of day in a time zone: `22:44`. */
  readonly formatTimeOfDay: (iso: string, timeZone: string) => string;
  /** A date in a time zone: `27 August 2026`. */
  readonly formatDate: (iso: string, timeZone: string) => string;
  /** A date in a form of its own, with its time zone: `Friday 21 November`. */
  readonly dateForm: (options: Intl.DateTimeFormatOptions) => (at: Date) => string;
  /** Days in words, given as dates: `1 – 30 Sept 2026`. */
  readonly formatRange: (from: string, to: string) => string;
  /** The form of a word for a number. */
  readonly plural: (count: number, forms: PluralForms) => string;
  /** A number with its word: `1 visit`, `1,234 visits`. */
  readonly amount: (count: number, forms: PluralForms) => string;
  /** A country by its ISO code, or a language by its tag; an invalid one is its own name. */
  readonly regionName: (code: string) => string;
  readonly languageName: (tag: string) => string;
}

/** Changes below this share, half a percent, are shown as no change. */
const NOTICED = 0.005;

/** What is written in a language. */
export function formatsIn({
  numbers,
  dates,
  units,
  change,
  tidy = (date) => date,
  smallest,
}: FormatLanguage): Formats {
  const counts = new Intl.NumberFormat(numbers);
  const compact = new Intl.NumberFormat(numbers, { notation: 'compact', maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(numbers, { style: 'percent', maximumFractionDigits: 0 });
  const decimals = new Intl.NumberFormat(numbers, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const rules = new Intl.PluralRules(numbers);
  const regions = new Intl.DisplayNames(numbers, { type: 'region' });
  const languages = new Intl.DisplayNames(numbers, { type: 'language' });
  const formatCount = (count: number) => counts.format(count);
  const plural = (count: number, forms: PluralForms) => forms[rules.select(count)] ?? forms.other;
  const SAME: Change = { direction: 'same', words: change.same };

  function changeBy(difference: number, amount: string): Change {
    if (Math.abs(difference) < NOTICED) return SAME;
    const direction = difference > 0 ? 'up' : 'down';
    return { direction, words: change.by(direction, amount) };
  }

  const written = (iso: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(dates, options).format(new Date(iso));

  return {
    formatCount,
    formatCompact: (count) => compact.format(count),
    formatDecimal: (value) => decimals.format(value),
    formatShare: (share) =>
      share > 0 && share < 0.005 ? smallest(percents.format(0.01)) : percents.format(share),
    formatDuration(ms) {
      const seconds = Math.round(ms / 1000);
      if (seconds < 60) return seconds + units.seconds;
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return `${minutes}${units.minutes} ${seconds % 60}${units.seconds}`;
      return `${Math.floor(minutes / 60)}${units.hours} ${minutes % 60}${units.minutes}`;
    },
    changeOf(value, before) {
      if (before <= 0) return value > 0 ? { direction: 'up', words: change.up } : SAME;
      if (value >= 10 * before)
        return { direction: 'up', words: change.times(compact.format(value / before)) };
      const share = (value - before) / before;
      return changeBy(share, percents.format(Math.abs(share)));
    },
    changeOfShare(share, before) {
      const points = Math.round(share * 100) - Math.round(before * 100);
      const amount = Math.abs(points);
      return changeBy(points, `${formatCount(amount)} ${plural(amount, change.points)}`);
    },
    formatTime: (iso, timeZone) => written(iso, { dateStyle: 'long', timeStyle: 'short', timeZone }),
    formatTimeOfDay: (iso, timeZone) => written(iso, { timeStyle: 'short', timeZone }),
    formatDate: (iso, timeZone) => written(iso, { dateStyle: 'long', timeZone }),
    dateForm(options) {
      const form = new Intl.DateTimeFormat(dates, options);
      return (at) => tidy(form.format(at));
    },
    formatRange: (from, to) =>
      new Intl.DateTimeFormat(dates, {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        timeZone: 'UTC',
      }).formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)),
    plural,
    amount: (count, forms) => `${formatCount(count)} ${plural(count, forms)}`,
    regionName: (code) => nameOf(regions, code),
    languageName: (tag) => nameOf(languages, tag),
  };
}

/** The name of a code; an invalid code is its own name. */
function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Control characters, and marks that change the direction of text. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** An untrusted string, with its invisible characters made visible. */
export function plainText(value: string): string {
  return value.replace(UNSEEN, '\ufffd');
}
