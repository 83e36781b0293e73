import * as z from 'zod';
import { localDate } from './calendar.ts';
import { lineSchema } from './line.ts';
import { objection } from './objection.ts';
import { must } from './refused.ts';
import { SETTING_NAMES, type SettingValues } from './settings.ts';

/** Annotations of its owner that a site has at most: they are marks in a chart, and not a diary. */
export const MOST_ANNOTATIONS = 1_000;

/** Annotations that Footfall makes by itself, at most: the newest of them. */
export const MOST_AUTOMATIC = 100;

/** The longest text of an annotation, in characters. */
export const ANNOTATION_CHARACTERS = 200;

const FIRST_DAY = '1970-01-02';

const dateSchema = (name: string) =>
  z.iso
    .date(`${name} must be a date such as 2026-11-20`)
    .refine((date) => date >= FIRST_DAY, must(name, objection('early', FIRST_DAY)));

const shape = {
  date: dateSchema('date'),
  text: lineSchema('text', ANNOTATION_CHARACTERS),
  isPublic: z.boolean('isPublic must be true or false').default(false),
};

/** What happened on a day, in the owner's words: plain text on one line. */
export const annotationSchema = z.strictObject(shape);

const id = z.int('id must be the number of an annotation').min(1, 'id must be the number of an annotation');

export const annotationIdSchema = z.strictObject({ id });
/** As it was listed, with changes: an edited one is the owner's, whatever it was. */
export const editedAnnotationSchema = z.strictObject({ id, ...shape, isAutomatic: z.boolean().optional() });

/** Local days from the first to the last, both inclusive; without one there is no bound. */
export const annotationRangeSchema = z.strictObject({
  from: dateSchema('from').optional(),
  to: dateSchema('to').optional(),
});

export type AnnotationRange = z.infer<typeof annotationRangeSchema>;

/** What everyone may read of an annotation, where it is public. */
export interface Mark {
  /** The local day, such as `2026-11-20`. */
  readonly date: string;
  readonly text: string;
}

/** An annotation that is not stored yet. */
export interface NewAnnotation extends Mark {
  readonly isPublic: boolean;
}

/** An annotation with what its owner may edit. */
export interface EditedAnnotation extends NewAnnotation {
  readonly id: number;
}

export interface Annotation extends EditedAnnotation {
  /** Whether Footfall made it by itself, and nobody has edited it. */
  readonly isAutomatic: boolean;
}

/** Those of a range, of any. */
export function annotationsIn<T extends Mark>(
  annotations: readonly T[],
  { from = '', to = '9999-12-31' }: AnnotationRange,
): T[] {
  return annotations.filter(({ date }) => date >= from && date <= to);
}

/**
 * What is annotated of a change of settings: which ones, without their values, which may be nobody's business.
 * @param before the text of each setting, defaults included
 * @returns undefined where none has changed, or changes are not annotated
 */
export function settingsNote(before: SettingValues, after: SettingValues): string | undefined {
  if (after.AUTOMATIC_ANNOTATIONS === 'false') return undefined;
  const changed = SETTING_NAMES.filter((name) => before[name] !== after[name]);
  const [first, ...others] = changed;
  if (first === undefined) return undefined;
  const note = `Settings changed: ${changed.join(', ')}`;
  return note.length <= ANNOTATION_CHARACTERS ? note : `Settings changed: ${first} and ${others.length} more`;
}

/** How often a server says that it runs, in milliseconds. */
export const BEAT_MS = 30_000;

/**
 * How far the clocks of servers on one store may differ, in milliseconds. A time that is further ahead was stored by a
 * clock that was wrong.
 */
export const CLOCKS_APART_MS = 10 * 60_000;

/** Shorter outages are not annotated, in milliseconds. */
const OUTAGE_MS = 60_000;

/**
 * What is annotated of a time in which no server ran, on the day on which it began.
 * @param seenAt when one said last that it runs, epoch milliseconds; it ended up to `BEAT_MS` later
 * @returns undefined for an outage that may have been shorter than a minute
 */
export function outageNote(seenAt: number, now: number, timeZone: string): Mark | undefined {
  const ms = now - seenAt;
  if (ms <= OUTAGE_MS + BEAT_MS) return undefined;
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone }).format(seenAt);
  return { date: localDate(seenAt, timeZone), text: `Down for about ${roughly(ms)}, from ${clock}` };
}

function roughly(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 120) return `${Math.round(minutes)} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / (24 * 60))} days`;
}
