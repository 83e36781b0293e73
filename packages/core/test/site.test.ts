import { objection } from '../src/objection.ts';
import { InvalidEntry } from '../src/refused.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressReader, hostMatcher, isUncountedPage, PAGE_BYTES, siteHosts } from '@footfall/core';

describe('a list of hosts', () => {
  it.each([
    [[], 'anything.example', true],
    [[], '', true],
    [['example.com'], 'example.com', true],
    [['example.com'], 'www.example.com', false],
    [['example.com'], 'notexample.com', false],
    [['example.com'], 'example.com.evil.net', false],
    [['example.com'], '', false],
    [['EXAMPLE.com'], 'example.com', true],
    [['example.com:8080'], 'example.com', true],
    [['example.com.'], 'example.com', true],
    [['münchen.example'], 'xn--mnchen-3ya.example', true],
    [['xn--mnchen-3ya.example'], 'xn--mnchen-3ya.example', true],
    [['localhost'], 'localhost', true],
    [['127.0.0.1'], '127.0.0.1', true],
    [['[::1]'], '[::1]', true],
    [['[2001:DB8:0::1]:80'], '[2001:db8::1]', true],
    [['*.example.com'], 'www.example.com', true],
    [['*.example.com'], 'a.b.example.com', true],
    [['*.example.com'], 'example.com', false],
    [['*.example.com'], 'badexample.com', false],
    [['*.München.example'], 'www.xn--mnchen-3ya.example', true],
    [['example.com', '*.example.com'], 'example.com', true],
    [['a.example', 'b.example'], 'b.example', true],
    [['a.example', 'b.example'], 'c.example', false],
    [['constructor'], '__proto__', false],
  ])('%j on the host %j: %s', (hosts, host, answer) => {
    expect(hostMatcher(hosts)(host)).toBe(answer);
  });

  it.each([
    '',
    ' ',
    '*',
    '*.',
    '*.*.example.com',
    'www.*.example.com',
    '*example.com',
    'https://example.com',
    'example.com/path',
    'example.com?a',
    'example.com#a',
    'user@example.com',
    'exa mple.com',
    ' example.com',
    'example.com:port',
    'example.com:99999',
    '[::1',
    'exam%ple.com',
  ])('%j in it is refused by name', (entry) => {
    expect(() => hostMatcher(['example.com', entry])).toThrow(`"${entry}" is not a host`);
  });

  it.each([
    ['https://example.com', 'example.com'],
    ['https://example.com/', 'example.com'],
    ['http://user:secret@example.com:8080/a?b#c', 'example.com'],
    ['example.com/path', 'example.com'],
    ['*example.com', 'example.com'],
    ['https://*.example.com', 'example.com'],
    ['//example.com', 'example.com'],
  ])('%j is refused with what to write: %s', (entry, host) => {
    expect(() => hostMatcher([entry])).toThrow(new InvalidEntry(objection('host', entry, host)));
  });

  it.each(['*', 'exa mple.com', 'https://', 'a..b'])('%j is refused without a guess', (entry) => {
    expect(() => hostMatcher([entry])).toThrow(new InvalidEntry(objection('host', entry, '')));
  });

  it('has no host that is longer than any can be', () => {
    const long = `${'a.'.repeat(200)}example.com`;
    expect(hostMatcher(['*.example.com'])(long)).toBe(false);
  });
});

