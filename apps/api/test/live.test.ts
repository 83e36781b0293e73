import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveUpdate } from '@footfall/core';
import { openStore } from '@footfall/db';
import { openFile } from '@footfall/db/embedded';
import { liveUpdate } from '@footfall/trpc';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Hub } from '../src/hub.ts';
import { liveRoute } from '../src/live.ts';
import { webResponse } from '../src/web.ts';
import type { Sink } from '../src/http.ts';
import {
  EVERY_WAY,
  HANDSHAKE,
  socketAt,
  streamAt,
  streamResponse,
  WAYS,
  type LiveClient,
  type ConnectOptions,
} from './subscribers.ts';
import {
  expectError,
  expectSentence,
  newId,
  newPage,
  plain,
  raw,
  startEmbedded,
  type Embedded,
} from './support.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

/** A frame as a client sends it (RFC 6455, 5.2). */
function frameOf(opcode: number, payload: string | Buffer, { masked = true, final = true } = {}): Buffer {
  const body = Buffer.from(payload);
  const mask = masked ? 0x80 : 0;
  const head = [opcode | (final ? 0x80 : 0)];
  if (body.length < 126) head.push(mask | body.length);
  else head.push(mask | 126, body.length >> 8, body.length & 0xff);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), body]);
}

/** A raw socket that has completed its handshake. */
interface Open {
  readonly socket: Socket;
  /** The code of the server's close frame, once there is one. */
  readonly code: () => number | undefined;
  readonly closed: Promise<unknown>;
}

