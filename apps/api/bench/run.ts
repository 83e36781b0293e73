/**
 * `npm run bench`: Footfall next to a bare `node:http` server, in turns, in the same run, server and generator each on its
 * own core. Prints Markdown. Times depend on the machine; only the ratios can be compared.
 * `npm run bench -- sqld` measures only the rows with that word, `npm run bench -- page` what a browser experiences,
 * `npm run bench -- blocked` the cost for a page that blocks Footfall,
 * `npm run bench -- history 5000000` the cost of a long history, which takes some minutes, `npm run bench -- live 10000`
 * the cost of that many live connections, `npm run bench -- attack [name]` how much one hostile client harms all others,
 * `npm run bench -- import [rows]` what an import costs those who count meanwhile.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemChromium } from '@footfall/e2e/chromium';
import { chromium, type Browser, type Page } from '@playwright/test';
import { startHostSite } from '@footfall/e2e/host-site';
import { startSqld } from '@footfall/e2e/sqld';
import { attackBench } from './attack.ts';
import type { Load, Measured } from './generate.ts';
import { importBench } from './import.ts';
import { historyBench } from './history.ts';
import { liveBench } from './live.ts';

const ROUNDS = 3;
const SECONDS = 4;
/** How long a sustained load lasts, and how long its beginning, in seconds. */
const SUSTAINED_SECONDS = 30;
const BEGINNING_SECONDS = 5;
const PAGES = 200;
const VISITORS = 2_000;

const only = process.argv[2];
const size = Number(process.argv[3] ?? (process.argv[2] === 'live' ? 10_000 : 500_000));

const path = (file: string): string => new URL(file, import.meta.url).pathname;
const pinned = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;
const onCore = (core: number, command: string[]): string[] =>
  pinned ? ['taskset', '-c', String(core), ...command] : command;