describe('the host that a page identifier begins with', () => {
  it.each([
    [[], 'anything.example', ''],
    [['example.com'], 'example.com', ''],
    [['example.com'], 'elsewhere.example', ''],
    [['example.com', 'www.example.com'], 'www.example.com', ''],
    [['www.example.com', 'example.com'], 'example.com', ''],
    [['example.com', 'blog.example.com'], 'example.com', ''],
    [['example.com', 'blog.example.com'], 'www.example.com', ''],
    [['example.com', 'blog.example.com'], 'blog.example.com', 'blog.example.com'],
    [['Example.com:8080', 'Blog.Example.com'], 'blog.example.com', 'blog.example.com'],
    [['blog.example.com', 'example.com'], 'example.com', 'example.com'],
    [['example.com', '*.example.com'], 'a.example.com', 'a.example.com'],
    [['*.example.com', 'example.com'], 'example.com', ''],
    [['*.example.com'], 'a.example.com', 'a.example.com'],
    [['example.com', 'www.blog.example.com'], 'www.blog.example.com', 'blog.example.com'],
    [['example.com', 'münchen.example'], 'xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    [['localhost', '127.0.0.1'], '127.0.0.1', '127.0.0.1'],
    [['example.com', '[::1]'], '[::1]', '[::1]'],
  ])('of %j is, on %s, %j', (hosts, host, carried) => {
    expect(siteHosts(hosts).hostInPage(host)).toBe(carried);
  });
});

describe('what a reader calls a page', () => {
  const { pageNamed } = addressReader([], siteHosts(['example.com', 'blog.example.com']).hostInPage);

  it.each([
    ['/a', '/a'],
    ['/a/', '/a'],
    ['https://example.com/a', '/a'],
    ['https://blog.example.com/a/?x', 'blog.example.com/a'],
    ['blog.example.com/a', 'blog.example.com/a'],
    ['Blog.example.com/%61/', 'blog.example.com/a'],
    ['blog.example.com/', 'blog.example.com/'],
    ['(other)', '(other)'],
    ['nonsense', 'nonsense'],
    ['', ''],
  ])('%j is the page %j', (name, page) => {
    expect(pageNamed(name)).toBe(page);
  });

  it('with one host is its path, whatever its host', () => {
    const one = addressReader([], siteHosts(['example.com']).hostInPage);
    expect(one.pageNamed('https://elsewhere.example/a')).toBe('/a');
    expect(one.pageNamed('example.com/a')).toBe('example.com/a');
  });

  it('is itself where it is an identifier already, whatever address that is of, and at most 512 bytes', () => {
    const hosts = siteHosts(['example.com', 'blog.example.com', '*.example.org']);
    const { pageAt, pageNamed: named } = addressReader(['id'], hosts.hostInPage);
    const host = fc.oneof(
      fc.constantFrom('example.com', 'www.example.com', 'blog.example.com', 'de.example.org'),
      fc.integer({ min: 1, max: 400 }).map((length) => `${'ab.'.repeat(length)}example.org`),
    );
    const rest = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 800 }),
      fc
        .array(fc.constantFrom('/', '.', '..', 'a', '%2f', '%', 'é', '?id=', '&', ' ', '#', ';sid=1'), {
          maxLength: 400,
        })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(host, rest, (name, path) => {
        const address = pageAt(`https://${name}/${path}`);
        fc.pre(address !== undefined);
        const { page } = address;
        expect(new TextEncoder().encode(page).length).toBeLessThanOrEqual(PAGE_BYTES);
        expect(page).toBe(page.slice(0, page.length - address.path.length) + address.path);
        expect(address.path.startsWith('/')).toBe(true);
        expect(named(page)).toBe(page);
        // A bare path that a page of this host sends is the same page.
        expect(pageAt(`/${path}`, address.host)?.page).toBe(page);
      }),
      { numRuns: process.env['FOOTFALL_LONG'] === '1' ? 100_000 : 1_000 },
    );
  });
});

describe('Footfall’s own pages', () => {
  it.each([
    ['/admin', true],
    ['/admin/settings', true],
    ['/install', true],
    ['/install/script', true],
    ['/stats/chart', true],
    ['/', false],
    ['/stats', false],
    ['/administration', false],
    ['/installed', false],
    ['/blog/admin', false],
  ])('%j is never counted: %s', (page, answer) => {
    expect(isUncountedPage(page)).toBe(answer);
  });
});

describe('regressions', () => {
  it.each(['.example.com', 'example..com', 'example.com..', '*..example.com', 'example.com\\path'])(
    'the host %j, which no page can have, is refused instead of never matching',
    (entry) => {
      expect(() => hostMatcher([entry])).toThrow(new InvalidEntry(objection('host', entry, '')));
    },
  );
});
