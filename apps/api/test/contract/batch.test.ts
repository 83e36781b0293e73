import { createFootfallClient } from '@footfall/trpc/client';
import { describe, expect, it } from 'vitest';
import { BROWSER, expectCors, expectError, newId, newPage, outcomes, start } from '../support.ts';
import { has } from '@footfall/e2e/configurations';

const footfall = await start();

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${footfall.url}/api/track`, {
    method: 'POST',
    headers: { 'user-agent': BROWSER, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function batch(events: unknown[], headers?: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await post({ events }, headers);
  expect(response.status).toBe(200);
  return response.json();
}

describe('a batch', () => {
  it('counts each page view once, and returns the result of each event', async () => {
    const before = await footfall.stored();
    const [page, other] = [newPage(), newPage()];
    const [first, second, third] = [newId(), newId(), newId()];
    const events = [
      { id: first, url: page },
      { id: second, url: page, type: 'page_view' },
      { id: third, url: other, type: 'session_start' },
      { id: first, url: page },
      { url: 'nowhere' },
      { type: 'page_hide', id: second, engagedMs: 12_000, scrollPercent: 80 },
      { id: newId(), url: page, referrer: 'https://semalt.com/' },
    ];
    const answer = {
      accepted: 4,
      duplicates: 1,
      ignored: 2,
      results: [
        { id: first, counted: true },
        { id: second, counted: true },
        { id: third, counted: true },
        { id: first, counted: false, reason: 'duplicate' },
        { id: null, counted: false, reason: 'invalid' },
        { id: second, counted: true },
        { id: events[6]?.id, counted: false, reason: 'spam' },
      ],
    };
    expect(await batch(events)).toEqual(answer);
    expect((await footfall.stored()).count).toBe(before.count + 3);

    expect(await batch(events)).toMatchObject({ accepted: 1, duplicates: 4, ignored: 2 });
    expect((await footfall.stored()).count).toBe(before.count + 3);
    expect(await footfall.track({ id: third, url: other })).toMatchObject({ reason: 'duplicate', count: 1 });
    expect((await footfall.count(page)).count).toBe(2);
  });

  it('of 50 is accepted, and gives ids to events that have none', async () => {
    const page = newPage();
    const answer = (await batch(Array.from({ length: 50 }, () => ({ url: page })))) as {
      results: { id: string }[];
    };
    expect(answer).toMatchObject({ accepted: 50, duplicates: 0, ignored: 0 });
    expect(new Set(answer.results.map(({ id }) => id)).size).toBe(50);
    for (const { id } of answer.results) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-/);
    expect((await footfall.count(page)).count).toBe(50);
  });

  it('may be text from a beacon, and is for every page', async () => {
    const page = newPage();
    const answer = await post(
      { events: [{ url: page }] },
      { 'content-type': 'text/plain', origin: 'https://a.example' },
    );
    expect(answer.status).toBe(200);
    expectCors(answer.headers);
    expect((await footfall.count(page)).count).toBe(1);
    const preflight = await fetch(`${footfall.url}/api/track`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'POST, OPTIONS',
    ]);
  });

  it('is a procedure, too', async () => {
    const client = createFootfallClient({ url: footfall.url, headers: { 'user-agent': BROWSER } });
    const page = newPage();
    const events = Array.from({ length: 50 }, () => ({ id: newId(), url: `${page}?${'x'.repeat(1_000)}` }));
    expect(await client.trackBatch.mutate({ events })).toMatchObject({ accepted: 50 });
    expect(await client.trackBatch.mutate({ events })).toMatchObject({ duplicates: 50 });
    expect((await footfall.count(page)).count).toBe(50);
    await expect(client.trackBatch.mutate({ events: [] })).rejects.toMatchObject({
      message: 'events must be a list of 1 to 50.',
    });
  });

  it('from a bot, or from a visitor who has opted out, is not counted', async () => {
    const page = newPage();
    const events = [
      { id: newId(), url: page },
      { type: 'engagement', id: newId() },
    ];
    expect(await batch(events, { dnt: '1' })).toMatchObject({
      ignored: 2,
      results: [{ reason: 'opted-out' }, { reason: 'opted-out' }],
    });
    expect(await batch(events.slice(0, 1), { 'user-agent': 'curl/8.11.0' })).toMatchObject({
      results: [{ counted: false, reason: 'bot' }],
    });
    expect((await footfall.count(page)).count).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no events', '{}'],
    ['an empty list', { events: [] }],
    ['no list', { events: { url: '/a' } }],
    ['51 events', { events: Array(51).fill({ url: '/a' }) }],
  ])('of %s is refused', async (_, body) => {
    await expectError(await post(body), 400, 'BAD_REQUEST');
  });

  it('is refused over 64 KiB, and as another type', async () => {
    const events = (length: number) => ({ events: [{ url: '/a', more: 'x'.repeat(length) }] });
    const around = JSON.stringify(events(0)).length;
    expect((await post(events(64 * 1024 - around))).status).toBe(200);
    await expectError(await post(events(64 * 1024 - around + 1)), 413, 'PAYLOAD_TOO_LARGE');
    await expectError(
      await post({ events: [{ url: '/a' }] }, { 'content-type': 'text/html' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
    await expectError(await fetch(`${footfall.url}/api/track`), 405, 'METHOD_NOT_SUPPORTED');
  });

  it('takes the visitor from the header if an event has none', async () => {
    expect(await batch([{ url: newPage() }], { 'x-visitor-id': 'someone' })).toMatchObject({ accepted: 1 });
    expect(await batch([{ url: newPage() }], { 'x-visitor-id': 'x'.repeat(129) })).toMatchObject({
      results: [{ reason: 'invalid' }],
    });
  });

  it('that is resent counts once, also at the same time', async () => {
    const before = await footfall.stored();
    const page = newPage();
    const events = Array.from({ length: 50 }, () => ({ id: newId(), url: page }));
    const deliver = async (): Promise<{ accepted: number; duplicates: number }> => {
      for (;;) {
        const response = await post({ events });
        if (response.status === 200) return (await response.json()) as Awaited<ReturnType<typeof deliver>>;
        expect(response.status).toBe(503); // too many at once; a refused batch may be sent again
      }
    };
    const answers = await Promise.all(Array.from({ length: has('burst') ? 8 : 2 }, deliver));
    answers.push(await deliver());
    for (const { accepted, duplicates } of answers) expect(accepted + duplicates).toBe(50);
    // A client that got 503 and sends again gets a duplicate.
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBeLessThanOrEqual(50);
    expect(answers.at(-1)).toMatchObject({ accepted: 0, duplicates: 50 });
    expect((await footfall.count(page)).count).toBe(50);
    expect((await footfall.stored()).count).toBe(before.count + 50);
  });

  it('with 49 invalid events counts the valid one', async () => {
    const page = newPage();
    const id = newId();
    const invalid = [
      null,
      1,
      'text',
      [],
      {},
      { url: '' },
      { url: 'javascript:alert(1)' },
      { url: page, id: 'no-uuid' },
      { url: page, timestamp: 'yesterday' },
      { url: page, type: 'click' },
      { url: page, consent: 'true' },
      { url: `/${'x'.repeat(4_096)}` },
      { type: 'engagement' },
      { type: 'page_hide', id, engagedMs: -1 },
      { type: 'page_hide', id, engagedMs: 1.5 },
      { type: 'page_hide', id, scrollPercent: 101 },
      { type: 'engagement', id, engagedMs: '5' },
    ];
    const events = Array.from({ length: 49 }, (_, n): unknown => invalid[n % invalid.length]);
    const answer = await batch([...events, { id, url: page }]);
    const results = events.map((event) => ({
      id: event !== null && typeof event === 'object' && 'id' in event && event.id === id ? id : null,
      counted: false,
      reason: 'invalid',
    }));
    expect(answer).toEqual({
      accepted: 1,
      duplicates: 0,
      ignored: 49,
      results: [...results, { id, counted: true }],
    });
    expect((await footfall.count(page)).count).toBe(1);
  });

  it.runIf(has('process'))('of 50 is one commit', async () => {
    const commits = async (): Promise<[commits: number, views: number]> => {
      const pages = await Promise.all(
        footfall.instances.map(async (url) => (await fetch(`${url}/metrics`)).text()),
      );
      const sum = (name: string) =>
        pages.reduce((all, text) => all + Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]), 0);
      return [sum('footfall_commit_page_views_count'), sum('footfall_commit_page_views_sum')];
    };
    const [before, views] = await commits();
    await batch(Array.from({ length: 50 }, () => ({ url: newPage() })));
    expect(await commits()).toEqual([before + 1, views + 50]);
  });

  it.runIf(has('process'))('is counted as one request of its route', async () => {
    const before = await outcomes(footfall, '/api/track', 'batch');
    await batch([{ url: newPage() }]);
    expect(await outcomes(footfall, '/api/track', 'batch')).toBe(before + 1);
  });
});
