import { has } from '@footfall/e2e/configurations';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MARKED, sendMarked } from '../marked.ts';
import { query, start, takeDown, OUTAGES, type Footfall } from '../support.ts';

it('no address, user agent, visitor or token is in the store', async () => {
  const footfall = await start(
    { CLIENT_IP_HEADER: 'X-Forwarded-For', TRUSTED_PROXIES: '127.0.0.1' },
    onTestFinished,
  );
  await sendMarked(footfall.url);
  expect((await footfall.count('/p')).count).toBeGreaterThan(0);
  await footfall.stop();
  const content = await contentOf(footfall);
  expect(content).toContain('example.org/q');
  for (const mark of [...Object.values(MARKED), '143.77', '127.0.0.1', 'token=']) {
    expect([mark, content.includes(mark)]).toEqual([mark, false]);
  }
});

it.each(OUTAGES)(
  'no address, user agent, visitor or token is ever logged, even if the store fails (%s)',
  async (way) => {
    const footfall = await start(
      { CLIENT_IP_HEADER: 'X-Forwarded-For', TRUSTED_PROXIES: '127.0.0.1' },
      onTestFinished,
    );
    await sendMarked(footfall.url);
    const giveBack = await takeDown(footfall, way);
    await sendMarked(footfall.url);
    // Those have tokens, which a Worker looks up before it commits.
    const another = { method: 'POST', body: JSON.stringify({ url: '/another' }) };
    await fetch(`${footfall.url}/api/visitors/track`, another);
    await giveBack();
    await footfall.track({ url: '/after' });
    const logged = footfall.logged();
    expect(logged).toContain('commit failed');
    for (const mark of [...Object.values(MARKED), '143.77']) expect(logged).not.toContain(mark);
  },
);

/** Everything in a store: the bytes of its files, or every value of every table. */
async function contentOf({ environment }: Footfall): Promise<string> {
  if (has('file')) {
    const folder = dirname((environment['DATABASE_URL'] ?? '').slice('file:'.length));
    const files = (await readdir(folder)).map((name) => readFile(join(folder, name)));
    return Buffer.concat(await Promise.all(files)).toString('latin1');
  }
  const columns = await query(
    environment,
    `select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'`,
  );
  const values: unknown[] = []; // in sequence: a server limits concurrency
  for (const [table, column] of columns) {
    values.push(await query(environment, `select hex("${column}") from "${table}"`));
  }
  return Buffer.from(values.flat(2).join(''), 'hex').toString('latin1');
}
