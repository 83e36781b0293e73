import { describe, expect, it } from 'vitest';
import { objection } from '../src/objection.ts';
import { isAdminPage, isOwnersPage, isSameOrigin, nextPage, passwordProblem } from '../src/sign-in.ts';

describe('a page under /admin', () => {
  it.each(['/admin', '/admin/', '/admin/account', '/admin/(dashboard)', '/(app)/admin/live', '/admin/[id]'])(
    '%s is for the signed-in owner alone',
    (route) => {
      expect([isAdminPage(route), isOwnersPage(route)]).toEqual([true, true]);
    },
  );

  it.each(['/admin/sign-in', '/admin/sign-in/', '/admin/(account)/setup'])('%s is for everyone', (route) => {
    expect([isAdminPage(route), isOwnersPage(route)]).toEqual([true, false]);
  });

  it.each(['/', '/administration', '/stats', '/a/admin'])('%s is none', (route) => {
    expect([isAdminPage(route), isOwnersPage(route)]).toEqual([false, false]);
  });

  it('below sign-in is the owner’s', () => {
    expect(isOwnersPage('/admin/sign-in/more')).toBe(true);
  });
});

describe('where a browser goes after sign-in', () => {
  it.each([
    ['/admin/live?page=%2Fa&b=c', '/admin/live?page=%2Fa&b=c'],
    ['/admin', '/admin'],
    ['/admin/../admin/account', '/admin/account'],
  ])('%s is a page of this site', (next, page) => {
    expect(nextPage(next)).toBe(page);
  });

  it.each([
    null,
    undefined,
    '',
    'admin',
    '/',
    '/stats',
    '/admin/sign-in',
    '/admin/sign-out',
    '/admin/../stats',
    '//evil.example/admin',
    '/\\evil.example/admin',
    '/\t/evil.example/admin',
    'https://evil.example/admin',
    'http://footfall.invalid/admin',
    'javascript:alert(1)',
    `/admin/${'a'.repeat(3_000)}`,
  ])('%j leads to /admin', (next) => {
    expect(nextPage(next)).toBe('/admin');
  });
});

describe('a chosen password', () => {
  it.each(['correct horse battery', 'ünïcödé päß', '            abcd'])('%s is fine', (password) => {
    expect(passwordProblem(password.padEnd(12, 'xyz'))).toBeUndefined();
  });

  it.each([
    ['elevenchars', objection('short-password', 12)],
    ['🔒🔑🗝️🔐', objection('short-password', 12)],
    ['aaaaaaaaaaaa', objection('plain-password', 5)],
    [`${'abcdefgh'.repeat(32)}x`, objection('long-password', 256)],
    ['äöüßé'.repeat(26), objection('long-password', 256)],
  ])('%s is not', (password, problem) => {
    expect(passwordProblem(password)).toEqual(problem);
  });
});

describe('a request of this site', () => {
  const PUBLIC = 'https://stats.example.com';
  const NOTHING = { fetchSite: undefined, origin: undefined, referer: undefined, host: 'stats.example.com' };

  it.each([
    { fetchSite: 'same-origin' },
    { fetchSite: 'same-origin', origin: 'https://stats.example.com' },
    { origin: 'https://stats.example.com' },
    { origin: 'https://stats.example.com', host: '10.0.0.1:3000' },
    { origin: 'http://192.168.1.2:3000', host: '192.168.1.2:3000' },
    { referer: 'https://stats.example.com/admin?a=b' },
  ])('is recognised by %j', (headers) => {
    expect(isSameOrigin({ ...NOTHING, ...headers }, PUBLIC)).toBe(true);
  });

  it.each([
    {},
    { fetchSite: 'same-site' },
    { fetchSite: 'cross-site', origin: 'https://stats.example.com' },
    { fetchSite: 'none' },
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'https://evil.example', referer: 'https://stats.example.com/' },
    { origin: 'https://stats.example.com.evil.example' },
    { origin: 'https://stats.example.com:8443' },
    { referer: 'https://evil.example/?https://stats.example.com' },
    { referer: 'about:blank', host: '' },
  ])('is not one with %j', (headers) => {
    expect(isSameOrigin({ ...NOTHING, ...headers }, PUBLIC)).toBe(false);
  });
});
