import { has, SETTLES_MS } from '@footfall/e2e/configurations';
import { createFootfallClient } from '@footfall/trpc/client';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { newPage, start, takeDown, type Footfall } from '../support.ts';

/** How long `CACHE_STRATEGY=minimal` caches a number, and then while it is read again (docs/api.md, Freshness). */
const FRESH_MS = 2_000;
const STALE_MS = 3_000;

/** How long a response may take if it waits for nothing. */
const AT_ONCE_MS = 700;

/** The views of a page, as each route returns them. */
const WAYS: Record<string, (footfall: Footfall, page: string) => Promise<number>> = {
  'GET /api/visitors/count?page=': async (footfall, page) => (await footfall.read(page)).count,
  'GET /api/visitors/count': async (footfall) => (await footfall.read()).count,
  'the typed client': async ({ url }, page) => {
    const { pages } = await createFootfallClient({ url }).pages.query();
    return pages.find((listed) => listed.page === page)?.views ?? 0;
  },
  'the page /stats': async ({ url }) => {
    const page = await (await fetch(`${url}/stats`)).text();
    return Number(/data-testid="total-views"[^>]*>(\d+)</.exec(page)?.[1]);
  },
};

describe.runIf(has('dataCentre'))('a number that the data centre caches', () => {
  it.concurrent.for(Object.keys(WAYS))(
    'is returned by %s as it was while it is fresh, then once more while it is read again, then updated',
    async (way, { expect, onTestFinished }) => {
      const footfall = await start({}, onTestFinished);
      const page = newPage();
      const readViews = () => WAYS[way]?.(footfall, page);

      const missedAt = Date.now();
      expect(await readViews()).toBe(0);
      await footfall.track({ url: page });
      const writtenAt = Date.now();

      let lastOldAt = 0;
      for (let views = await readViews(); views !== 1; views = await readViews()) {
        expect(views).toBe(0);
        lastOldAt = Date.now();
        expect(lastOldAt - writtenAt).toBeLessThan(SETTLES_MS.workerd);
        await pause(50);
      }
      const newAt = Date.now();
      // The store was not read while the number was fresh, and the client that found it too old did not wait for it.
      expect(lastOldAt - missedAt).toBeGreaterThanOrEqual(FRESH_MS);
      expect(newAt - writtenAt).toBeLessThanOrEqual(SETTLES_MS.workerd);
    },
  );

  it.concurrent(
    'is returned at once and unmarked as long as it may be, whatever the state of the store',
    async ({ expect, onTestFinished }) => {
      const footfall = await start({}, onTestFinished);
      await footfall.track({ url: newPage() });
      const readAt = Date.now();
      const known = await footfall.read();
      expect(known).toMatchObject({ count: 1 });

      await takeDown(footfall, 'silent', onTestFinished);
      for (;;) {
        const startedAt = Date.now();
        const number = await footfall.read();
        const answeredAt = Date.now();
        if (number.stale === true) {
          expect(number).toEqual({ ...known, stale: true });
          expect(answeredAt - readAt).toBeGreaterThanOrEqual(FRESH_MS + STALE_MS);
          return;
        }
        expect(number).toEqual(known);
        expect(answeredAt - startedAt).toBeLessThan(AT_ONCE_MS);
        expect(startedAt - readAt).toBeLessThan(FRESH_MS + STALE_MS + AT_ONCE_MS);
        await pause(50);
      }
    },
  );
});
