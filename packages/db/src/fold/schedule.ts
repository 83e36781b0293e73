import type { Folder } from './fold.ts';

/** When what was appended is folded. Durations in milliseconds. */
export interface FoldSchedule {
  /** How long what was appended waits while nothing else has to be done. */
  readonly delayMs: number;
  /** How long the fold lets appends go first, in a burst; and how many events it lets wait for that. */
  readonly maxWaitMs: number;
  readonly maxWaiting: number;
  /** About how long a step may take while appends wait. */
  readonly stepMs: number;
  /** How long a reader waits for the fold. */
  readonly readerMs: number;
  /** How long a fold that failed waits until it is tried again. */
  readonly retryMs: number;
}

/** docs/design.md, Fold: within a second, within five under overload. */
export const FOLD_SCHEDULE: FoldSchedule = {
  delayMs: 400,
  maxWaitMs: 4_000,
  maxWaiting: 200_000,
  stepMs: 5,
  readerMs: 2_000,
  retryMs: 1_000,
};

/** Lets the event loop answer what has come meanwhile. */
const turn = (): Promise<void> => new Promise(setImmediate);

/** Events of a step: at least, at most, and before it is known how long they take. */
const LEAST = 16;
const MOST = 2_048;
const FIRST = 256;

/** How a fold went, for metrics and the log. */
export interface FoldReport {
  readonly events: number;
  readonly ms: number;
  readonly error?: unknown;
}

/** What the schedule looks at and reports to. */
export interface FoldSurroundings {
  /** Whether there is a burst of appends, which go first. */
  readonly isBusy: () => boolean;
  /** Is called when everything that had been appended is folded. */
  readonly onCaughtUp: () => void;
  readonly onFold?: ((report: FoldReport) => void) | undefined;
}

/**
 * Decides when the log is folded: soon after an append, at once for a reader, and after the appends in a burst. One fold
 * runs at a time; between two steps appends get their turn.
 */
export class FoldScheduler {
  readonly #folder: Folder;
  readonly #schedule: FoldSchedule;
  readonly #surroundings: FoldSurroundings;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Asked for while a fold was running: it may have read the log before. */
  #next: Promise<void> | undefined;
  /** Events that were appended here and are not folded yet, and since when: `performance.now()`. */
  #waiting = 0;
  #since = 0;
  /** How long an event takes, in milliseconds; undefined before the first. */
  #eventMs: number | undefined;
  #isClosed = false;

  constructor(folder: Folder, schedule: FoldSchedule, surroundings: FoldSurroundings) {
    this.#folder = folder;
    this.#schedule = schedule;
    this.#surroundings = surroundings;
  }

  /** Events that wait to be folded, of those that were appended here. */
  get waiting(): number {
    return this.#waiting;
  }

  /** For how long the oldest of them has waited, in milliseconds. */
  get ageMs(): number {
    return this.#waiting === 0 ? 0 : performance.now() - this.#since;
  }

  /** Notes that events were appended; they will be folded. */
  appended(events: number): void {
    if (events === 0) return;
    if (this.#waiting === 0) this.#since = performance.now();
    this.#waiting += events;
    this.#arrange(this.#schedule.delayMs);
  }

  #arrange(ms: number): void {
    if (this.#isClosed || this.#timer !== undefined || this.#running !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#whenDue();
    }, ms);
    this.#timer.unref();
  }

  #whenDue(): void {
    const { maxWaitMs, maxWaiting, delayMs } = this.#schedule;
    const mayWait = this.ageMs < maxWaitMs && this.#waiting < maxWaiting;
    if (mayWait && this.#surroundings.isBusy()) this.#arrange(delayMs / 4);
    else this.#run().catch(() => {}); // it is reported, and tried again
  }

  /**
   * Folds all that has been appended by now. It takes no longer than `readerMs`: a reader who waited so long is given what
   * is folded by then.
   * @returns whether all of it is folded
   */
  async catchUp(): Promise<boolean> {
    const folding = this.#running === undefined ? this.#run() : (this.#next ??= this.#afterRunning());
    const folded = folding.then(
      () => true,
      () => false, // it is reported, and tried again
    );
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, this.#schedule.readerMs, false);
    });
    const isFolded = await Promise.race([folded, tooLate]);
    clearTimeout(timer);
    return isFolded;
  }

  async #afterRunning(): Promise<void> {
    await this.#running?.catch(() => {});
    this.#next = undefined;
    await (this.#running ?? this.#run());
  }

  /** Folds everything, step by step. */
  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#steps().finally(() => {
      this.#running = undefined;
      if (this.#waiting > 0) this.#arrange(this.#schedule.delayMs);
    });
    return this.#running;
  }

  async #steps(): Promise<void> {
    for (;;) {
      const began = performance.now();
      const upTo = this.#waiting;
      try {
        const { events, hasMore } = await this.#folder.step(this.#size());
        const ms = performance.now() - began;
        if (events > 0) {
          this.#eventMs = this.#eventMs === undefined ? ms / events : (3 * this.#eventMs + ms / events) / 4;
          this.#surroundings.onFold?.({ events, ms });
        }
        // What was appended while it ran has a time of its own; what others appended is not known here.
        this.#waiting = hasMore ? Math.max(0, this.#waiting - events) : this.#waiting - upTo;
        if (this.#waiting > 0 && !hasMore) this.#since = began;
        if (!hasMore) this.#surroundings.onCaughtUp();
        if (!hasMore || this.#isClosed) return;
        await turn(); // on a file without a thread nothing else would
      } catch (error) {
        this.#surroundings.onFold?.({ events: 0, ms: performance.now() - began, error });
        if (!this.#isClosed) this.#arrangeRetry();
        throw error;
      }
    }
  }

  #arrangeRetry(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#run().catch(() => {});
    }, this.#schedule.retryMs);
    this.#timer.unref();
  }

  /**
   * As many events as take about as long as a step may; more where no append waits, and where the log has not been folded
   * to its end for long.
   */
  #size(): number {
    if (this.#eventMs === undefined) return FIRST;
    const { maxWaitMs, stepMs } = this.#schedule;
    const { ageMs } = this;
    const isQuiet = !this.#surroundings.isBusy();
    const steps = ageMs >= 2 * maxWaitMs ? 4 : isQuiet || ageMs >= maxWaitMs ? 2 : 1;
    const size = Math.round((steps * stepMs) / this.#eventMs);
    return Math.min(MOST, Math.max(LEAST, size));
  }

  /** Folds what there is, and no more from then on. */
  async close(): Promise<void> {
    await this.catchUp(); // what is left is folded at the next start
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
  }
}
