import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import { Client, eachOf, newView, readContents, storedId } from './client.ts';

const PAGES = Array.from({ length: 20 }, (_, n) => `/page-${n}`);

it('4,000 page views on 20 pages, a third of them sent two or three times at once, count 4,000', async () => {
  await using server = await startServer();
  const client = new Client(server.url, 200);
  const views = Array.from({ length: 4_000 }, (_, n) => newView(PAGES[n % PAGES.length]!));
  const reports = views.flatMap((view, n) =>
    Array.from({ length: n % 3 === 0 ? 2 + (n % 2) : 1 }, () => view),
  );
  const counted = new Map<string, number>();
  await eachOf(reports, 100, async (view) => {
    const { status, body } = await client.track(view);
    expect(status).toBe(200);
    const answer = JSON.parse(body) as { counted: boolean; reason?: string };
    if (answer.counted) counted.set(view.id, (counted.get(view.id) ?? 0) + 1);
    else expect(answer.reason).toBe('duplicate');
  });
  expect(counted.size).toBe(4_000);
  expect(new Set(counted.values())).toEqual(new Set([1]));
  expect(await client.count()).toBe(4_000);
  for (const page of PAGES) expect(await client.count(page)).toBe(200);
  client.close();

  expect(await server.stop()).toEqual({ code: 0, signal: null });
  const contents = await readContents(server.file);
  expect(contents.ids).toEqual(new Set(views.map(({ id }) => storedId(id))));
  expect(contents.pages).toEqual(new Map(PAGES.map((page) => [page, 200])));
  expect(server.stderr()).toBe('');
});

it('one id, sent twenty times at once over connections of their own, counts once', async () => {
  await using server = await startServer();
  for (const query of ['', '?return=minimal']) {
    const view = newView(`/once${query}`);
    const clients = Array.from({ length: 20 }, () => new Client(server.url, 1));
    await Promise.all(clients.map((client) => client.count())); // all are connected
    const answers = await Promise.all(clients.map((client) => client.track(view, query)));
    for (const client of clients) client.close();
    const counted = answers.filter(({ body }) => body === '' || body.includes('"counted":true'));
    expect(counted).toHaveLength(1);
    expect(answers.filter(({ body }) => body.includes('"reason":"duplicate"'))).toHaveLength(19);
  }
  const client = new Client(server.url, 1);
  expect(await client.count('/once')).toBe(2);
  client.close();
});
