import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../ports.ts';
import { launchServer, startServer } from '../server.ts';
import { Client, newView, readContents, storedId, type View } from './client.ts';

/** Many more under `npm run test:long`. */
const isLong = process.env['FOOTFALL_LONG'] === '1';
const KILLS = isLong ? 200 : 6;
const SENDERS = 32;
/** Number of acknowledged events before each kill. */
const BETWEEN = 150;

it(
  `${KILLS} kills under load lose nothing that was acknowledged and count nothing twice`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'footfall-kill-'));
    const port = await freePort();
    const acknowledged = new Map<string, View>();
    let unacknowledged: View[] = [];
    let server = await startServer({ folder, port });
    try {
      for (let kill = 0; kill < KILLS; kill += 1) {
        const client = new Client(server.url, SENDERS);
        // Events that the last server did not acknowledge are sent again, some of them twice at once.
        const again = unacknowledged.flatMap((view, n) => (n % 3 === 0 ? [view, view] : [view]));
        unacknowledged = [];
        await Promise.all(
          again.map(async (view) => {
            const { status } = await client.track(view);
            expect(status).toBe(200);
            acknowledged.set(view.id, view);
          }),
        );
        expect(await client.count()).toBe(acknowledged.size);

        const before = acknowledged.size;
        let killed: Promise<unknown> | undefined;
        await Promise.all(
          Array.from({ length: SENDERS }, async (_, sender) => {
            for (let n = 0; killed === undefined; n += 1) {
              const view = newView(`/page-${(sender + n) % 20}`);
              try {
                const { status } = await client.track(view, n % 2 === 0 ? '' : '?return=minimal');
                expect([200, 204]).toContain(status);
                acknowledged.set(view.id, view);
                if (acknowledged.size - before >= BETWEEN + 7 * kill) killed ??= server.kill();
              } catch (error) {
                if (killed === undefined) throw error;
                unacknowledged.push(view);
              }
            }
          }),
        );
        await killed;
        client.close();

        const { ids } = await readContents(server.file);
        const missing = [...acknowledged.keys()].filter((id) => !ids.has(storedId(id)));
        expect([kill, missing]).toEqual([kill, []]);

        server = await startServer({ folder, port });
      }
      const client = new Client(server.url, 8);
      for (const view of unacknowledged) {
        expect((await client.track(view)).status).toBe(200);
        acknowledged.set(view.id, view);
      }
      expect(await client.count()).toBe(acknowledged.size);
      const pages = await Promise.all(Array.from({ length: 20 }, (_, n) => client.count(`/page-${n}`)));
      expect(pages.reduce((sum, views) => sum + views, 0)).toBe(acknowledged.size);
      client.close();
      expect(await server.stop()).toEqual({ code: 0, signal: null });
      const { ids } = await readContents(server.file);
      expect(ids).toEqual(new Set([...acknowledged.keys()].map(storedId)));
    } finally {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  },
  isLong ? 600_000 : 300_000,
);

it('a second process on the same file is refused, and the first continues; after a kill a new one starts at once', async () => {
  await using first = await startServer();
  const folder = dirname(first.file);
  const client = new Client(first.url, 1);
  await client.track(newView('/held'));

  await using second = await launchServer({ folder });
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.stderr()).toMatch(/^Another Footfall has .*footfall\.db open\. [^\n]+\.\n$/);
  expect(second.stdout()).toBe('');

  await client.track(newView('/held'));
  expect(await client.count('/held')).toBe(2);
  client.close();
  await first.kill();
  await using third = await startServer({ folder });
  const reader = new Client(third.url, 1);
  expect(await reader.count('/held')).toBe(2);
  reader.close();
});

it('regression: a port in use ends the start with a sentence, and releases the database', async () => {
  await using first = await startServer();
  await using second = await launchServer({ port: first.port });
  expect(await second.ended).toEqual({ code: 1, signal: null });
  expect(second.stderr()).toMatch(/^[^\n]*PORT[^\n]*\.\n$/);
  await using third = await startServer({ folder: dirname(second.file) });
  expect(third.stderr()).toBe('');
});

it.each([
  ['PORT', 'x'],
  ['HOST', '203.0.113.1'],
  ['DATABASE_URL', 'nonsense'],
  ['DATABASE_URL', 'file:/dev/null/footfall.db'],
  ['LOG_LEVEL', 'loud'],
])('%s=%s ends the start with one sentence that names it', async (name, value) => {
  await using server = await launchServer({ env: { [name]: value } });
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(server.stderr()).toMatch(new RegExp(`^[^\\n]*${name}[^\\n]*\\.\\n$`));
  expect(server.stdout()).toBe('');
});