async function opened(port: number): Promise<Open> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {}); // a server may reset it
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let bytes = Buffer.alloc(0);
  const headers = Object.entries(HANDSHAKE).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /api/live HTTP/1.1\r\nHost: x\r\n${headers.join('')}\r\n`);
  while (!bytes.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  expect(bytes.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
  socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
  return { socket, closed, code: () => closeCode(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)) };
}

function closeCode(frames: Buffer): number | undefined {
  for (let at = 0; at + 2 <= frames.length;) {
    const short = (frames[at + 1] ?? 0) & 0x7f;
    const [length, head] = short === 126 ? [frames.readUInt16BE(at + 2), 4] : [short, 2];
    if (((frames[at] ?? 0) & 0x0f) === CLOSE) return frames.readUInt16BE(at + head);
    at += head + length;
  }
  return;
}

/** Two subscribers that must still get the next state after something is done. */
async function undisturbed(footfall: Embedded, act: () => Promise<void>): Promise<void> {
  const clients = [await socketAt(`${footfall.url}/api/live`), await streamAt(`${footfall.url}/api/live`)];
  onTestFinished(() => {
    for (const { close } of clients) close();
  });
  for (const client of clients) await expectCount(footfall, client);
  await act();
  await footfall.track({ url: newPage(), visitorId: newId() });
  for (const client of clients) await expectCount(footfall, client);
}

async function expectCount(footfall: Embedded, { updates }: LiveClient): Promise<void> {
  const { count } = await footfall.count();
  await expect.poll(() => updates.at(-1)?.count, { timeout: 10_000, interval: 20 }).toBe(count);
}

describe('no other subscriber is disturbed by', async () => {
  const footfall = await startEmbedded();

  it.each<[string, number, string, string[]]>([
    ['no key', 400, 'GET', ['sec-websocket-key']],
    ['no version', 400, 'GET', ['sec-websocket-version']],
    ['an invalid key', 400, 'GET', ['sec-websocket-key: x']],
    ['a version before the standard', 400, 'GET', ['sec-websocket-version: 7']],
    ['invalid extensions', 101, 'GET', ['sec-websocket-extensions: ;;']],
    ['invalid protocols', 400, 'GET', ['sec-websocket-protocol: ,']],
    ['POST', 405, 'POST', []],
  ])('a handshake with %s, which gets %i', async (_, status, method, changes) => {
    const headers: Record<string, string> = { ...HANDSHAKE };
    for (const change of changes) {
      const [name = '', value] = change.split(': ');
      if (value === undefined) delete headers[name];
      else headers[name] = value;
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await undisturbed(footfall, async () => {
      const { answers, socket } = await raw(
        footfall.port,
        `${method} /api/live HTTP/1.1\r\nHost: x\r\n${lines.join('')}\r\n`,
      );
      const [answer] = await answers(1);
      expect(answer?.status).toBe(status);
      if (status !== 101) {
        expect(answer?.headers.get('access-control-allow-origin')).toBe('*');
        const { error, code } = JSON.parse(answer?.body ?? '') as { error: string; code: string };
        expect(code).toBe(status === 405 ? 'METHOD_NOT_SUPPORTED' : 'BAD_REQUEST');
        expectSentence(error);
      }
      socket.destroy();
    });
  });

  it.each<[string, number, Buffer]>([
    ['a message over 1 KiB', 1009, frameOf(TEXT, 'x'.repeat(1_025))],
    [
      'a message over 1 KiB, in pieces',
      1009,
      Buffer.concat([frameOf(TEXT, 'x'.repeat(1_000), { final: false }), frameOf(0, 'x'.repeat(1_000))]),
    ],
    ['a binary message', 1008, frameOf(BINARY, 'x')],
    ['a frame without a mask', 1002, frameOf(TEXT, 'x', { masked: false })],
    ['a frame of an unknown kind', 1002, frameOf(5, 'x')],
    ['text that is not UTF-8', 1007, frameOf(TEXT, Buffer.from([0xff]))],
    ['a continuation without a beginning', 1002, frameOf(0, 'x')],
  ])('%s, which closes its own socket with %i', async (_, code, bytes) => {
    await undisturbed(footfall, async () => {
      const attacker = await opened(footfall.port);
      attacker.socket.write(bytes);
      await expect.poll(attacker.code).toBe(code);
      attacker.socket.end();
      await attacker.closed;
    });
  });

  it('a message of 1 KiB, which is read and ignored', async () => {
    await undisturbed(footfall, async () => {
      const talker = await opened(footfall.port);
      talker.socket.write(frameOf(TEXT, 'x'.repeat(1_024)));
      talker.socket.write(frameOf(CLOSE, Buffer.from([0x03, 0xe8])));
      await talker.closed;
      expect(talker.code()).toBe(1000);
    });
  });

  it('a flood of small messages, which is disconnected', async () => {
    await undisturbed(footfall, async () => {
      const flooder = await opened(footfall.port);
      flooder.socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => frameOf(TEXT, 'x'))));
      await flooder.closed;
    });
  });

  it('a thousand handshakes that are never finished', async () => {
    await undisturbed(footfall, async () => {
      const sockets = Array.from({ length: 1_000 }, () => connect(footfall.port, '127.0.0.1'));
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
      });
      for (const socket of sockets) {
        socket.on('error', () => {});
        socket.write('GET /api/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: webso');
      }
      await Promise.all(sockets.map(async (socket) => socket.connecting && (await once(socket, 'connect'))));
    });
  });

  it('a hundred clients that never read', async () => {
    await undisturbed(footfall, async () => {
      for (let many = 0; many < 50; many += 1) {
        (await opened(footfall.port)).socket.pause();
        const stream = await raw(
          footfall.port,
          'GET /api/live HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
        );
        onTestFinished(() => {
          stream.socket.destroy();
        });
        stream.socket.pause();
      }
      await footfall.track({ url: newPage() });
    });
  });
});

describe('a connection', async () => {
  const footfall = await startEmbedded({ LIVE_CONNECTIONS_PER_ADDRESS: '3' });

  it('that breaks releases its slot, whenever it does', async () => {
    for (let times = 0; times < 20; times += 1) {
      const { socket, closed } = await opened(footfall.port);
      socket.resetAndDestroy();
      await closed;
      const refused = await raw(
        footfall.port,
        'GET /api/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      );
      await refused.closed;
    }
    await expect
      .poll(async () => {
        const clients = await Promise.all(
          [1, 2, 3].map(() => WAYS['a socket at /'](footfall.url).catch(() => undefined)),
        );
        for (const client of clients) client?.close();
        return clients.filter((client) => client !== undefined).length;
      })
      .toBe(3);
  });

  it('is possible for the owner when visitors of a few networks have taken all slots, in each way', async () => {
    const secrets = {
      ADMIN_PASSWORD: 'correct horse battery staple',
      API_KEYS: 'an-api-key-of-32-characters-xyz0',
      WRITE_KEYS: 'a-write-key-of-32-characters-xyz',
    };
    const own = await startEmbedded(
      {
        ...secrets,
        LIVE_CONNECTIONS: '2',
        LIVE_CONNECTIONS_PER_NETWORK: '1',
        CLIENT_IP_HEADER: 'X-Client',
        TRUSTED_PROXIES: '127.0.0.1',
      },
      onTestFinished,
    );
    const from = (address: string, token?: string) => ({
      headers: { 'x-client': address, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    const requested = async (options: ConnectOptions): Promise<number> => {
      const { response, close } = await streamResponse(`${own.url}/api/live`, options);
      close();
      return response.status;
    };
    const first = await WAYS['events at /api/live'](own.url, from('2001:db8:1:1::1'));
    expect(await requested(from('2001:db8:1:2::1'))).toBe(429);
    const second = await WAYS['a socket at /'](own.url, from('2001:db8:2:1::1'));
    expect(await requested(from('192.0.2.1'))).toBe(503);
    expect(await requested(from('192.0.2.1', 'a-wrong-token-of-32-characters-x'))).toBe(503);
    const owners = await Promise.all([
      WAYS['events at /api/live'](own.url, from('2001:db8:1:1::1', secrets.API_KEYS)),
      WAYS['a socket at /api/live'](own.url, from('192.0.2.1', secrets.ADMIN_PASSWORD)),
    ]);
    for (const owner of owners) await expect.poll(() => owner.updates.length).toBe(1);
    expect(await requested(from('192.0.2.1', secrets.WRITE_KEYS))).toBe(503); // the visitors' limit applies to the owner too
    owners[0]?.close();
    await expect.poll(() => requested(from('192.0.2.1', secrets.WRITE_KEYS))).toBe(200);
    const subscription = await WAYS['the subscription `live`'](
      own.url,
      from('192.0.2.1', secrets.WRITE_KEYS),
    );
    await expect.poll(() => subscription.updates.length).toBe(1);
    for (const each of [first, second, subscription, ...owners]) each.close();
  });

  it('from a page of another site is not the owner’s, and tries no password', async () => {
    const secrets = { ADMIN_PASSWORD: 'correct horse battery staple' };
    const own = await startEmbedded({ ...secrets, LIVE_CONNECTIONS: '1' }, onTestFinished);
    const from = (token: string, origin?: string) => ({
      headers: { authorization: `Bearer ${token}`, ...(origin !== undefined && { origin }) },
    });
    const requested = async (options: ConnectOptions): Promise<number> => {
      const { response, close } = await streamResponse(`${own.url}/api/live`, options);
      close();
      return response.status;
    };
    const visitor = await WAYS['events at /api/live'](own.url);
    const elsewhere = 'https://elsewhere.example';
    // As the owner’s own browser would send it from a page that the owner happens to visit.
    for (let tries = 0; tries < 12; tries += 1)
      expect(await requested(from(`guess ${tries}`, elsewhere))).toBe(503);
    expect(await requested(from(secrets.ADMIN_PASSWORD, elsewhere))).toBe(503);
    expect(await requested(from(secrets.ADMIN_PASSWORD))).toBe(200);
    visitor.close();
  });

  it('to another protocol is answered without an upgrade', async () => {
    for (const [path, body] of [
      ['/healthz', '{"status":"up"}'],
      ['/stats', 'site /stats'],
    ] as const) {
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
      };
      const response = await plain(footfall.url, { path, headers });
      expect([response.status, await response.text()]).toEqual([200, body]);
    }
  });

  it.each(['/stats', '/api/visitors/track', '/api/live//', '/api/nothing', '//'])(
    'that requests a socket at %s gets the error that there is none',
    async (path) => {
      await expectError(await plain(footfall.url, { path, headers: HANDSHAKE }), 404, 'NOT_FOUND');
    },
  );

  it('that requests a socket with an invalid host is refused', async () => {
    const headers = { ...HANDSHAKE, host: 'a/b' };
    await expectError(await plain(footfall.url, { path: '/api/live', headers }), 400, 'BAD_REQUEST');
  });
});

describe('a stop', () => {
  it('ends for every subscriber, and is not delayed by one that does not respond', async () => {
    const footfall = await startEmbedded({}, onTestFinished);
    const clients = await Promise.all(EVERY_WAY.map((way) => WAYS[way](footfall.url)));
    const mute = await opened(footfall.port);
    for (const { updates } of clients) await expect.poll(() => updates.length).toBe(1);
    await footfall.app.stop();
    expect(await Promise.all(clients.map(({ over }) => over))).toEqual([1001, 1001, 0, 0]);
    expect(mute.code()).toBe(1001);
    await mute.closed;
  });
});

describe('on a site that has no more visitors', () => {
  it('the numbers fall over time, each under a newer version, and subscribers get them', async () => {
    const MINUTE_MS = 60_000;
    const folder = await mkdtemp(join(tmpdir(), 'footfall-live-'));
    const store = await openStore(await openFile({ path: join(folder, 'footfall.db') }));
    const clock = { now: Date.parse('2026-11-20T12:00:00Z') };
    const hub = new Hub({
      read: () => liveUpdate({ store, now: () => clock.now }),
      follow: store.follow,
      pollMs: 10,
    });
    const received: LiveUpdate[] = [];
    const leave = hub.join({
      send: ({ update }) => received.push(update) > 0,
      heartbeat: () => {},
      end: () => {},
    });
    onTestFinished(async () => {
      leave();
      await store.close();
      await rm(folder, { recursive: true });
    });
    const moment = { at: clock.now, hour: clock.now, day: clock.now - 12 * 60 * MINUTE_MS };
    const visit = { country: 'BD', region: '', city: 'Dhaka', language: '', source: 'direct', campaign: '' };
    await store.add(
      {
        kind: 'page-view',
        id: newId().replaceAll('-', ''),
        ...moment,
        visitor: 2,
        previousDayKey: null,
        page: '/',
        referrer: null,
        campaign: undefined,
        attributes: { ...visit, channel: 'direct', device: 'desktop', browser: 'Firefox', system: 'Linux' },
      },
      false,
    );
    const present = () => {
      const { stats, visitorStats } = received.at(-1) as LiveUpdate;
      const { activeUsers, todayVisits, totalVisitors, locations } = stats;
      const { live, active, today, total } = visitorStats;
      expect(activeUsers).toBe(live);
      return [Object.keys(locations).length, live, active, today, todayVisits, total, totalVisitors];
    };
    for (const [after, numbers] of [
      [0, [1, 1, 1, 1, 1, 1, 1]],
      [6 * MINUTE_MS, [0, 0, 1, 1, 1, 1, 1]],
      [31 * MINUTE_MS, [0, 0, 0, 1, 1, 1, 1]],
      [12 * 60 * MINUTE_MS, [0, 0, 0, 1, 0, 1, 1]],
      [25 * 60 * MINUTE_MS, [0, 0, 0, 0, 0, 1, 1]],
    ] as const) {
      clock.now = moment.at + after;
      await expect.poll(present).toEqual(numbers);
    }
    const versions = received.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(received).toHaveLength(versions.length);
  });
});

describe('regressions', () => {
  it('a new subscriber on a busy stream gets the current state at once: earlier bytes made it look slow', async () => {
    const update = { version: 1, store: 7, stats: { version: 1, store: 7 } } as LiveUpdate;
    const hub = new Hub({ read: () => Promise.resolve(update), follow: () => () => {}, pollMs: 10_000 });
    let isAwake = false;
    onTestFinished(hub.join({ send: () => (isAwake = true), heartbeat: () => {}, end: () => {} }));
    await expect.poll(() => isAwake).toBe(true);
    const route = liveRoute({
      footfall: {} as never,
      hubOf: () => hub,
      visitsHubOf: () => ({}) as never,
      limiter: undefined,
      isOwner: async () => false,
      requireOwner: async () => 'owner',
    });
    const { body } = await route({
      method: 'GET',
      path: '/api/live',
      query: '',
      header: (name) => (name === 'accept' ? 'text/event-stream' : undefined),
      address: () => '',
      place: () => ({ country: '', region: '', city: '' }),
      text: () => Promise.resolve(''),
      bytes: () => Promise.resolve(new Uint8Array()),
    });
    let sent = '';
    const sink: Sink = {
      write: (chunk) => (sent += new TextDecoder().decode(chunk)),
      isStalled: () => sent !== '',
      end: () => {},
      abort: () => {},
    };
    onTestFinished((body as (sink: Sink) => () => void)(sink));
    expect(sent).toMatch(/^retry: 5000\n\nid: 1-7\ndata: \{.*\}\n\n$/);
  });

  it('a cancelled stream can be ended, and written to, without an error', async () => {
    let sink: Sink | undefined;
    const answer = { status: 200, headers: {}, body: (to: Sink) => ((sink = to), () => {}) };
    const reader = (webResponse(answer, 'GET').body as ReadableStream<Uint8Array>).getReader();
    await reader.cancel();
    expect(() => sink?.write(new Uint8Array(1))).not.toThrow();
    expect(() => sink?.end()).not.toThrow();
    expect(sink?.isStalled()).toBe(true);
  });
});
