import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectUnavailable, newId, newPage, outcomes, startEmbedded, takeDown } from './support.ts';

describe('while the store takes no writes', async () => {
  const footfall = await startEmbedded();

  it('the metrics and the log say so', async () => {
    await footfall.track({ url: '/before' });
    const before = await footfall.count();
    const giveBack = await takeDown(footfall, 'locked');
    const bodies = Array.from({ length: 30 }, () => ({ id: newId(), url: '/during' }));
    for (const answer of await Promise.all(bodies.map((body) => footfall.send(body))))
      await expectUnavailable(answer);
    await expectUnavailable(await footfall.send(bodies[0], { query: '?return=minimal' }));
    expect(await footfall.count()).toEqual(before);
    expect(await outcomes(footfall, '/api/visitors/track', 'SERVICE_UNAVAILABLE')).toBe(31);
    const metrics = await (await fetch(`${footfall.url}/metrics`)).text();
    expect(metrics).toMatch(/^footfall_store_up 0$/m);
    expect(metrics).toMatch(/^footfall_commit_failures_total [1-9]/m);
    expect(footfall.logged()).toContain('"msg":"commit failed"');

    await giveBack();
    for (const body of bodies) expect(await footfall.track(body)).toMatchObject({ counted: true });
    expect(await (await fetch(`${footfall.url}/metrics`)).text()).toMatch(/^footfall_store_up 1$/m);
  });
});

describe('regression:', () => {
  it('a stop is clean although the last commit failed and something was read since', async () => {
    const footfall = await startEmbedded({}, onTestFinished);
    await footfall.track({ url: '/kept' });
    const giveBack = await takeDown(footfall, 'locked');
    await expectUnavailable(await footfall.send({ url: '/refused' }));
    expect((await footfall.count('/unread')).count).toBe(0);
    await giveBack();
    await footfall.stop();
    const again = await startEmbedded(footfall.environment, onTestFinished);
    expect(await again.count()).toMatchObject({ count: 1 });
  });
});

describe('when the store is gone', async () => {
  const footfall = await startEmbedded();

  it('/readyz says 503, /healthz 200, writes 503, and the last known total is still served', async () => {
    await footfall.track({ url: newPage() });
    await footfall.app.store.close();
    await expectUnavailable(await fetch(`${footfall.url}/readyz`));
    expect((await fetch(`${footfall.url}/healthz`)).status).toBe(200);
    await expectUnavailable(await footfall.send({ url: '/' }));
    await expectUnavailable(await fetch(`${footfall.url}/api/visitors/count?page=/unread`));
    expect(await footfall.count()).toMatchObject({ count: 1 });
    await expect(createFootfallClient({ url: footfall.url }).pages.query()).rejects.toMatchObject({
      data: { code: 'SERVICE_UNAVAILABLE' },
    });
  });
});