interface Server {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** A page view of each visitor; few pages are viewed often. */
const bodies = Array.from({ length: VISITORS }, (_, visitor) =>
  JSON.stringify({
    url: `https://example.com/blog/post-${Math.floor(PAGES ** ((visitor * 0.618) % 1))}`,
    referrer: visitor % 3 === 0 ? 'https://www.google.com/' : `https://news${visitor % 20}.example.org/item`,
    visitorId: `visitor-${visitor}`,
    language: ['en', 'de', 'fr', 'pt', 'ja'][visitor % 5],
  }),
);
const rest: Load['requests'] = bodies.map((body) => ({ method: 'POST', path: '/api/visitors/track', body }));
const procedure = (name: string): Load['requests'] =>
  bodies.map((body) => ({ method: 'POST', path: `/api/trpc/${name}`, body: `{"json":${body}}` }));
const get = (at: string): Load['requests'] => [{ method: 'GET', path: at }];

if (only === 'attack') {
  await attackBench(process.argv[3], {
    start: (environment) => startFootfall(undefined, environment),
    aside: (command) => onCore(1, command),
  });
  process.exit();
}

console.log(`## Footfall and a bare server\n`);
console.log(
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}; server and generator ` +
    `${pinned ? 'on a core each' : 'not pinned'}; ${ROUNDS} rounds of ${SECONDS} s in turns, the median of each.\n`,
);
console.log(
  '| what | connections | requests/s | p50 ms | p95 ms | p99 ms | beside | its requests/s | **ratio** | generator |',
);
console.log('|---|--:|--:|--:|--:|--:|---|--:|--:|--:|');

if (only === 'page' || only === 'blocked') {
  await pageLoad();
  process.exit();
}
if (only === 'history') {
  await historyBench(size, {
    start: (environment) => start(path('../src/node.ts'), environment, false),
    generate,
    requests: rest,
  });
  process.exit();
}

if (only === 'import') {
  await importBench(process.argv[3] === undefined ? 100_000 : size, {
    start: (environment) => startFootfall(undefined, environment),
    generate,
    requests: rest,
  });
  process.exit();
}

if (only === 'live') {
  await followLive(size);
  process.exit();
}

const own = () => startFootfall();
const bare = () => start(path('bare.ts'), {});
const noop = () => start(path('noop.ts'), {});
for (const connections of [64, 256]) {
  await compare('`track`, REST, durable, burst', {
    connections,
    ours: [own, rest],
    theirs: ['bare', bare, rest],
  });
}
await compare('`track`, tRPC, durable', {
  connections: 64,
  ours: [own, procedure('track')],
  theirs: ['a no-op procedure', noop, procedure('noop')],
});
await compare('`count`', {
  connections: 64,
  ours: [own, get('/api/visitors/count')],
  theirs: ['bare', bare, get('/')],
});
await compare('`count?page=`', {
  connections: 64,
  ours: [own, get('/api/visitors/count?page=/blog/post-1')],
  theirs: ['bare', bare, get('/')],
});
await compare('`/stats`, the page', {
  connections: 64,
  ours: [own, get('/stats')],
  theirs: ['bare', bare, get('/')],
});
for (const connections of [64, 256]) {
  await compare('`track`, REST, remote sqld, burst', {
    connections,
    ours: [() => onSqld('../src/node.ts'), rest],
    theirs: ['bare', bare, rest],
  });
}
await compare('`track`, remote sqld, a call per request', {
  connections: 64,
  ours: [() => onSqld('per-request.ts'), rest],
  theirs: ['bare', bare, rest],
});
const sustainedRows = [
  ['`track`, REST, durable, sustained', own],
  ['`track`, REST, remote sqld, sustained', () => onSqld('../src/node.ts')],
] as const;
for (const [what, startOurs] of sustainedRows) {
  for (const connections of [64, 256]) await sustained(what, connections, startOurs);
}
for (const rate of [300, 1_000]) await paced(rate);
if (only === undefined) {
  await steady();
  await followLive(10_000);
  await coldReads();
  await pageLoad();
}

interface Comparison {
  readonly connections: number;
  readonly ours: readonly [() => Promise<Server>, Load['requests']];
  readonly theirs: readonly [string, () => Promise<Server>, Load['requests']];
}

/** Measures two servers in turns, each freshly started, and prints a row. */
async function compare(what: string, { connections, ours, theirs }: Comparison): Promise<void> {
  if (only !== undefined && !what.includes(only)) return;
  const [startOurs, ourRequests] = ours;
  const [beside, startTheirs, theirRequests] = theirs;
  const pairs: { ours: Measured; theirs: Measured; ratio: number }[] = [];
  let commits = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const baseline = await measureOn(await startTheirs(), connections, theirRequests);
    const server = await startOurs();
    const measured = await generate({
      url: server.url,
      connections,
      seconds: SECONDS,
      requests: ourRequests,
    });
    commits = await commitSizes(server.url);
    await server.stop();
    pairs.push({ ours: measured, theirs: baseline, ratio: measured.perSecond / baseline.perSecond });
  }
  pairs.sort((one, other) => one.ratio - other.ratio);
  const middle = pairs[Math.floor(ROUNDS / 2)];
  if (middle === undefined) return;
  const { ours: m, theirs: t } = middle;
  if (pairs.some((pair) => pair.ours.failed > 0)) console.log(`**${what}: requests failed**`);
  const spread = `${pairs[0]?.ratio.toFixed(2)}–${pairs.at(-1)?.ratio.toFixed(2)}`;
  console.log(
    `| ${what}${commits} | ${connections} | ${whole(m.perSecond)} | ${ms(m.p50)} | ${ms(m.p95)} | ${ms(m.p99)} | ${beside} | ` +
      `${whole(t.perSecond)} | **${middle.ratio.toFixed(middle.ratio < 0.01 ? 3 : 2)}** (${spread}) | ${percent(m.generatorLoad)}, ${percent(t.generatorLoad)} |`,
  );
}

async function measureOn(server: Server, connections: number, requests: Load['requests']): Promise<Measured> {
  const measured = await generate({ url: server.url, connections, seconds: SECONDS, requests });
  await server.stop();
  return measured;
}

/**
 * A load that lasts longer than appends may be ahead of the fold, so that folding is part of it. Reports the length of the
 * log's tail after five seconds and at the end, and how long it then takes to fold.
 */
async function sustained(what: string, connections: number, startOurs: () => Promise<Server>): Promise<void> {
  if (only !== undefined && !what.includes(only)) return;
  const before = await measureOn(await bare(), connections, rest);
  const server = await startOurs();
  const lengths: { at: number; events: number }[] = [];
  const began = performance.now();
  const sampling = setInterval(() => {
    void tailLength(server.url).then((events) => lengths.push({ at: performance.now() - began, events }));
  }, 500);
  const measured = await generate({
    url: server.url,
    connections,
    seconds: SUSTAINED_SECONDS,
    requests: rest,
  });
  clearInterval(sampling);
  const ended = performance.now();
  const left = await tailLength(server.url);
  while ((await tailLength(server.url)) > 0) await sleep(20);
  const emptied = performance.now() - ended;
  const folding = await metric(server.url, 'footfall_fold_seconds_sum');
  await server.stop();
  const after = await measureOn(await bare(), connections, rest);
  const theirs = (before.perSecond + after.perSecond) / 2;
  const longest = (from: number, to: number): number =>
    Math.max(0, ...lengths.filter(({ at }) => at >= from && at < to).map(({ events }) => events));
  const early = longest(0, BEGINNING_SECONDS * 1_000 + 2_000);
  const late = longest((SUSTAINED_SECONDS - BEGINNING_SECONDS) * 1_000, Infinity);
  if (measured.failed > 0) console.log(`**${what}: ${measured.failed} requests failed**`);
  console.log(
    `| ${what}, ${SUSTAINED_SECONDS} s: unfolded at most ${whole(early)} events in the first ${BEGINNING_SECONDS + 2} s, ` +
      `${whole(late)} in the last ${BEGINNING_SECONDS}; ${whole(left)} at the end, folded ${ms(emptied)} ms later; ` +
      `the fold takes ${percent(folding / SUSTAINED_SECONDS)} of the time | ${connections} | ` +
      `${whole(measured.perSecond)} | ${ms(measured.p50)} | ${ms(measured.p95)} | ${ms(measured.p99)} | bare | ` +
      `${whole(theirs)} | **${(measured.perSecond / theirs).toFixed(2)}** | ${percent(measured.generatorLoad)} |`,
  );
}

/**
 * Page views at a steady rate: how long clients wait while the log is folded. The first seconds are not measured: V8
 * compiles meanwhile, and of so few views those of the first half second alone would be the slowest percent.
 */
async function paced(rate: number): Promise<void> {
  const what = `\`track\`, ${whole(rate)} page views a second`;
  if (only !== undefined && !what.includes(only)) return;
  const server = await startFootfall();
  const load = { url: server.url, connections: 64, rate, requests: rest };
  await generate({ ...load, seconds: SECONDS });
  const measured = await generate({ ...load, seconds: 20 });
  await server.stop();
  console.log(
    `| ${what}, 20 s, warm | 64 | ${whole(measured.perSecond)} | ${ms(measured.p50)} | ${ms(measured.p95)} | ${ms(measured.p99)} | | | | ${percent(measured.generatorLoad)} |`,
  );
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

function tailLength(url: string): Promise<number> {
  return metric(url, 'footfall_unfolded_events');
}

/** The load of the requirement: 1,000 requests a minute; target: p95 under 100 ms. */
async function steady(): Promise<void> {
  const server = await startFootfall();
  const measured = await generate({
    url: server.url,
    connections: 10,
    seconds: 30,
    rate: Math.round(1000 / 60),
    requests: rest,
  });
  await server.stop();
  console.log(
    `\n- 1,000 page views a minute for 30 s: p50 ${ms(measured.p50)} ms, p95 **${ms(measured.p95)} ms** (target: under 100), p99 ${ms(measured.p99)} ms.`,
  );
}

/** A fresh server with pages in its store, and many simultaneous requests for `/stats`. */
async function coldReads(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-bench-'));
  const filled = await startFootfall(folder);
  await generate({ url: filled.url, connections: 16, seconds: 2, requests: rest });
  await filled.stop();
  const first: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const server = await startFootfall(folder);
    const began = performance.now();
    await (await fetch(`${server.url}/stats`)).text();
    first.push(performance.now() - began);
    await server.stop();
  }
  first.sort((one, other) => one - other);
  const server = await startFootfall(folder);
  const times = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const began = performance.now();
      await (await fetch(`${server.url}/stats`)).text();
      return performance.now() - began;
    }),
  );
  times.sort((one, other) => one - other);
  await server.stop();
  await rm(folder, { recursive: true });
  console.log(
    `- \`/stats\`, the first request to a fresh process, 20 starts: p50 ${ms(first[9])} ms, p95 **${ms(first[18])} ms** (target: under 50). ` +
      `1,000 at once to a fresh process, generator on the same machine: all answered after ${ms(times.at(-1))} ms, p50 ${ms(times[499])} ms.`,
  );
}

