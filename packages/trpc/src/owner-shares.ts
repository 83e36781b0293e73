import { filtersSchema, shareIdSchema, type FilterInput, type NewShare } from '@footfall/core';
import * as z from 'zod';

const instant = z.iso.datetime();

/** A private link as the list of them shows it. */
export const shareListedSchema = z.object({
  id: shareIdSchema.shape.id.meta({ description: 'No secret: the link cannot be computed from it.' }),
  name: z.string(),
  hasPassword: z.boolean(),
  filters: filtersSchema.nullable().meta({
    description:
      'Those that always hold; null where this version no longer has one of them, so that it is closed.',
  }),
  origins: z.array(z.string()).readonly().meta({ description: 'The sites whose pages may embed it.' }),
  createdAt: instant,
  expiresAt: instant.nullable().meta({ description: 'Null for one without an end.' }),
  isExpired: z.boolean(),
  usedAt: instant.nullable().meta({ description: 'Exact to a minute; null before the first use.' }),
});

export const sharesSchema = z.array(shareListedSchema).readonly();

export const madeShareSchema = z.object({
  id: shareIdSchema.shape.id,
  name: z.string(),
  address: z.string().meta({ description: 'The secret. It is in this one answer: only its hash is stored.' }),
});

/** A link as it is listed; instants are ISO 8601. */
export interface ShareListed {
  readonly id: string;
  readonly name: string;
  readonly hasPassword: boolean;
  readonly filters: FilterInput | null;
  readonly origins: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly isExpired: boolean;
  readonly usedAt: string | null;
}

/** A link that was just made. */
export interface MadeShare {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

/**
 * The private links to the statistics, as their owner makes and revokes them. All of it throws {FootfallError}
 * SERVICE_UNAVAILABLE where the store does not answer.
 */
export interface OwnerShares {
  /** All of them, the newest first. */
  readonly list: () => Promise<readonly ShareListed[]>;
  /**
   * Makes a link. Its address is returned once: the store has the hash of its token alone.
   * @throws {FootfallError} BAD_REQUEST
   */
  readonly make: (wish: NewShare) => Promise<MadeShare>;
  /**
   * Revokes a link, by its id.
   * @throws {FootfallError} NOT_FOUND
   */
  readonly revoke: (id: string) => Promise<{ readonly id: string }>;
}
