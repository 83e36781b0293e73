import { OTHER } from './dimensions.ts';

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

/** A visible character: no space, nothing ignorable, and not the empty pattern of Braille. */
const VISIBLE = /[^\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;

const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u00ad\u200b\u2060-\u2064]/gu;
