import type { Reason, SettingName } from '@footfall/core';
import { formats } from './texts/en/formats.ts';
import type { Setting, SettingsPreview } from '@footfall/trpc';

/** How a setting is asked for. */
export type Field =
  | { readonly kind: 'text' | 'list' | 'months' | 'zone' }
  | { readonly kind: 'choice'; readonly options: readonly (readonly [value: string, name: string])[] };

/** What the settings page says of a setting. */
export interface Described {
  readonly name: SettingName;
  readonly title: string;
  readonly sentence: string;
  readonly field: Field;
  /** What was not counted because of it, and with what else, as it goes on after the number of events. */
  readonly effect?: { readonly reason: Reason; readonly words: string };
  /** What a change would have meant, in a sentence. */
  readonly preview?: (preview: SettingsPreview) => string;
}

export interface SettingGroup {
  readonly id: string;
  readonly title: string;
  readonly settings: readonly Described[];
}

const choice = (...options: (readonly [value: string, name: string])[]): Field => ({
  kind: 'choice',
  options,
});

/** The settings in the order of the page, each in a sentence. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    id: 'site',
    title: 'The site',
    settings: [
      {
        name: 'SITE_NAME',
        title: 'Name',
        sentence: 'What these pages call your site. Empty is its first host.',
        field: { kind: 'text' },
      },
      {
        name: 'SITE_HOSTS',
        title: 'Hosts',
        sentence:
          'Hosts whose pages are counted, one in each line, such as example.com; *.example.com is its subdomains. Empty counts every host.',
        field: { kind: 'list' },
        effect: { reason: 'origin', words: 'of other hosts' },
      },
      {
        name: 'SITE_TIME_ZONE',
        title: 'Time zone',
        sentence: 'Days and hours begin by this clock. It is chosen before the first page view, for good.',
        field: { kind: 'zone' },
      },
      {
        name: 'WEEK_START',
        title: 'Weeks begin on',
        sentence: 'Charts by week are drawn anew when it changes.',
        field: choice(['monday', 'Monday'], ['sunday', 'Sunday'], ['saturday', 'Saturday']),
      },
    ],
  },
  {
    id: 'readers',
    title: 'Who sees the statistics',
    settings: [
      {
        name: 'STATS_PUBLIC',
        title: 'Statistics',
        sentence: 'The page /stats. The widget and the badge show their numbers either way.',
        field: choice(['true', 'Everyone may read them'], ['false', 'Only you']),
      },
    ],
  },
  {
    id: 'visitors',
    title: 'Who is counted',
    settings: [
      {
        name: 'TRACKING_ENABLED',
        title: 'Counting',
        sentence: 'Off, nothing is counted and nothing is stored about visits.',
        field: choice(['true', 'On'], ['false', 'Off']),
        effect: { reason: 'disabled', words: 'while it was off' },
      },
      {
        name: 'RESPECT_DNT',
        title: 'Do Not Track',
        sentence: 'Visitors whose browser sends Do Not Track or Global Privacy Control.',
        field: choice(['true', 'Are not counted'], ['false', 'Are counted too']),
        effect: { reason: 'opted-out', words: 'of browsers that ask not to be tracked' },
      },
      {
        name: 'REQUIRE_CONSENT',
        title: 'Consent',
        sentence: 'With it, a page view is counted only after your page has said that the visitor agrees.',
        field: choice(['false', 'Not needed'], ['true', 'Needed']),
        effect: { reason: 'no-consent', words: 'without consent' },
      },
      {
        name: 'IDENTITY',
        title: 'Recognition',
        sentence:
          'How long a visitor is recognised. It is chosen before the first page view, and the tracker’s line on your pages must say the same.',
        field: choice(['daily', 'For a day'], ['device', 'For up to a year, by an id in the browser']),
      },
      {
        name: 'COUNT_BOTS',
        title: 'Bots',
        sentence: 'Crawlers, scripts and test browsers that say what they are.',
        field: choice(['false', 'Are not counted'], ['true', 'Are counted too']),
        effect: { reason: 'bot', words: 'of bots' },
      },
    ],
  },
  {
    id: 'pages',
    title: 'What is left out',
    settings: [
      {
        name: 'IGNORED_PAGES',
        title: 'Pages that are not counted',
        sentence: 'Paths, one in each line, in which * stands for any characters: /drafts/* or *.pdf.',
        field: { kind: 'list' },
        effect: { reason: 'ignored', words: 'of ignored pages or addresses' },
        preview: ignoredWords,
      },
      {
        name: 'IGNORED_ADDRESSES',
        title: 'Addresses that are not counted',
        sentence: 'Addresses or ranges of visitors, one in each line, such as 192.0.2.7 or 10.0.0.0/8.',
        field: { kind: 'list' },
      },
      {
        name: 'KEEP_PARAMETERS',
        title: 'Query parameters to keep',
        sentence:
          'Parameters that make another page, such as q or page; all others are cut off. The tracker’s line on your pages must name them too.',
        field: { kind: 'list' },
      },
    ],
  },
  {
    id: 'storage',
    title: 'How long page views are stored',
    settings: [
      {
        name: 'RETENTION_MONTHS',
        title: 'Months',
        sentence:
          'Older page views and visits are deleted within the hour, for good; the counts made from them stay. 0 stores them forever.',
        field: { kind: 'months' },
        preview: deletedWords,
      },
    ],
  },
  {
    id: 'annotations',
    title: 'Annotations',
    settings: [
      {
        name: 'AUTOMATIC_ANNOTATIONS',
        title: 'Made by Footfall',
        sentence:
          'Under the chart: which settings were changed on a day, without their values, and outages of more than a minute.',
        field: choice(['true', 'On'], ['false', 'Off']),
      },
    ],
  },
];

function ignoredWords({ ignored: { pages, views, isAtLeast } }: SettingsPreview): string {
  if (views === 0)
    return (
      'It would have left out no page that was counted in the last seven days' +
      (isAtLeast ? ' and is among the thousand with the most views.' : '.')
    );
  const least = isAtLeast ? 'at least ' : '';
  const ofPages = pages === 1 ? 'of one page' : `of ${formats.formatCount(pages)} pages`;
  return `It would have left out ${least}${formats.formatCount(views)} page ${views === 1 ? 'view' : 'views'} ${ofPages} in the last seven days.`;
}

function deletedWords({ deletesBefore, timeZone }: SettingsPreview): string {
  if (deletesBefore === null) return 'No page view would be deleted.';
  const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone });
  return `Page views from before ${dates.format(Date.parse(deletesBefore))} would be deleted, if there are any.`;
}

/** What the first run asks. */
export const SETUP_SETTINGS: readonly Described[] = SETTING_GROUPS.slice(0, 2).flatMap(
  ({ settings }) => settings,
);

