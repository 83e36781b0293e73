import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOWHERE } from '../src/address.ts';
import type { Handler } from '../src/handler.ts';
import { json, type HttpAnswer } from '../src/http.ts';
import { createNodeServer } from '../src/server.ts';
import { raw } from './support.ts';

/** A server whose responses are made by the test. */
async function listening(handler: Handler): Promise<{ port: number; server: Server }> {
  const peers = { addressOf: () => '', placeOf: () => NOWHERE };
  const server = createNodeServer({ handler, site: (_request, response) => response.end() }, peers);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

/** The same, where each request waits until the test responds. */
async function holding(): Promise<{ port: number; server: Server; received: string[]; answer: () => void }> {
  const received: string[] = [];
  const pending: ((answer: HttpAnswer) => void)[] = [];
  const { port, server } = await listening(({ path }) => {
    received.push(path);
    return new Promise((resolve) => pending.push(resolve));
  });
  return { port, server, received, answer: () => pending.shift()?.(json({ status: 'up' })) };
}

/** How soon a poll retries, in milliseconds. */
const SOON = { interval: 1 };

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const numbered = (count: number, more?: string): string =>
  Array.from({ length: count }, (_, n) => get(`/${n}`, more)).join('');
const paths = (count: number): string[] => Array.from({ length: count }, (_, n) => `/${n}`);

describe('of the requests of one connection', () => {
  it('8 are under way at a time, and all are answered in order', async () => {
    const { port, received, answer } = await holding();
    const client = await raw(port, numbered(40));
    await expect.poll(() => received.length).toBe(8);
    for (let answered = 1; answered <= 40; answered += 1) {
      answer();
      await client.answers(answered);
      await expect.poll(() => received.length, SOON).toBe(Math.min(40, 8 + answered));
    }
    expect(received).toEqual(paths(40));
    client.socket.destroy();
  });

  it('those of another connection are handled meanwhile', async () => {
    const { port, received } = await holding();
    const [one, other] = [await raw(port, numbered(50)), await raw(port)];
    await expect.poll(() => received.length).toBe(8);
    other.socket.write(get('/other'));
    await expect.poll(() => received).toContain('/other');
    for (const { socket } of [one, other]) socket.destroy();
  });

  it('no more are read than those', async () => {
    const { port, server, received } = await holding();
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const client = await raw(port, numbered(200, `X: ${'x'.repeat(8_000)}\r\n`));
    const [socket] = await connected;
    await expect.poll(() => received.length).toBe(8);
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    expect(socket.bytesRead).toBeLessThan(300_000); // of 1.6 MB
    expect(received).toHaveLength(8);
    client.socket.destroy();
  });

  it('a body that has not arrived yet is read when it is needed', async () => {
    const bodies: string[] = [];
    const { port } = await listening(async (request) => {
      bodies.push(await request.text(100_000));
      return json({});
    });
    const body = 'x'.repeat(90_000);
    const post = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const client = await raw(port, post.repeat(20));
    await client.answers(20);
    expect(bodies).toEqual(Array(20).fill(body));
    client.socket.destroy();
  });

  it('a batch of calls counts as its calls', async () => {
    const { port, received, answer } = await holding();
    const batch = (count: number, comma = ','): string =>
      `/api/trpc/${Array(count).fill('count').join(comma)}`;
    const targets = [batch(5), batch(4, '%2C'), batch(10), batch(3), batch(5, '%2c'), '/healthz'];
    const client = await raw(port, targets.map((target) => get(`${target}?batch=1`)).join(''));
    const working: string[][] = [targets.slice(0, 1), targets.slice(0, 2), targets.slice(0, 3)];
    working.push(targets.slice(0, 5), targets, targets);
    for (const [answered, begun] of working.entries()) {
      await expect.poll(() => received).toEqual(begun);
      answer();
      await client.answers(answered + 1);
    }
    client.socket.destroy();
  });

  it('a batch of events counts as four calls, and waits for another one', async () => {
    const { port, received, answer } = await holding();
    const body = '{"events":[]}';
    const post = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const client = await raw(port, post('/api/track') + post('/api/trpc/trackBatch') + post('/api/track'));
    await expect.poll(() => received).toEqual(['/api/track', '/api/trpc/trackBatch']);
    answer();
    await client.answers(1);
    await expect.poll(() => received).toHaveLength(3);
    client.socket.destroy();
  });

  it('none is started while more than 256 KiB of responses are unread', async () => {
    const unread: number[] = [];
    const { port, server } = await listening(() => {
      unread.push(queued());
      return Promise.resolve({ status: 200, headers: {}, body: 'x'.repeat(1_000_000) });
    });
    const responses = new Set<{ readonly writableLength: number; readonly closed: boolean }>();
    const queued = (): number =>
      [...responses].reduce((sum, { writableLength, closed }) => sum + (closed ? 0 : writableLength), 0);
    server.prependListener('request', (_request, response) => responses.add(response));
    const client = await raw(port);
    client.socket.pause();
    client.socket.write(numbered(80));
    await expect.poll(() => queued()).toBeGreaterThan(256 * 1024);
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    expect(unread.length).toBeLessThan(80);
    expect(Math.max(...unread)).toBeLessThanOrEqual(256 * 1024);
    client.socket.resume();
    await expect.poll(() => unread.length, { timeout: 20_000 }).toBe(80);
    client.socket.destroy();
  });

  it('those with many calls are started one per turn of the event loop, so that others are answered between them', async () => {
    let turn = 0;
    const begun = new Map<number, number>();
    const { port } = await listening(() => {
      begun.set(turn, (begun.get(turn) ?? 0) + 1);
      return Promise.resolve(json({ status: 'up' }));
    });
    let counting = setImmediate(function count() {
      turn += 1;
      counting = setImmediate(count);
    });
    const batches = get('/api/trpc/count,count,count,count,count,count,count,count?batch=1').repeat(8);
    const clients = await Promise.all(Array.from({ length: 20 }, () => raw(port, batches)));
    for (const client of clients) {
      await client.answers(8);
      client.socket.destroy();
    }
    clearImmediate(counting);
    const inAll = [...begun.values()].reduce((sum, count) => sum + count, 0);
    const together = [...begun.values()].reduce((sum, count) => sum + count - 1, 0);
    expect(inAll).toBe(160);
    expect(together).toBe(0); // not even the first of each connection
  });

  it('a flood that would only cost memory closes the connection, and no other', async () => {
    const { port, server, received } = await holding();
    const [one, other] = [await raw(port, numbered(3_000)), await raw(port, numbered(8))];
    expect(await one.closed).toEqual([]);
    await expect.poll(() => received.length).toBe(16);
    const connections = promisify(server.getConnections.bind(server));
    await expect.poll(() => connections()).toBe(1);
    other.socket.destroy();
  });
});
