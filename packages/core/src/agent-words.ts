/** The words of a user agent, as keys of the tables of names. */
export interface Words {
  /** The words in the first parentheses, where a user agent names its system and device. */
  readonly inside: ReadonlySet<string>;
  /** All others. */
  readonly outside: ReadonlySet<string>;
}

/** Most characters of a user agent that are read. A browser's has 100 to 300 characters, an app's up to 700. */
const LONGEST = 1_024;

/** The part of a user agent that is read, without values that a network operator chose (`FBCR/NL KPN`). */
export function readableHead(userAgent: string): string {
  const head = userAgent.length > LONGEST ? userAgent.slice(0, LONGEST) : userAgent;
  return head.includes('FBCR/') ? head.replace(/\bFBCR\/[^;\]]*/g, 'FBCR/') : head;
}

/**
 * Makes the function that splits a user agent into words, in time linear in its length. A word is a run of letters and
 * digits that starts with a letter, or a number, in lower case.
 * @param keys of the tables in which the words are looked up: pairs of words, and words before a slash, are only
 * returned if a key may match them
 * @returns each word and, where it may be a key, the pair with the previous word and the word with its slash
 */
export function wordSplitter(keys: Iterable<string>): (userAgent: string) => Words {
  const firstOfPair = new Set<string>();
  const beforeSlash = new Set<string>();
  for (const key of keys) {
    const [word = '', second] = key.replace('(', '').split(' ');
    if (second !== undefined) firstOfPair.add(word);
    if (word.endsWith('/')) beforeSlash.add(word.slice(0, -1));
  }
  return (userAgent) => {
    const text = userAgent.toLowerCase();
    const [start, end] = firstParentheses(text);
    const inside = new Set<string>();
    const outside = new Set<string>();
    let before = '';
    for (let at = 0; at < text.length;) {
      const length = wordLengthAt(text, at);
      const word = text.slice(at, at + length);
      if (at === start || at === end) before = '';
      if (length > 0) {
        const words = at > start && at < end ? inside : outside;
        words.add(word);
        if (beforeSlash.has(word) && text[at + length] === '/') words.add(`${word}/`);
        if (firstOfPair.has(before)) words.add(`${before} ${word}`);
        before = word;
      }
      at += length || 1;
    }
    return { inside, outside };
  };
}

/** Length of the word that starts at an index; 0 if none does. */
function wordLengthAt(text: string, start: number): number {
  const isNumber = isDigit(text.charCodeAt(start));
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (!isDigit(code) && (isNumber || !isLetter(code))) break;
    at += 1;
  }
  return at - start;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => code >= 97 && code <= 122;

function firstParentheses(text: string): [start: number, end: number] {
  const start = text.indexOf('(');
  if (start < 0) return [-1, -1];
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 40) depth += 1;
    else if (code === 41) depth -= 1;
    if (depth === 0) return [start, at];
  }
  const closed = text.indexOf(')', start);
  return [start, closed < 0 ? text.length : closed];
}

/** Rows of words, looked up by the words of a user agent. */
export interface WordTable {
  /** Indexes of the rows that contain one of the words, ascending. */
  readonly rowsIn: (words: Words) => number[];
}

/** @param rows the keys of each row; a key belongs to one row */
export function wordTable(rows: readonly (readonly string[])[]): WordTable {
  const inside = new Map<string, number>();
  const outside = new Map<string, number>();
  for (const [row, keys] of rows.entries()) {
    for (const key of keys) {
      if (key.startsWith('(')) inside.set(key.slice(1), row);
      else outside.set(key, row);
    }
  }
  return {
    rowsIn: (words) => {
      const found: number[] = [];
      for (const word of words.inside) collect(inside.get(word), found);
      for (const word of words.outside) collect(outside.get(word), found);
      return found.sort((a, b) => a - b);
    },
  };
}

function collect(row: number | undefined, found: number[]): void {
  if (row !== undefined) found.push(row);
}

/** Whether one of the words occurs anywhere in a user agent. */
export function includesAny({ inside, outside }: Words, words: readonly string[]): boolean {
  return words.some((word) => inside.has(word) || outside.has(word));
}
