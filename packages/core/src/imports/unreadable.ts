import { FootfallError } from '../errors.ts';

/**
 * The error for a file that is not imported.
 * @param why the rest of the sentence, with its line and column where it has one
 */
export function unreadable(why: string, cause?: unknown): FootfallError {
  return new FootfallError('BAD_REQUEST', `The file cannot be imported: ${why}`, { cause });
}

/** The same for a file that brings more different names of a kind than a store can take. */
export function tooMany(
  what: string,
  { line, most }: { readonly line: number; readonly most: number },
): FootfallError {
  return unreadable(`at line ${line} it has more than ${most.toLocaleString('en')} different ${what}.`);
}
