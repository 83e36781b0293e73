import { FootfallError } from '@footfall/core';

/** Longest name of a parameter that clients add to bypass a cache (`_`, `t`, `v`), in characters: it is ignored. */
const CACHE_BUSTER = 2;

/**
 * Refuses a query with a parameter that a route does not have: a misspelt one must not be taken for none.
 * @throws {FootfallError} BAD_REQUEST that lists the known names
 */
export function requireKnown(query: string, names: readonly string[]): void {
  if (query === '') return;
  for (const name of new URLSearchParams(query).keys()) {
    if (names.includes(name) || name.length <= CACHE_BUSTER) continue;
    const known = names.length === 0 ? 'this route has no parameters' : `it takes ${names.join(', ')}`;
    throw new FootfallError('BAD_REQUEST', `${JSON.stringify(name.slice(0, 40))} is unknown; ${known}.`);
  }
}