/** The entries of a list, whichever way they are separated. */
const entriesOf = (text: string): string[] =>
  text
    .split(/[,\r\n]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** The text of a setting as its field shows it: a list has an entry in each line. */
export function shownText({ field }: Pick<Described, 'field'>, text: string): string {
  return field.kind === 'list' ? entriesOf(text).join('\n') : text;
}

/** The text of a setting from its field. */
export function sentText({ field }: Pick<Described, 'field'>, text: string): string {
  return field.kind === 'list' ? entriesOf(text).join(',') : text.trim();
}

/**
 * What a form changes: the fields that it has, and that differ from what they were when the page was loaded.
 * @param field the form's fields, undefined where it has none of the name
 */
export function changesOf(
  field: (name: string) => string | undefined,
): Readonly<Partial<Record<SettingName, string>>> {
  const changes = SETTING_GROUPS.flatMap(({ settings }) => settings).flatMap((described) => {
    const text = field(described.name);
    if (text === undefined) return [];
    const [sent, was] = [text, field(`was:${described.name}`) ?? ''].map((each) => sentText(described, each));
    return sent === was ? [] : [[described.name, sent]];
  });
  return Object.fromEntries(changes) as Partial<Record<SettingName, string>>;
}

/** Why a setting cannot be changed here. */
export const FIXED: Readonly<Record<NonNullable<Setting['fixed']>, string>> = {
  environment: 'Set by the environment variable of this name: change it there, and start Footfall again.',
  views: 'It cannot change any more: what is stored depends on it.',
};
