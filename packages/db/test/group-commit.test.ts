import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GroupCommit } from '../src/log/group-commit.ts';
import { deferred } from './support.ts';

const LIMITS = { capacity: 10_000, largest: 1_000, queueTimeoutMs: Infinity, lingerMs: 1, arrivingMs: 0 };
const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', retryAfter: 1 };

/** Commits that end when the test says so; each answers its entries doubled. */
function heldCommits(limits = LIMITS) {
  const commits: { batch: readonly number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const writer = new GroupCommit<number, number>((batch) => {
    const { promise, resolve, reject } = deferred<number[]>();
    commits.push({ batch, end: () => resolve(batch.map((entry) => entry * 2)), fail: reject });
    return promise;
  }, limits);
  const begun = (count: number) => vi.waitFor(() => expect(commits).toHaveLength(count), { interval: 1 });
  return { writer, commits, begun };
}

/** Adds entries one by one, as separate senders would. */
const addEach = (
  writer: GroupCommit<number, number>,
  entries: readonly number[],
): Promise<readonly number[]>[] => entries.map((entry) => writer.add([entry]));

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

afterEach(() => {
  vi.useRealTimers();
});

describe('a group commit', () => {
  it('is one commit for everything that arrived in the same turn, and gives each sender its own answer', async () => {
    const { writer, commits, begun } = heldCommits();
    const answers = Promise.all(addEach(writer, [1, 2, 3]));
    expect(commits).toHaveLength(0);
    await begun(1);
    expect(commits[0]?.batch).toEqual([1, 2, 3]);
    commits[0]?.end();
    expect(await answers).toEqual([[2], [4], [6]]);
  });

  it('answers nobody before it has ended', async () => {
    const { writer, commits, begun } = heldCommits();
    const answered = vi.fn();
    const answer = writer.add([1]).then(answered);
    await begun(1);
    await new Promise(setImmediate);
    expect(answered).not.toHaveBeenCalled();
    commits[0]?.end();
    await answer;
    expect(answered).toHaveBeenCalledWith([2]);
  });

  it('is one at a time: what arrives meanwhile is the next one', async () => {
    const { writer, commits, begun } = heldCommits();
    const first = writer.add([1]);
    await begun(1);
    const later = addEach(writer, numbersTo(20));
    await new Promise(setImmediate);
    expect(commits).toHaveLength(1);
    expect(writer.length).toBe(20);
    commits[0]?.end();
    await first;
    await begun(2);
    expect(commits[1]?.batch).toEqual(numbersTo(20));
    expect(writer.length).toBe(0);
    commits[1]?.end();
    await Promise.all(later);
  });

  it('takes no more than the largest, and the rest in order after it', async () => {
    const sizes: number[] = [];
    const writer = new GroupCommit<number, number>((batch) => {
      sizes.push(batch.length);
      return Promise.resolve(batch);
    }, LIMITS);
    expect((await Promise.all(addEach(writer, numbersTo(2_500)))).flat()).toEqual(numbersTo(2_500));
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('that fails answers all its senders with the reason, and the next one is not touched by it', async () => {
    const { writer, commits, begun } = heldCommits();
    const failing = Promise.allSettled([writer.add([1]), writer.add([2])]);
    await begun(1);
    const waiting = writer.add([3]);
    const reason = new Error('disk full');
    commits[0]?.fail(reason);
    expect(await failing).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await begun(2);
    expect(commits[1]?.batch).toEqual([3]);
    commits[1]?.end();
    expect(await waiting).toEqual([6]);
  });

  it('that throws at once has failed like any other', async () => {
    let working = false;
    const writer = new GroupCommit<number, number>((batch) => {
      if (!working) throw new Error('no connection');
      return Promise.resolve(batch);
    }, LIMITS);
    await expect(writer.add([1])).rejects.toThrow('no connection');
    working = true;
    expect(await writer.add([2])).toEqual([2]);
  });

  it('refuses what has waited too long for its commit to begin, and takes the rest', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { writer, commits, begun } = heldCommits({ ...LIMITS, queueTimeoutMs: 50 });
    const first = writer.add([1]);
    await begun(1);
    const early = writer.add([2]);
    vi.advanceTimersByTime(60);
    const later = writer.add([3]);
    commits[0]?.fail(new Error('no answer'));
    await expect(first).rejects.toThrow('no answer');
    await expect(early).rejects.toMatchObject(UNAVAILABLE);
    await begun(2);
    expect(commits[1]?.batch).toEqual([3]);
    commits[1]?.end();
    expect(await later).toEqual([6]);
  });

  it('refuses what exceeds its capacity, loses nothing of what it took, and takes more when there is room', async () => {
    const { writer, commits, begun } = heldCommits({
      capacity: 3,
      largest: 2,
      queueTimeoutMs: Infinity,
      lingerMs: 1,
      arrivingMs: 0,
    });
    const taken = addEach(writer, [1, 2, 3]);
    await expect(writer.add([4])).rejects.toMatchObject(UNAVAILABLE);
    expect(writer.length).toBe(3);
    await begun(1);
    expect(writer.length).toBe(1);
    taken.push(writer.add([5]), writer.add([6]));
    await expect(writer.add([7])).rejects.toMatchObject(UNAVAILABLE);
    commits[0]?.end();
    await begun(2);
    commits[1]?.end();
    await begun(3);
    commits[2]?.end();
    expect(await Promise.all(taken)).toEqual([[2], [4], [6], [10], [12]]);
    expect(commits.map(({ batch }) => batch)).toEqual([[1, 2], [3, 5], [6]]);
  });
});

describe('what one caller adds', () => {
  /** A writer that notes its batches and answers its entries doubled. */
  function noted(limits: Partial<typeof LIMITS>) {
    const batches: (readonly number[])[] = [];
    const writer = new GroupCommit<number, number>(
      (batch) => {
        batches.push(batch);
        return Promise.resolve(batch.map((entry) => entry * 2));
      },
      { ...LIMITS, ...limits },
    );
    return { writer, batches };
  }

  it('is answered together, each entry with its own', async () => {
    const { writer, batches } = noted({});
    expect(
      await Promise.all([writer.add([1]), writer.add([2, 3, 4]), writer.add([]), writer.add([5])]),
    ).toEqual([[2], [4, 6, 8], [], [10]]);
    expect(batches).toEqual([[1, 2, 3, 4, 5]]);
  });

  it('is never split over two commits: where there is no room for it, it is the beginning of the next', async () => {
    const { writer, batches } = noted({ largest: 5 });
    const answers = [[1, 2], [3, 4], [5, 6], [7], [8, 9, 10], [11, 12]].map((entries) => writer.add(entries));
    expect(await Promise.all(answers)).toEqual([[2, 4], [6, 8], [10, 12], [14], [16, 18, 20], [22, 24]]);
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7],
      [8, 9, 10, 11, 12],
    ]);
  });

  it('is one commit of its own when it is more than the largest', async () => {
    const { writer, batches } = noted({ largest: 3 });
    const answers = [[1], [2, 3, 4, 5, 6], [7], [8, 9, 10, 11]].map((entries) => writer.add(entries));
    expect(await Promise.all(answers)).toEqual([[2], [4, 6, 8, 10, 12], [14], [16, 18, 20, 22]]);
    expect(batches).toEqual([[1], [2, 3, 4, 5, 6], [7], [8, 9, 10, 11]]);
  });

  it('fails together, with all others of the same commit', async () => {
    const { writer, commits, begun } = heldCommits();
    const answers = Promise.allSettled([writer.add([1, 2]), writer.add([3])]);
    await begun(1);
    const reason = new Error('disk full');
    commits[0]?.fail(reason);
    expect(await answers).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
  });

  it('counts entry by entry towards what waits and towards the capacity, and is taken whole or not at all', async () => {
    const { writer, commits, begun } = heldCommits({ ...LIMITS, capacity: 5 });
    const first = writer.add([1, 2, 3]);
    expect(writer.length).toBe(3);
    await expect(writer.add([4, 5, 6])).rejects.toMatchObject(UNAVAILABLE);
    expect(writer.length).toBe(3);
    const second = writer.add([7, 8]);
    expect(writer.length).toBe(5);
    await expect(writer.add([9])).rejects.toMatchObject(UNAVAILABLE);
    await begun(1);
    expect(commits[0]?.batch).toEqual([1, 2, 3, 7, 8]);
    expect(writer.length).toBe(0);
    const third = writer.add([10, 11, 12, 13]);
    expect(writer.length).toBe(4);
    commits[0]?.end();
    await begun(2);
    expect(writer.length).toBe(0);
    commits[1]?.end();
    expect(await Promise.all([first, second, third])).toEqual([
      [2, 4, 6],
      [14, 16],
      [20, 22, 24, 26],
    ]);
  });

  it('is refused whole when it has waited too long, and waits no more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { writer, commits, begun } = heldCommits({ ...LIMITS, queueTimeoutMs: 50 });
    const first = writer.add([1]);
    await begun(1);
    const early = writer.add([2, 3]);
    vi.advanceTimersByTime(60);
    expect(writer.length).toBe(2);
    commits[0]?.end();
    await first;
    await expect(early).rejects.toMatchObject(UNAVAILABLE);
    expect(writer.length).toBe(0);
    expect(commits).toHaveLength(1);
  });
});

