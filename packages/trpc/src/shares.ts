import {
  analyticsInputSchema,
  analyticsQuery,
  conditionsOf,
  listInputSchema,
  listQuery,
  type Analytics,
  type AnalyticsInput,
  type AnalyticsQuery,
  type AnalyticsRows,
  type FilterInput,
  type ListInput,
  objection,
  refused,
  refusedInput,
} from '@footfall/core';
import type * as z from 'zod';
import { momentOf, type ReadContext } from './context.ts';
import type { SignInClient } from './sign-in.ts';
import { overview, withPages, type Overview } from './stats.ts';

/** Lists that a link with fixed pages does not have. */
type Entries = 'entryPages' | 'exitPages';

/** What a dashboard shows: the owner's analytics without what is the whole site's, whatever the filters. */
export type ShownAnalytics = Omit<Analytics, 'uniqueVisitors' | 'bots' | Entries> &
  Partial<Pick<Analytics, Entries>>;

/** The reads of a dashboard. */
export interface AnalyticsReads {
  readonly visitors: (input: AnalyticsInput) => Promise<ShownAnalytics>;
  readonly list: (input: ListInput) => Promise<AnalyticsRows>;
}

/** All that the holder of a private link can read. */
export interface SharedReads extends AnalyticsReads {
  /** When counting began, and what time it is where. */
  readonly clock: () => Promise<Pick<Overview, 'since' | 'timeZone' | 'at'>>;
}

/**
 * Makes the reads of a private link. Its filters are added here, to what was resolved of the request: whatever that has, both
 * must hold.
 * @param fixed the filters of the link
 */
export function sharedReads(fixed: FilterInput, footfall: ReadContext): SharedReads {
  const conditions = conditionsOf(withPages(fixed, footfall));
  // Entry and exit pages of a visit may be others than those that the link is about.
  const hasPages = conditions.some(({ dimension }) => dimension === 'page');

  function within<Query extends AnalyticsQuery>(query: Query): Query {
    if (hasPages && query.filters.some(({ dimension }) => dimension === 'entry' || dimension === 'exit'))
      throw refused('BAD_REQUEST', objection('link-of-pages'));
    return { ...query, filters: [...conditions, ...query.filters] };
  }

  return {
    visitors: async (sent) => {
      const input = parsedBy(analyticsInputSchema, sent);
      const query = within(analyticsQuery(withPages(input, footfall), momentOf(footfall)));
      const { uniqueVisitors: _, bots: __, ...shown } = await footfall.store.analytics(query);
      if (!hasPages) return shown;
      const { entryPages: _entries, exitPages: _exits, ...rest } = shown;
      return rest;
    },
    list: async (sent) => {
      const input = parsedBy(listInputSchema, sent);
      const query = within(listQuery(withPages(input, footfall), momentOf(footfall)));
      if (hasPages && (query.dimension === 'entry' || query.dimension === 'exit'))
        throw refused('BAD_REQUEST', objection('link-of-pages'));
      return footfall.store.rows(query);
    },
    clock: async () => {
      const { since, timeZone, at } = await overview({ period: 'today' }, footfall);
      return { since, timeZone, at };
    },
  };
}

function parsedBy<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw refusedInput(parsed.error);
  return parsed.data;
}

/** A private link that someone opens. */
export interface OpenedShare {
  readonly name: string;
  /** The filters that always hold. */
  readonly filters: FilterInput;
  /** The origins whose pages may embed it. */
  readonly origins: readonly string[];
  /** Stands for the state of the numbers: what {@link Shares.follow} takes as seen. */
  readonly state: string;
  /** Undefined while its password is missing. */
  readonly reads: SharedReads | undefined;
}

/**
 * Private links, as those who have one open them (docs/decisions/0051). All of it throws {FootfallError}
 * SERVICE_UNAVAILABLE where the store does not answer.
 */
export interface Shares {
  /**
   * Opens a link.
   * @param proof what {@link unlock} returned, where the browser has it
   * @returns undefined for a link that is unknown, revoked or expired
   */
  readonly open: (token: string, proof: string | undefined) => Promise<OpenedShare | undefined>;
  /**
   * A stream of server-sent events for a page of a link, without any number: `changed` when numbers may have changed, at
   * most every five seconds, and `over` once the link is revoked or expired.
   * @param client the browser's address, and the state of the numbers that its page shows
   * @returns undefined where {@link open} returns no reads
   * @throws {FootfallError} TOO_MANY_REQUESTS
   */
  readonly follow: (
    token: string,
    proof: string | undefined,
    client: { readonly address: string; readonly seen: string },
  ) => Promise<ReadableStream<Uint8Array> | undefined>;
  /**
   * Checks the password of a link.
   * @returns a proof for the browser, valid as long as the link; undefined for a link without a password, or none
   * @throws {FootfallError} UNAUTHORIZED; TOO_MANY_REQUESTS
   */
  readonly unlock: (token: string, password: string, client: SignInClient) => Promise<string | undefined>;
}
