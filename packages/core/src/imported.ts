import type { Campaign } from './campaign.ts';
import type { Dimension, EventAttributes } from './dimensions.ts';
import type { Visitor } from './events.ts';

/*
 * What a file brings that an owner imports: a reader turns it into these, the store takes them (docs/decisions/0060).
 */

/** One page view, or the registration of a visit where it has no page. It becomes a row of the log. */
export interface ImportedView {
  readonly kind: 'view';
  /**
   * UUID as 32 lower-case hex digits: the file's own, or derived from the row's content and its place in the file, so that
   * the same file gives the same ids.
   */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The page's identifier by the rules of this site (`site.addresses`); null for a registration. */
  readonly page: string | null;
  /** The file's name of the visit; null where it names none. */
  readonly visit: string | null;
  /**
   * The file's name of the visitor; null where it names none. Without a visit and a visitor, the row is a visit of its own.
   */
  readonly visitor: string | null;
  /** The visitor's keys as they were in the log: only Footfall's own export has them. */
  readonly keys?: Visitor;
  /** What is not known is `''`. Names as Footfall writes them (`agent.ts`, `sources.ts`, `channel.ts`). */
  readonly attributes: EventAttributes;
  /** As in `PageView`: host and path of another site, or null. */
  readonly referrer: string | null;
  readonly campaign: Campaign | undefined;
  /** How long it was looked at, in milliseconds; 0 where that is not known. */
  readonly engagedMs: number;
  /** 0 to 100; 0 where it is not known. */
  readonly scrollPercent: number;
  /** When it was last visible, epoch milliseconds; absent: `at` and `engagedMs` together. */
  readonly seenUntil?: number;
}

/** A day's totals, of the whole site or of one value: for files without single page views. */
export interface ImportedTotals {
  readonly kind: 'totals';
  /** A date of the site's time zone, such as `2026-11-20`. */
  readonly date: string;
  /** Null for the totals of the site; then `value` is `''`. */
  readonly dimension: Dimension | null;
  readonly value: string;
  readonly visitors: number;
  readonly visits: number;
  readonly views: number;
  readonly bounces: number;
  /** How long the visits lasted together. */
  readonly seconds: number;
}

/** A number that a page, or the total, had before Footfall counted. */
export interface StartingNumber {
  readonly kind: 'start';
  /** The page's identifier; null for the total. */
  readonly page: string | null;
  readonly count: number;
}

/** A row of the file that is not taken. */
export interface Skipped {
  readonly kind: 'skipped';
  /** Why, in a sentence that is the same for all rows of that reason. */
  readonly reason: string;
  /** From 1, in the file or the entry of a ZIP; null where it has none. */
  readonly line: number | null;
  /** From 1, or the column's name; null where the whole row is meant. */
  readonly column: number | string | null;
}

/** Something that the file does not say, and that is therefore unknown afterwards. */
export interface NotKnown {
  readonly kind: 'not-known';
  /** In a sentence, such as "The file names no visits: each page view counts as a visit of its own." */
  readonly what: string;
}

export type ImportedRow = ImportedView | ImportedTotals | StartingNumber | Skipped | NotKnown;

/** What an hour was counted as, of which the page views are deleted. Amounts add up, and some may be negative. */
export interface ImportedCounts {
  readonly kind: 'counts';
  /** An instant in it, epoch milliseconds. */
  readonly hour: number;
  /** Null for all of the hour; then `value` is `''`. */
  readonly dimension: Dimension | null;
  readonly value: string;
  readonly views: number;
  readonly visits: number;
  readonly visitors: number;
  readonly bounces: number;
  readonly visitMs: number;
}

/** A value that was counted by, in the order in which they were new. */
export interface ImportedName {
  readonly kind: 'name';
  readonly dimension: Dimension;
  readonly value: string;
}

/** A page, its page views that are deleted, and when it was last viewed. */
export interface ImportedPage {
  readonly kind: 'page';
  readonly page: string;
  readonly views: number;
  readonly lastAt: number;
}

/** Unique visitors of a country (`''` is unknown) whose visits are deleted. */
export interface ImportedCountry {
  readonly kind: 'country';
  readonly country: string;
  readonly visitors: number;
}

/** A device whose first visit is deleted. */
export interface ImportedDevice {
  readonly kind: 'device';
  readonly visitor: number;
  readonly firstAt: number;
  readonly country: string;
}

/** A line of the ledger. */
export interface ImportedLedgerLine {
  readonly kind: 'ledger';
  /** An instant in the local day. */
  readonly day: number;
  readonly reason: string;
  readonly detail: string;
  readonly events: number;
}

/** What the owner had written; taken where nothing was counted yet. */
export type ImportedWord =
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
  | { readonly kind: 'segment'; readonly name: string; readonly filters: string }
  | {
      readonly kind: 'annotation';
      readonly date: string;
      readonly text: string;
      readonly isPublic: boolean;
      readonly isAutomatic: boolean;
    };

/** What only Footfall's own export has besides. */
export type OwnRow =
  | ImportedRow
  | ImportedName
  | ImportedCounts
  | ImportedPage
  | ImportedCountry
  | ImportedDevice
  | ImportedLedgerLine
  | ImportedWord;

/** The formats that are read. */
export const IMPORT_FORMATS = [
  'footfall',
  'goatcounter',
  'goatcounter-json',
  'plausible',
  'umami',
  'simple-analytics',
  'ga4-pages',
  'list',
] as const;

export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** A file that was recognised. */
export interface ImportSource {
  readonly format: ImportFormat;
  /** What it is, for people: "GoatCounter export (CSV, version 2)". */
  readonly title: string;
  /**
   * Reads it from its beginning, each time it is called, in the same order and with the same ids.
   * @throws {FootfallError} BAD_REQUEST where it cannot be read any further, with line and column
   */
  readonly rows: () => AsyncIterable<ImportedRow>;
  /** How much of it was read by now, from 0 to 1. */
  readonly progress?: () => number;
}