describe('a burst', () => {
  it('is while commits have many entries, and until a moment after the last of them', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const writer = new GroupCommit<number, number>((batch) => Promise.resolve(batch), LIMITS);
    const commit = (size: number) => Promise.all(addEach(writer, numbersTo(size)));
    expect(writer.isSaturated).toBe(false);
    await commit(15);
    await writer.drain();
    expect(writer.isSaturated).toBe(false);
    vi.advanceTimersByTime(1_000); // no commit is right after another
    await commit(16);
    await writer.drain();
    expect(writer.isSaturated).toBe(true);
    vi.advanceTimersByTime(99);
    expect(writer.isSaturated).toBe(true);
    vi.advanceTimersByTime(1);
    expect(writer.isSaturated).toBe(false);
    await commit(16);
    await writer.drain();
    vi.advanceTimersByTime(10);
    await commit(1);
    await writer.drain();
    expect(writer.isSaturated).toBe(false);
  });
});

describe('a commit that blocks the event loop, in a burst,', () => {
  const ARRIVING_MS = 20;

  async function burst() {
    const held = heldCommits({ ...LIMITS, arrivingMs: ARRIVING_MS });
    const first = Promise.all(addEach(held.writer, numbersTo(16)));
    await held.begun(1);
    held.commits[0]?.end();
    await first;
    return held;
  }

  it('takes all that arrive one turn after the other, and does not wait once a turn brings none', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { writer, commits, begun } = await burst();
    const answers: Promise<readonly number[]>[] = [];
    for (const entry of numbersTo(40)) {
      answers.push(writer.add([entry]));
      await new Promise(setImmediate);
    }
    await begun(2);
    expect(commits[1]?.batch).toEqual(numbersTo(40));
    commits[1]?.end();
    await Promise.all(answers);
  });

  it('waits for no longer than it may, however many arrive', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { writer, commits } = await burst();
    const answers: Promise<readonly number[]>[] = [];
    while (commits.length < 2) {
      answers.push(writer.add([0]));
      vi.advanceTimersByTime(1);
      await new Promise(setImmediate);
    }
    expect(commits[1]?.batch.length).toBeLessThanOrEqual(ARRIVING_MS + 2);
    commits[1]?.end();
    await writer.drain();
    await Promise.all(answers);
  });

  it('takes no more than the largest, however many arrive', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { writer, commits } = await burst();
    const answers: Promise<readonly number[]>[] = [];
    while (commits.length < 2) {
      answers.push(...addEach(writer, numbersTo(300)));
      await new Promise(setImmediate);
    }
    expect(commits[1]?.batch).toHaveLength(LIMITS.largest);
    while (writer.length > 0) {
      commits.at(-1)?.end();
      await new Promise(setImmediate);
    }
    commits.at(-1)?.end();
    await Promise.all(answers);
  });
});

