import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BROWSER, expectError, newPage, startEmbedded } from './support.ts';

const WRONG =
  'The clock of this server is wrong: it shows the year 1970; nothing is counted until it is right.';

describe('a server whose clock begins in 1970', () => {
  it('answers every write with 503 and a sentence, still serves reads, and counts when the clock is right', async () => {
    const real = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => 3_600_000);
    onTestFinished(() => void clock.mockRestore());
    const footfall = await startEmbedded({ COUNT_BOTS: 'true' }, onTestFinished);
    expect(footfall.logged()).toContain('The clock of this server is wrong');

    const post = (path: string, body: object): Promise<Response> =>
      fetch(footfall.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': BROWSER },
        body: JSON.stringify(body),
      });
    const writes: [string, object][] = [
      ['/api/visitors/track', { url: newPage() }],
      ['/api/visitors/track?return=minimal', { url: newPage() }],
      ['/api/track', { events: [{ url: newPage() }] }],
      ['/api/visitor/register', { visitorId: 'someone' }],
    ];
    for (const [path, body] of writes) {
      const answer = await post(path, body);
      expect(answer.headers.get('retry-after')).toBe('30');
      expect(await expectError(answer, 503, 'SERVICE_UNAVAILABLE')).toBe(WRONG);
    }
    const pixel = await fetch(`${footfall.url}/api/visitors/pixel.gif?url=/a`);
    expect([pixel.status, pixel.headers.get('x-footfall')]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    const typed = await post('/api/trpc/track', { json: { url: '/a' } });
    expect(typed.status).toBe(503);
    expect(await typed.text()).toContain(WRONG);
    expect(await footfall.count()).toMatchObject({ count: 0 });

    clock.mockImplementation(real);
    expect(await footfall.track({ url: '/a' })).toMatchObject({ counted: true, total: 1 });
  });
});
