import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import {
  BROWSER,
  Client,
  connectionsOf,
  eachOf,
  newView,
  openSocket,
  STACK,
  type OpenSocket,
} from './client.ts';

/** Time after which the server must have closed stalled connections, in milliseconds. */
const CLOSED_WITHIN_MS = 60_000;

const HEAD = `POST /api/visitors/track HTTP/1.1\r\nHost: x\r\nUser-Agent: ${BROWSER}\r\n`;

it('200 stalled connections block no other client, and are closed in bounded time', async () => {
  await using server = await startServer();
  const others = await connectionsOf(server.port); // the readiness checks
  const silent = await Promise.all(
    Array.from({ length: 120 }, async (_, n) => {
      const bytes = [
        HEAD.slice(0, -20),
        `${HEAD}Content-Length: 100\r\n\r\n{"url":"/stalled"`,
        `${HEAD}Transfer-Encoding: chunked\r\n\r\n20\r\n{"url"`,
      ][n % 3]!;
      const socket = await openSocket(server.port, bytes);
      socket.read();
      return socket;
    }),
  );
  // These request more than the buffers in between hold, and never read: the server cannot send its responses.
  const reading = 'GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200); // more would be refused
  const deaf = await Promise.all(Array.from({ length: 80 }, () => openSocket(server.port, reading)));
  for (const { socket } of deaf) socket.pause();
  const all: OpenSocket[] = [...silent, ...deaf];
  let closed = 0;
  for (const socket of all) void socket.closed.then(() => (closed += 1));

  const client = new Client(server.url, 20);
  expect((await client.track(newView('/page-0'))).status).toBe(200);
  expect(closed).toBeLessThan(all.length); // they were stalled when others were answered
  const views = Array.from({ length: 1_000 }, (_, n) => newView(`/page-${n % 10}`));
  await eachOf(views, 20, async (view) => {
    expect((await client.track(view)).status).toBe(200);
  });
  expect(await client.count()).toBe(1_001);

  await Promise.all(silent.map(({ closed: gone }) => gone));
  for (const { text } of silent) {
    expect(text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(text()).not.toMatch(STACK);
  }
  // A socket that never reads does not see its end either: the system counts the server's connections.
  await expect
    .poll(() => connectionsOf(server.port), { timeout: CLOSED_WITHIN_MS, interval: 250 })
    .toBeLessThanOrEqual(others + 20);
  expect(await client.count('/stalled')).toBe(0);
  expect((await client.track({ id: randomUUID(), url: '/after' })).status).toBe(200);
  client.close();
  for (const { socket } of all) socket.destroy();
}, 120_000);