describe('draining', () => {
  it('is over at once when nothing waits', async () => {
    await heldCommits().writer.drain();
  });

  it('is over when everything that waited is answered, well or badly', async () => {
    const { writer, commits, begun } = heldCommits({
      capacity: 10,
      largest: 1,
      queueTimeoutMs: Infinity,
      lingerMs: 1,
      arrivingMs: 0,
    });
    const answers = Promise.allSettled([writer.add([1]), writer.add([2])]);
    const drained = vi.fn();
    const draining = writer.drain().then(drained);
    await begun(1);
    commits[0]?.fail(new Error('lost'));
    await begun(2);
    expect(drained).not.toHaveBeenCalled();
    commits[1]?.end();
    await draining;
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(writer.length).toBe(0);
  });
});

describe('a commit right after another', () => {
  /** A writer whose last commit has just ended, on a clock that the test moves. */
  async function justCommitted() {
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'clearTimeout', 'performance'] });
    const batches: number[][] = [];
    const writer = new GroupCommit<number, number>((batch) => {
      batches.push([...batch]);
      return Promise.resolve(batch);
    }, LIMITS);
    const first = writer.add([0]);
    await vi.advanceTimersByTimeAsync(10);
    await first;
    expect(batches).toEqual([[0]]);
    return { writer, batches };
  }

  it('waits as long for those whom the last one answered, however many, and no longer', async () => {
    const { writer, batches } = await justCommitted();
    const sent = addEach(writer, numbersTo(40));
    await vi.advanceTimersByTimeAsync(0);
    expect(batches.at(-1)).toHaveLength(40);
    for (const entry of numbersTo(20)) sent.push(writer.add([entry]));
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toHaveLength(2);
    for (const entry of numbersTo(20)) sent.push(writer.add([entry]));
    await vi.advanceTimersByTimeAsync(0); // all are back
    expect(batches.map((batch) => batch.length)).toEqual([1, 40, 40]);
    for (const entry of numbersTo(20)) sent.push(writer.add([entry]));
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1); // some are not
    expect(batches.map((batch) => batch.length)).toEqual([1, 40, 40, 20]);
    await Promise.all(sent);
  });

  it('waits for more, half as long as the last one took, where all have come again and again', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'clearTimeout', 'performance'] });
    const sizes: number[] = [];
    const writer = new GroupCommit<number, number>(async (batch) => {
      sizes.push(batch.length);
      await new Promise((resolve) => setTimeout(resolve, 8));
      return batch;
    }, LIMITS);
    const sent: Promise<unknown>[] = [];
    const add = (many: number) => sent.push(...addEach(writer, numbersTo(many)));
    for (let commit = 0; commit < 18; commit += 1) {
      add(40);
      await vi.advanceTimersByTimeAsync(8);
    }
    expect(sizes.slice(1)).toEqual(Array.from({ length: 17 }, () => 40));
    add(40);
    await vi.advanceTimersByTimeAsync(3);
    expect(sizes).toHaveLength(18);
    add(10);
    await vi.advanceTimersByTimeAsync(8);
    expect(sizes.slice(18)).toEqual([50]);
    add(49);
    await vi.advanceTimersByTimeAsync(3);
    expect(sizes).toHaveLength(19);
    await vi.advanceTimersByTimeAsync(9);
    expect(sizes.slice(19)).toEqual([49]);
    await vi.advanceTimersByTimeAsync(8);
    expect(await Promise.all(sent)).toHaveLength(18 * 40 + 99);
  });

  it('waits a millisecond for company when it is small', async () => {
    const { writer, batches } = await justCommitted();
    await Promise.all([writer.add([1]), vi.advanceTimersByTimeAsync(10)]);
    const second = writer.add([2]); // the last commit was long ago by now
    await vi.advanceTimersByTimeAsync(0);
    await second;
    const third = writer.add([3]);
    await vi.advanceTimersByTimeAsync(0);
    const fourth = writer.add([4]);
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toEqual([[0], [1], [2]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all([third, fourth])).toEqual([[3], [4]]);
    expect(batches).toEqual([[0], [1], [2], [3, 4]]);
  });

  it('does not wait when sixteen have come, at once or while it waits', async () => {
    const { writer, batches } = await justCommitted();
    await vi.advanceTimersByTimeAsync(10);
    await Promise.all([writer.add([1]), vi.advanceTimersByTimeAsync(0)]);
    const many = Promise.all(addEach(writer, numbersTo(16)));
    await vi.advanceTimersByTimeAsync(0);
    await many;
    expect(batches.slice(2)).toEqual([numbersTo(16)]);
    const few = addEach(writer, numbersTo(15));
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toHaveLength(3);
    few.push(writer.add([15]));
    await vi.advanceTimersByTimeAsync(0);
    await Promise.all(few);
    expect(batches.slice(3)).toEqual([numbersTo(16)]);
  });
});

