import { describe, expect, it } from 'vitest';
import { hostMatcher, isUncountedPage } from '@footfall/core';

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
    expect(() => hostMatcher(['example.com', entry])).toThrow(new RangeError(`"${entry}" is not a host`));
  });
});

describe('Footfall’s own pages', () => {
  it.each([
    ['/admin', true],
    ['/admin/settings', true],
    ['/install', true],
    ['/install/script', true],
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
      expect(() => hostMatcher([entry])).toThrow(new RangeError(`"${entry}" is not a host`));
    },
  );
});
