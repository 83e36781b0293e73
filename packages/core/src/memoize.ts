/** What is remembered at most. */
export interface Bounds {
  /** Answers. */
  readonly most: number;
  /** Characters of a question. */
  readonly longest: number;
}

const BOUNDS: Bounds = { most: 2_000, longest: 1_024 };

/**
 * Makes a function that remembers what another answered. A sender who makes up questions costs as much as without it, and a
 * bounded amount of memory: when it is full it begins anew.
 * @param answer depends on nothing but its argument
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
