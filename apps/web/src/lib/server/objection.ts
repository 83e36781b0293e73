/** Errors of a procedure that are about what was asked: a value that is unknown, a range that takes too long. */
const CODES = ['BAD_REQUEST', 'TIMEOUT'];

/**
 * What a procedure objects to in what it was asked, as a sentence; undefined for any other failure.
 * The first issue of an input that does not parse stands for all.
 */
export function objectionOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  const { code, issues } = (cause ?? {}) as {
    code?: unknown;
    issues?: readonly { readonly message: string }[];
  };
  const itsCode = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (![itsCode, code].some((each) => typeof each === 'string' && CODES.includes(each))) return undefined;
  return issues?.[0]?.message ?? (cause instanceof Error ? cause.message : error.message);
}
