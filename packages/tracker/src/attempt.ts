/** Runs what a browser may refuse or lack; undefined where it does. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return;
  }
}
