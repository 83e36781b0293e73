import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import { BROWSER, Client, newView, openSocket, readContents, storedId } from './client.ts';

/** Maximum time to stop (service managers wait that long), in milliseconds. */
const STOPPED_WITHIN_MS = 10_000;

it.each(['SIGTERM', 'SIGTERM with stalled and idle connections'])(
  '%s under load: acknowledged events are in the file, and the process ends in time with 0',
  async (kind) => {
    await using server = await startServer();
    if (kind !== 'SIGTERM') {
      const head = `POST /api/visitors/track HTTP/1.1\r\nHost: x\r\nUser-Agent: ${BROWSER}\r\n`;
      for (let n = 0; n < 20; n += 1) {
        await openSocket(server.port);
        await openSocket(server.port, head);
        await openSocket(server.port, `${head}Content-Length: 100\r\n\r\n{"url":"/stalled"`);
        const idle = await openSocket(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
        idle.read();
        const deaf = await openSocket(
          server.port,
          'GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500),
        );
        deaf.socket.pause();
      }
    }
    const client = new Client(server.url, 64);
    const acknowledged = new Set<string>();
    let stopping: ReturnType<typeof server.stop> | undefined;
    let began = 0;
    await Promise.all(
      Array.from({ length: 64 }, async (_, sender) => {
        for (;;) {
          const view = newView(`/page-${sender % 7}`);
          try {
            const { status } = await client.track(view, sender % 2 === 0 ? '' : '?return=minimal');
            if (status !== 503) expect([200, 204]).toContain(status);
            if (status < 300) acknowledged.add(view.id);
          } catch (error) {
            if (stopping === undefined) throw error;
            return; // nothing listens any more
          }
          if (stopping === undefined && acknowledged.size >= 1_500) {
            began = Date.now();
            stopping = server.stop();
          }
        }
      }),
    );
    expect(await stopping).toEqual({ code: 0, signal: null });
    expect(Date.now() - began).toBeLessThan(STOPPED_WITHIN_MS);
    client.close();
    const { ids } = await readContents(server.file);
    expect([...acknowledged].filter((id) => !ids.has(storedId(id)))).toEqual([]);
    expect(server.stderr()).toBe('');
    expect(server.stdout()).toContain('"msg":"stopped"');
  },
);

it('a second SIGTERM changes nothing, and an idle server stops at once with its log checkpointed', async () => {
  await using server = await startServer();
  const client = new Client(server.url, 1);
  await client.track(newView('/last'));
  client.close();
  const [first, second] = await Promise.all([server.stop(), server.stop()]);
  expect([first, second]).toEqual([
    { code: 0, signal: null },
    { code: 0, signal: null },
  ]);
  expect((await readContents(server.file)).total).toBe(1);
});

it.each(['overwritten', 'deleted'])(
  'sample data that was %s does not keep it from stopping in order',
  async (what) => {
    const password = 'the-owners-own-password';
    await using server = await startServer({ env: { ADMIN_PASSWORD: password } });
    const client = new Client(server.url, 1);
    await client.track(newView('/last'));
    client.close();
    const send = (path: string, fields: Record<string, string>, cookie = '') =>
      fetch(server.url + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: server.url, cookie },
        body: new URLSearchParams(fields),
      });
    const signedIn = await send('/admin/sign-in', { password });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    await send('/admin/sample?/make', {}, cookie);
    const page = () => fetch(`${server.url}/admin/sample`, { headers: { cookie } }).then((got) => got.text());
    await expect.poll(page, { timeout: 60_000 }).toContain('>Leave<');

    const sample = `${server.file}-sample`;
    await (what === 'deleted' ? rm(sample) : writeFile(sample, Buffer.alloc(8_192, 1)));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(`${server.file}-wal`)).toBe(false);
    expect((await readContents(server.file)).total).toBe(1);
  },
);