/** Loads the pages in Chromium until their load event; target: under 500 ms. */
async function pageLoad(): Promise<void> {
  const executablePath = systemChromium();
  const server = await startFootfall();
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  for (const at of only === 'blocked' ? [] : ['/', '/stats']) {
    const loads: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(server.url + at, { waitUntil: 'load' });
      loads.push(await page.evaluate<number>('performance.getEntriesByType("navigation")[0].duration'));
      await context.close();
    }
    loads.sort((one, other) => one - other);
    console.log(
      `- \`${at}\` in Chromium, empty cache, 20 loads: p50 ${ms(loads[9])} ms, p95 **${ms(loads[18])} ms** (target: under 500).`,
    );
  }
  if (only !== 'blocked') await hostPage(browser, server.url);
  await blockedPage(browser, server.url);
  await browser.close();
  await server.stop();
}

/** The cost of the tracker and the widget for a page, on a processor a quarter as fast: main thread time. */
async function hostPage(browser: Browser, footfall: string): Promise<void> {
  const tracker = `<script defer src="${footfall}/footfall.js"></script>`;
  const widget = `<script type="module" src="${footfall}/widget.js"></script><visitor-tracker></visitor-tracker>`;
  const bodies = { '/': '', '/tracker': tracker, '/both': tracker + widget };
  const host = await startHostSite((at) => `<h1>Shoes</h1>${bodies[at as keyof typeof bodies] ?? ''}`);
  const medians: number[] = [];
  for (const at of Object.keys(bodies)) {
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const context = await browser.newContext();
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      await devtools.send('Performance.enable');
      await page.goto(host.url + at);
      const isThere = [
        at === '/' || "'footfallMore' in window",
        at !== '/both' || "/[0-9]/.test(document.querySelector('visitor-tracker').shadowRoot?.textContent)",
      ].join(' && ');
      await page.waitForFunction(isThere);
      await idle(page);
      const { metrics } = await devtools.send('Performance.getMetrics');
      times.push((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1_000);
      await context.close();
    }
    medians.push(times.sort((one, other) => one - other)[9] ?? NaN);
  }
  await host.stop();
  const [bare = NaN, tracked = NaN, both = NaN] = medians;
  console.log(
    `- Main thread of a host page at a quarter of the speed, 20 loads, p50: ${ms(bare)} ms bare, **${ms(tracked - bare)} ms** more with the tracker, **${ms(both - bare)} ms** more with tracker and widget.`,
  );
}

