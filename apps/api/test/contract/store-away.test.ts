import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BROWSER, expectCors, expectError, newId, newPage, start, type Footfall } from './support.ts';

/** Takes the database away as another program would that writes to it; the answer gives it back. */
async function takeAway(footfall: Footfall): Promise<() => Promise<void>> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { DatabaseSync } from 'node:sqlite';
       const database = new DatabaseSync(process.argv[1], { timeout: 5000 });
       database.exec('begin immediate');
       process.stdout.write('held');
       process.stdin.resume().on('end', () => { database.exec('rollback'); database.close(); });`,
      footfall.file,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return async () => {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  };
}

async function expectAway(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await expectError(response, 503, 'SERVICE_UNAVAILABLE')).toBe('The store cannot answer right now.');
}

describe('while the store takes no writes', async () => {
  const footfall = await start();
  const client = createFootfallClient({ url: footfall.url, headers: { 'user-agent': BROWSER } });

  it('every way in answers 503 with Retry-After, nothing is counted, and afterwards the same ids are', async () => {
    await footfall.track({ url: '/before' });
    const before = await footfall.count();
    const giveBack = await takeAway(footfall);
    const bodies = Array.from({ length: 30 }, () => ({ id: newId(), url: '/during' }));

    for (const answer of await Promise.all(bodies.map((body) => footfall.send(body))))
      await expectAway(answer);
    await expectAway(await footfall.send(bodies[0], { query: '?return=minimal' }));
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
    expect(await footfall.count()).toEqual(before);
    expect(await footfall.outcomes('/api/visitors/track', 'SERVICE_UNAVAILABLE')).toBe(31);
    const metrics = await (await fetch(`${footfall.url}/metrics`)).text();
    expect(metrics).toMatch(/^footfall_store_up 0$/m);
    expect(metrics).toMatch(/^footfall_commit_failures_total [1-9]/m);

    await giveBack();
    for (const body of bodies) expect(await footfall.track(body)).toMatchObject({ counted: true });
    for (const body of bodies) expect(await footfall.track(body)).toMatchObject({ reason: 'duplicate' });
    expect((await footfall.count()).count).toBe(before.count + bodies.length);
    expect(await (await fetch(`${footfall.url}/metrics`)).text()).toMatch(/^footfall_store_up 1$/m);
  });

  it('what is refused or ignored is so without it', async () => {
    const giveBack = await takeAway(footfall);
    await expectError(await footfall.send({ url: '' }), 400, 'BAD_REQUEST');
    const answer = await footfall.send({ url: '/' }, { headers: { dnt: '1' }, query: '?return=minimal' });
    expect(await answer.json()).toEqual({ counted: false, reason: 'opted-out' });
    await giveBack();
  });

  it('the process says that it is up', async () => {
    const giveBack = await takeAway(footfall);
    expect((await fetch(`${footfall.url}/healthz`)).status).toBe(200);
    await giveBack();
  });

  it('it is logged for the owner', async () => {
    expect(footfall.logged()).toContain('"msg":"commit failed"');
  });
});

describe('when the store is gone', async () => {
  const footfall = await start();

  it('/readyz says 503, /healthz 200, writes 503, and the last known total is still read', async () => {
    await footfall.track({ url: newPage() });
    await footfall.app.store.close();
    await expectAway(await fetch(`${footfall.url}/readyz`));
    expect((await fetch(`${footfall.url}/healthz`)).status).toBe(200);
    await expectAway(await footfall.send({ url: '/' }));
    await expectAway(await fetch(`${footfall.url}/api/visitors/count?page=/unread`));
    expect(await footfall.count()).toMatchObject({ count: 1 });
    await expect(createFootfallClient({ url: footfall.url }).pages.query()).rejects.toMatchObject({
      data: { code: 'SERVICE_UNAVAILABLE' },
    });
  });
});
