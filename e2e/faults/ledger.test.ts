import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import { footfall } from './cli.ts';
import { Client, newView } from './client.ts';

it('footfall ledger lists, while a server is running, what was not counted and why, by day', async () => {
  await using server = await startServer();
  const client = new Client(server.url, 1);
  const view = newView('/counted');
  expect((await client.track(view)).status).toBe(200);
  expect(await footfall(server.file, 'ledger')).toEqual({
    code: 0,
    stdout: 'Everything was counted.\n',
    stderr: '',
  });

  const before = new Date().toISOString().slice(0, 10);
  for (let times = 0; times < 3; times += 1) await client.track(view);
  const spam = JSON.stringify({ url: '/', referrer: 'https://www.semalt.com/x?token=secret' });
  for (let times = 0; times < 2; times += 1) await client.send('POST', '/api/visitors/track', spam);
  await client.send('POST', '/api/visitors/track', '{"url":""}'); // refused is not ignored: the client got an error
  client.close();
  const { code, stdout, stderr } = await footfall(server.file, 'ledger', '--days', '1');
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  if (before === new Date().toISOString().slice(0, 10)) {
    expect(lines).toEqual([`${before}\t3\tduplicate`, `${before}\t2\tspam\tsemalt.com`]);
  }
});

it.each(['--days 0', '--day 1'])('footfall ledger %s is refused in one sentence', async (args) => {
  await using server = await startServer();
  const ran = await footfall(server.file, 'ledger', ...args.split(' '));
  expect([ran.code, ran.stdout]).toEqual([1, '']);
  expect(ran.stderr).toMatch(/^[^\n]{10,200}\.\n$/);
});
