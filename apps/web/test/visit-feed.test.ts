import type { VisitsUpdate } from '@footfall/core';
import { describe, expect, it } from 'vitest';
import { feedOf, withUpdate, type Feed } from '../src/lib/visit-feed.ts';
import { weekGrid } from '../src/lib/week-grid.ts';

/** A state after some page views, which has the last of them: the numbers of views are their places in the log. */
const stateOf = (views: number, { store = 1, most = 20 } = {}): VisitsUpdate => {
  const recent = Array.from({ length: Math.min(views, most) }, (_, at) => ({
    id: views - at,
    at: '2026-11-20T12:00:00.000Z',
    page: `/${views - at}`,
    country: 'DE',
    source: 'direct',
    device: 'desktop',
    isEntry: false,
  }));
  return {
    version: views,
    store,
    count: views,
    recent,
    here: { pages: [], countries: [] },
  } as unknown as VisitsUpdate;
};

const sum = ({ rows }: Feed): number => rows.reduce((all, { more = 0 }) => all + 1 + more, 0);

describe('the feed of page views', () => {
  it('has each view once, the last first, and says how many came that it does not have', () => {
    let feed = feedOf(stateOf(3));
    feed = withUpdate(feed, stateOf(5));
    expect(feed.rows.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
    feed = withUpdate(feed, stateOf(105));
    expect(feed.rows.slice(0, 20).map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, at) => 105 - at),
    );
    expect(feed.rows.filter(({ more }) => more !== undefined)).toMatchObject([{ id: 86, more: 80 }]);
    expect(sum(feed)).toBe(105);
    feed = withUpdate(feed, stateOf(106));
    expect(feed.rows.filter(({ more }) => more !== undefined)).toMatchObject([{ id: 86, more: 80 }]);
    for (let views = 200; views < 2_000; views += 100) feed = withUpdate(feed, stateOf(views));
    expect(feed.rows).toHaveLength(40);
  });

  it('never goes back, and begins anew where another database took the place', () => {
    const feed = withUpdate(feedOf(stateOf(5)), stateOf(9));
    expect(withUpdate(feed, stateOf(7))).toBe(feed);
    expect(withUpdate(feed, stateOf(2, { store: 2 })).rows.map(({ id }) => id)).toEqual([2, 1]);
  });
});

describe('page views by weekday and hour', () => {
  it('are those of the site’s clock, also where it is put back', () => {
    const series = [
      { start: '2026-10-25T00:00:00Z', views: 1 }, // 02:00 in Berlin, twice in that night
      { start: '2026-10-25T01:00:00Z', views: 2 },
      { start: '2026-11-02T23:00:00Z', views: 4 }, // Tuesday 00:00
      { start: '2026-11-09T23:00:00Z', views: 8 },
    ];
    const grid = weekGrid(series, 'Europe/Berlin');
    expect(grid.map((hours) => hours.length)).toEqual(Array.from({ length: 7 }, () => 24));
    expect([grid[6]?.[2], grid[1]?.[0]]).toEqual([3, 12]);
    expect(grid.flat().reduce((all, views) => all + views, 0)).toBe(15);
    expect(weekGrid(series.slice(0, 1), 'Asia/Kolkata')[6]?.[5]).toBe(1);
  });
});
