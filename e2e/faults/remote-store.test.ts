import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { startFootfall, type Configuration, type Running } from '../configurations.ts';
import { launchServer, startServer, type Server } from '../server.ts';
import { makeKeys, startSqld, type Sqld } from '../sqld.ts';
import { startWorkerd } from '../workerd.ts';
import {
  Client,
  expectSettled,
  expectUnavailable,
  newView,
  readServer,
  storedId,
  type Answer,
} from './client.ts';
import { Load, Times } from './load.ts';

const isLong = process.env['FOOTFALL_LONG'] === '1';
const KILLS = isLong ? 25 : 5;
const SENDERS = 32;
/** Number of events that each server acknowledges before a fault, and after it. */
const BETWEEN = 50;
/** Minimum time for which the store is frozen, in milliseconds. */
const FROZEN_MS = 5_000;
/** Time after which a server counts again once its store is back, in milliseconds. */
const RECOVERED_MS = 5_000;
/** Maximum time to start on a machine that is busy with other tests, in milliseconds. */
const STARTED = { timeout: 60_000 };

/** The addresses behind any balancer: each of the instances, or the Worker. */
const urlsOf = ({ url, instances }: Running): string[] =>
  instances.length === 0 ? [url] : instances.map((instance) => instance.url);

function clientOf(url: string): Client {
  const client = new Client(url, 16);
  onTestFinished(() => {
    client.close();
  });
  return client;
}

async function start(configuration: Configuration): Promise<{ footfall: Running; sqld: Sqld }> {
  const footfall = await startFootfall({}, configuration);
  onTestFinished(footfall.stop);
  return { footfall, sqld: footfall.sqld! };
}

/** Asserts that exactly the acknowledged events are stored and published. */
async function expectExact(
  acknowledged: ReadonlySet<string>,
  urls: readonly string[],
  sqld: Sqld,
  configuration: Configuration,
): Promise<void> {
  for (const url of urls) {
    const client = clientOf(url);
    await expectSettled(() => client.count(), acknowledged.size, configuration);
  }
  const { ids } = await readServer(sqld);
  expect(ids).toEqual(new Set([...acknowledged].map(storedId)));
}

async function expectReady(urls: readonly string[], times: Times): Promise<void> {
  for (const url of urls) {
    const client = clientOf(url);
    const ready = () => times.of('/readyz', client.send('GET', '/readyz'));
    await expect.poll(async () => (await ready()).status, { timeout: RECOVERED_MS }).toBe(200);
  }
}

/** Shows the observations in the test's output. */
const report = ({ annotate }: TestContext, load: Load, reads = ''): Promise<unknown> =>
  annotate(
    `${load.acknowledged.size} acknowledged, ` +
      `${load.targets.map(({ refused }) => refused).join(' + ')} refused, ${load.unanswered} unanswered; ` +
      `longest ${load.times.toString()} ${reads}`,
  );

describe.each(['two instances', 'workerd'] as const)('a remote store, %s:', (configuration) => {
  it(
    `${KILLS} times killed and restarted under load, it loses no acknowledged event, and no client waits for it`,
    async (context) => {
      const { footfall, sqld } = await start(configuration);
      const urls = urlsOf(footfall);
      const load = Load.on(urls, SENDERS);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await load.acknowledgesOnAll(BETWEEN);
        const before = load.targets.map(({ refused }) => refused);
        await sqld.kill();
        await load.until('all senders are refused', () =>
          load.targets.every(({ refused }, at) => refused >= before[at]! + SENDERS),
        );
        await sqld.restart();
        await load.acknowledgesOnAll(1, RECOVERED_MS);
        await expectReady(urls, load.times);
      }
      await load.acknowledgesOnAll(BETWEEN);
      await load.end();
      await report(context, load);
      expect(load.unanswered).toBe(0);
      await expectExact(load.acknowledged, urls, sqld, configuration);
      load.times.expectShort();
    },
    isLong ? 600_000 : 240_000,
  );

  it('frozen under load, it blocks no client: the last known numbers are served, and counting continues when it thaws', async (context) => {
    const { footfall, sqld } = await start(configuration);
    const urls = urlsOf(footfall);
    const load = Load.on(urls, SENDERS);
    await load.acknowledgesOnAll(BETWEEN);
    const times = new Times();
    const clients = urls.map(clientOf);
    for (const reader of clients) for (const { path } of READS) await reader.send('GET', path);

    await sqld.freeze();
    const began = performance.now();
    let noticed = false;
    for (let round = 0; !noticed || performance.now() - began < FROZEN_MS; round += 1) {
      expect(performance.now() - began, 'it is noticed').toBeLessThan(2 * FROZEN_MS);
      const seen = await Promise.all(
        clients.flatMap((reader) =>
          [...READS, unknownPage(round)].map(async ({ path, isDown }) => {
            const answer = await times.of(path.replace(/\d+$/, 'N'), reader.send('GET', path));
            expect([200, 503]).toContain(answer.status);
            return { path, answer, down: isDown(answer) };
          }),
        ),
      );
      const wrong = seen
        .filter(({ down }) => !down)
        .map(({ path, answer: { status, body } }) => [path, status, body]);
      if (noticed) expect(wrong).toEqual([]);
      noticed = wrong.length === 0;
    }
    sqld.thaw();

    await load.acknowledgesOnAll(1, RECOVERED_MS);
    await expectReady(urls, load.times);
    await load.acknowledgesOnAll(BETWEEN);
    await load.end();
    await report(context, load, times.toString());
    expect(load.unanswered).toBe(0);
    expect(load.targets.every(({ refused }) => refused > 0)).toBe(true);
    await expectExact(load.acknowledged, urls, sqld, configuration);
    load.times.expectShort();
    times.expectShort();
  }, 240_000);
});