describe('whenever entries arrive and commits fail', () => {
  it('each is committed once, in order, in batches of one at a time that split no group, and answered truly', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 12 }), { maxLength: 12 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        fc.constantFrom(0, 20),
        async (turns, failures, arrivingMs) => {
          const committed: number[] = [];
          const largest = 5;
          const groupOf: number[] = [];
          let running = 0;
          const fails = [...failures];
          const writer = new GroupCommit<number, number>(
            async (batch) => {
              running += 1;
              expect(running).toBe(1);
              const groups = new Set(batch.map((entry) => groupOf[entry]));
              expect(batch).toHaveLength(groupOf.filter((group) => groups.has(group)).length);
              expect(batch.length > largest ? groups.size : 1).toBe(1);
              expect(batch.length).toBeGreaterThan(0);
              await new Promise(setImmediate);
              running -= 1;
              if (fails.shift() === true) throw new Error('lost');
              committed.push(...batch);
              return batch;
            },
            { capacity: 1_000, largest, queueTimeoutMs: Infinity, lingerMs: 1, arrivingMs },
          );
          const answers: Promise<readonly number[] | undefined>[] = [];
          const added: number[][] = [];
          for (const groups of turns) {
            for (const size of groups) {
              const group = numbersTo(size).map((at) => groupOf.length + at);
              for (const _ of group) groupOf.push(answers.length);
              added.push(group);
              answers.push(writer.add(group).catch(() => undefined));
            }
            await new Promise(setImmediate);
          }
          await writer.drain();
          const results = await Promise.all(answers);
          expect(results.flatMap((group) => group ?? [])).toEqual(committed);
          results.forEach((group, at) => expect([added[at], undefined]).toContainEqual(group));
          expect(writer.length).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
