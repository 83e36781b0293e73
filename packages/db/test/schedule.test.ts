import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Folder, type Folded } from '../src/fold/fold.ts';
import { FOLD_SCHEDULE, FoldScheduler, type FoldReport, type FoldSchedule } from '../src/fold/schedule.ts';
import { FOLD_DEFAULTS } from '../src/store.ts';
import { deferred, newNames } from './support.ts';

const { delayMs, maxWaitMs, maxWaiting, readerMs, retryMs } = FOLD_SCHEDULE;

/** A log that is only a number of events. */
class CountedLog extends Folder {
  /** Events that are not folded. */
  length = 0;
  /** How many events each step was asked for, and how many it folded. */
  readonly asked: number[] = [];
  readonly folded: number[] = [];
  /** What each step waits for once it has read the log. */
  held: Promise<void> = Promise.resolve();
  /** Milliseconds that it takes to fold an event. */
  eventMs = 0;
  failure: Error | undefined;

  constructor() {
    const unused = (): never => {
      throw new Error('There is no database');
    };
    super({ read: unused, write: unused }, { ...FOLD_DEFAULTS, names: newNames() });
  }

  override async step(limit: number): Promise<Folded> {
    this.asked.push(limit);
    if (this.failure !== undefined) throw this.failure;
    const events = Math.min(limit, this.length);
    this.length -= events;
    const hasMore = this.length > 0;
    await this.held;
    if (events * this.eventMs > 0) await new Promise((resolve) => setTimeout(resolve, events * this.eventMs));
    if (events === 0) return { events, hasMore };
    this.folded.push(events);
    return { events, hasMore };
  }
}

