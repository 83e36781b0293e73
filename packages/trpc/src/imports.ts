import { FootfallError } from '@footfall/core';
import * as z from 'zod';
import type { ImportDesk } from './import-desk.ts';

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
