/**
 * Sends page views at a constant rate, whether earlier ones have been answered or not, and prints how long they took: a
 * server that stalls delays all clients that arrive meanwhile, not just a few.
 */
import { Agent, request } from 'node:http';

/** Options on the command line, as JSON. */
export interface Views {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** The header with the address of a view's visitor. */
  readonly addressHeader: string;
}

/** The result; times in milliseconds. */
export interface Viewed {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly failed: number;
}

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** Timeout of a view, in milliseconds. */
const TIMEOUT_MS = 30_000;

const { port, perSecond, seconds, addressHeader } = JSON.parse(process.argv[2] ?? '') as Views;
const agent = new Agent({ keepAlive: true });
const times: number[] = [];
let failed = 0;

function view(n: number): Promise<void> {
  const began = performance.now();
  const body = JSON.stringify({ url: `/page-${n % 50}`, visitorId: `visitor-${n % 500}` });
  const headers = {
    'user-agent': BROWSER,
    'content-type': 'application/json',
    'content-length': body.length,
    [addressHeader]: `198.51.100.${n % 250}`,
  };
  return new Promise((resolve) => {
    const end = (isCounted: boolean): void => {
      if (isCounted) times.push(performance.now() - began);
      else failed += 1;
      resolve();
    };
    const path = '/api/visitors/track?return=minimal';
    const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', path, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        end(response.statusCode === 204 || response.statusCode === 200);
      });
    });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('no response')));
    sent.on('error', () => {
      end(false);
    });
    sent.end(body);
  });
}

const began = performance.now();
const views: Promise<void>[] = [];
const most = perSecond * seconds;
await new Promise<void>((resolve) => {
  const pace = setInterval(() => {
    const due = Math.min(most, Math.floor(((performance.now() - began) / 1_000) * perSecond));
    while (views.length < due) views.push(view(views.length));
    if (views.length < most) return;
    clearInterval(pace);
    resolve();
  }, 1);
});
await Promise.all(views);
times.sort((one, other) => one - other);
const at = (share: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
const viewed: Viewed = { p50: at(0.5), p99: at(0.99), worst: at(1), failed };
console.log(JSON.stringify(viewed));
process.exit();
