/** What a fault of the database means for its owner, and what to do. Of several that match, the first holds. */
const MEANINGS: readonly (readonly [fault: RegExp, meaning: string])[] = [
  [
    /previously executed migration \S+ is missing/,
    'the database was made by a newer Footfall than this one. Start that version, or restore a backup from before it.',
  ],
  [
    /\bSQLITE_NOTADB\b|file is not a database/,
    'the file is not a SQLite database, or its beginning is damaged. Restore a backup with "pnpm footfall restore FILE".',
  ],
  [
    /\bSQLITE_CORRUPT|malformed/,
    'the database file is damaged. Stop Footfall and restore a backup with "pnpm footfall restore FILE".',
  ],
  [/\bSQLITE_FULL\b|\bENOSPC\b/, 'the disk is full. Make room; Footfall goes on by itself.'],
  [
    /\bSQLITE_READONLY|\bEROFS\b|\bEACCES\b|\bEPERM\b/,
    'the database file or its folder cannot be written: its file system is read-only, or they belong to another user.',
  ],
  [/\bEISDIR\b/, 'it is a folder. Name a file in it, such as footfall.db.'],
  [
    /\bSQLITE_BUSY|\bSQLITE_LOCKED|database is locked/,
    'another program has the database file locked, such as a database browser or a copy that is under way. Close it, then try again.',
  ],
  [
    /\bSQLITE_CANTOPEN|\bENOTDIR\b|\bENOENT\b|\bEEXIST\b/,
    'the database file cannot be opened: its folder must exist, and Footfall must be able to write in it.',
  ],
  [
    /\bSQLITE_IOERR/,
    'the disk failed while the database was read or written. Check it, then run "pnpm footfall verify".',
  ],
  [
    /HTTP status 401/,
    'the server does not accept DATABASE_AUTH_TOKEN: it is missing, wrong or has expired. Set a valid one.',
  ],
  [
    /HTTP status 403|\bBLOCKED\b/,
    'DATABASE_AUTH_TOKEN does not allow writing. Set a token that may read and write.',
  ],
  [
    /fetch failed|HTTP status 50[234]|TimeoutError/,
    'the libSQL server does not answer. Check its address and whether it is running.',
  ],
];

/**
 * Says what a fault of the database means for its owner, and what to do; it reads on after a colon.
 * @returns undefined where the error is no known fault
 */
export function explain(error: unknown): string | undefined {
  const strings: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    strings.push(`${at.name} ${String((at as { readonly code?: unknown }).code)} ${at.message}`);
  }
  return MEANINGS.find(([fault]) => strings.some((text) => fault.test(text)))?.[1];
}
