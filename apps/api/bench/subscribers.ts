/**
 * Subscribes to a server's numbers over many connections, in its own process: opens them, reports that, and for every
 * line of input prints the updates since. It implements only the required part of the protocols, so that it is not measured itself.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Options on the command line, as JSON. */
export interface SubscribersOptions {
  readonly port: number;
  readonly way: 'socket' | 'stream';
  readonly count: number;
  /** Number of additional connections that do not read. */
  readonly stalled: number;
}

/** The arrival of one version. */
export interface Arrival {
  readonly version: number;
  /** The number of connections that received it, and when: epoch milliseconds, with fractions. */
  readonly count: number;
  readonly first: number;
  readonly p99: number;
  readonly last: number;
}

const { port, way, count, stalled } = JSON.parse(process.argv[2] ?? '') as SubscribersOptions;

/** Connections that are being opened at a time. */
const AT_ONCE = 100;

const REQUEST =
  way === 'socket'
    ? 'GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    : 'GET /api/live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n';

/** Matches a state's version, once in each. */
const VERSION = way === 'socket' ? /"count":\d+,"version":(\d+)\}/g : /id: (\d+)\n/g;

const arrivals = new Map<number, number[]>();
const open: Socket[] = [];
let frames = 0;
let closed = 0;

function subscribe(reads: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST));
    open.push(socket);
    socket.setNoDelay(true);
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const text = rest + chunk.toString('latin1');
      if (/^HTTP\/1\.1 [^12]/.test(text)) reject(new Error(text.split('\r\n', 1)[0]));
      let end = 0;
      for (const match of text.matchAll(VERSION)) {
        end = match.index + match[0].length;
        note(Number(match[1]));
      }
      rest = text.slice(end);
      if (end > 0) resolve();
      if (!reads && end > 0) socket.pause();
    });
    socket.on('error', reject);
    socket.on('close', () => (closed += 1));
  });
}

function note(version: number): void {
  frames += 1;
  const at = performance.timeOrigin + performance.now();
  const times = arrivals.get(version);
  if (times === undefined) arrivals.set(version, [at]);
  else times.push(at);
}

let opened = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (opened < count + stalled) {
      opened += 1;
      await subscribe(opened > stalled);
    }
  }),
);
console.log('open');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  const printed: Arrival[] = [...arrivals].map(([version, times]) => ({
    version,
    count: times.length,
    first: times[0] ?? 0,
    p99: times[Math.floor((times.length - 1) * 0.99)] ?? 0,
    last: times.at(-1) ?? 0,
  }));
  console.log(JSON.stringify({ frames, closed, arrivals: printed }));
  arrivals.clear();
  frames = 0;
}
for (const socket of open) socket.destroy();
process.exit();
