import { describe, expect, test } from 'vitest';
import { WaitingViews } from '../src/lib/waiting.ts';

const NOW = 1_700_000_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const view = (id: string, timestamp = NOW) => ({
  id,
  url: `https://example.com/${id}`,
  referrer: '',
  timestamp,
});

function memory(first?: string) {
  let text = first ?? null;
  return {
    getItem: () => text,
    setItem: (_: string, value: string) => void (text = value),
    removeItem: () => void (text = null),
    text: () => text,
  };
}
const idsIn = (views: WaitingViews, now = NOW) => views.all(now).map(({ id }) => id);

describe('views that wait', () => {
  test('are stored for the next page, each once, until they are acknowledged', () => {
    const storage = memory();
    const first = new WaitingViews(storage);
    first.add(view('a'));
    first.add(view('b'));
    first.add(view('a'));
    const next = new WaitingViews(storage);
    expect(idsIn(next)).toEqual(['b', 'a']);
    next.remove('b', NOW);
    expect(first.all(NOW)).toEqual([view('a')]);
    first.remove('a', NOW);
    expect(storage.text()).toBe(null);
  });

  test('are dropped after a day, and the oldest where there are too many', () => {
    const views = new WaitingViews(memory());
    for (let at = 0; at < 60; at += 1) views.add(view(String(at)));
    expect(idsIn(views)).toEqual(Array.from({ length: 50 }, (_, at) => String(at + 10)));
    expect(idsIn(views, NOW + DAY_MS - 1)).toHaveLength(50);
    expect(idsIn(views, NOW + DAY_MS)).toEqual([]);
    expect(idsIn(views, NOW - 1)).toEqual([]);
  });

  test.each([
    '',
    'x',
    '{}',
    'null',
    '[null, 1, {"id":"a"}]',
    '[{"id":1,"url":"/","referrer":"","timestamp":1}]',
  ])('ignore the foreign content %j', (text) => {
    expect(idsIn(new WaitingViews(memory(text)))).toEqual([]);
  });

  test('do not fail without storage, or when it is full', () => {
    const none = new WaitingViews(undefined);
    none.add(view('a'));
    expect(idsIn(none)).toEqual([]);
    const full = new WaitingViews({
      ...memory(),
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    });
    expect(() => full.add(view('a'))).not.toThrow();
  });
});
