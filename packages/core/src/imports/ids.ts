import { hash128 } from '../identity.ts';

/** Rows that are remembered, at least, to number those that are equal; at most twice that number. */
const REMEMBERED = 2_000;

const encoder = new TextEncoder();

/** The id of a page view that has a UUID in its file; undefined where it is none. */
export function ownId(uuid: string): string | undefined {
  const hex = uuid.replaceAll('-', '').toLowerCase();
  return /^[\da-f]{32}$/.test(hex) ? hex : undefined;
}

/**
 * Makes a function that derives ids from rows without one: of the row's content, and of how many equal rows are shortly
 * before it. A later export of the same page views gives the same ids, also where its oldest rows were deleted by then.
 * @param format what distinguishes the same content in files of another kind
 */
export function contentIds(format: string): (cells: readonly string[]) => string {
  let seen = new Map<string, number>();
  let before = new Map<string, number>();
  return (cells) => {
    const content = JSON.stringify([format, ...cells]);
    const nth = seen.get(content) ?? before.get(content) ?? 0;
    if (seen.size >= REMEMBERED) {
      before = seen;
      seen = new Map();
    }
    seen.set(content, nth + 1);
    return hash128(encoder.encode(nth === 0 ? content : `${content} ${nth}`));
  };
}
