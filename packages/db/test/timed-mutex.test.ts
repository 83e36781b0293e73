import { afterEach, describe, expect, it, vi } from 'vitest';
import { TimedMutex } from '../src/log/timed-mutex.ts';
import { deferred } from './support.ts';

const TURN_MS = 900;

afterEach(() => {
  vi.useRealTimers();
});

describe('of many who want a turn', () => {
  it('one has it at a time, and each has it', async () => {
    const turns = new TimedMutex(60_000);
    let at = 0;
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        turns.take(async () => {
          at += 1;
          expect(at).toBe(1);
          await new Promise(setImmediate);
          at -= 1;
          return n;
        }),
      ),
    );
    expect(results).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('one that fails fails alone', async () => {
    const turns = new TimedMutex(TURN_MS);
    const answers = await Promise.allSettled([
      turns.take(() => Promise.reject(new Error('bad'))),
      turns.take(() => Promise.resolve('good')),
    ]);
    expect(answers).toMatchObject([{ reason: { message: 'bad' } }, { value: 'good' }]);
  });
});

describe('a turn that is not given back', () => {
  it('is over when its time is; nobody waits for as long, and its late end disturbs nobody', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    const turns = new TimedMutex(TURN_MS);
    const lost = deferred();
    const first = turns.take(() => lost.promise);
    const refused = expect(turns.take(() => Promise.resolve())).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await vi.advanceTimersByTimeAsync(0.95 * TURN_MS);
    await refused;
    const second = deferred<string>();
    const next = turns.take(() => second.promise);
    await vi.advanceTimersByTimeAsync(0.4 * TURN_MS); // the first one's time is over: the second has begun

    lost.resolve();
    await first;
    let isThird = false;
    const third = turns.take(async () => {
      isThird = true;
    });
    await vi.advanceTimersByTimeAsync(0.2 * TURN_MS);
    expect(isThird).toBe(false);
    second.resolve('second');
    expect(await next).toBe('second');
    await vi.advanceTimersByTimeAsync(0.2 * TURN_MS);
    await third;
  });
});
