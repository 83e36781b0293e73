import type { StoreVersion } from '@footfall/core';
import type { QuotasFound } from './names.ts';

/** The numbers after a commit, read in the same transaction. */
export interface Committed extends StoreVersion {
  readonly total: number;
  readonly updatedAt: number | null;
  /** The numbers of the pages that were requested. */
  readonly pages: readonly PageNumber[];
  /** The indexes of the events of the batch that were new; undefined where all of them were. */
  readonly added: readonly number[] | undefined;
  /** Pages of the batch that the quota had no room for: they are counted together. */
  readonly others: readonly string[];
  readonly quotas: QuotasFound;
}

/** A page, its views, and when the last of them was. */
export type PageNumber = readonly [page: string, views: number, updatedAt: number];
