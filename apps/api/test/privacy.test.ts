import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newId, raw, start, trackBytes } from './support.ts';

const MARKED = {
  address: '203.0.113.77',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.77) Gecko/20100101 Firefox/143.77',
  visitor: 'marked-visitor-77',
  token: 'marked-token-77',
} as const;

/** Sends what names a person, in every place where it may stand and on every way in. */
async function sendEverything(url: string, port: number): Promise<void> {
  const headers = {
    'user-agent': MARKED.userAgent,
    'x-forwarded-for': MARKED.address,
    'x-visitor-id': MARKED.visitor,
    authorization: `Bearer ${MARKED.token}`,
    cookie: `session=${MARKED.token}`,
    referer: `https://example.com/?token=${MARKED.token}`,
    'content-type': 'application/json',
  };
  const hit = {
    url: `https://example.com/p?token=${MARKED.token}#${MARKED.token}`,
    referrer: `https://www.example.org/q?token=${MARKED.token}`,
    visitorId: MARKED.visitor,
    ip: MARKED.address,
    userAgent: MARKED.userAgent,
  };
  const post = (path: string, body: string) => fetch(url + path, { method: 'POST', headers, body });
  for (const body of [
    hit,
    { ...hit, id: newId() },
    { ...hit, id: MARKED.token },
    { ...hit, url: MARKED.token },
  ]) {
    await post('/api/visitors/track', JSON.stringify(body));
    await post('/api/trpc/track', JSON.stringify({ json: body }));
  }
  await post('/api/visitors/track', `{"token":"${MARKED.token}`);
  await post('/api/trpc/track', `{"token":"${MARKED.token}`);
  await post(`/api/trpc/${MARKED.token}`, '{}');
  for (const path of [
    '/api/visitors/pixel.gif',
    '/api/visitors/count',
    `/api/${MARKED.token}`,
    '/',
    '/readyz',
    '/metrics',
  ]) {
    await fetch(`${url}${path}?page=${MARKED.token}&url=${encodeURIComponent(hit.url)}`, { headers });
  }
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
  const footfall = await start(
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
  const footfall = await start(
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
