import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import { AGREES, footfall } from './cli.ts';

const WRITE_KEY = 'a-write-key-of-32-characters-xyz';
const MARK = randomBytes(6).toString('hex');

const ADDRESSES = ['203.0.113.197', '198.51.100.231', '81.2.69.142', '2001:db8:77aa:91bc:3de:1f2a:8c40:5b6e'];
const USER_AGENTS = [
  `Mozilla/5.0 (X11; Linux x86_64; rv:143.0; ${MARK}) Gecko/20100101 Firefox/143.0`,
  `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X; ${MARK}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
];
const BOT = `Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html?${MARK})`;
const SECRETS = {
  query: `query-token-${MARK}`,
  referrer: `referrer-token-${MARK}`,
  fragment: `fragment-${MARK}`,
  visitorId: `visitor-${MARK}`,
  click: `click-${MARK}`,
  cookie: `cookie-${MARK}`,
};
/** Strings that are stored, and must be found. */
const STORED = {
  page: `/stored-page-${MARK}`,
  referrer: `referrer.example/stored-path-${MARK}`,
  campaign: `stored-campaign-${MARK}`,
};

/** Every encoding of a string in a file. */
function writings(text: string): [way: string, bytes: Buffer][] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const base64 = [0, 1, 2].map((offset): [string, Buffer] => {
    // At any offset, the middle is encoded the same.
    const whole = Buffer.concat([Buffer.alloc(offset), utf8])
      .toString('base64')
      .replace(/=+$/, '');
    return [`base64 (${offset})`, Buffer.from(whole.slice(offset === 0 ? 0 : 4, -2))];
  });
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm): [string, Buffer][] => {
    const hash = createHash(algorithm).update(text).digest();
    return [
      [algorithm, hash.subarray(0, 12)],
      [`${algorithm} as hex`, Buffer.from(hash.toString('hex').slice(0, 24))],
    ];
  });
  return [
    ['UTF-8', utf8],
    ['UTF-16', utf16],
    ['UTF-16, byte-swapped', Buffer.from(utf16).swap16()],
    ['hex', Buffer.from(utf8.toString('hex'))],
    ['HEX', Buffer.from(utf8.toString('hex').toUpperCase())],
    ['a URL', Buffer.from(encodeURIComponent(text))],
    ...base64,
    ...hashes,
  ];
}

/** The encodings in which a string occurs among bytes. */
function found(text: string, bytes: Buffer): string[] {
  return writings(text).flatMap(([way, written]) => (bytes.includes(written) ? [way] : []));
}

it('the search for a string finds every encoding', () => {
  for (const [way, written] of writings(USER_AGENTS[0] ?? '')) {
    const bytes = Buffer.concat([randomBytes(101), written, randomBytes(99)]);
    expect(found(USER_AGENTS[0] ?? '', bytes)).toContain(way);
  }
  const quoted = Buffer.from(Buffer.from(`{"ip":"${ADDRESSES[0]}"}`).toString('base64'));
  expect(found(ADDRESSES[0] ?? '', quoted)).not.toEqual([]);
  expect(found(ADDRESSES[0] ?? '', randomBytes(10_000))).toEqual([]);
});

it('no address and no user agent that was sent is in the database, its WAL, a backup or the log', async () => {
  await using server = await startServer({
    env: {
      CLIENT_IP_HEADER: 'X-Forwarded-For',
      TRUSTED_PROXIES: '127.0.0.1',
      WRITE_KEYS: WRITE_KEY,
      LOG_LEVEL: 'trace',
    },
  });
  const { url, file } = server;
  const folder = dirname(file);
  const body = (more: object = {}) =>
    JSON.stringify({
      url: `https://site.example${STORED.page}?token=${SECRETS.query}&utm_campaign=${STORED.campaign}&gclid=${SECRETS.click}#${SECRETS.fragment}`,
      referrer: `https://${STORED.referrer}?token=${SECRETS.referrer}#${SECRETS.fragment}`,
      ...more,
    });
  for (const address of ADDRESSES) {
    for (const userAgent of USER_AGENTS) {
      const headers = {
        'user-agent': userAgent,
        'x-forwarded-for': address,
        cookie: `session=${SECRETS.cookie}`,
        referer: `https://site.example/?token=${SECRETS.query}`,
      };
      const post = async (path: string, text: string, more: Record<string, string> = {}): Promise<number> => {
        const init = { method: 'POST', headers: { ...headers, ...more }, body: text };
        return (await fetch(url + path, init)).status;
      };
      const named = { ip: address, userAgent, visitorId: SECRETS.visitorId };
      expect(await post('/api/visitors/track', body())).toBe(200);
      expect(await post('/api/visitors/track', body({ visitorId: SECRETS.visitorId }))).toBe(200);
      expect(await post('/api/track', `{"events":[${body(named)},{"url":"${address}"}]}`)).toBe(200);
      expect(
        await post('/api/trpc/track', `{"json":${body(named)}}`, { 'content-type': 'application/json' }),
      ).toBe(200);
      const key = { authorization: `Bearer ${WRITE_KEY}`, 'user-agent': BOT };
      expect(await post('/api/visitors/track', body(named), key)).toBe(200);
      expect(await post('/api/visitors/track', body(), { 'user-agent': BOT })).toBe(200);
      expect(await post('/api/visitors/track', body(), { dnt: '1' })).toBe(200);
      expect(await post('/api/visitors/track', `{"ip":"${address}","ua":"${userAgent}`)).toBe(400);
      expect(await post('/api/visitors/track', body({ timestamp: address }))).toBe(400);
      expect(await post(`/api/${address}`, '')).toBe(404);
      for (const path of [
        '/api/visitors/pixel.gif?url=/pixel',
        '/',
        '/stats',
        `/${address}`,
        '/api/visitor-stats',
      ]) {
        await fetch(url + path, { headers });
      }
      expect((await fetch(`${url}/api/analytics/visitors`, { headers })).status).toBe(401);
    }
  }

  const read = async (): Promise<[where: string, bytes: Buffer][]> => [
    ...(await Promise.all(
      (await readdir(folder)).map(async (name): Promise<[string, Buffer]> => [
        name,
        await readFile(join(folder, name)),
      ]),
    )),
    ['stdout', Buffer.from(server.stdout())],
    ['stderr', Buffer.from(server.stderr())],
  ];
  const expectNoPersonalData = (haystacks: readonly [where: string, bytes: Buffer][]): void => {
    const secrets = [...ADDRESSES, '2001:db8:77aa:91bc', ...USER_AGENTS, BOT, ...Object.values(SECRETS)];
    for (const [where, bytes] of haystacks) {
      for (const text of secrets) expect([where, text, found(text, bytes)]).toEqual([where, text, []]);
      // Also the bytes of the address, and of the half of it that is hashed.
      for (const half of ['20010db877aa91bc', '03de1f2a8c405b6e']) {
        expect([where, half, bytes.includes(Buffer.from(half, 'hex'))]).toEqual([where, half, false]);
      }
    }
  };

  const backup = join(folder, 'backup.db');
  const client = createClient({ url: `file:${file}` });
  await client.execute({ sql: 'vacuum into ?', args: [backup] });
  client.close();
  const running = await read();
  expectNoPersonalData(running);
  const bytesOf = (where: string): Buffer => running.find(([name]) => name === where)?.[1] ?? Buffer.alloc(0);
  const database = Buffer.concat([bytesOf('footfall.db'), bytesOf('footfall.db-wal')]);
  for (const stored of Object.values(STORED)) {
    expect([stored, found(stored, database).includes('UTF-8')]).toEqual([stored, true]);
    expect([stored, found(stored, bytesOf('backup.db')).includes('UTF-8')]).toEqual([stored, true]);
  }
  expect(bytesOf('stdout').includes('Footfall is at')).toBe(true);

  // After a crash, and after a stop, nothing more is found.
  await server.kill();
  expectNoPersonalData(await read());
  {
    await using again = await startServer({ folder });
    expect((await fetch(`${again.url}/api/visitors/count`)).status).toBe(200);
    await again.stop();
    expectNoPersonalData([['stdout again', Buffer.from(again.stdout() + again.stderr())]]);
  }
  expectNoPersonalData(await read());
  expect(await footfall(file, 'verify')).toEqual(AGREES);
});
