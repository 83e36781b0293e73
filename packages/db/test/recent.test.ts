import { describe, expect, it } from 'vitest';
import { NOON, open, pageView, PLACES } from './support.ts';

const MINUTE_MS = 60_000;

/** A page view of a visitor. */
const of = (visitor: number, page: string, at: number, facts: object = {}) => {
  const view = pageView({ visitor, page, at });
  return { ...view, attributes: { ...view.attributes, ...facts } };
};

describe.each(PLACES)('what has just come, in %s', (_, makePlace) => {
  it('is the last page views in the order of their arrival, and where each live visitor is', async () => {
    const store = await open((await makePlace())());
    expect(await store.recent(NOON)).toEqual({ recent: [], here: { pages: [], countries: [] } });
    await store.addAll([
      of(2, '/', NOON - 2 * MINUTE_MS, { source: 'Google', device: 'mobile' }),
      of(2, '/about', NOON - MINUTE_MS, { source: 'direct', device: 'mobile' }),
      of(4, '/about', NOON, { country: '' }),
      of(6, '/late', NOON - 60 * MINUTE_MS),
    ]);
    const { recent, here } = await store.recent(NOON);
    const known = { country: 'DE', source: 'direct', device: 'desktop', isEntry: true };
    expect(recent).toEqual([
      { ...known, id: 4, at: new Date(NOON - 60 * MINUTE_MS).toISOString(), page: '/late' },
      { ...known, id: 3, at: new Date(NOON).toISOString(), page: '/about', country: 'XX' },
      // Of the visit, not of the step within it.
      {
        ...known,
        id: 2,
        at: new Date(NOON - MINUTE_MS).toISOString(),
        page: '/about',
        source: 'Google',
        device: 'mobile',
        isEntry: false,
      },
      {
        ...known,
        id: 1,
        at: new Date(NOON - 2 * MINUTE_MS).toISOString(),
        page: '/',
        source: 'Google',
        device: 'mobile',
      },
    ]);
    expect(here).toEqual({
      pages: [{ value: '/about', visitors: 2 }],
      countries: [
        { value: 'XX', visitors: 1 },
        { value: 'DE', visitors: 1 },
      ],
    });
    // Each live visitor is somewhere, and those who are not live are not here.
    expect((await store.stats(NOON)).visitorStats.live).toBe(2);
  });

  it('is bounded, however much came', async () => {
    const store = await open((await makePlace())());
    await store.addAll(Array.from({ length: 60 }, (__, n) => of(2 * n + 2, `/${n}`, NOON)));
    const { recent, here } = await store.recent(NOON);
    expect(recent.map(({ page }) => page)).toEqual(Array.from({ length: 20 }, (__, n) => `/${59 - n}`));
    expect(here.pages).toHaveLength(11);
    expect(here.pages.at(-1)).toEqual({ value: '(other)', visitors: 50 });
  });
});
