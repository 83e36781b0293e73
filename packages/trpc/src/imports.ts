import { FootfallError } from '@footfall/core';
import type { ImportReport, OlderRows, StoredImport } from '@footfall/db';
import * as z from 'zod';

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
   * Adds a piece of a file. With the last one the dry run begins.
   * @throws {FootfallError} CONFLICT where it is not the next piece, or while an import is under way; PAYLOAD_TOO_LARGE
   */
  readonly upload: (piece: ImportPiece) => Promise<ImportStatus>;
  /**
   * Begins to import what was planned.
   * @param older what to do with page views that are older than the retention
   * @throws {FootfallError} CONFLICT where nothing is planned, or where there are such and nothing is said of them
   */
  readonly run: (older?: OlderRows) => ImportStatus;
  /** Ends what is under way, and drops the file. What was taken by then stays. */
  readonly cancel: () => Promise<ImportStatus>;
  /** @throws {FootfallError} SERVICE_UNAVAILABLE */
  readonly list: () => Promise<readonly StoredImport[]>;
  /** Begins to take an import back as a whole. @throws {FootfallError} CONFLICT while another is under way */
  readonly undo: (id: number) => ImportStatus;
}

export const runImportSchema = z
  .strictObject({
    older: z
      .enum(['take', 'leave'], 'older must be take or leave')
      .optional()
      .meta({ description: 'Page views that are older than RETENTION_MONTHS.' }),
  })
  .optional();

export const undoImportSchema = z.strictObject({
  id: z.int('id must be a whole number').min(1, 'id must be at least 1').max(999_999_999),
});

const NOT_HERE =
  'There is no import on the edge: run “pnpm footfall import FILE” on a machine with the same DATABASE_URL.';

/** @throws {FootfallError} NOT_FOUND on a runtime that cannot import */
export function importDeskOf({ imports }: { readonly imports?: ImportDesk | undefined }): ImportDesk {
  if (imports === undefined) throw new FootfallError('NOT_FOUND', NOT_HERE);
  return imports;
}
