import { BUILT_AT, FootfallError } from '@footfall/core';
import { register, track, trackBatch, trackSilently } from '@footfall/trpc';
import { describe, expect, it } from 'vitest';
import { contextOf, STORE, type Changes } from './support.ts';

const ID = '0191f3a0-7b1c-7def-8abc-0123456789ab';
const hit = { id: ID, url: 'https://example.com/a' };
const optedOut = { caller: { optedOut: true } };

describe('a page view', () => {
  it('is stored with its attributes, and is a duplicate the second time', async () => {
    const { context, commits } = contextOf();
    expect(await track(hit, context)).toEqual({
      count: 1,
      total: 1,
      counted: true,
      version: 1,
      store: STORE,
    });
    expect(await track(hit, context)).toMatchObject({ counted: false, reason: 'duplicate' });
    expect(await trackSilently(hit, context)).toBe('duplicate');
    expect(commits[0]).toMatchObject([
      {
        kind: 'page-view',
        id: ID.replaceAll('-', ''),
        page: '/a',
        attributes: { browser: 'Firefox', source: 'direct' },
      },
    ]);
  });

  it('gets an id where it has none', async () => {
    const { context, commits } = contextOf();
    expect(await trackSilently({ url: '/a' }, context)).toBeUndefined();
    expect(commits[0]).toMatchObject([{ id: '00000000000070008000000000000001' }]);
  });

  it('waits for the salts of the day', async () => {
    const { context, commits } = contextOf();
    const salts = context.footfall.salts();
    const waiting = { ...context, footfall: { ...context.footfall, salts: async () => salts } };
    expect(await track(hit, waiting)).toMatchObject({ counted: true });
    expect(await track({ ...hit, id: undefined }, context)).toMatchObject({ counted: true });
    const [first, second] = commits.flat();
    expect(first).toMatchObject({ visitor: (second as { visitor: number }).visitor });
  });

  it('is refused while the store is unavailable', async () => {
    const { context } = contextOf({ away: true });
    await expect(track(hit, context)).rejects.toThrow(FootfallError);
    await expect(trackSilently(hit, context)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('what is not counted', () => {
  it('gets its reason, the numbers, and a line in the ledger', async () => {
    const { context, commits } = contextOf({ caller: { userAgent: 'curl/8.11.0' } });
    expect(await track(hit, context)).toEqual({
      count: 7,
      total: 70,
      counted: false,
      reason: 'bot',
      version: 700,
      store: STORE,
    });
    expect(await trackSilently(hit, context)).toBe('bot');
    const line = { kind: 'ignored', reason: 'bot', detail: 'curl', day: Date.parse('2026-11-20T00:00:00Z') };
    expect(commits).toEqual([[line], [line]]);
  });

  it('gets its reason even while the store is unavailable', async () => {
    const { context } = contextOf({ ...optedOut, away: true });
    expect(await trackSilently(hit, context)).toBe('opted-out');
    expect(await track(hit, context)).toMatchObject({ counted: false, reason: 'opted-out' });
  });
});

describe('by a clock that shows a time before this version was made', () => {
  it.each<[string, (changes: Changes) => Promise<unknown>]>([
    ['a page view', (changes) => track(hit, contextOf(changes).context)],
    ['one that is sent silently', (changes) => trackSilently(hit, contextOf(changes).context)],
    ['a registration', (changes) => register({ visitorId: 'someone' }, contextOf(changes).context)],
    ['a batch', (changes) => trackBatch({ events: [hit] }, contextOf(changes).context)],
    ['what is not counted anyway', (changes) => track(hit, contextOf({ ...changes, ...optedOut }).context)],
  ])('%s is refused, in a sentence that says why', async (_, write) => {
    await expect(write({ now: BUILT_AT - 1 })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/^The clock of this server is wrong/) as string,
    });
    await expect(write({ now: 0, away: true })).rejects.toMatchObject({
      message: expect.stringMatching(/^The clock of this server is wrong/) as string,
    });
  });

  it('nothing is stored, and counting begins when it is right', async () => {
    const wrong = contextOf({ now: 5_000 });
    await expect(track(hit, wrong.context)).rejects.toThrow(FootfallError);
    expect(wrong.commits).toEqual([]);
    expect(await track(hit, contextOf({ now: BUILT_AT }).context)).toMatchObject({ counted: true });
  });
});
