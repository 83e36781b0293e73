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
  | {
      readonly kind: 'ready';
      readonly reads: SharedReads;
      /** Why it could not be deleted, in a sentence. */
      readonly problem: string | undefined;
    };

/** A made-up history in a database of its own, which the owner may look at (docs/decisions/0053). */
export interface SampleData {
  readonly open: () => Promise<SampleState>;
  /** Whether there is some, of any day, without opening it. */
  readonly exists: () => boolean;
  /** Begins to make it, where it is not there or being made already; does not wait for that. `open` says what is wrong. */
  readonly make: () => Promise<void>;
  /** Deletes it, or what is made of it so far. If that fails, it still exists, and `open` says why. */
  readonly remove: () => Promise<void>;
}
