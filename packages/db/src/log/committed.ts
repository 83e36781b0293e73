import type { StoreVersion } from '@footfall/core';
import type { QuotasFound } from './names.ts';

/** What a commit left behind, read in the same transaction. */
export interface Committed extends StoreVersion {
  readonly total: number;
  readonly updatedAt: number | null;
  /** The numbers of the pages that were asked for. */
  readonly pages: readonly PageNumber[];
  /** Where not all of the batch was new: the places in it of those that were. */
  readonly places: readonly number[] | undefined;
  /** Pages of the batch that were one too many, and are counted together. */
  readonly others: readonly string[];
  readonly quotas: QuotasFound;
}

/** A page, its views, and when the last of them was. */
export type PageNumber = readonly [page: string, views: number, updatedAt: number];
