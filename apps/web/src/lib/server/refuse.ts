import { error } from '@sveltejs/kit';
import english from '#lib/texts/en/site.ts';

/** Why a page answers something in place of itself: the error page has a sentence for each, in its language. */
export type ErrorCode = keyof typeof english.errors;

/** Answers with an error. Its message is English, for clients that are no browsers. */
export function refuse(status: number, code: ErrorCode): never {
  error(status, { message: english.errors[code], code });
}
