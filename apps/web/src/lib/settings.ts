import type { Reason, SettingName } from '@footfall/core';
import type { SettingsPreview } from '@footfall/trpc';
import type { Formats } from '@footfall/ui';
import type { SettingsTexts } from './texts/en/settings.ts';

/** How a setting is asked for. */
export type Field =
  | { readonly kind: 'text' | 'list' | 'zone' }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] };

/** A setting on its page; what it is called there is in the texts. */
export interface Described {
  readonly name: SettingName;
  readonly field: Field;
  /** What is not counted because of it. */
  readonly reason?: Reason;
  /** What can be said of a change before it is made. */
  readonly preview?: 'ignored' | 'deleted';
}

export interface SettingGroup {
  readonly id: keyof SettingsTexts['groups'];
  readonly settings: readonly Described[];
}

const choice = (...values: string[]): Field => ({ kind: 'choice', values });

/** The settings in the order of the page. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    id: 'site',
    settings: [
      {
        name: 'SITE_NAME',
        field: { kind: 'text' },
      },
      {
        name: 'SITE_HOSTS',
        field: { kind: 'list' },
        reason: 'origin',
      },
      {
        name: 'SITE_TIME_ZONE',
        field: { kind: 'zone' },
      },
      {
        name: 'WEEK_START',
        field: choice('monday', 'sunday', 'saturday'),
      },
    ],
  },
  {
    id: 'readers',
    settings: [
      {
        name: 'STATS_PUBLIC',
        field: choice('true', 'false'),
      },
    ],
  },
  {
    id: 'visitors',
    settings: [
      {
        name: 'TRACKING_ENABLED',
        field: choice('true', 'false'),
        reason: 'disabled',
      },
      {
        name: 'RESPECT_DNT',
        field: choice('true', 'false'),
        reason: 'opted-out',
      },
      {
        name: 'REQUIRE_CONSENT',
        field: choice('false', 'true'),
        reason: 'no-consent',
      },
      {
        name: 'IDENTITY',
        field: choice('daily', 'device'),
      },
      {
        name: 'SESSION_TIMEOUT_MINUTES',
        field: { kind: 'number', min: 1, max: 240 },
      },
      {
        name: 'COUNT_BOTS',
        field: choice('false', 'true'),
        reason: 'bot',
      },
    ],
  },
  {
    id: 'pages',
    settings: [
      {
        name: 'IGNORED_PAGES',
        field: { kind: 'list' },
        reason: 'ignored',
        preview: 'ignored',
      },
      {
        name: 'IGNORED_ADDRESSES',
        field: { kind: 'list' },
      },
      {
        name: 'KEEP_PARAMETERS',
        field: { kind: 'list' },
      },
    ],
  },
  {
    id: 'storage',
    settings: [
      {
        name: 'RETENTION_MONTHS',
        field: { kind: 'number', min: 0, max: 1_200 },
        preview: 'deleted',
      },
    ],
  },
  {
    id: 'caches',
    settings: [
      {
        name: 'CACHE_STRATEGY',
        field: choice('balanced', 'minimal', 'aggressive'),
      },
    ],
  },
  {
    id: 'annotations',
    settings: [
      {
        name: 'AUTOMATIC_ANNOTATIONS',
        field: choice('true', 'false'),
      },
    ],
  },
];

/** What a change would have meant, in a sentence. */
export function previewText(
  meant: NonNullable<Described['preview']>,
  { ignored: { pages, views, isAtLeast }, deletesBefore, timeZone }: SettingsPreview,
  { texts, formatDate }: { readonly texts: SettingsTexts['preview'] } & Pick<Formats, 'formatDate'>,
): string {
  if (meant === 'deleted')
    return deletesBefore === null ? texts.noneDeleted : texts.deleted(formatDate(deletesBefore, timeZone));
  if (views === 0) return isAtLeast ? texts.noneOfMost : texts.none;
  return texts.ignored(views, pages, isAtLeast);
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
