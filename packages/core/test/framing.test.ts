import { chartAncestors } from '@footfall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the chart of the public statistics may be embedded', () => {
  it('by any page where no hosts are listed', () => {
    expect(chartAncestors([])).toEqual(['*']);
  });

  it.each([
    [['example.com'], ["'self'", 'http://example.com:*', 'https://example.com:*']],
    [
      ['Example.com:8080', 'example.com'],
      ["'self'", 'http://example.com:*', 'https://example.com:*'],
    ],
    [['*.example.com'], ["'self'", 'http://*.example.com:*', 'https://*.example.com:*']],
    [['bücher.example'], ["'self'", 'http://xn--bcher-kva.example:*', 'https://xn--bcher-kva.example:*']],
    [['[::1]'], ["'self'"]],
    [['127.0.0.1'], ["'self'", 'http://127.0.0.1:*', 'https://127.0.0.1:*']],
    [['*', '*.', '', 'a b', "a'b;c"], ["'self'"]],
  ])('where %j are the hosts, by %j', (hosts, sources) => {
    expect(chartAncestors(hosts)).toEqual(sources);
  });

  it('and no host ends the directive or allows every page', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (hosts) => {
        for (const source of chartAncestors(hosts))
          expect(source).toMatch(/^(?:'self'|https?:\/\/(?:\*\.)?[a-z\d.-]+:\*)$/);
      }),
    );
  });
});
