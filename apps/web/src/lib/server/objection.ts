import { objectionIn, type Objection, type SchemaIssue } from '@footfall/core/objection';
import { loadTexts } from '#lib/texts/languages.ts';
import type { Language } from '#lib/texts/tags.ts';

/** Errors of a procedure that are about what was asked: a value that is unknown, a range that takes too long. */
const CODES = ['BAD_REQUEST', 'TIMEOUT'];

/** Why something was refused. */
export interface Reason {
  /** The code of the error; `''` where it has none. */
  readonly code: string;
  /** English, as the API says it. */
  readonly message: string;
  /** What pages say in place of it, if it has a code. */
  readonly objection: Objection | undefined;
  readonly retryAfter: number | undefined;
}

/**
 * Why something was refused: procedures wrap it, and say of input that is none in what way each field is wrong, of which the
 * first stands for all.
 */
export function reasonOf(caught: unknown): Reason {
  const { cause } = caught as { readonly cause?: Caught & { readonly issues?: readonly Issue[] } };
  const [issue] = cause?.issues ?? [];
  if (issue !== undefined) {
    return {
      code: 'BAD_REQUEST',
      message: messageOf(issue),
      objection: objectionIn(issue),
      retryAfter: undefined,
    };
  }
  const {
    code,
    message = '',
    objection,
    retryAfter,
  } = cause?.code === undefined ? (caught as Caught) : cause;
  return { code: typeof code === 'string' ? code : '', message, objection, retryAfter };
}

/** The sentence of the API: it names the field, where the message does not. */
function messageOf({ path = [], message }: Issue): string {
  const field = path.map(String).join('.');
  return `${field === '' || message.startsWith(field) ? '' : `${field}: `}${message}.`;
}

type Issue = SchemaIssue & { readonly message: string };

interface Caught {
  readonly code?: unknown;
  readonly message?: string;
  readonly objection?: Objection;
  readonly retryAfter?: number;
}

/** A reason in the language of a page; in English where it has no code. */
export async function sentenceIn(
  language: Language,
  { message, objection }: Pick<Reason, 'message' | 'objection'>,
): Promise<string> {
  return (await loadTexts(language, ['sentences'])).sentences.said(objection, message);
}

/** What a procedure objects to in what it was asked; undefined for any other failure. */
export function objectionOf(error: unknown): Reason | undefined {
  if (!(error instanceof Error)) return undefined;
  const reason = reasonOf(error);
  return CODES.includes(reason.code) ? reason : undefined;
}
