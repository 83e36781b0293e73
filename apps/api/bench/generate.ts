/** Sends the load of its input, in its own process, and prints the responses and the cost. */
import { json } from 'node:stream/consumers';
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second in total; as many as possible if absent. */
  readonly rate?: number;
  readonly requests: readonly { method: 'GET' | 'POST'; path: string; body?: string }[];
}

export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly failed: number;
  /** Share of one core that the generator used: near 1, it is the bottleneck. */
  readonly generatorLoad: number;
}

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const load = (await json(process.stdin)) as Load;
const before = process.cpuUsage();
const began = performance.now();
const times: number[] = [];
let connected = 0;
const result = await new Promise<autocannon.Result>((resolve, reject) => {
  const running = autocannon(
    {
      url: load.url,
      connections: load.connections,
      duration: load.seconds,
      ...(load.rate === undefined ? {} : { overallRate: load.rate }),
      headers: { 'user-agent': BROWSER, 'content-type': 'application/json' },
      requests: load.requests.slice(0, 1), // all of them for each connection would block the generator for seconds
      // Each connection has its own visitors: in reality, connections do not send the same one at once.
      setupClient: (client) => {
        const [from, to] = [connected, (connected += 1)].map((n) =>
          Math.floor((n * load.requests.length) / load.connections),
        );
        const own = load.requests.slice(from, to);
        client.setRequests((own.length > 0 ? own : load.requests).map((request) => ({ ...request })));
      },
    },
    (error, done) => {
      if (error) reject(error as Error);
      else resolve(done);
    },
  );
  // autocannon's own percentiles are whole milliseconds.
  running.on('response', (_client, _status, _bytes, time) => times.push(time));
});
const used = process.cpuUsage(before);
times.sort((one, other) => one - other);
const percentile = (share: number) =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
const measured: Measured = {
  perSecond: result.requests.average,
  p50: percentile(0.5),
  p95: percentile(0.95),
  p99: percentile(0.99),
  failed: result.errors + result.timeouts + result.non2xx,
  generatorLoad: (used.user + used.system) / 1000 / (performance.now() - began),
};
console.log(JSON.stringify(measured));
