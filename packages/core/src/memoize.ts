/** The limits of a cache. */
export interface Bounds {
  /** Results. */
  readonly most: number;
  /** Characters of a key. */
  readonly longest: number;
}

const BOUNDS: Bounds = { most: 2_000, longest: 1_024 };

/**
 * Makes a function that caches another's results. A sender who invents keys costs as much as without a cache, and a
 * bounded amount of memory: a full cache is emptied.
 * @param answer depends on nothing except its argument
 */
export function memoize<T>(
  answer: (question: string) => T,
  { most, longest }: Bounds = BOUNDS,
): (question: string) => T {
  const answers = new Map<string, T>();
  return (question) => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    const found = answer(question);
    if (question.length > longest) return found;
    if (answers.size >= most) answers.clear();
    answers.set(question, found);
    return found;
  };
}
