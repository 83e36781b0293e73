import type { LiveUpdate } from '@footfall/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionLimiter } from '../src/connection-limiter.ts';
import { Hub } from '../src/hub.ts';
import {
  sharedLive,
  STREAMS_PER_ADDRESS,
  STREAMS_PER_LINK,
  type SharedFollower,
} from '../src/shared-live.ts';

const LIMITS = { inAll: 1_000, perAddress: 1_000, perNetwork: 1_000 };

/** The streams of links over a hub whose state a test chooses. */
function started(limits = LIMITS) {
  let version = 1;
  let notify = (): void => {};
  const read = (): Promise<LiveUpdate> =>
    Promise.resolve({ version, store: 7, stats: { version, store: 7 } } as unknown as LiveUpdate);
  const hub = new Hub({
    read,
    follow: (listener) => {
      notify = listener;
      return () => {};
    },
    pollMs: 60_000,
  });
  onTestFinished(() => hub.close());
  const live = sharedLive({ hubOf: () => hub, limiter: new ConnectionLimiter(limits) });
  const follow = (wish: Partial<SharedFollower> = {}) => {
    const follower = { link: 'a', address: '192.0.2.1', seen: '', isValid: () => Promise.resolve(true) };
    return live.follow({ ...follower, ...wish });
  };
  const change = (): void => {
    version += 1;
    notify();
  };
  return { hub, live, follow, change };
}

const decoder = new TextDecoder();

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { done, value } = await reader.read();
  return done ? 'end' : decoder.decode(value);
}

const codeOf = (act: () => unknown): unknown => {
  try {
    return void act();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it('a page that shows the current state is sent nothing until another one comes', async () => {
  const { live, follow, change } = started();
  const reader = follow({ seen: live.stateOf({ store: 7, version: 1 }) }).getReader();
  expect(await next(reader)).toBe('retry: 5000\n\n');
  const received = next(reader);
  change();
  expect(await received).toBe('event: changed\ndata: changed\n\n');
  await reader.cancel();
});

it('a page that shows an older state is informed at once', async () => {
  const { live, follow } = started();
  const reader = follow({ seen: live.stateOf({ store: 7, version: 0 }) }).getReader();
  await next(reader);
  expect(await next(reader)).toBe('event: changed\ndata: changed\n\n');
  await reader.cancel();
});

it('a state says nothing of the version it stands for, and another process has other ones', () => {
  const [{ live }, other] = [started(), started()];
  const states = [1, 2, 3].map((version) => live.stateOf({ store: 7, version }));
  expect(new Set(states).size).toBe(3);
  expect(live.stateOf({ store: 7, version: 2 })).toBe(states[1]);
  expect(other.live.stateOf({ store: 7, version: 2 })).not.toBe(states[1]);
});

it('a link whose store does not answer goes on; one that is not valid any more ends with a word', async () => {
  const { live, follow } = started();
  const answers: (() => Promise<boolean>)[] = [
    () => Promise.reject(new Error('down')),
    () => Promise.resolve(false),
  ];
  let asked = 0;
  const isValid = (): Promise<boolean> => {
    asked += 1;
    return answers.shift()!();
  };
  const reader = follow({ isValid, seen: live.stateOf({ store: 7, version: 1 }) }).getReader();
  await next(reader);
  expect(await next(reader)).toBe('event: over\ndata: over\n\n');
  expect(await next(reader)).toBe('end');
  expect(asked).toBe(2);
});

it('a link has a limited number of streams, no address all of them, and what has ended makes room', async () => {
  const { follow, hub } = started({ ...LIMITS, perAddress: STREAMS_PER_ADDRESS + 1 });
  const from = (address: string) => follow({ address });
  const streams = Array.from({ length: STREAMS_PER_ADDRESS }, () => follow());
  expect(codeOf(() => follow())).toBe('TOO_MANY_REQUESTS');
  streams.push(follow({ link: 'b' }));
  expect(codeOf(() => follow({ link: 'b' }))).toBe('TOO_MANY_REQUESTS');
  for (let n = STREAMS_PER_ADDRESS; n < STREAMS_PER_LINK; n += 1) streams.push(from(`198.51.100.${n}`));
  expect(codeOf(() => from('203.0.113.1'))).toBe('TOO_MANY_REQUESTS');
  expect(hub.size).toBe(STREAMS_PER_LINK + 1);
  await streams[0]!.cancel();
  streams[0] = from('203.0.113.1');
  expect(codeOf(() => follow())).toBe('TOO_MANY_REQUESTS');
  await Promise.all(streams.map((stream) => stream.cancel()));
  expect(hub.size).toBe(0);
});

it('asks once for all streams of a link whether it is valid, and not again while nothing answers', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { follow } = started();
  let asked = 0;
  const answers: ((isValid: boolean) => void)[] = [];
  const isValid = (): Promise<boolean> => {
    asked += 1;
    return new Promise((resolve) => answers.push(resolve));
  };
  const readers = Array.from({ length: 20 }, () => follow({ isValid }).getReader());
  await vi.advanceTimersByTimeAsync(16_000);
  expect(asked).toBe(1);
  answers[0]!(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toBe(2);
  answers[1]!(false);
  for (const reader of readers) {
    const received = [await next(reader)];
    while (received.at(-1) !== 'end') received.push(await next(reader));
    expect(received.at(-2)).toBe('event: over\ndata: over\n\n');
  }
  expect(asked).toBe(2);
});

it('when the server stops, its streams end', async () => {
  const { follow, hub } = started();
  const reader = follow().getReader();
  await next(reader);
  hub.close();
  const left = [await next(reader)];
  while (left.at(-1) !== 'end') left.push(await next(reader));
  expect(left.join('')).not.toContain('over');
});
