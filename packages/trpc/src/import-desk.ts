import type { ImportReport, OlderRows, StoredImport } from '@footfall/db';

/** What a file brings, or has brought, in words where it needs them. */
export interface ImportSummary extends ImportReport {
  /** What the settings of this site mean for its numbers. */
  readonly differences: readonly string[];
}

/** What the import desk is at: one file at a time. */
export type ImportStatus =
  | { readonly stage: 'none' }
  | { readonly stage: 'uploading'; readonly received: number; readonly size: number }
  | { readonly stage: 'planning' }
  /** The dry run is over: nothing is changed, and the owner decides. */
  | { readonly stage: 'planned'; readonly plan: ImportSummary }
  | {
      readonly stage: 'running';
      readonly rows: number;
      readonly of: number;
      /** Undefined until something is known of it. */
      readonly secondsLeft: number | undefined;
    }
  | { readonly stage: 'done'; readonly report: ImportSummary }
  | { readonly stage: 'undoing' }
  | { readonly stage: 'undone'; readonly pageViews: number }
  | { readonly stage: 'failed'; readonly problem: string };

/** A part of a file, in order. */
export interface ImportPiece {
  /** Where in the file it begins; 0 begins another file. */
  readonly offset: number;
  /** The whole file, in bytes. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Takes one file at a time into the running store: uploaded in pieces, planned, and imported when the owner says so. */
export interface ImportDesk {
  readonly status: () => ImportStatus;
  /**
   * Adds a piece of a file. With the last one the dry run begins. The piece that came last may come again.
   * @throws {FootfallError} CONFLICT where it is not the next piece, or while an import is under way; PAYLOAD_TOO_LARGE
   */
  readonly upload: (piece: ImportPiece) => Promise<ImportStatus>;
  /**
   * Begins to import what was planned.
   * @param older what to do with page views that are older than the retention
   * @throws {FootfallError} CONFLICT where nothing is planned, or where there are such and nothing is said of them
   */
  readonly run: (older?: OlderRows) => Promise<ImportStatus>;
  /** Ends what is under way, and drops the file. What was taken by then stays. */
  readonly cancel: () => Promise<ImportStatus>;
  /** @throws {FootfallError} SERVICE_UNAVAILABLE */
  readonly list: () => Promise<readonly StoredImport[]>;
  /**
   * Begins to take an import back as a whole.
   * @throws {FootfallError} NOT_FOUND; CONFLICT while a file or another import is in its way; SERVICE_UNAVAILABLE
   */
  readonly undo: (id: number) => Promise<ImportStatus>;
}
