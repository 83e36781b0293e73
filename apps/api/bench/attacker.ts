/** One hostile client: attacks a server on this machine for some seconds, and prints the result. */
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** Options on the command line, as JSON. */
export interface AttackOptions {
  readonly port: number;
  readonly attack: AttackName;
  readonly seconds: number;
  readonly addressHeader: string;
}

/** The result. */
export interface AttackResult {
  readonly requests: number;
  /** Number of responses by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** The network of all forged addresses. */
const NETWORK = '2001:db8:bad';

const { port, attack, seconds, addressHeader } = JSON.parse(process.argv[2] ?? '') as AttackOptions;

const statuses: Record<string, number> = {};
let requests = 0;
const end = performance.now() + seconds * 1_000;
const isOver = (): boolean => performance.now() > end;

interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly address?: string;
}

const agent = new Agent({ keepAlive: true });

function send({
  method = 'GET',
  path,
  headers,
  body = '',
  address = `${NETWORK}:1::1`,
}: RequestOptions): Promise<void> {
  requests += 1;
  const all = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    [addressHeader]: address,
    ...headers,
  };
  return new Promise((resolve) => {
    const note = (status: string | number): void => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve();
    };
    const sent = request({ host: '127.0.0.1', port, agent, method, path, headers: all }, (response) => {
      response.resume();
      response.on('end', () => {
        note(response.statusCode ?? 0);
      });
      response.on('error', () => {
        note('lost');
      });
    });
    sent.on('error', () => {
      note('lost');
    });
    sent.end(body);
  });
}

/** Sends requests on several connections, each as soon as the previous one was answered. */
async function hammer(connections: number, requestOf: (n: number) => RequestOptions): Promise<void> {
  let n = 0;
  const loop = async (): Promise<void> => {
    while (!isOver()) await send(requestOf((n += 1)));
  };
  await Promise.all(Array.from({ length: connections }, loop));
}

const batch = (events: readonly object[], rest: Partial<RequestOptions> = {}): RequestOptions => ({
  method: 'POST',
  path: '/api/track',
  body: JSON.stringify({ events }),
  ...rest,
});
const count = <T>(size: number, make: (n: number) => T): T[] =>
  Array.from({ length: size }, (_, n) => make(n));
const newPages = (n: number): RequestOptions => batch(count(50, (k) => ({ url: `/new-${n}-${k}` })));

/** Keeps connections open that send 200 requests of ten calls each, and read nothing. */
async function pipeline(): Promise<void> {
  const input = encodeURIComponent(
    JSON.stringify(Object.fromEntries(count(10, (n) => [n, { json: { period: '30d' } }]))),
  );
  const target = `/api/trpc/${count(10, () => 'overview').join(',')}?batch=1&input=${input}`;
  const bytes = `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(200);
  await Promise.all(
    count(20, async () => {
      while (!isOver()) {
        const socket = connect(port, '127.0.0.1');
        socket.pause();
        socket.write(bytes);
        requests += 200;
        await closed(socket);
      }
    }),
  );
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), end - performance.now());
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      statuses['closed'] = (statuses['closed'] ?? 0) + 1;
      resolve();
    });
  });
}

/** Maximum number of open sockets: each takes a file descriptor on both ends. */
const SOCKETS = 4_000;

/** Opens live sockets from ever new subnets of one network, and keeps them open. */
async function follow(): Promise<void> {
  const sockets: Socket[] = [];
  let opened = 0;
  const open = (n: number): Promise<void> =>
    new Promise((resolve) => {
      requests += 1;
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(
          `GET /api/live HTTP/1.1\r\nHost: localhost\r\n${addressHeader}: ${NETWORK}:${n.toString(16)}::1\r\n` +
            'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        );
      });
      sockets.push(socket);
      socket.once('data', (chunk: Buffer) => {
        const status = chunk.toString('latin1').slice(9, 12);
        statuses[status] = (statuses[status] ?? 0) + 1;
        socket.resume();
        resolve();
      });
      socket.on('error', () => {});
      socket.on('close', resolve);
    });
  await Promise.all(
    count(50, async () => {
      while (!isOver() && opened < SOCKETS) await open((opened += 1));
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, end - performance.now())));
  for (const socket of sockets) socket.destroy();
}

const LONG_ARRAY = {
  json: { page: { length: 1e7 } },
  meta: { values: { page: [['typed-array', 'Float64Array']] } },
};

const ATTACKS = {
  superjson: () =>
    hammer(16, () => ({ path: `/api/trpc/count?input=${encodeURIComponent(JSON.stringify(LONG_ARRAY))}` })),
  blanks: () =>
    hammer(8, () => ({
      method: 'POST',
      path: '/api/visitors/track',
      headers: { authorization: `Bearer x${' '.repeat(15_000)}x` },
      body: JSON.stringify({ url: '/page-1' }),
    })),
  pipelining: pipeline,
  'values beyond the quota': () => hammer(8, newPages),
  'new pages of one client': () => hammer(8, newPages),
  combinations: () =>
    hammer(8, (n) =>
      batch(
        count(50, (k) => ({
          url: `/page-${k}?utm_campaign=c${k}&utm_source=s${n % 50}`,
          referrer: `https://site-${(n * 7 + k) % 500}.example/`,
          language: ['en', 'de', 'fr', 'pt', 'ja', 'bn', 'hi', 'zh'][(n + k) % 8],
          visitorId: `${n}-${k}`,
        })),
      ),
    ),
  'live connections': follow,
} satisfies Record<string, () => Promise<void>>;

export type AttackName = keyof typeof ATTACKS;

await ATTACKS[attack]();
const attacked: AttackResult = { requests, statuses };
console.log(JSON.stringify(attacked));
process.exit();
