import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { webResponse } from '../src/web.ts';
import {
  BROWSER,
  expectCors,
  expectSentence,
  newId,
  newPage,
  outcomes,
  raw,
  startEmbedded,
  trackBytes,
  type RawAnswer,
} from './support.ts';

const footfall = await startEmbedded();

/** Asserts that a response from a raw socket is an error in the documented format. */
function expectRawError({ status, headers, body }: RawAnswer, wanted: number, code: string): void {
  expect(status).toBe(wanted);
  expectCors(headers);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  const answer = JSON.parse(body) as { error: string };
  expect(answer).toEqual({ error: expect.any(String) as string, code });
  expectSentence(answer.error);
}

/** Asserts that a request was refused on its socket, which was then closed, and that nothing was counted. */
async function expectRefused(bytes: string | Uint8Array, status: number, code: string): Promise<void> {
  const before = await footfall.stored();
  const answers = await (await raw(footfall.port, bytes)).closed;
  expect(answers).toHaveLength(1);
  expectRawError(answers[0]!, status, code);
  expect(await footfall.stored()).toEqual(before);
}

describe('a method', () => {
  it('unknown to HTTP is refused', async () => {
    await expectRefused('NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST');
  });

  it('CONNECT opens no tunnel', async () => {
    const answers = await (
      await raw(footfall.port, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n')
    ).closed;
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe('a route', () => {
  it.each(['/', '/stats', '/api/docs', '/apiary', '//', '//api/visitors/count', '/%', '/x?y', '/../api/x'])(
    '%s belongs to the site',
    async (path) => {
      const answers = await (
        await raw(footfall.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      ).closed;
      expect([answers[0]?.status, answers[0]?.body]).toEqual([200, `site ${path}`]);
    },
  );
});

describe('the size', () => {
  /** A valid event of a given size in bytes. */
  const filled = (bytes: number, page: string) => {
    const empty = JSON.stringify({ url: page, more: '' });
    return JSON.stringify({ url: page, more: 'x'.repeat(bytes - empty.length) });
  };
  const chunked = (body: string, chunk: number) => {
    const parts: string[] = [];
    for (let at = 0; at < body.length; at += chunk) {
      const part = body.slice(at, at + chunk);
      parts.push(`${part.length.toString(16)}\r\n${part}\r\n`);
    }
    return parts.join('');
  };
  const HEAD = `POST /api/visitors/track HTTP/1.1\r\nHost: x\r\nUser-Agent: ${BROWSER}\r\n`;

  it('of a chunked body may be 8 KiB, and not a byte more', async () => {
    const page = newPage();
    const head = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;
    const fits = await raw(footfall.port, `${head}${chunked(filled(8_192, page), 1_000)}0\r\n\r\n`);
    expect((await fits.answers(1))[0]).toMatchObject({ status: 200 });
    fits.socket.destroy();
    const over = await raw(footfall.port, `${head}${chunked(filled(8_193, page), 1_000)}0\r\n\r\n`);
    expectRawError((await over.answers(1))[0]!, 413, 'PAYLOAD_TOO_LARGE');
    over.socket.destroy();
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('that is announced is refused before the body arrives', async () => {
    const request = await raw(footfall.port, `${HEAD}Content-Length: 1000000000\r\n\r\n`);
    expectRawError((await request.answers(1))[0]!, 413, 'PAYLOAD_TOO_LARGE');
    expect(await request.closed).toHaveLength(1);
  });

  it('that exceeds the limit is refused before the body ends', async () => {
    const request = await raw(
      footfall.port,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunked('x'.repeat(9_000), 1_000)}`,
    );
    expectRawError((await request.answers(1))[0]!, 413, 'PAYLOAD_TOO_LARGE');
    expect(await request.closed).toHaveLength(1);
  });

  it('without end is answered, and the connection closed', async () => {
    const request = await raw(footfall.port, `${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = chunked('x'.repeat(65_536), 65_536);
    let sent = 0;
    const sending = setInterval(() => {
      if (request.socket.writableLength < 1e6) request.socket.write(chunk);
      sent += chunk.length;
    }, 5);
    const answers = await request.closed;
    clearInterval(sending);
    expectRawError(answers[0]!, 413, 'PAYLOAD_TOO_LARGE');
    expect(sent).toBeGreaterThan(8_192);
  });

  it('announced with Expect: 100-continue is answered', async () => {
    const page = newPage();
    const body = JSON.stringify({ url: page });
    const request = await raw(
      footfall.port,
      `${HEAD}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    expect((await request.answers(1))[0]).toMatchObject({ status: 100 });
    request.socket.write(body);
    expect((await request.answers(2))[1]).toMatchObject({ status: 200 });
    request.socket.destroy();
  });

  it('of headers over 16 KiB is refused', async () => {
    await expectRefused(
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      413,
      'PAYLOAD_TOO_LARGE',
    );
    await expectRefused(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 413, 'PAYLOAD_TOO_LARGE');
  });

  it('of a GET’s body is refused too, and the response is sent', async () => {
    const request = await raw(
      footfall.port,
      `GET /api/visitors/count HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf`,
    );
    expect(await request.closed).toMatchObject([{ status: 200 }]);
  });
});

describe('an invalid request', () => {
  it.each([
    ['a word', 'hello\r\n\r\n'],
    ['zeros', '\0\0\0\0\0\0\0\0'],
    ['a TLS hello', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
    ['high bytes', '\xff\xfe\xfd\xfc\r\n\r\n'],
    ['another version', 'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['a space in the path', 'GET /health z HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without a name', 'GET /healthz HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['a NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n'],
    ['a header that is no header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'],
    ['a length that is no number', trackBytes('').replace('Content-Length: 0', 'Content-Length: x')],
    ['a negative length', trackBytes('').replace('Content-Length: 0', 'Content-Length: -1')],
    ['two lengths', trackBytes('{"url":"/a"}', 'Content-Length: 3\r\n')],
    ['a length and chunks', trackBytes('{"url":"/a"}', 'Transfer-Encoding: chunked\r\n')],
    [
      'an invalid chunk',
      trackBytes('').replace('Content-Length: 0', 'Transfer-Encoding: chunked') + 'zz\r\n',
    ],
  ])('(%s) is refused with 400', async (_, bytes) => {
    await expectRefused(bytes, 400, 'BAD_REQUEST');
  });

  it('gets a complete HTTP response', async () => {
    const request = await raw(footfall.port, 'hello\r\n\r\n');
    const [answer] = await request.closed;
    expect(request.text()).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer?.headers.get('connection')).toBe('close');
    expect(answer?.headers.get('content-length')).toBe(String(answer?.body.length));
  });
});

describe('half a request', () => {
  it.each([
    ['in its first line', 'POST /api/visitors/tr'],
    ['in its headers', 'POST /api/visitors/track HTTP/1.1\r\nHost: x\r\nContent-'],
    ['in its body', trackBytes('{"url":"/half"}').slice(0, -3)],
    [
      'in a chunk',
      trackBytes('').replace(
        'Content-Length: 0\r\n\r\n',
        'Transfer-Encoding: chunked\r\n\r\nff\r\n{"url":"/half"',
      ),
    ],
  ])('that ends %s is refused, and nothing is counted', async (_, bytes) => {
    const before = await footfall.stored();
    const request = await raw(footfall.port, bytes);
    request.socket.end();
    const answers = await request.closed;
    expect(answers).toHaveLength(1);
    expectRawError(answers[0]!, 400, 'BAD_REQUEST');
    expect(await footfall.stored()).toEqual(before);
  });

  it('of a client that has disconnected disturbs no other client', async () => {
    const before = await footfall.stored();
    const requests = await Promise.all(
      Array.from({ length: 20 }, () => raw(footfall.port, trackBytes('{"url":"/half"}').slice(0, -3))),
    );
    for (const { socket } of requests) socket.resetAndDestroy();
    expect(await footfall.track({ url: newPage() })).toMatchObject({
      counted: true,
      total: before.count + 1,
    });
    expect((await footfall.count('/half')).count).toBe(0);
  });

  const SILENT = 'of a client that stops sending gets 408 in bounded time, and the connection is closed';
  it.concurrent(SILENT, async ({ onTestFinished }) => {
    const own = await startEmbedded({}, onTestFinished);
    const before = await own.stored();
    const answers = await Promise.all(
      [
        'P',
        'POST /api/visitors/track HTTP/1.1\r\nHost: x\r\n',
        trackBytes('{"url":"/half"}').slice(0, -3),
      ].map(async (bytes) => (await raw(own.port, bytes)).closed),
    );
    for (const answer of answers) {
      expect(answer).toHaveLength(1);
      expectRawError(answer[0]!, 408, 'TIMEOUT');
    }
    expect(await own.stored()).toEqual(before);
  });

  // A browser took the 408 for the response to its next request on the connection, and a page view was lost with its script.
  const PRECONNECT =
    'on a connection that was opened in advance is answered, and an unused one is closed without a response';
  it.concurrent(PRECONNECT, async ({ onTestFinished }) => {
    const own = await startEmbedded({}, onTestFinished);
    const page = newPage();
    const [late, half, unused] = [await raw(own.port), await raw(own.port), await raw(own.port)];
    const wait = setTimeout(() => {
      late.socket.write(trackBytes(JSON.stringify({ url: page })));
      half.socket.write('POST /api/visitors/track HTTP/1.1\r\nHost: x\r\n');
    }, 7_500);
    expect(await unused.closed).toEqual([]);
    expect(unused.text()).toBe('');
    clearTimeout(wait);
    expect(await late.answers(1)).toMatchObject([{ status: 200 }]);
    expect((await own.count(page)).count).toBe(1);
    late.socket.destroy();
    // A connection that waited first gets no more time for the rest than any other.
    const [refused] = await half.closed;
    expectRawError(refused!, 408, 'TIMEOUT');
  });

  it('that arrives slowly but in time is counted', async () => {
    const page = newPage();
    const request = await raw(footfall.port);
    request.socket.setNoDelay(true);
    for (const byte of trackBytes(JSON.stringify({ url: page }))) {
      request.socket.write(byte);
      await new Promise(setImmediate);
    }
    expect((await request.answers(1))[0]).toMatchObject({ status: 200 });
    request.socket.destroy();
    expect((await footfall.count(page)).count).toBe(1);
  });
});

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const page = newPage();
    const track = trackBytes(JSON.stringify({ url: page }));
    const request = await raw(
      footfall.port,
      `${track}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${track}GET /api/nonsense HTTP/1.1\r\nHost: x\r\n\r\n${track}`,
    );
    const answers = await request.answers(5);
    request.socket.destroy();
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 200]);
    expect(answers.map(({ body }) => (JSON.parse(body) as { status?: string }).status)[1]).toBe('up');
    expect((await footfall.count(page)).count).toBe(3);
  });

  it('are still read after one that was refused for its content', async () => {
    const page = newPage();
    const request = await raw(
      footfall.port,
      trackBytes('nonsense') + trackBytes(JSON.stringify({ url: page })),
    );
    const answers = await request.answers(2);
    request.socket.destroy();
    expect(answers.map(({ status }) => status)).toEqual([400, 200]);
  });

  it('cannot be smuggled in a body that is too large', async () => {
    const hidden = trackBytes('{"url":"/hidden"}').repeat(100);
    const request = await raw(footfall.port, trackBytes(hidden));
    const answers = await request.closed;
    expect(answers).toHaveLength(1);
    expectRawError(answers[0]!, 413, 'PAYLOAD_TOO_LARGE');
    expect((await footfall.count('/hidden')).count).toBe(0);
  });
});

describe('regression:', () => {
  it('a request in absolute form reaches its route (RFC 9112, 3.2.2)', async () => {
    const page = newPage();
    const body = JSON.stringify({ url: page });
    const request = await raw(
      footfall.port,
      trackBytes(body).replace('POST /', 'POST http://anyone.example/'),
    );
    await request.answers(1);
    request.socket.write(
      `GET http://anyone.example:80/api/visitors/count?page=${page} HTTP/1.1\r\nHost: x\r\n\r\n` +
        'GET HTTPS://anyone.example?page=x HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    const [track, count, home] = await request.answers(3);
    request.socket.destroy();
    expect([track?.status, track?.body]).toEqual([200, expect.stringContaining('"counted":true')]);
    expect([count?.status, count?.body]).toEqual([200, expect.stringContaining('"count":1')]);
    expect([home?.status, home?.body]).toEqual([200, 'site /?page=x']);
  });

  it('a request without Host is refused like any other: JSON, with CORS', async () => {
    const page = newPage();
    const bytes = trackBytes(JSON.stringify({ url: page })).replace('Host: x', 'Connection: close');
    await expectRefused(bytes, 400, 'BAD_REQUEST');
    await expectRefused('GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'BAD_REQUEST');
    const old = await raw(footfall.port, 'GET /healthz HTTP/1.0\r\n\r\n');
    expect(await old.closed).toMatchObject([{ status: 200 }]);
  });

  it('a request with an unknown expectation is answered like any other', async () => {
    const page = newPage();
    const request = await raw(
      footfall.port,
      trackBytes(JSON.stringify({ url: page }), 'Expect: nonsense\r\n'),
    );
    expect((await request.answers(1))[0]).toMatchObject({ status: 200 });
    request.socket.destroy();
    expect((await footfall.count(page)).count).toBe(1);
  });

  it('garbage after a request does not replace the request’s response', async () => {
    const page = newPage();
    const request = await raw(footfall.port, `${trackBytes(JSON.stringify({ url: page }))}garbage\r\n\r\n`);
    for (let n = 0; n < 30; n += 1) {
      request.socket.write('garbage\r\n\r\n'.repeat(1_000));
      await new Promise(setImmediate);
    }
    const [first, ...others] = await request.closed;
    expect((await footfall.count(page)).count).toBe(1);
    expect([first?.status, first?.body]).toEqual([200, expect.stringContaining('"counted":true')]);
    for (const answer of others) expectRawError(answer, 400, 'BAD_REQUEST');
  });

  it('a refused connection is dropped, even if its client never closes it', async () => {
    const own = await startEmbedded({}, onTestFinished);
    const connections = promisify(own.app.server.getConnections.bind(own.app.server));
    const silent = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const request = await raw(own.port);
        request.socket.removeAllListeners('end'); // this client never closes
        request.socket.write(n % 2 === 0 ? 'garbage\r\n\r\n' : 'POST /api/visitors/track HTTP/1.1\r\n');
        return request.socket;
      }),
    );
    await Promise.all(silent.map((socket) => once(socket, 'data')));
    await expect.poll(() => connections(), { timeout: 15_000, interval: 100 }).toBe(0);
    for (const socket of silent) socket.destroy();
  });

  it('a client that disconnects in its body is not logged as a failure', async () => {
    const own = await startEmbedded({}, onTestFinished);
    const request = await raw(own.port, trackBytes('{"url":"/half"}').slice(0, -3));
    request.socket.end();
    await request.closed;
    (await raw(own.port, trackBytes('{"url":"/half"}').slice(0, -3))).socket.resetAndDestroy();
    await expect.poll(() => outcomes(own, '/api/visitors/track', 'BAD_REQUEST')).toBe(2);
    expect(own.logged()).toBe('');
  });

  it('an id is not lost by a refused neighbour on its connection', async () => {
    const body = JSON.stringify({ id: newId(), url: newPage() });
    const first = await raw(footfall.port, `${trackBytes(body)}garbage\r\n\r\n`);
    await first.closed;
    expect(await footfall.track(body)).toMatchObject({ count: 1, reason: 'duplicate' });
  });
});

describe('regressions', () => {
  it.each(['', 'x/stats?', 'x/api/docs#', 'a b', 'a@b', 'a,b'])(
    'a Host of "%s" selects no page',
    async (host) => {
      const bytes = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const answers = await (await raw(footfall.port, bytes)).closed;
      expectRawError(answers[0]!, 400, 'BAD_REQUEST');
    },
  );
});

it('nothing begins for HEAD, whose body nobody takes', () => {
  let begun = 0;
  const body = (): (() => void) => {
    begun += 1;
    return () => {};
  };
  expect(webResponse({ status: 200, headers: {}, body }, 'HEAD').body).toBeNull();
  expect(begun).toBe(0);
  expect(webResponse({ status: 200, headers: {}, body }, 'GET').body).not.toBeNull();
  expect(begun).toBe(1);
});
