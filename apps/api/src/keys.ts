import { FootfallError, isApiKey } from '@footfall/core';
import type { HttpRequest } from './http.ts';

/** Maximum length of a token in bytes; no secret may be longer (config.ts). */
export const TOKEN_BYTES = 256;

/**
 * Makes the check whether a token is one of these secrets. It compares hashes, so that the time it takes reveals nothing
 * about a secret.
 * @returns undefined if there are no secrets: then tokens need not be read
 */
export function secretCheck(secrets: readonly string[]): ((token: string) => Promise<boolean>) | undefined {
  if (secrets.length === 0) return;
  let known: Promise<ReadonlySet<string>> | undefined;
  return async (token) => {
    known ??= Promise.all(secrets.map(hashed)).then((hashes) => new Set(hashes));
    return (await known).has(await hashed(token));
  };
}

async function hashed(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return String(new Uint8Array(bytes));
}

const SCHEME = 'bearer ';

/**
 * The token of a request's `Authorization` header. A password may have spaces and characters that are not ASCII: clients
 * send those as UTF-8, and Node reads each byte of a header as a character.
 * @throws {FootfallError} UNAUTHORIZED for a token that is longer than any secret
 */
export function bearerOf(request: Pick<HttpRequest, 'header'>): string | undefined {
  const header = request.header('authorization') ?? '';
  if (header.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return;
  const token = withoutSpaces(header, SCHEME.length);
  if (token === '') return;
  if (token.length > TOKEN_BYTES) {
    throw new FootfallError('UNAUTHORIZED', `The token is over ${TOKEN_BYTES} bytes.`);
  }
  const isBytes = [...token].every((character) => character <= '\xff');
  if (!isBytes || !/[\x80-\xff]/.test(token)) return token;
  try {
    return utf8.decode(Uint8Array.from(token, (character) => character.charCodeAt(0)));
  } catch {
    return token;
  }
}

/** Whether a request has a token that was made on a page of Footfall, or looks like one. */
export function isFootfallsOwn(request: Pick<HttpRequest, 'header'>): boolean {
  const header = request.header('authorization') ?? '';
  return header.length <= SCHEME.length + TOKEN_BYTES && isApiKey(bearerOf(request) ?? '');
}

/** A header's value from an index on, without surrounding spaces. `trim` would take bytes of UTF-8 for spaces. */
function withoutSpaces(header: string, from: number): string {
  let [start, end] = [from, header.length];
  while (header[start] === ' ') start += 1;
  while (end > start && header[end - 1] === ' ') end -= 1;
  return header.slice(start, end);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
