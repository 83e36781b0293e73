/**
 * `npm run bench -- history [views]`: the cost of reads over a long history, and whether counting continues meanwhile.
 * Generates 90 days with `footfall seed`, reads the analytics from a server over HTTP, and sends it page views meanwhile.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Load, Measured } from './generate.ts';

/** Tools from the bench. */
export interface Tools {
  /** Starts a server with an environment. */
  readonly start: (
    environment: Record<string, string>,
  ) => Promise<{ url: string; stop: () => Promise<void> }>;
  readonly generate: (load: Load) => Promise<Measured>;
  /** Page views to send. */
  readonly requests: Load['requests'];
}

const DAYS = 90;
const KEY = 'a key for the bench alone';

/** How often each query is sent: those without a filter, and those with one. */
const SAMPLES = 20;
const FILTERED = 6;

/** Page views per second meanwhile. */
const RATE = 200;

const CLI = new URL('../src/cli.ts', import.meta.url).pathname;
const run = promisify(execFile);

/** Measures it for each way of identifying visitors, and prints Markdown. */
export async function historyBench(views: number, tools: Tools): Promise<void> {
  console.log(`\n### ${views.toLocaleString('en')} page views over ${DAYS} days\n`);
  for (const identity of ['daily', 'device']) {
    const folder = await mkdtemp(join(tmpdir(), 'footfall-bench-'));
    const file = join(folder, 'footfall.db');
    const environment = { DATABASE_URL: `file:${file}`, IDENTITY: identity, API_KEYS: KEY };
    const env = { ...process.env, ...environment };
    const size = ['--days', DAYS, '--views', views, '--pages', 2_000, '--visitors', Math.ceil(views / 25)];
    const began = performance.now();
    const { stdout } = await run('node', [CLI, 'seed', ...size.map(String)], {
      env: { ...env, DATABASE_SYNCHRONOUS: 'normal' },
    });
    const seconds = (performance.now() - began) / 1000;
    const made = Number(stdout.replace(/ page views.*$/s, '').replaceAll(',', ''));
    const { size: bytes } = await stat(file);
    console.log(
      `\`IDENTITY=${identity}\`: ${made.toLocaleString('en')} page views made in ${seconds.toFixed(0)} s, ` +
        `**${(bytes / made).toFixed(0)} bytes** each.\n`,
    );
    await questions(await tools.start(environment), identity, tools);
    await rm(folder, { recursive: true });
  }
}

async function questions(
  server: Awaited<ReturnType<Tools['start']>>,
  identity: string,
  { generate, requests }: Tools,
): Promise<void> {
  const day = (back: number): string => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  const query = async (parameters: Record<string, string>): Promise<number> => {
    const began = performance.now();
    const url = `${server.url}/api/analytics/visitors?${new URLSearchParams(parameters).toString()}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${JSON.stringify(parameters)}: ${text}`);
    return performance.now() - began;
  };
  const whole = { from: day(DAYS - 1), to: day(0) };
  const month = { from: day(29), to: day(0) };
  const filters: Record<string, string>[] = [
    { country: 'DE' },
    { country: 'AT' },
    { device: 'desktop' },
    { source: 'Google' },
    { browser: 'Firefox' },
    { page: '/' },
    { page: '/blog/page-4' },
    { entry: '/' },
    { exit: '/' },
    { campaign: 'autumn' },
  ];
  const rows: (readonly [what: string, ms: number[]])[] = [];
  const series = async (what: string, samples: number, parameters: Record<string, string>): Promise<void> => {
    const ms: number[] = [];
    for (let n = 0; n < samples; n += 1) ms.push(await query(parameters));
    rows.push([what, ms]);
  };
  await series('no filter, 30 days', SAMPLES, month);
  await series('no filter, 90 days', SAMPLES, whole);
  await series('no filter, 90 days from 09:00 to 17:00', SAMPLES, {
    from: `${whole.from}T09:00:00Z`,
    to: `${day(1)}T17:00:00Z`,
  });

  const load = { url: server.url, connections: 16, rate: RATE, requests };
  const alone = await generate({ ...load, seconds: 5 });
  let isOver = false;
  const beside = generate({ ...load, seconds: 30 }).finally(() => {
    isOver = true;
  });
  let queries = 0;
  for (const filter of filters) await series(`${nameOf(filter)}, 90 days`, FILTERED, { ...whole, ...filter });
  while (!isOver) {
    await query({ ...whole, ...filters[queries % filters.length] });
    queries += 1;
  }
  const during = await beside;
  await server.stop();

  console.log('| analytics | p50 ms | p95 ms |\n|---|--:|--:|');
  for (const [what, ms] of rows) {
    ms.sort((one, other) => one - other);
    const at = (share: number): string => (ms[Math.floor((ms.length - 1) * share)] ?? NaN).toFixed(0);
    console.log(`| ${what} | ${at(0.5)} | ${at(0.95)} |`);
  }
  console.log(
    `\n\`track\` at ${RATE} page views a second (${identity}): p50 ${alone.p50.toFixed(1)} ms, p99 ${alone.p99.toFixed(1)} ms alone; ` +
      `p50 ${during.p50.toFixed(1)} ms, p99 **${during.p99.toFixed(1)} ms** while filtered analytics are read without a pause ` +
      `(target: under 50); ${during.failed} of them failed.\n`,
  );
}

function nameOf(filter: Record<string, string>): string {
  return Object.entries(filter)
    .map(([name, value]) => `\`${name}=${value}\``)
    .join(', ');
}