/** Waits until a page is idle. */
function idle(page: Page): Promise<unknown> {
  return page.evaluate('new Promise((resolve) => requestIdleCallback(resolve))');
}

/** The cost of the tracker for a page that blocks requests to Footfall, over 1,000 navigations, and for the next page. */
async function blockedPage(browser: Browser, footfall: string): Promise<void> {
  const tracker = `<script defer src="${footfall}/footfall.js"></script>`;
  const policy = { 'content-security-policy': `script-src 'unsafe-inline' ${footfall}; connect-src 'none'` };
  const host = await startHostSite(() => tracker, policy);
  const page = await (await browser.newContext()).newPage();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.setSamplingInterval', { interval: 100 });
  const ours = async (work: () => Promise<unknown>): Promise<number> => {
    await devtools.send('Profiler.start');
    await work();
    const { profile } = await devtools.send('Profiler.stop');
    return timeWithin(profile, (url) => url.startsWith(`${footfall}/footfall`));
  };
  await page.goto(host.url);
  await page.waitForFunction("'footfallMore' in window");
  const moving = await ours(() =>
    page.evaluate(`(async () => {
      for (let move = 1; move <= 1000; move += 1) {
        history.pushState(null, '', '/' + move);
        await new Promise((resolve) => setTimeout(resolve));
      }
    })()`),
  );
  const loading: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    loading.push(
      await ours(async () => {
        await page.goto(`${host.url}/next`);
        await page.waitForFunction("'footfallMore' in window");
        await idle(page);
      }),
    );
  }
  loading.sort((one, other) => one - other);
  console.log(
    `- Main thread of a page that blocks Footfall: **${ms(moving / 1_000)} ms** of the tracker for each of 1,000 navigations; the next load p50 ${ms(loading[4])} ms, at most **${ms(loading[9])} ms** (target: 50).`,
  );
  await host.stop();
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

