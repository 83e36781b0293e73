import * as z from 'zod';
import type { FilterInput } from './filters.ts';
import { lineSchema } from './line.ts';
import { objection } from './objection.ts';
import { must } from './refused.ts';
import { filtersSchema } from './stored-filters.ts';

/** Segments that an owner has at most: they are chosen from a menu. */
export const MOST_SEGMENTS = 100;

/** The longest name of a segment, in characters. */
export const SEGMENT_CHARACTERS = 60;

const name = lineSchema('name', SEGMENT_CHARACTERS);
const id = z.int('id must be the number of a segment').min(1, 'id must be the number of a segment');

/** Filters under a name. */
export const segmentSchema = z.strictObject({
  name,
  filters: filtersSchema.refine(
    (filters) => Object.values(filters).some((value) => value !== undefined),
    must('filters', objection('unfiltered')),
  ),
});

export const segmentIdSchema = z.strictObject({ id });
export const renamedSegmentSchema = z.strictObject({ id, name });

/** A segment that is not stored yet. */
export interface NewSegment {
  readonly name: string;
  readonly filters: FilterInput;
}

export interface Segment {
  readonly id: number;
  readonly name: string;
  /** Null where this version no longer has one of them. */
  readonly filters: FilterInput | null;
}
