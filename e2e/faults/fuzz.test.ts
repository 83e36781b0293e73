import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import { BROWSER, Client, eachOf, openSocket, STACK } from './client.ts';

/** A generator of reproducible numbers (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// All events are of a foreign host, so that those that are still valid are not counted either.
const body =
  '{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","url":"https://foreign.example/a?b=c","timestamp":1}';
const head = `Host: x\r\nUser-Agent: ${BROWSER}\r\n`;
const SEEDS = [
  `POST /api/visitors/track HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  `POST /api/visitors/track?return=minimal HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  `GET /api/visitors/pixel.gif?url=https%3A%2F%2Fforeign.example%2F HTTP/1.1\r\n${head}\r\n`,
  `GET /api/visitors/count?page=%2Fa%C3%A9 HTTP/1.1\r\n${head}If-None-Match: W/"1", "2"\r\n\r\n`,
  `GET /api/trpc/count,pages?batch=1&input=%7B%220%22%3A%7B%22json%22%3A%7B%7D%7D%7D HTTP/1.1\r\n${head}\r\n`,
  `POST /api/trpc/track?batch=1 HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length + 16}\r\n\r\n{"0":{"json":${body}}} `,
  `OPTIONS /api/visitors/track HTTP/1.1\r\n${head}Origin: https://x\r\nAccess-Control-Request-Method: POST\r\n\r\n`,
  `GET / HTTP/1.1\r\n${head}Accept: text/html\r\n\r\n`,
  `GET /stats?x=%20 HTTP/1.1\r\n${head}Accept: */*\r\n\r\n`,
  `GET http://x/_app/version.json HTTP/1.0\r\n${head}Range: bytes=0-1\r\n\r\n`,
  `GET //..%2f..%2fetc/passwd?%zz HTTP/1.1\r\n${head}\r\n`,
];

const SNIPPETS = [
  '\0',
  '\r\n',
  '\r\n\r\n',
  '%',
  '%00',
  '%zz',
  '..',
  '//',
  '\xff',
  '{',
  '"',
  '__proto__',
  '-1',
  ' ',
  '\t',
  '?',
  '#',
  ',',
  '9'.repeat(40),
  'x'.repeat(3_000),
];

/** A request with a few mutations, or only noise. */
function mutated(random: () => number): Buffer {
  const below = (n: number) => Math.floor(random() * n);
  if (random() < 0.1) return Buffer.from(Array.from({ length: 1 + below(400) }, () => below(256)));
  let text = SEEDS[below(SEEDS.length)]!;
  for (let changes = 1 + below(6); changes > 0; changes -= 1) {
    const at = below(text.length + 1);
    const kind = below(5);
    if (kind === 0) text = text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at + 1);
    else if (kind === 1) text = text.slice(0, at) + SNIPPETS[below(SNIPPETS.length)]! + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at + below(30));
    else if (kind === 3) text = text.slice(0, at);
    else text = text.slice(0, at) + text.slice(below(at + 1), at) + text.slice(at);
  }
  return Buffer.from(text, 'latin1');
}

it.each([1, 2, 3])(
  '800 broken requests (seed %i) crash nothing, count nothing and show no stack',
  async (seed) => {
    await using server = await startServer({ env: { SITE_HOSTS: 'only.example', LOG_LEVEL: 'error' } });
    const random = numbersFrom(seed);
    const requests = Array.from({ length: 800 }, () => mutated(random));
    await eachOf(requests, 20, async (bytes) => {
      const { socket, read, text, closed } = await openSocket(server.port);
      read();
      socket.end(bytes);
      await closed;
      expect([bytes.toString('latin1'), text()]).toEqual([
        bytes.toString('latin1'),
        expect.not.stringMatching(STACK),
      ]);
      if (text() !== '') expect(text()).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
      expect(text()).not.toMatch(/^HTTP\/1\.1 500 /m);
      expect(text()).not.toContain('"counted":true');
    });
    const client = new Client(server.url, 1);
    expect(await client.count()).toBe(0);
    expect((await client.send('GET', '/readyz')).status).toBe(200);
    client.close();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(server.stderr()).toBe('');
    expect(server.stdout()).toBe('');
  },
);