interface Read {
  readonly path: string;
  /** Whether a response says that the store is unavailable, in the way of this route. */
  readonly isDown: (answer: Answer) => boolean;
}

/** Routes that were read before the outage, so that their numbers are known. */
const READS: readonly Read[] = [
  { path: '/api/visitors/count', isDown: isStaleNumber },
  { path: '/api/visitors/count?page=%2Fpage-1', isDown: isStaleNumber },
  { path: '/stats', isDown: isStalePage },
  { path: '/', isDown: isStalePage },
  { path: '/readyz', isDown: isUnavailable },
];

/** Routes that were never read. */
const unknownPage = (n: number): Read => ({
  path: `/api/visitors/count?page=%2Funknown-${n}`,
  isDown: isUnavailable,
});

function isStaleNumber({ status, body }: Answer): boolean {
  return status === 200 && (JSON.parse(body) as { stale?: boolean }).stale === true;
}

function isStalePage({ status, body }: Answer): boolean {
  return status === 200 && body.includes('these are the last known numbers');
}

function isUnavailable(answer: Answer): boolean {
  if (answer.status !== 503) return false;
  expectUnavailable(answer);
  return true;
}

it('an instance that is killed under load does not block the other: its page views count once through the other one', async (context) => {
  const { footfall, sqld } = await start('two instances');
  const [killed, left] = footfall.instances as readonly [Server, Server];
  const load = Load.on([killed.url, left.url], SENDERS);
  await load.acknowledgesOnAll(4 * BETWEEN);
  await killed.kill();
  const { targets } = load;
  const before = targets[1]!.acknowledged;
  await load.until('the other counts', () => targets[1]!.acknowledged >= before + 10 * BETWEEN);
  await load.end();
  await report(context, load);
  expect(load.unanswered).toBeGreaterThan(0);
  expect(targets.map(({ refused }) => refused)).toEqual([0, 0]);
  await expectExact(load.acknowledged, [left.url], sqld, 'two instances');
  load.times.expectShort();
});

it.each([2, 4])(
  '%i instances that start at the same moment on an empty store all become ready',
  async (many) => {
    await using sqld = await startSqld();
    const servers = await Promise.all(Array.from({ length: many }, () => startServer({ env: sqld.env })));
    for (const server of servers) onTestFinished(() => server[Symbol.asyncDispose]());
    const acknowledged = new Set<string>();
    for (const { url } of servers) {
      const view = newView('/first');
      expect((await clientOf(url).track(view)).status).toBe(200);
      acknowledged.add(view.id);
    }
    await expectExact(
      acknowledged,
      servers.map(({ url }) => url),
      sqld,
      'two instances',
    );
    for (const server of servers) expect(server.stderr()).toBe('');
  },
);

describe('a remote store that is not up yet when Footfall starts', () => {
  it.each(['down', 'frozen'])('is waited for: %s, then back', async (how) => {
    await using sqld = await startSqld();
    await (how === 'down' ? sqld.kill() : sqld.freeze());
    await using server = await launchServer({ env: sqld.env });
    await expect.poll(server.stdout, STARTED).toContain('waiting for the libSQL server');
    await (how === 'down' ? sqld.restart() : sqld.thaw());
    const client = clientOf(server.url);
    const ready = () => client.send('GET', '/readyz').catch(() => undefined); // nothing listens before
    await expect.poll(async () => (await ready())?.status, STARTED).toBe(200);
    expect((await client.track(newView('/first'))).status).toBe(200);
    expect((await readServer(sqld)).total).toBe(1);
    expect(server.stderr()).toBe('');
  });

  it('is not awaited forever: the start ends with one sentence that names the variable', async () => {
    await using server = await launchServer({ env: { DATABASE_URL: 'http://127.0.0.1:9' } });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.stderr()).toMatch(/^[^\n]*DATABASE_URL[^\n]*\.\n$/);
    expect(server.stdout()).not.toContain('stack');
    expect(server.stdout()).toMatch(
      /^(?:\{[^\n]*"msg":"waiting for the libSQL server, which does not respond"\}\n)+$/,
    );
  });
});

describe('a remote store with a wrong token', () => {
  it('ends the start with one sentence that does not reveal the token', async () => {
    await using sqld = await startSqld();
    for (const token of [makeKeys().token('rw'), 'nonsense']) {
      await using server = await launchServer({ env: { ...sqld.env, DATABASE_AUTH_TOKEN: token } });
      expect(await server.ended).toEqual({ code: 1, signal: null });
      expect(server.stderr()).toMatch(/^[^\n]*DATABASE_URL[^\n]*\.\n$/);
      expect(server.stderr()).not.toContain(token);
      expect(server.stdout()).toBe('');
    }
  });

  it('makes the Worker answer 503, with neither token nor address in it', async () => {
    await using sqld = await startSqld();
    const token = makeKeys().token('rw');
    const workerd = await startWorkerd({ ...sqld.env, DATABASE_AUTH_TOKEN: token });
    onTestFinished(workerd.stop);
    const client = clientOf(workerd.url);
    for (const answer of [
      await client.track(newView('/a')),
      await client.send('GET', '/api/visitors/count'),
      await client.send('GET', '/api/visitors/count?page=%2Fa'),
      await client.send('GET', '/readyz'),
    ]) {
      expectUnavailable(answer);
    }
    const page = await client.send('GET', '/stats');
    expect(page.status).toBe(503);
    expect(page.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    for (const secret of [token, sqld.url, new URL(sqld.url).host]) expect(page.body).not.toContain(secret);
    await expect.poll(workerd.logged).toContain('could not be read');
    expect(workerd.logged()).not.toContain(token);
  });
});
