import {
  describeEvent,
  eventSchema,
  isEngagement,
  REASONS,
  type Batch,
  type CollectedEvent,
} from '@footfall/core';
import type { Store, Written } from '@footfall/db';
import * as z from 'zod';
import type { EventContext } from './context.ts';
import { countedAsSchema, withId, withSalts } from './visitors.ts';

/** The result of `trackBatch`. */
export const trackedBatchSchema = z.object({
  accepted: z.int().meta({ description: 'Events that were counted.' }),
  duplicates: z.int().meta({ description: 'Page views that had been counted before.' }),
  ignored: z.int().meta({ description: 'Events that were not counted for another reason.' }),
  results: z
    .array(
      z.object({
        id: z.string().nullable().meta({ description: 'Null where an invalid event has none.' }),
        counted: z.boolean(),
        reason: z
          .enum([...REASONS, 'invalid'])
          .optional()
          .meta({ description: 'Why the event was not counted.' }),
        page: countedAsSchema,
      }),
    )
    .meta({ description: 'The result of each event, in order.' }),
});

/** The results of a batch. */
export type TrackedBatch = z.infer<typeof trackedBatchSchema>;

type Result = TrackedBatch['results'][number];

/**
 * Counts the events of a batch, all in one commit; an invalid or ignored event does not affect the others.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when they could not be stored; all may be sent again with the same ids
 */
export async function trackBatch({ events }: Batch, context: EventContext): Promise<TrackedBatch> {
  const { store, newId } = context.footfall;
  const valid = events.map((event) => {
    const { data } = eventSchema.safeParse(event);
    return data === undefined ? undefined : withId(data, newId);
  });
  const described = await withSalts(context, {
    describeWith: (given) => valid.map((event) => event && describeEvent(event, given)),
    needsSalts: (all) => all.some((event) => event?.kind === 'page-view'),
  });
  // Ignored engagement has no line in the ledger: its page view was not counted either, and has one.
  const stored = described.flatMap((event, at): CollectedEvent[] => {
    const sent = valid[at];
    const isStored = event?.kind !== 'ignored' || (sent !== undefined && !isEngagement(sent));
    return event !== undefined && isStored ? [event] : [];
  });
  const written = await addAll(stored, store);

  const results = described.map((event, at): Result => {
    const id = valid[at]?.id;
    if (event === undefined || id === undefined) {
      return { id: idIn(events[at]), counted: false, reason: 'invalid' };
    }
    if (event.kind === 'ignored') return { id, counted: false, reason: event.reason };
    const { counted = false, page } = written.get(event) ?? {};
    if (!counted) return { id, counted, reason: 'duplicate' };
    return page === undefined ? { id, counted } : { id, counted, page };
  });
  const accepted = results.filter(({ counted }) => counted).length;
  const duplicates = results.filter(({ reason }) => reason === 'duplicate').length;
  return { accepted, duplicates, ignored: results.length - accepted - duplicates, results };
}

async function addAll(
  events: readonly CollectedEvent[],
  store: Store,
): Promise<ReadonlyMap<CollectedEvent, Written>> {
  if (events.length === 0) return new Map();
  try {
    const written = await store.addAll(events);
    return new Map(events.map((event, at) => [event, written[at] as Written]));
  } catch (error) {
    // If the store is unavailable, the reason why an event is ignored is still valid.
    if (events.every(({ kind }) => kind === 'ignored')) return new Map();
    throw error;
  }
}

/** The id of an invalid event, if the id itself is valid. */
function idIn(event: unknown): string | null {
  const id = typeof event === 'object' && event !== null && 'id' in event ? event.id : undefined;
  return typeof id === 'string' && UUID.test(id) ? id : null;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
