import { expect, test } from 'vitest';
import { renderedOnce } from '../src/lib/server/rendered.ts';

function renderer(status = 200, cacheControl = 'public, max-age=5') {
  const renders: string[] = [];
  const of = (state: string) => ({
    state,
    render: async () => {
      renders.push(state);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return new Response(`numbers of ${state}`, {
        status,
        headers: { etag: state, 'cache-control': cacheControl },
      });
    },
  });
  return { renders, of };
}

test('a thousand readers of one state cost one render, and each gets the whole page', async () => {
  const rendered = renderedOnce();
  const { renders, of } = renderer();
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => rendered('/', of('1'))));
  expect(renders).toEqual(['1']);
  for (const answer of answers) expect(await answer.text()).toBe('numbers of 1');
  expect((await rendered('/', of('1'))).headers.get('etag')).toBe('1');
  expect(renders).toEqual(['1']);
});

test('a new state is rendered, even while the old one is still being rendered', async () => {
  const rendered = renderedOnce();
  const { renders, of } = renderer();
  const [first, second] = await Promise.all([rendered('/', of('1')), rendered('/', of('2'))]);
  expect([await first.text(), await second.text()]).toEqual(['numbers of 1', 'numbers of 2']);
  await rendered('/', of('2'));
  expect(renders).toEqual(['1', '2']);
});

test('pages are cached separately', async () => {
  const rendered = renderedOnce();
  const { renders, of } = renderer();
  await rendered('/', of('1'));
  await rendered('/stats', of('1'));
  expect(renders).toEqual(['1', '1']);
});

test('a page that fails, or has no-store, is not cached', async () => {
  const rendered = renderedOnce();
  const unavailable = renderer(503);
  expect((await rendered('/', unavailable.of('1'))).status).toBe(503);
  await rendered('/', unavailable.of('1'));
  expect(unavailable.renders).toEqual(['1', '1']);
  const partial = renderer(200, 'no-store');
  await rendered('/', partial.of('1'));
  await rendered('/', partial.of('1'));
  expect(partial.renders).toEqual(['1', '1']);
  await expect(
    rendered('/', { state: '1', render: () => Promise.reject(new Error('broken')) }),
  ).rejects.toThrow('broken');
  expect((await rendered('/', renderer().of('1'))).status).toBe(200);
});
