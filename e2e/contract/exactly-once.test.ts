import { expect, it, onTestFinished } from 'vitest';
import { has, startFootfall, type Running } from '../configurations.ts';
import {
  BROWSER,
  Client,
  expectSettled,
  expectUnavailable,
  newView,
  readStore,
  storedId,
  type View,
} from '../faults/client.ts';

/** Fewer if each is a separate commit, except in a long run. */
const VIEWS = process.env['FOOTFALL_LONG'] === '1' ? 4_000 : has('burst') ? 2_000 : 400;

const PAGES = Array.from({ length: 20 }, (_, n) => `/page-${n}`);

/** Number of events under way at a time. */
const AT_ONCE = 100;

async function start(): Promise<Running> {
  const footfall = await startFootfall();
  onTestFinished(footfall.stop);
  return footfall;
}

/** The addresses of a server, and of each of its instances. */
function clientsOf(footfall: Running): { all: Client; each: readonly Client[] } {
  const [all, ...each] = [footfall.url, ...footfall.instances.map(({ url }) => url)].map((url) => {
    const client = new Client(url, AT_ONCE);
    onTestFinished(() => {
      client.close();
    });
    return client;
  });
  return { all: all!, each };
}

/** Groups of events that are sent at the same moment: copies of a view are never separated. */
function roundsOf(views: readonly View[]): (readonly [view: View, copies: number])[][] {
  const rounds: (readonly [view: View, copies: number])[][] = [];
  let free = 0;
  views.forEach((view, n) => {
    const copies = n % 3 === 0 ? 2 + (n % 2) : 1;
    if (copies > free) {
      rounds.push([]);
      free = AT_ONCE;
    }
    rounds.at(-1)?.push([view, copies]);
    free -= copies;
  });
  return rounds;
}

it(`${VIEWS} page views on 20 pages, a third of them sent two or three times at once, count ${VIEWS}`, async () => {
  const footfall = await start();
  const { all, each } = clientsOf(footfall);
  const views = Array.from({ length: VIEWS }, (_, n) => newView(PAGES[n % PAGES.length]!));
  const counted = new Map<string, number>();
  const refused = new Set<string>();
  let events = 0;
  const send = async (client: Client, view: View): Promise<void> => {
    events += 1;
    const answer = await client.track(view);
    if (answer.status === 503) {
      // It is unknown whether it was stored. A client stores it, and sends it again.
      expectUnavailable(answer);
      refused.add(view.id);
      return send(client, view);
    }
    expect(answer.status).toBe(200);
    const { counted: isCounted, reason } = JSON.parse(answer.body) as { counted: boolean; reason?: string };
    if (isCounted) counted.set(view.id, (counted.get(view.id) ?? 0) + 1);
    else expect(reason).toBe('duplicate');
  };
  for (const round of roundsOf(views)) {
    await Promise.all(
      // Copies are sent to the instances directly, so that they arrive at both at the same moment.
      round.flatMap(([view, copies]) =>
        Array.from({ length: copies }, (_, copy) =>
          send(copies === 1 || each.length === 0 ? all : each[copy % each.length]!, view),
        ),
      ),
    );
  }
  expect(new Set(counted.values())).toEqual(new Set([1]));
  expect(views.filter(({ id }) => !counted.has(id) && !refused.has(id))).toEqual([]);
  if (has('burst')) expect(refused.size).toBe(0);
  for (const client of [...each, all]) {
    await expectSettled(() => client.count(), VIEWS);
    for (const page of PAGES) await expectSettled(() => client.count(page), VIEWS / PAGES.length);
  }
  for (const { url } of footfall.instances) {
    expect(await eventsOf(url)).toBeGreaterThan(events / footfall.instances.length / 2);
  }

  for (const instance of footfall.instances) {
    expect(await instance.stop()).toEqual({ code: 0, signal: null });
    expect(instance.stderr()).toBe('');
  }
  const contents = await readStore(footfall);
  expect(contents.ids).toEqual(new Set(views.map(({ id }) => storedId(id))));
  expect(contents.pages).toEqual(new Map(PAGES.toSorted().map((page) => [page, VIEWS / PAGES.length])));
}, 120_000);

it('one id, sent twenty times at once over separate connections, counts once', async () => {
  const footfall = await start();
  const { all, each } = clientsOf(footfall);
  for (const query of ['', '?return=minimal']) {
    const view = newView(`/once${query}`);
    const clients = Array.from({ length: 20 }, () => new Client(footfall.url, 1));
    await Promise.all(clients.map((client) => client.send('GET', '/healthz'))); // all are connected, to every instance
    const answers = await Promise.all(clients.map((client) => client.track(view, query)));
    for (const client of clients) client.close();
    const refused = answers.filter(({ status }) => status === 503);
    refused.forEach(expectUnavailable);
    if (has('burst')) expect(refused).toEqual([]);
    const counted = answers.filter(({ body }) => body === '' || body.includes('"counted":true'));
    expect(counted.length).toBeLessThanOrEqual(1);
    // The one that was counted may be among the refused: a client sends these again.
    if (refused.length === 0) expect(counted).toHaveLength(1);
    else await expect.poll(async () => (await all.track(view)).status, { timeout: 30_000 }).toBe(200);
    const duplicates = answers.filter(({ body }) => body.includes('"reason":"duplicate"'));
    expect(duplicates).toHaveLength(answers.length - counted.length - refused.length);
  }
  for (const { url } of footfall.instances) {
    expect(await eventsOf(url)).toBe(40 / footfall.instances.length);
  }
  for (const client of [...each, all]) {
    await expectSettled(() => client.count(), 2);
    await expectSettled(() => client.count('/once'), 2);
  }
});

/** Number of events that an instance received, by its metrics. */
async function eventsOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: { 'user-agent': BROWSER } })).text();
  const lines = [
    ...text.matchAll(/^footfall_requests_total\{route="\/api\/visitors\/track",[^}]*\} (\d+)$/gm),
  ];
  return lines.reduce((sum, [, count]) => sum + Number(count), 0);
}
