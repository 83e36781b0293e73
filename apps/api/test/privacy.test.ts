import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { raw, startEmbedded, trackBytes } from './support.ts';
import { MARKED, sendMarked } from './marked.ts';

/** Sends personal data in every possible field, also in an invalid request. */
async function sendEverything(url: string, port: number): Promise<void> {
  const hit = await sendMarked(url);
  await (
    await raw(port, `${MARKED.token}\r\n\r\n`)
  ).closed;
  const half = await raw(
    port,
    trackBytes(JSON.stringify(hit), `X-Forwarded-For: ${MARKED.address}\r\n`).slice(0, -2),
  );
  half.socket.end();
  await half.closed;
}

it('no address, user agent, visitor or token is ever logged, not at the finest level, not when the store fails', async () => {
  const footfall = await startEmbedded(
    {
      LOG_LEVEL: 'trace',
      CLIENT_IP_HEADER: 'X-Forwarded-For',
      TRUSTED_PROXIES: '127.0.0.1',
      RATE_LIMIT_PER_SECOND: '1000',
    },
    onTestFinished,
  );
  await sendEverything(footfall.url, footfall.port);
  await footfall.app.store.close();
  await sendEverything(footfall.url, footfall.port);
  const logged = footfall.logged();
  expect(logged).toContain('commit failed');
  for (const line of logged.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  for (const mark of [...Object.values(MARKED), '143.77', '127.0.0.1']) expect(logged).not.toContain(mark);
});

it('no address, user agent, visitor or token is in the database', async () => {
  const footfall = await startEmbedded(
    { CLIENT_IP_HEADER: 'X-Forwarded-For', TRUSTED_PROXIES: '127.0.0.1' },
    onTestFinished,
  );
  await sendEverything(footfall.url, footfall.port);
  expect((await footfall.count('/p')).count).toBeGreaterThan(0);
  await footfall.app.stop();
  const folder = dirname(footfall.file);
  const bytes = Buffer.concat(
    await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name)))),
  ).toString('latin1');
  expect(bytes).toContain('example.org/q');
  for (const mark of [...Object.values(MARKED), '143.77', '127.0.0.1', 'token=']) {
    expect([mark, bytes.includes(mark)]).toEqual([mark, false]);
  }
});
