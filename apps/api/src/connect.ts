import { resolve } from 'node:path';
import { FootfallError } from '@footfall/core';
import { explain, type Connection } from '@footfall/db';
import { openFile, type FileOptions } from '@footfall/db/embedded';
import { openServer } from '@footfall/db/remote';
import { ConfigError, type Config } from './config.ts';

/**
 * Opens the database of the configuration.
 * @param options `deadlineMs`: how long one call to a server may take if no visitor waits for it; `onProblem`: called
 * with instructions when the database's files are no longer those that were opened, and with nothing when they are again
 * @throws {FootfallError} CONFLICT if another process has the file open; {ConfigError} if it cannot be opened at all
 */
export async function connect(
  { database }: Config,
  options: { readonly deadlineMs?: number; readonly onProblem?: FileOptions['onProblem'] } = {},
): Promise<Connection> {
  try {
    return database.kind === 'file'
      ? await openFile({ ...database, ...options })
      : openServer({ ...database, ...options });
  } catch (cause) {
    throw cannotOpen(cause, database);
  }
}

/** Whether a server did not respond, by the errors of the runtime's `fetch` or of a proxy: it may respond later. */
export function isUnanswered(error: unknown): boolean {
  const reasons = [error, error instanceof Error ? error.cause : undefined];
  return reasons.some(
    (reason) =>
      (reason instanceof TypeError && reason.message === 'fetch failed') ||
      (reason instanceof DOMException && reason.name === 'TimeoutError') ||
      (reason instanceof Error && /HTTP status 50[234]/.test(reason.message)),
  );
}

/** The location of a database, without secrets. */
export function databaseLocation(database: Config['database']): string {
  return database.kind === 'file' ? resolve(database.path) : new URL(database.url).host;
}

/** Explains in one sentence why a database cannot be opened. */
export function cannotOpen(error: unknown, database: Config['database']): Error {
  if (error instanceof FootfallError) return error;
  const reasons = [error, error instanceof Error ? error.cause : undefined];
  const why =
    explain(error) ??
    reasons.flatMap((reason) => (reason instanceof Error ? [reason.message] : [])).join(': ') + '.';
  return new ConfigError(`DATABASE_URL: ${databaseLocation(database)} cannot be opened: ${why}`, {
    cause: error,
  });
}
