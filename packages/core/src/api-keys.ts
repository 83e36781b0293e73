import { objection, type Objection } from './objection.ts';
import { plainText, readName } from './text.ts';

/** What an API key may do: `read` the owner's statistics; `write` events for other visitors, as servers do. */
export const KEY_SCOPES = ['read', 'write'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Keys that an owner may have at most: all of them are held in memory. */
export const MOST_KEYS = 100;

/** How often at most the last use of a key is stored, in milliseconds. */
export const KEY_USED_EVERY_MS = 60_000;

const PREFIX = 'ff_';
const KEY = /^ff_[\w-]{43}$/;

/**
 * Makes a key. The prefix says whose it is, to its owner and to programs that look for secrets in published code.
 * @param random 32 random bytes, as base64url
 */
export const apiKeyOf = (random: string): string => PREFIX + random;

/** Whether a token looks like a key that was made on a page: then it is meant for Footfall, known or not. */
export const isApiKey = (token: string): boolean => KEY.test(token);

/** What an owner says of a new key. */
export interface KeyWish {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
}

/** Reads what an owner says of a new key, or says what is wrong with it. */
export function readKeyWish(
  name: string,
  scopes: readonly string[],
): KeyWish | { readonly problem: Objection } {
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) return { problem: objection('key-scope', plainText(unknown, 20)) };
  if (scopes.length === 0) return { problem: objection('key-scopes') };
  const named = readName(name, 'key');
  if ('problem' in named) return named;
  return { ...named, scopes: KEY_SCOPES.filter((scope) => scopes.includes(scope)) };
}

const isScope = (scope: string): scope is KeyScope => (KEY_SCOPES as readonly string[]).includes(scope);
