import type { Folder } from './fold.ts';

/** When what was appended is folded. Durations in milliseconds. */
export interface FoldSchedule {
  /** How long after an append the fold starts, if there is no burst. */
  readonly delayMs: number;
  /** In a burst appends go first: for how long, and until how many events wait to be folded. */
  readonly maxWaitMs: number;
  readonly maxWaiting: number;
  /** About how long a step may take in a burst. */
  readonly stepMs: number;
  /**
   * About how long a step may take once appends have gone first for `maxWaitMs`. Each step has costs of its own: an
   * event of a step of 2,000 takes a third of the time that it takes in one of 100.
   */
  readonly overloadStepMs: number;
  /** How long a reader waits for the fold at most. */
  readonly readerMs: number;
  /** How long after a failed fold the next one starts. */
  readonly retryMs: number;
}

/** docs/design.md, Fold: within a second, within five under overload. */
export const FOLD_SCHEDULE: FoldSchedule = {
  delayMs: 400,
  maxWaitMs: 4_000,
  maxWaiting: 200_000,
  stepMs: 5,
  overloadStepMs: 80,
  readerMs: 2_000,
  retryMs: 1_000,
};

/** Lets the event loop handle what has arrived meanwhile. */
const nextTurn = (): Promise<void> => new Promise(setImmediate);

/** Events of a step: at least, at least in an overload, at most, and in the first step, before it is known how long one takes. */
const MIN_SIZE = 16;
const MIN_OVERLOAD_SIZE = 1_024;
const MAX_SIZE = 2_048;
const FIRST_SIZE = 256;

/** A step of the fold, or its failure, for metrics and the log. */
export interface FoldReport {
  readonly events: number;
  readonly ms: number;
  readonly error?: unknown;
}

/** What the scheduler depends on. */
export interface FoldSurroundings {
  /** Whether there is a burst of appends: they go first. */
  readonly isBusy: () => boolean;
  /** Whether an append waits for its commit, or is being committed. */
  readonly isAppending: () => boolean;
  /** Called when everything that had been appended is folded. */
  readonly onCaughtUp: () => void;
  readonly onFold?: ((report: FoldReport) => void) | undefined;
}

/**
 * Decides when the log is folded: soon after an append, later in a burst of appends, and at once for a reader. One fold
 * runs at a time; between two of its steps appends get their turn.
 */
export class FoldScheduler {
  readonly #folder: Folder;
  readonly #schedule: FoldSchedule;
  readonly #surroundings: FoldSurroundings;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** The fold that was requested while another one was running, which may have read the log too early. */
  #next: Promise<void> | undefined;
  /** How many events were appended by this process and are not folded yet, and since when (`performance.now()`). */
  #waiting = 0;
  #since = 0;
  /** How long an event takes to fold, in milliseconds; undefined before the first. */
  #eventMs: number | undefined;
  /** How many readers wait for what is not folded yet. */
  #readers = 0;
  #isClosed = false;

  constructor(folder: Folder, schedule: FoldSchedule, surroundings: FoldSurroundings) {
    this.#folder = folder;
    this.#schedule = schedule;
    this.#surroundings = surroundings;
  }

  /** How many events that were appended by this process wait to be folded. */
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
    this.#startIn(this.#schedule.delayMs);
  }

  #startIn(ms: number): void {
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
    if (mayWait && this.#surroundings.isBusy()) this.#startIn(delayMs / 4);
    else this.#run(mayWait).catch(() => {}); // a failure is reported, and tried again
  }

  /**
   * Folds all that has been appended by now. It takes no longer than `readerMs`: then a reader gets what is folded so far.
   * @returns whether all of it is folded
   */
  async catchUp(): Promise<boolean> {
    const folding = this.#running === undefined ? this.#run() : (this.#next ??= this.#afterRunning());
    const folded = folding.then(
      () => true,
      () => false, // the failure is reported, and tried again
    );
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, this.#schedule.readerMs, false);
    });
    this.#readers += 1;
    const isFolded = await Promise.race([folded, tooLate]);
    this.#readers -= 1;
    clearTimeout(timer);
    return isFolded;
  }

  async #afterRunning(): Promise<void> {
    await this.#running?.catch(() => {});
    this.#next = undefined;
    await (this.#running ?? this.#run());
  }

  /**
   * Folds everything, step by step.
   * @param mayWait whether the rest waits when a burst of appends begins meanwhile, unless a reader waits for it
   */
  #run(mayWait = false): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#steps(mayWait).finally(() => {
      this.#running = undefined;
      if (this.#waiting > 0) this.#startIn(this.#schedule.delayMs);
    });
    return this.#running;
  }

  async #steps(mayWait: boolean): Promise<void> {
    for (;;) {
      const began = performance.now();
      const upTo = this.#waiting;
      const isBurst = this.#surroundings.isBusy();
      try {
        const { events, hasMore } = await this.#folder.step(this.#size());
        const ms = performance.now() - began;
        if (events > 0) {
          this.#eventMs = this.#eventMs === undefined ? ms / events : (3 * this.#eventMs + ms / events) / 4;
          this.#surroundings.onFold?.({ events, ms });
        }
        // Events that were appended during the step have waited since then. Those of other instances are not known here.
        this.#waiting = hasMore ? Math.max(0, this.#waiting - events) : this.#waiting - upTo;
        if (this.#waiting > 0 && !hasMore) this.#since = began;
        if (!hasMore) this.#surroundings.onCaughtUp();
        if (!hasMore || this.#isClosed) return;
        if (mayWait && this.#readers === 0 && this.#surroundings.isBusy()) return;
        await this.#giveWay(ms, isBurst);
      } catch (error) {
        this.#surroundings.onFold?.({ events: 0, ms: performance.now() - began, error });
        if (!this.#isClosed) this.#retryLater();
        throw error;
      }
    }
  }

  /**
   * Lets others have their turn after a step; without a thread of its own, a file holds up everything else. In a burst
   * appends get as much time as the step took, unless the log has grown long, else those that came meanwhile are
   * committed first.
   */
  async #giveWay(ms: number, isBurst: boolean): Promise<void> {
    if (isBurst && this.#waiting < this.#schedule.maxWaiting) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return;
    }
    const until = performance.now() + ms;
    await nextTurn(); // reads what has arrived
    do await nextTurn();
    while (this.#surroundings.isAppending() && performance.now() < until);
  }

  #retryLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#run().catch(() => {});
    }, this.#schedule.retryMs);
    this.#timer.unref();
  }

  /**
   * How many events to fold in the next step: about what takes `stepMs`, twice that if there is no burst, and
   * `overloadStepMs` if events have waited for long.
   */
  #size(): number {
    if (this.#eventMs === undefined) return FIRST_SIZE;
    const { maxWaitMs, stepMs, overloadStepMs } = this.#schedule;
    const isOverload = this.ageMs >= maxWaitMs;
    const quietStepMs = 2 * stepMs;
    const ms = isOverload ? overloadStepMs : this.#surroundings.isBusy() ? stepMs : quietStepMs;
    const size = Math.round(ms / this.#eventMs);
    return Math.min(MAX_SIZE, Math.max(isOverload ? MIN_OVERLOAD_SIZE : MIN_SIZE, size));
  }

  /** Folds what has been appended, then stops folding. */
  async close(): Promise<void> {
    await this.catchUp(); // what is still left is folded at the next start
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => {});
  }
}
