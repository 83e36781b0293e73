import { describe, expect, it } from 'vitest';
import { expectCors, start } from '../support.ts';

const footfall = await start();

describe('/healthz and /readyz', () => {
  it.each([
    ['/healthz', { status: 'up' }],
    ['/readyz', { status: 'ready' }],
  ])('%s answers', async (route, body) => {
    const answer = await fetch(footfall.url + route);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expectCors(answer.headers);
    expect(await answer.json()).toEqual(body);
  });
});
