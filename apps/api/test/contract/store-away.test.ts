import { has } from '@footfall/e2e/configurations';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it } from 'vitest';
import {
  BROWSER,
  expectUnavailable,
  expectCors,
  expectError,
  newId,
  newPage,
  start,
  takeDown,
  OUTAGES,
} from '../support.ts';

/** Longer than any cache or call may take until the last known numbers are marked. */
const MARKED_WITHIN_MS = 10_000;

describe.concurrent.each(OUTAGES)('while the store is %s', (way) => {
  it('every route answers 503 with Retry-After, nothing is counted, and afterwards the same ids are', async ({
    onTestFinished,
  }) => {
    const footfall = await start({}, onTestFinished);
    const client = createFootfallClient({ url: footfall.url, headers: { 'user-agent': BROWSER } });
    await footfall.track({ url: '/before' });
    const before = await footfall.count();
    const giveBack = await takeDown(footfall, way, onTestFinished);
    const bodies = Array.from({ length: 30 }, () => ({ id: newId(), url: '/during' }));

    for (const answer of await Promise.all(bodies.map((body) => footfall.send(body))))
      await expectUnavailable(answer);
    await expectUnavailable(await footfall.send(bodies[0], { query: '?return=minimal' }));
    const pixel = await fetch(`${footfall.url}/api/visitors/pixel.gif?url=/during`, {
      headers: { 'user-agent': BROWSER },
    });
    expect([pixel.status, pixel.headers.get('x-footfall')]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(pixel.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(pixel.headers.get('content-type')).toBe('image/gif');
    expectCors(pixel.headers);
    expect(await pixel.bytes()).toHaveLength(43);
    await expect(client.track.mutate(bodies[0]!)).rejects.toMatchObject({
      message: 'The store cannot answer right now.',
      data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503 },
    });
    const rpc = await fetch(`${footfall.url}/api/trpc/track`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER, 'content-type': 'application/json' },
      body: JSON.stringify({ json: bodies[0] }),
    });
    expect([rpc.status, rpc.headers.get('retry-after')]).toEqual([503, '1']);
    const { stale, ...last } = await footfall.read();
    expect(last).toEqual(before);
    if (way === 'locked') expect(stale).toBeUndefined(); // locked for writing: reads go on

    await giveBack();
    for (const body of bodies) {
      const answer = await footfall.track(body);
      // A silent store may have received the event all the same: its client got an error, and sends it again.
      if (way === 'silent') expect([true, 'duplicate']).toContain(answer.counted || answer.reason);
      else expect(answer).toMatchObject({ counted: true });
    }
    for (const body of bodies) expect(await footfall.track(body)).toMatchObject({ reason: 'duplicate' });
    const during = (await footfall.count('/during')).count - bodies.length;
    expect(during).toBeLessThanOrEqual(way === 'silent' ? 1 : 0); // the pixel has no id to be sent again by
    expect((await footfall.count()).count).toBe(before.count + bodies.length + during);
  });

  it('refused and ignored events are so without it', async ({ onTestFinished }) => {
    const footfall = await start({}, onTestFinished);
    const giveBack = await takeDown(footfall, way, onTestFinished);
    await expectError(await footfall.send({ url: '' }), 400, 'BAD_REQUEST');
    const answer = await footfall.send({ url: '/' }, { headers: { dnt: '1' }, query: '?return=minimal' });
    expect(await answer.json()).toEqual({ counted: false, reason: 'opted-out' });
    await giveBack();
  });

  it('the process says that it is up', async ({ onTestFinished }) => {
    const footfall = await start({}, onTestFinished);
    const giveBack = await takeDown(footfall, way, onTestFinished);
    expect((await fetch(`${footfall.url}/healthz`)).status).toBe(200);
    await giveBack();
  });

  it.runIf(!has('file'))(
    'the last known numbers are returned, marked stale, unknown ones are not, and everything is well afterwards',
    async ({ expect, onTestFinished }) => {
      const footfall = await start({}, onTestFinished);
      const client = createFootfallClient({ url: footfall.url, headers: { 'user-agent': BROWSER } });
      const page = newPage();
      await footfall.track({ url: page });
      const [all, own] = [await footfall.count(), await footfall.count(page)];
      const pages = await footfall.settled((url) => createFootfallClient({ url }).pages.query());
      const url = `${footfall.url}/api/visitors/count?page=${page}`;
      const { etag = '' } = Object.fromEntries((await fetch(url)).headers);

      const giveBack = await takeDown(footfall, way, onTestFinished);
      await expectUnavailable(await fetch(`${footfall.url}/readyz`));
      await expectUnavailable(await fetch(`${footfall.url}/api/visitors/count?page=/unread`));
      await expect(client.count.query({ page: '/unread' })).rejects.toMatchObject({
        data: { code: 'SERVICE_UNAVAILABLE' },
      });
      const marked = { timeout: MARKED_WITHIN_MS, interval: 100 };
      await Promise.all([
        expect.poll(() => footfall.read(), marked).toEqual({ ...all, stale: true }),
        expect.poll(() => footfall.read(page), marked).toEqual({ ...own, stale: true }),
        expect.poll(() => client.pages.query(), marked).toEqual({ ...pages, stale: true }),
      ]);
      // A client that has the unmarked number gets the marked one, from each instance once it has noticed.
      const again = async (): Promise<unknown> => {
        const answer = await fetch(url, { headers: { 'if-none-match': etag } });
        return answer.status === 200 ? answer.json() : answer.status;
      };
      await expect.poll(again, marked).toEqual({ ...own, stale: true });

      await giveBack();
      expect((await fetch(`${footfall.url}/readyz`)).status).toBe(200);
      await Promise.all([
        expect.poll(() => footfall.read(), marked).toEqual(all),
        expect.poll(() => footfall.read(page), marked).toEqual(own),
        expect.poll(() => client.pages.query(), marked).toEqual(pages),
      ]);
      expect(await footfall.track({ url: page })).toMatchObject({ counted: true, count: 2 });
      expect((await footfall.count(page)).count).toBe(2);
    },
  );
});
