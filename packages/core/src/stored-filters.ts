import type * as z from 'zod';
import { queryInput } from './analytics.ts';
import { FILTER_SCHEMAS } from './conditions.ts';
import { objection } from './objection.ts';
import type { FilterInput } from './filters.ts';

/** The longest filters that are stored, as JSON, in bytes. */
const FILTER_BYTES = 4_096;

const encoder = new TextEncoder();

/** Filters that an owner stores: those of a query, by the same names. */
export const filtersSchema = queryInput(FILTER_SCHEMAS).refine(
  (filters) => encoder.encode(JSON.stringify(filters)).length <= FILTER_BYTES,
  {
    error: `the filters are over ${FILTER_BYTES} bytes`,
    params: { objection: objection('filters', FILTER_BYTES) },
  },
) as unknown as z.ZodType<FilterInput, FilterInput>;

/**
 * Filters as they are stored.
 * @returns undefined if this version no longer has one of them: without that filter more would be shown than was meant
 */
export function storedFilters(json: string): FilterInput | undefined {
  const { data } = filtersSchema.safeParse(JSON.parse(json));
  return data;
}
