/**
 * `npm run bench -- live [connections]`: the cost of many live connections. The connections are in their own process, on
 * the generator's core; the server has a core to itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival, SubscribersOptions } from './subscribers.ts';
import type { Load, Measured } from './generate.ts';

/** Tools from the bench. */
export interface Tools {
  readonly start: (
    environment: Record<string, string>,
  ) => Promise<{ url: string; stop: () => Promise<void> }>;
  readonly generate: (load: Load) => Promise<Measured>;
  readonly requests: Load['requests'];
  /** Makes a command run on the generator's core. */
  readonly aside: (command: string[]) => string[];
}

/** Number of changes that are measured one by one, and the time between them, in milliseconds. */
const CHANGES = 20;
const APART_MS = 1_000;

/** Visits per second while frames are counted, and for how long, in seconds. */
const VISITS = 100;
const SECONDS = 10;

/** Additional connections that do not read. */
const STALLED = 100;

interface Arrivals {
  readonly frames: number;
  readonly closed: number;
  readonly arrivals: readonly Arrival[];
}

/** Measures sockets, then streams, and prints Markdown. */
export async function liveBench(count: number, tools: Tools): Promise<void> {
  for (const way of ['socket', 'stream'] as const) await measure(way, count, tools);
}

async function measure(way: SubscribersOptions['way'], count: number, tools: Tools): Promise<void> {
  const server = await tools.start({
    LIVE_CONNECTIONS: '1000000',
    LIVE_CONNECTIONS_PER_ADDRESS: '1000000',
  });
  const visit = async (): Promise<void> => {
    const response = await fetch(`${server.url}/api/visitors/track?return=minimal`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/5.0 (X11) Chrome/140.0.0.0' },
      body: JSON.stringify({ url: '/live', visitorId: `bench-${Math.random()}` }),
    });
    await response.arrayBuffer();
    if (response.status !== 204) throw new Error(`track: ${response.status}`);
  };
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  // The state of a server at work, not of one that has just started.
  await tools.generate({ url: server.url, connections: 64, seconds: 3, requests: tools.requests });
  await sleep(1_000);
  const before = await metric('process_resident_memory_bytes');
  const subscribers = await subscribe(
    { port: Number(new URL(server.url).port), way, count, stalled: STALLED },
    tools.aside,
  );
  // Objects of the connections move out of the young generation, as they do after a while.
  await tools.generate({ url: server.url, connections: 64, seconds: 3, requests: tools.requests });
  await sleep(2_000);
  const after = await metric('process_resident_memory_bytes');
  await subscribers.printed();

  const latencies: { p99: number; last: number }[] = [];
  await metric('nodejs_eventloop_lag_max_seconds'); // resets the maximum
  for (let change = 0; change < CHANGES; change += 1) {
    await visit();
    const counted = performance.timeOrigin + performance.now();
    await sleep(APART_MS);
    const { arrivals } = await subscribers.printed();
    const all = arrivals.find((arrival) => arrival.count >= count);
    if (all === undefined)
      throw new Error(`a change reached ${arrivals.map((each) => each.count).join(', ')}`);
    latencies.push({ p99: all.p99 - counted, last: all.last - counted });
  }
  const blocked = await metric('nodejs_eventloop_lag_max_seconds');

  const steady = await tools.generate({
    url: server.url,
    connections: 10,
    seconds: SECONDS,
    rate: VISITS,
    requests: tools.requests,
  });
  await sleep(APART_MS);
  const during = await subscribers.printed();
  const poured = await tools.generate({
    url: server.url,
    connections: 16,
    seconds: SECONDS,
    rate: 1_000,
    requests: tools.requests,
  });
  const { closed } = await subscribers.printed();
  await subscribers.end();
  await server.stop();

  const sorted = latencies.map(({ last }) => last).sort((one, other) => one - other);
  const each = (after - before) / (count + STALLED) / 1024;
  console.log(
    `\n### ${count.toLocaleString('en')} ${way}s, and ${STALLED} that do not read\n\n` +
      `- a change reached the last of them ${ms(sorted[Math.floor(sorted.length / 2)])} ms after the response to its visit (median of ${CHANGES}), ` +
      `**${ms(sorted.at(-1))} ms** at worst (target: 500)\n` +
      `- **${each.toFixed(1)} KB** of the server's memory each (target: at most ${way === 'socket' ? 20 : 30})\n` +
      `- the event loop was blocked for at most **${ms(blocked * 1000)} ms** meanwhile (target: 25)\n` +
      `- at ${VISITS} visits a second **${(during.frames / count / (SECONDS + APART_MS / 1000)).toFixed(1)} frames a second** to each (target: at most 4); \`track\` p99 ${ms(steady.p99)} ms\n` +
      `- at 1,000 a second \`track\` p50 ${ms(poured.p50)} ms, p99 **${ms(poured.p99)} ms** (target: 50); ${steady.failed + poured.failed} failed, ${closed} connections were lost`,
  );
}

async function subscribe(
  options: SubscribersOptions,
  aside: Tools['aside'],
): Promise<{ printed: () => Promise<Arrivals>; end: () => Promise<void> }> {
  const file = new URL('subscribers.ts', import.meta.url).pathname;
  const [command = '', ...args] = aside(['node', file, JSON.stringify(options)]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error('the subscribers have ended');
    return value;
  };
  await line();
  return {
    printed: async () => {
      child.stdin.write('\n');
      return JSON.parse(await line()) as Arrivals;
    },
    end: async () => {
      child.stdin.end('end\n');
      await once(child, 'exit');
    },
  };
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(1);
}
