import type { HttpRequest } from './http.ts';

/**
 * Makes the question whether a token is one of these secrets. Hashes are compared, so that the time it takes tells nothing
 * of a secret.
 */
export function secrets(keys: readonly string[]): (token: string) => Promise<boolean> {
  let known: Promise<ReadonlySet<string>> | undefined;
  return async (token) => {
    if (keys.length === 0) return false;
    known ??= Promise.all(keys.map(hashed)).then((hashes) => new Set(hashes));
    return (await known).has(await hashed(token));
  };
}

async function hashed(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return String(new Uint8Array(bytes));
}

/**
 * What a request shows in its `Authorization` header. A password may have spaces, and letters that are not ASCII: clients
 * send those as UTF-8, and Node takes each byte of a header for a character.
 */
export function bearerOf(request: HttpRequest): string | undefined {
  const token = /^Bearer +(.*?) *$/i.exec(request.header('authorization') ?? '')?.[1];
  if (token === undefined || token === '') return;
  const isBytes = [...token].every((character) => character <= '\xff');
  if (!isBytes || !/[\x80-\xff]/.test(token)) return token;
  try {
    return utf8.decode(Uint8Array.from(token, (character) => character.charCodeAt(0)));
  } catch {
    return token;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
