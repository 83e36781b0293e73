import type { SharedReads } from './shares.ts';

/** What there is of the sample data. */
export type SampleState =
  | {
      readonly kind: 'absent';
      /** Whether there is some, of another day or other settings. */
      readonly isOutdated: boolean;
      /** Why it could not be made or read, in a sentence. */
      readonly problem: string | undefined;
    }
  | { readonly kind: 'making'; readonly percent: number }
  | { readonly kind: 'ready'; readonly reads: SharedReads };

/** A made-up history in a database of its own, which the owner may look at (docs/decisions/0053). */
export interface SampleData {
  readonly open: () => Promise<SampleState>;
  /** Begins to make it, where it is not there or being made already; does not wait for that. */
  readonly make: () => Promise<void>;
  /** Deletes it, or what is made of it so far. */
  readonly remove: () => Promise<void>;
}
