import { expect, test } from 'vitest';
import { newer, TOP_PAGES, withPage } from '../src/lib/numbers.ts';

test('the higher version is newer, not the higher number', () => {
  const old = { count: 9, version: 1 };
  const fresh = { count: 3, version: 2 };
  expect(newer(old, fresh)).toBe(fresh);
  expect(newer(fresh, old)).toBe(fresh);
  expect(newer(old, undefined)).toBe(old);
});

test('a page learnt of later takes its place in the list, once', () => {
  const pages = [
    { page: '/', views: 5 },
    { page: '/about', views: 2 },
    { page: '/stats', views: 2 },
  ];
  const list = { pages, version: 7 };
  expect(withPage(list, '/stats', { count: 3, version: 8 }).map(({ page }) => page)).toEqual([
    '/',
    '/stats',
    '/about',
  ]);
  expect(withPage(list, '/new', { count: 1, version: 8 }).at(-1)).toEqual({ page: '/new', views: 1 });
  expect(withPage(list, '/stats', { count: 9, version: 7 })).toBe(pages);
  expect(withPage(list, '/stats', undefined)).toBe(pages);
});

test('a full list does not grow', () => {
  const pages = Array.from({ length: TOP_PAGES }, (_, n) => ({ page: `/${n}`, views: 2 }));
  const list = { pages, version: 1 };
  expect(withPage(list, '/stats', { count: 1, version: 2 })).toEqual(pages);
  expect(withPage(list, '/stats', { count: 3, version: 2 })[0]).toEqual({ page: '/stats', views: 3 });
});
