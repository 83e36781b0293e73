/** When work is done that can wait, in milliseconds. */
export interface TaskInterval {
  /** How often it is looked for. */
  readonly everyMs: number;
  /** How long others have their turn between two steps. */
  readonly pauseMs: number;
}

/**
 * Does in steps what is not pressing, while requests go on.
 * @param step does some of it; resolves to whether there is more
 * @param onFailure told of a step that failed; what is left is done the next time
 * @returns ends it; resolves when no step is under way
 */
export function backgroundTask(
  step: () => Promise<boolean>,
  { everyMs, pauseMs }: TaskInterval,
  onFailure: (error: unknown) => void,
): () => Promise<void> {
  let isEnding = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  function after(ms: number): void {
    timer = setTimeout(() => {
      running = work();
    }, ms);
    timer.unref();
  }

  async function work(): Promise<void> {
    let isMore = false;
    try {
      isMore = await step();
    } catch (error) {
      onFailure(error);
    }
    if (!isEnding) after(isMore ? pauseMs : everyMs);
  }

  after(pauseMs);
  return async () => {
    isEnding = true;
    clearTimeout(timer);
    await running;
  };
}
