import { objection } from './objection.ts';
import { InvalidEntry } from './refused.ts';
import { pageIdentifier, readPageUrl } from './page.ts';

/**
 * Compiles a list of pages that are not counted into a predicate.
 * @param patterns paths as they are in an address, in which `*` stands for any characters, also none: `/drafts/*`, `*.pdf`.
 *   Case matters; queries do not.
 * @returns whether a page identifier is one of them, in time that grows with its length times the number of patterns
 * @throws {RangeError} naming the invalid entry
 */
export function pageMatcher(patterns: readonly string[]): (page: string) => boolean {
  const compiled = patterns.map(partsOf);
  return (page) => {
    if (compiled.length === 0) return false;
    const [path = ''] = page.split('?', 1);
    return compiled.some((parts) => matches(path, parts));
  };
}

/** The strings between the stars, each in the form of a page identifier. */
function partsOf(pattern: string): string[] {
  if (!/^[/*][^?#]*$/.test(pattern)) throw new InvalidEntry(objection('path', pattern));
  if (pattern.includes('*')) return pattern.split('*').map(decoded);
  const url = readPageUrl(pattern);
  return [url === undefined ? pattern : pageIdentifier(url, [])];
}

/** A part of a path, percent-decoded as a page identifier is: each escape by itself keeps its slashes. */
function decoded(part: string): string {
  if (part === '') return '';
  const url = readPageUrl(`/${part}x`); // the letter keeps a slash at its end
  return url === undefined ? part : pageIdentifier(url, []).slice(1, -1);
}

function matches(path: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return path === first;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return path.length - at >= last.length && path.endsWith(last);
}
