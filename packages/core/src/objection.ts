/**
 * Objections in no language. No text of any is here: the site has those of its languages, and gets English from the API.
 */
import type { ObjectionCode, Objections } from './objections.ts';

/** What is objected to something. */
export interface Objection {
  readonly code: ObjectionCode;
  /** What its text is made with. */
  readonly values: readonly (string | number)[];
  /** The setting or the field that it is about, where the text does not say it. */
  readonly of?: string;
}

/** Makes an objection. */
export const objection = <Code extends ObjectionCode>(
  code: Code,
  ...values: Parameters<Objections[Code]>
): Objection => ({ code, values });

/** The same about a setting or a field. */
export const objectionTo = <Code extends ObjectionCode>(
  of: string,
  code: Code,
  ...values: Parameters<Objections[Code]>
): Objection => ({ code, values, of });

/** The text of an objection, without what it is about. */
export function textOf({ code, values }: Objection, texts: Objections): string {
  const text: (...values: readonly never[]) => string = texts[code];
  return text(...(values as readonly never[]));
}

/**
 * The sentence of an objection.
 * @param named how a setting or a field is called
 */
export function objectionText(
  given: Objection,
  texts: Objections,
  named: (of: string) => string = (of) => of,
): string {
  const text = textOf(given, texts);
  if (given.of === undefined || /[.?]$/.test(text)) return text;
  // Words that begin with the value need a colon before them.
  return `${named(given.of)}${/^["„]/.test(text) ? ':' : ''} ${text}.`;
}

/** An issue of a schema, as far as it matters here. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path?: readonly PropertyKey[] | undefined;
  readonly maximum?: number | bigint | undefined;
  readonly minimum?: number | bigint | undefined;
  readonly origin?: string | undefined;
  readonly format?: string | undefined;
  readonly values?: readonly unknown[] | undefined;
  readonly params?: { readonly [name: string]: unknown } | undefined;
}

/**
 * What an issue of a schema objects to: what its check says, else what its kind says.
 * @param of the name of a setting, in place of the field's
 * @returns undefined where only its message says it
 */
export function objectionIn(issue: SchemaIssue, of?: string): Objection | undefined {
  const its = ofIssue(issue);
  const name = of ?? issue.path?.map(String).join('.') ?? '';
  return its && (name === '' ? its : { ...its, of: name });
}

function ofIssue(issue: SchemaIssue): Objection | undefined {
  const { code, origin, maximum, minimum, format, values, params } = issue;
  if (params?.['objection'] !== undefined) return params['objection'] as Objection;
  if (code === 'too_big' && origin === 'string') return objection('long', Number(maximum));
  if (code === 'too_big' && origin === 'array') return objection('entries', Number(maximum));
  if (code === 'too_small' && origin === 'string' && Number(minimum) === 1) return objection('empty');
  if (code === 'invalid_format' && format === 'date') return objection('date');
  if (code === 'invalid_value' && values !== undefined) return objection('choice', choicesOf(values));
  return undefined;
}

/** `monday, sunday or saturday`. */
function choicesOf(values: readonly unknown[]): string {
  const names = values.map(String);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} or ${last}`;
}
