import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../server.ts';
import { Client, newView, readContents, storedId, type View } from './client.ts';

const run = promisify(execFile);

/** Mounts a disk of 16 MB; undefined if this user may not mount. */
async function mountDisk(): Promise<{ folder: string; unmount: () => Promise<void> } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return;
  }
  return {
    folder,
    unmount: async () => {
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    },
  };
}

const probe = await mountDisk();
await probe?.unmount();
const mayMount = probe !== undefined;

/** A small disk for one test. */
async function smallDisk(): Promise<string> {
  const { folder, unmount } = (await mountDisk())!;
  onTestFinished(unmount);
  return folder;
}

/** Fills a disk except for that number of bytes. */
async function fill(folder: string, but: number): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const filler = join(folder, 'filler');
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - but), 1));
  return filler;
}

it.runIf(mayMount)(
  'a full disk: 503 for everything that is not stored, counting resumes by itself once there is space',
  async () => {
    const folder = await smallDisk();
    await using server = await startServer({ folder });
    const client = new Client(server.url, 50);
    const acknowledged = new Set<string>();
    const refused: View[] = [];
    const send = async (view: View): Promise<number> => {
      const { status, headers, body } = await client.track(view);
      if (status === 200) {
        expect(JSON.parse(body)).toMatchObject({ counted: true });
        acknowledged.add(view.id);
      } else {
        expect(status).toBe(503);
        expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
        expect(JSON.parse(body)).toEqual({
          error: 'The store cannot answer right now.',
          code: 'SERVICE_UNAVAILABLE',
        });
        refused.push(view);
      }
      return status;
    };

    await send(newView('/before'));
    const filler = await fill(folder, 1_500_000);
    const long = 'x'.repeat(400); // every view is of another page, so that the file grows fast
    let n = 0;
    for (let full = 0; full < 200;) {
      const statuses = await Promise.all(
        Array.from({ length: 50 }, () => send(newView(`/${(n += 1)}/${long}`))),
      );
      full += statuses.filter((status) => status === 503).length;
      expect(n).toBeLessThan(20_000); // otherwise the disk was not full after all
    }
    expect(acknowledged.size).toBeGreaterThan(100);
    expect(await client.count()).toBe(acknowledged.size);
    expect((await client.send('GET', '/healthz')).status).toBe(200);
    expect((await client.send('GET', '/metrics')).body).toMatch(/^footfall_store_up 0$/m);

    await rm(filler);
    const again = refused.splice(0);
    await expect.poll(() => send(again[0]!)).toBe(200);
    await Promise.all(again.slice(1).map(send));
    expect(acknowledged.size).toBe(n + 1);
    expect(await client.count()).toBe(acknowledged.size);
    client.close();

    await server.kill();
    await using restarted = await startServer({ folder });
    const reader = new Client(restarted.url, 1);
    expect(await reader.count()).toBe(acknowledged.size);
    reader.close();
    await restarted.stop();
    const { ids } = await readContents(restarted.file);
    expect(ids).toEqual(new Set([...acknowledged].map(storedId)));
  },
);

it.runIf(mayMount)(
  'a disk that is full when Footfall starts does not block the process, and harms nothing',
  async () => {
    const folder = await smallDisk();
    const first = await startServer({ folder });
    const client = new Client(first.url, 1);
    for (let n = 0; n < 5; n += 1) await client.track(newView('/kept'));
    client.close();
    await first.kill();
    const filler = await fill(folder, 0);
    const second = await startServer({ folder }).catch((error: unknown) => error as Error);
    if (!(second instanceof Error)) {
      const reader = new Client(second.url, 1);
      expect(await reader.count('/kept')).toBe(5);
      reader.close();
      await second.kill();
    }
    await rm(filler);
    await using third = await startServer({ folder });
    const reader = new Client(third.url, 1);
    expect(await reader.count('/kept')).toBe(5);
    expect((await reader.track(newView('/kept'))).status).toBe(200);
    reader.close();
  },
);

it('a file that may not grow (instead of a full disk, if mounting is not permitted): 503, and nothing is lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-limit-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // A process that ignores SIGXFSZ gets an error from the write instead, as from a full disk.
  const through = ['sh', '-c', 'trap "" XFSZ; ulimit -f 2000; exec "$0" "$@"'];
  const limited = await startServer({ folder, through });
  const acknowledged = new Set<string>();
  let refused: View[] = [];
  const client = new Client(limited.url, 50);
  const long = 'x'.repeat(400);
  for (let n = 0; refused.length === 0;) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const view = newView(`/${(n += 1)}/${long}`);
        const { status, headers } = await client.track(view);
        expect([200, 503]).toContain(status);
        if (status === 200) acknowledged.add(view.id);
        else refused.push(view);
        if (status === 503) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      }),
    );
    expect(n).toBeLessThan(20_000);
  }
  expect(await client.count()).toBe(acknowledged.size);
  client.close();
  await limited.kill();

  await using server = await startServer({ folder });
  const sender = new Client(server.url, 50);
  expect(await sender.count()).toBe(acknowledged.size);
  await Promise.all(
    refused.map(async (view) => {
      expect(JSON.parse((await sender.track(view)).body)).toMatchObject({ counted: true });
      acknowledged.add(view.id);
    }),
  );
  refused = [];
  expect(await sender.count()).toBe(acknowledged.size);
  sender.close();
  await server.stop();
  expect((await readContents(server.file)).ids).toEqual(new Set([...acknowledged].map(storedId)));
});
