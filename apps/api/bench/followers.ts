/**
 * Follows a server's numbers over many connections, in a process of their own: opens them, says so, and for every line on
 * its input prints what has come since. Speaks no more of the protocols than that takes, so that it is not what is measured.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What is asked for on the command line, as JSON. */
export interface Following {
  readonly port: number;
  readonly way: 'socket' | 'stream';
  readonly many: number;
  /** How many more are opened that do not read. */
  readonly stalled: number;
}

/** What came of one version. */
export interface Arrival {
  readonly version: number;
  /** How many connections it came to, and when: epoch milliseconds, with parts. */
  readonly many: number;
  readonly first: number;
  readonly p99: number;
  readonly last: number;
}

const { port, way, many, stalled } = JSON.parse(process.argv[2] ?? '') as Following;

/** Connections that are being opened at a time. */
const AT_ONCE = 100;

const REQUEST =
  way === 'socket'
    ? 'GET /api/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
    : 'GET /api/live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n';

/** What tells a state's version, once in each. */
const VERSION = way === 'socket' ? /"count":\d+,"version":(\d+)\}/g : /id: (\d+)\n/g;

const arrivals = new Map<number, number[]>();
const open: Socket[] = [];
let frames = 0;
let closed = 0;

function follow(reads: boolean): Promise<void> {
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
    while (opened < many + stalled) {
      opened += 1;
      await follow(opened > stalled);
    }
  }),
);
console.log('open');

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  const told: Arrival[] = [...arrivals].map(([version, times]) => ({
    version,
    many: times.length,
    first: times[0] ?? 0,
    p99: times[Math.floor((times.length - 1) * 0.99)] ?? 0,
    last: times.at(-1) ?? 0,
  }));
  console.log(JSON.stringify({ frames, closed, arrivals: told }));
  arrivals.clear();
  frames = 0;
}
for (const socket of open) socket.destroy();
process.exit();
