import { FootfallError, type ErrorCode } from './errors.ts';
import { objectionText, textOf, type Objection } from './objection.ts';
import { OBJECTIONS } from './objections.ts';

/** The sentence of an objection as the API says it. */
export const englishOf = (given: Objection): string => objectionText(given, OBJECTIONS);

/** Makes the error of a refusal: its message is the sentence of the API, and pages say it in their language. */
export function refused(
  code: ErrorCode,
  given: Objection,
  options?: { readonly retryAfter?: number },
): FootfallError {
  return new FootfallError(code, englishOf(given), { ...options, objection: given });
}

/** An entry of a list that is none: what compiles the list does not know which list it is. */
export class InvalidEntry extends RangeError {
  readonly objection: Objection;

  constructor(given: Objection) {
    super(textOf(given, OBJECTIONS));
    this.objection = given;
  }
}

/**
 * What a check of a schema says: its message for the API, and the objection for pages.
 * @param of the field; `''` where something else names it
 */
export const must = (of: string, given: Objection) => ({
  error: `${of === '' ? '' : `${of} `}${textOf(given, OBJECTIONS)}`,
  params: { objection: given },
});
