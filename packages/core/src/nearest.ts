/** Most characters of a name that is compared: no known name is longer. */
const CHARACTERS = 64;

/**
 * The known name that was probably intended: the same words in another spelling or number (`SITE_HOST`, `trusted-proxy`,
 * `pgae`). Names that only look alike do not match: `APP_KEYS` is not `API_KEYS`.
 * @returns undefined if none is near; the name itself if it is known
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return name;
  if (name.length > CHARACTERS) return;
  const words = wordsOf(name);
  return known.find((candidate) => {
    const wanted = wordsOf(candidate);
    if (wanted.join('') === words.join('')) return true;
    return (
      words.length === wanted.length && words.every((word, at) => isNear(word, wanted[at]!, name.length))
    );
  });
}

/** In lower case and in the singular. */
function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[_-]/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/(?<=..)ies$/, 'y').replace(/(?<=..)s$/, ''));
}

/** Of three letters one may be wrong only in a long name, where the others identify it. */
function isNear(word: string, wanted: string, nameLength: number): boolean {
  const length = Math.max(word.length, wanted.length);
  const wrong = length <= 3 ? (nameLength >= 11 ? 1 : 0) : length <= 5 ? 1 : 2;
  return word === wanted || distance(word, wanted) <= wrong;
}

/** Letters to change, add, remove, or swap with their neighbour (Damerau-Levenshtein distance). */
function distance(from: string, to: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const isSame = from[i - 1] === to[j - 1];
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[to.length]!;
}
