/** Schedule of a background task, in milliseconds. */
export interface TaskInterval {
  /** Time between two runs. */
  readonly everyMs: number;
  /** Pause between two steps of a run, for other work. */
  readonly pauseMs: number;
}

/**
 * Runs a low-priority task in steps, so that requests are not delayed.
 * @param step does some of the work; resolves to whether there is more
 * @param onFailure called with the error of a failed step; the next run continues
 * @returns stops the task; resolves when no step is running
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
