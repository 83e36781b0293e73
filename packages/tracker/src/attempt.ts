/** What a browser may refuse, or does not have, is done without. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return;
  }
}
