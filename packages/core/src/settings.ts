import * as z from 'zod';
import { objection } from './objection.ts';
import { must } from './refused.ts';

/**
 * The settings that the owner may change while Footfall runs, by the names of their variables (docs/configuration.md), in
 * the order in which they are listed. A variable of the environment has precedence.
 */
export const SETTING_NAMES = [
  'SITE_NAME',
  'SITE_HOSTS',
  'SITE_TIME_ZONE',
  'WEEK_START',
  'STATS_PUBLIC',
  'CACHE_STRATEGY',
  'TRACKING_ENABLED',
  'RESPECT_DNT',
  'REQUIRE_CONSENT',
  'IDENTITY',
  'SESSION_TIMEOUT_MINUTES',
  'COUNT_BOTS',
  'IGNORED_PAGES',
  'IGNORED_ADDRESSES',
  'KEEP_PARAMETERS',
  'RETENTION_MONTHS',
  'AUTOMATIC_ANNOTATIONS',
] as const;

export type SettingName = (typeof SETTING_NAMES)[number];

/** Settings as text, as in the environment. One that is absent has its default. */
export type SettingValues = Readonly<Partial<Record<SettingName, string>>>;

/** Changes of settings: `null` and the empty text mean the default, as an empty variable does. */
export type SettingChanges = Readonly<Partial<Record<SettingName, string | null>>>;

/**
 * Settings that stored page views depend on: days that began at another midnight, and visitors under another key, would
 * not fit those that come later (docs/decisions/0044). They may change only while nothing is stored.
 */
const SETTLED: readonly SettingName[] = ['SITE_TIME_ZONE', 'IDENTITY'];

/** The longest text of a setting. */
export const SETTING_CHARACTERS = 4_000;

/** Whether a setting may change only while nothing is stored. */
export function isSettledByViews(name: SettingName): boolean {
  return SETTLED.includes(name);
}

export function isSettingName(name: string): name is SettingName {
  return SETTING_NAMES.some((known) => known === name);
}

/** Control characters other than line breaks and tabs, and halves of characters, which no text of a person has. */
const isPlain = (text: string): boolean => text.isWellFormed() && !/(?![\t\r\n])\p{Cc}/u.test(text);

const value = z
  .string('must be text or null')
  .max(SETTING_CHARACTERS, `must be at most ${SETTING_CHARACTERS} characters`)
  .refine(isPlain, must('', objection('plain')))
  .nullable();

/** The form of changes; whether a string is a value of its setting is checked where variables are read. */
export const settingChangesSchema = z
  .record(z.string(), value, 'must be an object of settings')
  .superRefine((changes, context) => {
    const unknown = Object.keys(changes).find((name) => !isSettingName(name));
    if (unknown === undefined) return;
    const shown = JSON.stringify(unknown.slice(0, 40));
    context.addIssue({ code: 'custom', message: `${shown} is not one of ${SETTING_NAMES.join(', ')}` });
  })
  .transform((changes): SettingChanges => changes);

/** The settings with changes applied. */
export function withChanges(values: SettingValues, changes: SettingChanges): SettingValues {
  const entries = Object.entries({ ...values, ...changes }).filter(
    ([, text]) => text !== null && text !== '',
  );
  return Object.fromEntries(entries);
}
