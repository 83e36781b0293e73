import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../server.ts';
import { AGREES, footfall } from './cli.ts';
import { Client, readContents, storedId } from './client.ts';
import { Load } from './load.ts';

const SENDERS = 12;
const BACKUPS = 3;

/** Page views that are acknowledged before each backup, so that each one has new ones. */
const BETWEEN = 150;

it('backups under load are consistent, and one is restored completely', async () => {
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const load = Load.on([server.url], SENDERS);
  const backups: { file: string; before: ReadonlySet<string>; after: ReadonlySet<string> }[] = [];
  for (let n = 0; n < BACKUPS; n += 1) {
    await load.acknowledgesOnAll(BETWEEN);
    const file = join(server.file, '..', `backup-${n}.db`);
    const before = new Set(load.acknowledged);
    const ran = await footfall(server.file, 'backup', file);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/backup-\d\.db has [\d,]+ page views\.\n$/);
    // Unanswered ones may be in the backup: they are sent until they are acknowledged.
    await load.acknowledgesOnAll(SENDERS * 2);
    backups.push({ file, before, after: new Set(load.acknowledged) });
  }
  await load.end();
  load.times.expectShort();
  expect(load.targets).toMatchObject([{ refused: 0 }]);
  expect(load.unanswered).toBe(0);

  for (const { file, before, after } of backups) {
    expect(await footfall(file, 'verify')).toEqual(AGREES);
    const { ids, total } = await readContents(file);
    expect(total).toBe(ids.size);
    for (const id of before)
      expect(ids.has(storedId(id)), 'it contains what was acknowledged before').toBe(true);
    const known = new Set([...after].map(storedId));
    for (const id of ids) expect(known.has(id), 'it contains nothing else').toBe(true);
  }

  // A restore is refused while a server is running.
  const [first] = backups as [(typeof backups)[number]];
  expect(await footfall(server.file, 'restore', first.file)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Another Footfall has .* open\. Stop it first/) as string,
  });
  await server.stop();
  expect(await footfall(server.file, 'restore', first.file)).toMatchObject({ code: 0, stderr: '' });

  const { total } = await readContents(first.file);
  await using again = await startServer({ folder: join(server.file, '..') });
  const client = new Client(again.url, 1);
  expect(await client.count()).toBe(total);
  // Events in the backup are not counted again, later ones are.
  const [inIt] = first.before;
  const lost = [...load.acknowledged].at(-1);
  for (const id of [inIt, lost]) expect((await client.track({ id: id ?? '', url: '/' })).status).toBe(200);
  expect(await client.count()).toBe(total + 1);
  client.close();
  await again.stop();
  expect(await footfall(again.file, 'verify')).toEqual(AGREES);
}, 120_000);