/** How long scripts ran, including what they called, in milliseconds. */
function timeWithin(
  { nodes, samples = [], timeDeltas = [] }: Profile,
  isOurs: (url: string) => boolean,
): number {
  const within = new Set<number>();
  const known = new Map(nodes.map((node) => [node.id, node]));
  const add = (id: number): void => {
    within.add(id);
    for (const child of known.get(id)?.children ?? []) add(child);
  };
  for (const { id, callFrame } of nodes) if (isOurs(callFrame.url)) add(id);
  const micros = samples.reduce((sum, id, at) => sum + (within.has(id) ? (timeDeltas[at] ?? 0) : 0), 0);
  return micros / 1_000;
}

/** A change is sent to all subscribers. */
async function followLive(many: number): Promise<void> {
  await liveBench(many, {
    start: (environment) => startFootfall(undefined, environment),
    generate,
    requests: rest,
    aside: (command) => onCore(1, command),
  });
}

async function startFootfall(folder?: string, environment: Record<string, string> = {}): Promise<Server> {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'footfall-bench-')));
  const server = await start(path('../src/node.ts'), {
    DATABASE_URL: `file:${data}/footfall.db`,
    LOG_LEVEL: 'info',
    ...environment,
  });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      if (folder === undefined) await rm(data, { recursive: true });
    },
  };
}

/** A server on a fresh sqld, which shares the generator's core: only the server is measured. */
async function onSqld(entry: string): Promise<Server> {
  const sqld = await startSqld();
  if (pinned) spawnSync('taskset', ['-a', '-p', '-c', '1', String(sqld.pid())]);
  const server = await start(path(entry), sqld.env);
  return {
    ...server,
    stop: async () => {
      await server.stop();
      await sqld[Symbol.asyncDispose]();
    },
  };
}

async function start(file: string, environment: Record<string, string>, alone = true): Promise<Server> {
  const port = await freePort();
  const [command = '', ...args] = alone ? onCore(0, ['node', file]) : ['node', file];
  const child = spawn(command, args, {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => {
      resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`${file} ended with ${code}`));
    });
  });
  child.stdout.resume();
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => ended(child) };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGTERM');
  });
}

async function generate(load: Load): Promise<Measured> {
  const [command = '', ...args] = onCore(1, ['node', path('generate.ts')]);
  const running = promisify(execFile)(command, args);
  running.child.stdin?.end(JSON.stringify(load));
  return JSON.parse((await running).stdout) as Measured;
}

/** Average number of page views per commit, from the server's metrics. */
async function commitSizes(url: string): Promise<string> {
  const commits = await metric(url, 'footfall_commit_page_views_count');
  if (commits === 0) return '';
  const size = (await metric(url, 'footfall_commit_page_views_sum')) / commits;
  const time = ((await metric(url, 'footfall_commit_seconds_sum')) / commits) * 1000;
  return `, ${size.toFixed(0)} views a commit of ${time.toFixed(1)} ms`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(1);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
