const encoder = new TextEncoder();

/** Cuts a text to at most `bytes` bytes of UTF-8, on a character boundary. */
export function cutToBytes(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  const { read } = encoder.encodeInto(text, new Uint8Array(bytes));
  return read === text.length ? text : text.slice(0, read);
}

/** Takes out what cannot be stored or shown safely: controls, and marks that reorder text. */
export function plainText(text: string, bytes: number): string {
  return cutToBytes(text.toWellFormed().replace(CONTROLS, '').trim(), bytes);
}

const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u00ad\u200b\u2060-\u2064]/gu;