/** A scheduler of such a log. */
function scheduled(schedule: Partial<FoldSchedule> = {}) {
  const log = new CountedLog();
  const surroundings = { isBusy: false, isAppending: false };
  const reports: FoldReport[] = [];
  const ends: number[] = [];
  const scheduler = new FoldScheduler(
    log,
    { ...FOLD_SCHEDULE, ...schedule },
    {
      isBusy: () => surroundings.isBusy,
      isAppending: () => surroundings.isAppending,
      onCaughtUp: () => ends.push(log.folded.length),
      onFold: (report) => reports.push(report),
    },
  );
  const append = (events: number): void => {
    log.length += events;
    scheduler.appended(events);
  };
  return { log, scheduler, surroundings, reports, ends, append };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('what is appended', () => {
  it('is folded a moment later, however much comes meanwhile', async () => {
    const { log, scheduler, reports, ends, append } = scheduled();
    append(3);
    await pass(delayMs - 1);
    append(2);
    expect(log.asked).toEqual([]);
    expect(scheduler.waiting).toBe(5);
    expect(scheduler.ageMs).toBe(delayMs - 1);
    await pass(1);
    expect(log.folded).toEqual([5]);
    expect(scheduler.waiting).toBe(0);
    expect(scheduler.ageMs).toBe(0);
    expect(reports).toEqual([{ events: 5, ms: 0 }]);
    expect(ends).toEqual([1]);
    await pass(60_000);
    expect(log.asked).toHaveLength(1); // nothing came, nothing is looked for
    append(1);
    await pass(delayMs);
    expect(log.folded).toEqual([5, 1]);
  });

  it('is folded to the end, step by step, and what comes during a fold a moment after it', async () => {
    const { log, scheduler, append } = scheduled();
    const held = deferred();
    log.held = held.promise;
    append(1_000);
    await pass(delayMs);
    append(7); // the first step has read the log
    held.resolve();
    await pass(1);
    expect(log.folded.reduce((sum, events) => sum + events)).toBe(1_007);
    expect(log.folded.length).toBeGreaterThan(1);
    expect(scheduler.waiting).toBe(0);
    const asked = log.asked.length;
    await pass(60_000);
    expect(log.asked).toHaveLength(asked); // and that was the end
  });

  it('is not forgotten where the fold that was under way had not read it', async () => {
    const { log, scheduler, append } = scheduled();
    const held = deferred();
    log.held = held.promise;
    append(5);
    await pass(delayMs);
    append(2);
    held.resolve();
    await pass(0);
    expect(log.folded).toEqual([5]);
    expect(scheduler.waiting).toBe(2);
    await pass(delayMs);
    expect(log.folded).toEqual([5, 2]);
    expect(scheduler.waiting).toBe(0);
  });
});

describe('a reader', () => {
  it('has everything folded at once that had been appended when it asked', async () => {
    const { log, scheduler, append } = scheduled();
    append(3);
    expect(await scheduler.catchUp()).toBe(true);
    expect(log.folded).toEqual([3]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that comes while a fold is under way waits for the next one, which all such readers share', async () => {
    const { log, scheduler, append } = scheduled();
    const held = deferred();
    log.held = held.promise;
    append(3);
    const first = scheduler.catchUp();
    append(1);
    const answered = vi.fn();
    const others = [scheduler.catchUp(), scheduler.catchUp(), scheduler.catchUp()].map((asked) =>
      asked.then(answered),
    );
    held.resolve();
    expect(await first).toBe(true);
    expect(answered).not.toHaveBeenCalled();
    await Promise.all(others);
    expect(answered.mock.calls).toEqual([[true], [true], [true]]);
    expect(log.folded).toEqual([3, 1]);
    expect(log.asked).toHaveLength(2);
  });

  it('waits no longer than it may, and then learns that not everything is folded', async () => {
    const { log, scheduler, append } = scheduled();
    const held = deferred();
    log.held = held.promise;
    append(3);
    const answered = vi.fn();
    void scheduler.catchUp().then(answered);
    await pass(readerMs - 1);
    expect(answered).not.toHaveBeenCalled();
    await pass(1);
    expect(answered).toHaveBeenCalledExactlyOnceWith(false);
    held.resolve();
    await pass(0);
    expect(log.folded).toEqual([3]);
  });

  it('of a store with nothing to be folded is answered at once', async () => {
    const { scheduler, reports, ends } = scheduled();
    expect(await scheduler.catchUp()).toBe(true);
    expect([reports, ends]).toEqual([[], [0]]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('in a burst appends go first', () => {
  /** Appends every 10 ms until something is folded, and returns after how long that was. */
  async function burst(
    { log, scheduler, surroundings, append }: ReturnType<typeof scheduled>,
    events: number,
  ) {
    surroundings.isBusy = true;
    const began = performance.now();
    while (log.asked.length === 0 && performance.now() - began < 60_000) {
      append(events);
      await pass(10);
    }
    const ms = performance.now() - began;
    for (let turns = 0; scheduler.waiting > 0 && turns < 1_000; turns += 1) await pass(1);
    return ms;
  }

  it('for a while: then the log is folded, though it goes on', async () => {
    const site = scheduled();
    const ms = await burst(site, 1);
    expect(ms).toBeGreaterThanOrEqual(maxWaitMs);
    expect(ms).toBeLessThanOrEqual(maxWaitMs + delayMs);
    expect(site.scheduler.waiting).toBe(0);
  });

  it('until the log has grown long: then it is folded before it grows longer', async () => {
    const site = scheduled();
    const perTurn = maxWaiting / 100; // within a second
    const ms = await burst(site, perTurn);
    expect(ms).toBeLessThan(maxWaitMs / 2);
    const events = site.log.folded.reduce((sum, step) => sum + step);
    expect(events).toBeGreaterThanOrEqual(maxWaiting);
    expect(events).toBeLessThanOrEqual(maxWaiting + (delayMs / 10) * perTurn);
  });

  it('until it is over', async () => {
    const { log, surroundings, append } = scheduled();
    surroundings.isBusy = true;
    append(5);
    await pass(maxWaitMs / 2);
    expect(log.asked).toEqual([]);
    surroundings.isBusy = false;
    await pass(delayMs);
    expect(log.folded).toEqual([5]);
  });

  it('also where it begins during a fold', async () => {
    const { log, scheduler, surroundings, append } = scheduled();
    const held = deferred();
    log.held = held.promise;
    append(1_000);
    await pass(delayMs);
    surroundings.isBusy = true;
    held.resolve();
    await pass(0);
    expect(log.folded).toHaveLength(1); // the step that was under way
    expect(scheduler.waiting).toBeGreaterThan(0);
    surroundings.isBusy = false;
    await pass(delayMs);
    expect(scheduler.waiting).toBe(0);
  });

  it('and readers before them', async () => {
    const { log, scheduler, surroundings, append } = scheduled();
    surroundings.isBusy = true;
    append(5);
    expect(await scheduler.catchUp()).toBe(true);
    expect(log.folded).toEqual([5]);
  });
});

describe('a step', () => {
  /** The sizes of the steps in which 20,000 events are folded at a reader's request, once it is known how long one takes. */
  async function steps(eventMs: number, isBusy: boolean): Promise<number[]> {
    const { log, scheduler, surroundings, append } = scheduled();
    surroundings.isBusy = isBusy;
    log.eventMs = eventMs;
    append(20_000);
    const folded = scheduler.catchUp();
    await pass(100_000);
    await folded;
    return log.asked.slice(1);
  }

  it('takes about as long as appends may be held up where they come, and longer where none come', async () => {
    const eventMs = 1 / 128; // whole milliseconds in whole steps
    expect((await steps(eventMs, true))[0]).toBe(FOLD_SCHEDULE.stepMs / eventMs);
    expect((await steps(eventMs, false))[0]).toBe((2 * FOLD_SCHEDULE.stepMs) / eventMs);
  });

  it('takes longer once appends have gone first for as long as they may: large steps are cheaper', async () => {
    const { log, surroundings, append } = scheduled();
    surroundings.isBusy = true;
    log.eventMs = 1 / 16;
    append(20_000);
    await pass(100_000);
    expect(log.asked[1]).toBe(FOLD_SCHEDULE.overloadStepMs / log.eventMs);
    expect(Math.min(...log.asked.slice(1))).toBeGreaterThanOrEqual(1_024);
  });

  it('is followed by as much time for the appends of a burst, unless the log has grown long', async () => {
    const eventMs = 1 / 16;
    const duration = async (events: number): Promise<number> => {
      const { log, scheduler, surroundings, append } = scheduled({ maxWaiting: 20_000, maxWaitMs: 0 });
      surroundings.isBusy = true;
      log.eventMs = eventMs;
      append(events);
      const began = performance.now();
      const folded = scheduler.catchUp();
      for (let turns = 0; scheduler.waiting > 0 && turns < 10_000; turns += 1) await pass(1);
      await folded;
      return performance.now() - began;
    };
    expect(await duration(19_000)).toBeGreaterThanOrEqual(1.8 * 19_000 * eventMs);
    const long = await duration(38_000);
    expect(long).toBeGreaterThanOrEqual(38_000 * eventMs);
    expect(long).toBeLessThan(1.7 * 38_000 * eventMs);
  });

  it('waits until what came meanwhile is committed, though not for longer than it took', async () => {
    const stepMs = 16;
    const stepped = async () => {
      const site = scheduled();
      site.log.eventMs = stepMs / 256; // as many as the first step has
      site.append(600);
      const folded = site.scheduler.catchUp();
      site.surroundings.isAppending = true;
      await pass(stepMs);
      await pass(stepMs / 2);
      expect(site.log.asked).toHaveLength(1);
      return { ...site, folded };
    };
    const committed = await stepped();
    committed.surroundings.isAppending = false;
    await pass(2);
    expect(committed.log.asked).toHaveLength(2);
    const slow = await stepped();
    await pass(stepMs / 2 + 2);
    expect(slow.log.asked).toHaveLength(2);
    await pass(1_000);
    await Promise.all([committed.folded, slow.folded]);
  });

  it('is never so short that a fold hardly gets on, nor without end', async () => {
    expect(Math.min(...(await steps(1, true)))).toBeGreaterThanOrEqual(16);
    expect(Math.max(...(await steps(1 / 4_096, false)))).toBe(2_048);
  });

  it('ends with a turn of the event loop, so that requests are answered between two of them', async () => {
    vi.useRealTimers();
    const { log, scheduler, append } = scheduled();
    let turn = 0;
    let counting = setImmediate(function count() {
      turn += 1;
      counting = setImmediate(count);
    });
    const turns: number[] = [];
    const step = log.step.bind(log);
    log.step = (limit) => {
      turns.push(turn);
      return step(limit);
    };
    append(20_000);
    await scheduler.catchUp();
    clearImmediate(counting);
    expect(turns.length).toBeGreaterThan(5);
    expect(new Set(turns).size).toBe(turns.length);
  });
});

describe('a fold that fails', () => {
  it('is reported, also to the reader, and is tried again until it succeeds', async () => {
    const { log, scheduler, reports, append } = scheduled();
    log.failure = new Error('no answer');
    append(2);
    expect(await scheduler.catchUp()).toBe(false);
    expect(reports).toEqual([{ events: 0, ms: 0, error: log.failure }]);
    expect(scheduler.waiting).toBe(2);
    await pass(retryMs);
    expect(log.asked).toHaveLength(2);
    await pass(retryMs);
    expect(log.asked).toHaveLength(3);
    log.failure = undefined;
    await pass(retryMs);
    expect(log.folded).toEqual([2]);
    expect(scheduler.waiting).toBe(0);
    await pass(10 * retryMs);
    expect(log.asked).toHaveLength(4);
  });

  it('does not fail those who come after it', async () => {
    const { log, scheduler, append } = scheduled();
    log.failure = new Error('no answer');
    append(2);
    const first = scheduler.catchUp();
    log.failure = undefined;
    const second = scheduler.catchUp();
    expect([await first, await second]).toEqual([false, true]);
    expect(log.folded).toEqual([2]);
  });
});

describe('when it is closed', () => {
  it('everything is folded before, and nothing after', async () => {
    const { log, scheduler, append } = scheduled();
    append(3);
    await scheduler.close();
    expect(log.folded).toEqual([3]);
    append(1);
    await pass(60_000);
    expect(log.asked).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a log that is too long for that is left to the next start, after the step that is under way', async () => {
    const { log, scheduler, append } = scheduled();
    log.eventMs = 10;
    append(100_000);
    const closed = vi.fn();
    void scheduler.close().then(closed);
    await pass(readerMs + 4_096 * log.eventMs);
    expect(closed).toHaveBeenCalled();
    const steps = log.asked.length;
    await pass(60_000);
    expect(log.asked).toHaveLength(steps);
    expect(log.length).toBeGreaterThan(90_000);
  });

  it('a fold that fails is not tried again', async () => {
    const { log, scheduler, append } = scheduled();
    log.failure = new Error('no answer');
    append(1);
    await scheduler.close();
    await pass(10 * retryMs);
    expect(log.asked).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
