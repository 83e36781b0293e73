import { OTHER } from './dimensions.ts';
import { objection, type Objection } from './objection.ts';

const encoder = new TextEncoder();

/** Cuts a string to at most `bytes` bytes of UTF-8, on a character boundary. */
export function cutToBytes(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(bytes));
  return read === text.length ? text : text.slice(0, read);
}

/**
 * Removes what cannot be stored or shown safely: controls, and marks that reorder text. A string that shows nothing
 * becomes empty, and so does the one that represents all values beyond a quota.
 */
export function plainText(text: string, bytes: number): string {
  const plain = cutToBytes(text.toWellFormed().replace(CONTROLS, '').trim(), bytes);
  if (!VISIBLE.test(plain)) return '';
  return plain === OTHER ? 'other' : plain;
}

/** The longest name that an owner gives to something, in bytes. */
export const NAME_BYTES = 60;

/**
 * Reads a name that an owner gives to something, or says what is wrong with it.
 * @param what the thing
 */
export function readName(
  typed: string,
  what: 'link' | 'key' | 'passkey',
): { readonly name: string } | { readonly problem: Objection } {
  const name = plainText(typed, 2 * NAME_BYTES);
  if (name === '') return { problem: objection(`${what}-name`) };
  if (name !== plainText(typed, NAME_BYTES)) return { problem: objection('long-name', NAME_BYTES) };
  return { name };
}

/** A visible character: no space, nothing ignorable, and not the empty pattern of Braille. */
const VISIBLE = /[^\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;

const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u00ad\u200b\u2060-\u2064]/gu;
