/** Most elements that are read: more proxies than any real request passes. */
const MOST_ELEMENTS = 32;

/** Longest element that is read, in characters. */
const ELEMENT_CHARACTERS = 512;

/**
 * Reads the client that each proxy of a `Forwarded` header (RFC 7239) names, last proxy first: the `for` of an element,
 * without quotes, or `''` if it has none. Stops at a malformed element. It is parsed from its end, since anyone may have
 * written what is left of a proxy's own element, and that must not change how the element is parsed.
 */
export function* forwardedFor(header: string): Generator<string> {
  let end = header.length;
  for (let count = 0; count < MOST_ELEMENTS && end >= 0; count += 1) {
    const start = elementStart(header, end);
    if (start === undefined) return;
    const element = header.slice(start, end).trim();
    end = start - 1; // the comma
    if (element === '') continue; // an empty element of a list is none (RFC 9110, 5.6.1)
    const client = forIn(element);
    if (client === undefined) return;
    yield client;
  }
}

/** The `for` of an element; `''` if it has none, undefined if the element is malformed. */
function forIn(element: string): string | undefined {
  let client: string | undefined;
  let end = 0;
  for (const { 0: pair, 1: name = '', 2: value = '' } of element.matchAll(PAIR)) {
    end += pair.length;
    if (name.toLowerCase() !== 'for') continue;
    if (client !== undefined) return; // a parameter occurs once in an element
    client = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  }
  return end === element.length ? (client ?? '') : undefined;
}

/** Proxies write without quotes some values that RFC 7239 wants quoted: `for=[2001:db8::1]:4711`. */
const PAIR = /[ \t]*([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[^\s";,]*)[ \t]*(?:;|$)/gy;

/** The start of the element that ends before `end`: after the nearest comma that is not quoted. */
function elementStart(header: string, end: number): number | undefined {
  let isQuoted = false;
  for (let at = end - 1; at >= Math.max(0, end - ELEMENT_CHARACTERS); at -= 1) {
    const character = header[at];
    if (character === '"' && !isEscaped(header, at)) isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) return at + 1;
  }
  return end > ELEMENT_CHARACTERS || isQuoted ? undefined : 0;
}

/** Whether an odd number of backslashes precedes a character. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === '\\') before -= 1;
  return (at - before) % 2 === 0;
}
