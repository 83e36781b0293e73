import { FootfallError } from '@footfall/core';
import { createCaller, trackBatch, type TrackedBatch } from '@footfall/trpc';
import { describe, expect, it } from 'vitest';
import { contextOf, type Changes } from './support.ts';

const id = (n: number): string => `0191f3a0-7b1c-7def-8abc-${String(n).padStart(12, '0')}`;
const batch = async (events: unknown[], changes: Changes = {}) => {
  const { context, commits } = contextOf(changes);
  const answer: TrackedBatch = await trackBatch({ events }, context);
  return { ...answer, commits };
};

describe('a batch', () => {
  it('is one commit, and its response has the result of each event in order', async () => {
    const { commits, ...answer } = await batch([
      { id: id(1), url: '/a' },
      { id: id(2), url: 7 },
      null,
      { url: '/b', type: 'session_start' },
      { id: id(1).toUpperCase(), url: '/a' },
      { id: id(3), url: '/c', referrer: 'https://semalt.com/' },
      { type: 'engagement', id: id(1), engagedMs: 5 },
      { id: 'no id', url: '/d' },
      { type: 'click', id: id(4), url: '/d' },
    ]);
    expect(answer).toEqual({
      accepted: 3,
      duplicates: 1,
      ignored: 5,
      results: [
        { id: id(1), counted: true },
        { id: id(2), counted: false, reason: 'invalid' },
        { id: null, counted: false, reason: 'invalid' },
        { id: '00000000-0000-7000-8000-000000000001', counted: true },
        { id: id(1).toUpperCase(), counted: false, reason: 'duplicate' },
        { id: id(3), counted: false, reason: 'spam' },
        { id: id(1), counted: true },
        { id: null, counted: false, reason: 'invalid' },
        { id: id(4), counted: false, reason: 'invalid' },
      ],
    });
    expect(commits.map((reports) => reports.map(({ kind }) => kind))).toEqual([
      ['page-view', 'page-view', 'page-view', 'ignored', 'engagement'],
    ]);
  });

  it('of which nothing is valid is no commit', async () => {
    const { commits, ...answer } = await batch([{}, 'x']);
    expect(answer).toMatchObject({ accepted: 0, duplicates: 0, ignored: 2 });
    expect(commits).toEqual([]);
  });

  it('writes into the ledger which page views were not counted, but not their engagement again', async () => {
    const events = [
      { id: id(1), url: '/a' },
      { type: 'page_hide', id: id(1), engagedMs: 5 },
    ];
    const { commits, results } = await batch(events, { caller: { optedOut: true } });
    expect(results).toEqual([
      { id: id(1), counted: false, reason: 'opted-out' },
      { id: id(1), counted: false, reason: 'opted-out' },
    ]);
    expect(commits.flat()).toMatchObject([{ kind: 'ignored', reason: 'opted-out' }]);
  });

  it('is refused as a whole while the store is unavailable, unless nothing of it would be counted', async () => {
    const away = { away: true };
    await expect(batch([{ url: '/a' }, {}], away)).rejects.toThrow(FootfallError);
    await expect(batch([{ type: 'engagement', id: id(1) }], away)).rejects.toThrow(FootfallError);
    expect(await batch([{ url: '/a', referrer: 'https://semalt.com/' }, {}], away)).toMatchObject({
      ignored: 2,
      results: [{ reason: 'spam' }, { reason: 'invalid' }],
    });
  });

  it('is a procedure, too, which takes 1 to 50 events', async () => {
    const call = createCaller(contextOf().context);
    expect(await call.trackBatch({ events: [{ url: '/a' }] })).toMatchObject({ accepted: 1 });
    await expect(call.trackBatch({ events: [] })).rejects.toThrow('events must be a list of 1 to 50');
    await expect(call.trackBatch({ events: Array(51).fill({ url: '/a' }) })).rejects.toThrow('1 to 50');
  });
});
