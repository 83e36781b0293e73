import {
  type FootfallError,
  MOST_SEGMENTS,
  storedFilters,
  type NewSegment,
  type Segment,
  objection,
  refused,
} from '@footfall/core';
import type { AppContext } from './context.ts';

/** The owner's segments, by name. */
export async function listSegments({ store }: AppContext): Promise<readonly Segment[]> {
  const segments = await store.segments.list();
  return segments.map((segment) => ({ ...segment, filters: storedFilters(segment.filters) ?? null }));
}

/**
 * Stores a segment; the one of this name, if there is one, has these filters then.
 * @throws {FootfallError} BAD_REQUEST where there are too many already; SERVICE_UNAVAILABLE
 */
export async function saveSegment({ name, filters }: NewSegment, { store }: AppContext): Promise<Segment> {
  const id = await store.segments.save({ name, filters: JSON.stringify(filters) });
  if (id === undefined) throw refused('BAD_REQUEST', objection('many-segments', MOST_SEGMENTS));
  return { id, name, filters };
}

/** @throws {FootfallError} NOT_FOUND; CONFLICT where another one has this name; SERVICE_UNAVAILABLE */
export async function renameSegment(
  renamed: Pick<Segment, 'id' | 'name'>,
  { store }: AppContext,
): Promise<Pick<Segment, 'id' | 'name'>> {
  const outcome = await store.segments.rename(renamed);
  if (outcome === 'missing') throw notFound();
  if (outcome === 'taken') throw refused('CONFLICT', objection('same-segment'));
  return renamed;
}

/** @throws {FootfallError} NOT_FOUND; SERVICE_UNAVAILABLE */
export async function removeSegment(id: number, { store }: AppContext): Promise<{ readonly id: number }> {
  if (!(await store.segments.remove(id))) throw notFound();
  return { id };
}

const notFound = (): FootfallError => refused('NOT_FOUND', objection('no-segment'));
