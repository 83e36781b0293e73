import * as z from 'zod';
import { lineSchema } from './line.ts';

/** Annotations that a site has at most: they are marks in a chart, and not a diary. */
export const MOST_ANNOTATIONS = 1_000;

/** The longest text of an annotation, in characters. */
export const ANNOTATION_CHARACTERS = 200;

const dateSchema = (name: string) =>
  z.iso
    .date(`${name} must be a date such as 2026-11-20`)
    .refine((date) => date >= '1970-01-02', `${name} must not be before 1970-01-02`);

const shape = {
  date: dateSchema('date'),
  text: lineSchema('text', ANNOTATION_CHARACTERS),
  isPublic: z.boolean('isPublic must be true or false').default(false),
};

/** What happened on a day, in the owner's words: plain text on one line. */
export const annotationSchema = z.strictObject(shape);

const id = z.int('id must be the number of an annotation').min(1, 'id must be the number of an annotation');

export const annotationIdSchema = z.strictObject({ id });
export const editedAnnotationSchema = z.strictObject({ id, ...shape });

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

export interface Annotation extends NewAnnotation {
  readonly id: number;
}

/** Those of a range, of any. */
export function annotationsIn<T extends Mark>(
  annotations: readonly T[],
  { from = '', to = '9999-12-31' }: AnnotationRange,
): T[] {
  return annotations.filter(({ date }) => date >= from && date <= to);
}
