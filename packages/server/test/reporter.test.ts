import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReporter, type PageView } from '../src/reporter.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const VIEW: PageView = { url: 'https://example.com/a', userAgent: 'Firefox', ip: '192.0.2.1' };

interface Sent {
  readonly url: string;
  readonly key: string | undefined;
  readonly events: readonly (PageView & { id: string; timestamp: number })[];
}

/** A Footfall that gives these answers in turn, then the last one for good. */
function footfall(...answers: (number | Error | Response | [status: number, retryAfter: string])[]) {
  const sent: Sent[] = [];
  const errors: string[] = [];
  const reporter = createReporter({
    server: 'https://stats.example.com/',
    key: 'a key for tests alone',
    onError: ({ message }) => errors.push(message),
    fetch: async (input, init) => {
      const { events } = JSON.parse(init?.body as string) as Pick<Sent, 'events'>;
      const key = new Headers(init?.headers).get('authorization') ?? undefined;
      sent.push({ url: String(input), key, events });
      const answer = answers.length > 1 ? answers.shift() : (answers[0] ?? 200);
      if (answer instanceof Error) throw answer;
      if (answer instanceof Response) return answer.clone();
      const [status, retryAfter] = typeof answer === 'number' ? [answer, ''] : (answer as [number, string]);
      const body =
        status === 200 ? { results: [] } : { error: `A sentence about ${status}.`, code: 'A_WORD' };
      return Response.json(body, { status, headers: { 'retry-after': retryAfter } });
    },
  });
  return { ...reporter, sent, errors };
}

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

describe('a reporter', () => {
  it('sends a page view with an id, its time and the key', async () => {
    const { report, sent, waiting } = footfall();
    report(VIEW);
    expect(sent).toEqual([]); // not before the answer has gone
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([
      {
        url: 'https://stats.example.com/api/track',
        key: 'Bearer a key for tests alone',
        events: [{ ...VIEW, id: expect.stringMatching(/^[\da-f-]{36}$/) as string, timestamp: NOW }],
      },
    ]);
    expect(waiting()).toBe(0);
  });

  it('sends what comes together in one request, at most 50', async () => {
    const { report, sent } = footfall();
    for (let n = 0; n < 120; n += 1) report(VIEW);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent.map(({ events }) => events.length)).toEqual([50, 50, 20]);
  });

  it('sends no request that Footfall would find too large', async () => {
    const { report, sent } = footfall();
    for (let n = 0; n < 20; n += 1) report({ ...VIEW, url: `https://example.com/${'é'.repeat(3_000)}` });
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.flatMap(({ events }) => events)).toHaveLength(20);
    for (const { events } of sent) expect(Buffer.byteLength(JSON.stringify({ events }))).toBeLessThan(65_536);
  });

  it.each<[string, number | Error]>([
    ['does not answer', new TypeError('fetch failed')],
    ['has no store right now', 503],
    ['has too much to do', 429],
  ])('sends the same again, under the same id, when Footfall %s', async (_, answer) => {
    const { report, sent, errors, waiting } = footfall(answer, answer, 200);
    report(VIEW);
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting()).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ events }) => events[0]?.id)).size).toBe(1);
    expect(sent.every(({ events }) => events[0]?.timestamp === NOW)).toBe(true);
    expect(errors).toEqual([
      'https://stats.example.com does not answer. Page views wait until Footfall answers there.',
    ]);
    expect(waiting()).toBe(0);
  });

  it('waits longer after each attempt, up to a minute, and as long as it is asked to', async () => {
    const away = footfall(new TypeError('fetch failed'));
    away.report(VIEW);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(away.sent.length).toBeGreaterThan(10);
    expect(away.sent.length).toBeLessThan(30);

    const busy = footfall([503, '20'], 200);
    busy.report(VIEW);
    await vi.advanceTimersByTimeAsync(19_900);
    expect(busy.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(busy.sent).toHaveLength(2);
  });

  it('keeps the newest 10,000 page views while Footfall is down, and reports that it lost some', async () => {
    const { report, errors, waiting } = footfall(503);
    for (let n = 0; n <= 10_000; n += 1) report(VIEW);
    expect(waiting()).toBe(10_000);
    expect(errors).toEqual([expect.stringContaining('the oldest are lost')]);
  });

  it('does not send again what Footfall refuses, and reports the error', async () => {
    const { report, sent, errors, waiting } = footfall(400);
    report(VIEW);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sent).toHaveLength(1);
    expect(waiting()).toBe(0);
    expect(errors).toEqual(['Footfall refused 1 page view: A sentence about 400.']);
  });

  it('has sent everything when it is closed', async () => {
    const { report, sent, close, waiting } = footfall(200);
    for (let n = 0; n < 130; n += 1) report(VIEW);
    const closed = close();
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    expect(waiting()).toBe(0);
    expect(sent.flatMap(({ events }) => events)).toHaveLength(130);
  });

  it('gives up in time when it is closed while Footfall is down, and reports the loss', async () => {
    const { report, close, errors } = footfall(503);
    report(VIEW);
    const closed = close(5_000);
    await vi.advanceTimersByTimeAsync(5_100);
    await closed;
    expect(errors.at(-1)).toBe('1 page view did not reach Footfall.');
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [
      'a page',
      new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }),
      '200 with text/html',
    ],
    [
      'no such page',
      new Response('Not found', { status: 404, headers: { 'content-type': 'text/plain' } }),
      '404 with text/plain',
    ],
    ['other JSON', Response.json({ ok: true }), '200 with application/json'],
    [
      'no such route',
      Response.json({ error: 'No.', code: 'NOT_FOUND' }, { status: 404 }),
      '404 with application/json',
    ],
  ])('loses nothing to what is not a Footfall server, and says so: %s', async (_, answer, how) => {
    const { report, errors, waiting, sent } = footfall(answer, 200);
    report(VIEW);
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting()).toBe(1);
    expect(errors).toEqual([
      `https://stats.example.com is not a Footfall server: it answered ${how}. Page views wait until Footfall answers there.`,
    ]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([waiting(), sent.length]).toEqual([0, 2]);
  });
});

describe('an invalid configuration throws', () => {
  it.each(['', 'stats.example.com', 'ftp://stats.example.com', '/stats'])('for the server %j', (server) => {
    expect(() => createReporter({ server, key: 'a key for tests alone' })).toThrow(
      `server must be the address of a Footfall server, such as https://stats.example.com; it is ${JSON.stringify(server)}.`,
    );
  });

  it.each(['', ' ', undefined as unknown as string])('with the key %j', (key) => {
    expect(() => createReporter({ server: 'https://stats.example.com', key })).toThrow(
      'key must be one of the WRITE_KEYS of the Footfall server; it is empty. Is its variable set?',
    );
  });
});
