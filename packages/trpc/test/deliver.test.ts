import { TRPCClientError, type Tracked } from '@footfall/trpc/client';
import { describe, expect, test } from 'vitest';
import { deliver, type UniquePageView } from '../src/deliver.ts';

const VIEW: UniquePageView = {
  id: '9f5b2f0e-5a51-4a5c-8b40-6f3c5e0f7a11',
  url: 'https://example.com/',
  referrer: '',
};
const COUNTED: Tracked = { count: 1, total: 2, counted: true, version: 3, store: 7 };
const NOW = 1_700_000_000_000;

/** Plays a server that does one thing after another, and notes what the browser does. */
async function play(...steps: (Tracked | Error)[]) {
  const sent: UniquePageView[] = [];
  let now = NOW;
  const pauses: (number | undefined)[] = [];
  const answer = await deliver(VIEW, {
    send: (view) => {
      const step = steps[sent.push(view) - 1]!;
      return step instanceof Error ? Promise.reject(step) : Promise.resolve(step);
    },
    pause: (ms) => {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
    now: () => now,
    onPause: () => undefined,
  }).catch((error: unknown) => error);
  return { answer, sent, pauses };
}

function refused(httpStatus: number): Error {
  const data = { code: 'SERVICE_UNAVAILABLE' as const, httpStatus };
  return new TRPCClientError('refused', { result: { error: { message: 'refused', code: -32603, data } } });
}
const unreachable = () => TRPCClientError.from(new TypeError('Failed to fetch'));

describe('report', () => {
  test('is sent once when it is answered', async () => {
    expect(await play(COUNTED)).toEqual({ answer: COUNTED, sent: [VIEW], pauses: [] });
  });

  test.each([refused(503), refused(429), unreachable()])(
    'is sent again with the same id and its age',
    async (failure) => {
      const { answer, sent, pauses } = await play(failure, failure, COUNTED);
      expect(answer).toEqual(COUNTED);
      expect(sent).toEqual([VIEW, { ...VIEW, ageMs: 1_000 }, { ...VIEW, ageMs: 4_000 }]);
      expect(pauses).toEqual([1_000, 3_000]);
    },
  );

  test('of an earlier page says how old it is, whatever the device’s clock says', async () => {
    const ages = async (timestamp: number) => {
      const sent: UniquePageView[] = [];
      await deliver(
        { ...VIEW, timestamp },
        {
          send: (view) => Promise.resolve((sent.push(view), COUNTED)),
          pause: () => Promise.resolve(),
          now: () => NOW,
          onPause: () => undefined,
        },
      );
      return sent;
    };
    expect(await ages(NOW - 60_000)).toEqual([{ ...VIEW, ageMs: 60_000 }]);
    expect(await ages(NOW + 60_000)).toEqual([{ ...VIEW, ageMs: 0 }]);
    expect(await ages(NOW - 48 * 3_600_000)).toEqual([{ ...VIEW, ageMs: 24 * 3_600_000 }]);
  });

  test('goes on trying twice a minute, or when the connection is back', async () => {
    const { pauses } = await play(...Array.from({ length: 6 }, unreachable), COUNTED);
    expect(pauses).toEqual([1_000, 3_000, 10_000, 30_000, 30_000, 30_000]);
  });

  test('whose answer was lost is counted, though it is a duplicate by then', async () => {
    const { answer } = await play(unreachable(), { ...COUNTED, counted: false, reason: 'duplicate' });
    expect(answer).toEqual(COUNTED);
  });

  test('that is a duplicate at once is reported as one', async () => {
    const duplicate: Tracked = { ...COUNTED, counted: false, reason: 'duplicate' };
    expect((await play(duplicate)).answer).toEqual(duplicate);
  });

  test.each([refused(400), new Error('a fault of ours')])(
    'is not sent again when that cannot help',
    async (failure) => {
      expect(await play(failure)).toEqual({ answer: failure, sent: [VIEW], pauses: [] });
    },
  );
});
