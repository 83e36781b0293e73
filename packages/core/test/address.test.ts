import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardedFor, ipv6Groups, plainAddress } from '@footfall/core';

describe('the canonical spelling of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    // IPv4 in IPv6
    ['::ffff:8.8.8.8', '8.8.8.8'],
    ['::FFFF:8.8.8.8', '8.8.8.8'],
    ['::ffff:808:808', '8.8.8.8'],
    ['::ffff:0808:0808', '8.8.8.8'],
    ['0:0:0:0:0:ffff:808:808', '8.8.8.8'],
    ['0000:0000:0000:0000:0000:ffff:0808:0808', '8.8.8.8'],
    ['0::0:ffff:8.8.8.8', '8.8.8.8'],
    ['::ffff:0:0', '0.0.0.0'],
    ['::ffff:ffff:ffff', '255.255.255.255'],
    ['64:ff9b::8.8.8.8', '8.8.8.8'],
    ['64:ff9b::808:808', '8.8.8.8'],
    ['0064:ff9b:0:0:0:0:0808:0808', '8.8.8.8'],
    // and other IPv6
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['::', '::'],
    ['::8.8.8.8', '::8.8.8.8'],
    ['::fffe:808:808', '::fffe:808:808'],
    ['::ffff:0:808:808', '::ffff:0:808:808'],
    ['64:ff9b:1::808:808', '64:ff9b:1::808:808'],
    ['2002:808:808::1', '2002:808:808::1'],
    // and none
    ['', ''],
    ['unknown', 'unknown'],
    ['::ffff:8.8.8', '::ffff:8.8.8'],
    ['::ffff:8.8.8.256', '::ffff:8.8.8.256'],
    ['::ffff:8.8.8.08', '::ffff:8.8.8.08'],
    ['::ffff:808:808:1', '::ffff:808:808:1'],
    ['::ffff::808:808', '::ffff::808:808'],
    ['1:2:3:4:5:6:7', '1:2:3:4:5:6:7'],
    [':::', ':::'],
    ['::ffff:8.8.8.8:80', '::ffff:8.8.8.8:80'],
    [`::ffff:${'0'.repeat(200)}`, `::ffff:${'0'.repeat(200)}`],
  ])('of %s is %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
    expect(plainAddress(plain)).toBe(plain);
  });

  it('is the IPv4 address of any IPv4 address in IPv6; the groups of any IPv6 address are parsed', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (four, six) => {
        expect(plainAddress(`::ffff:${four}`)).toBe(four);
        expect(plainAddress(`64:ff9b::${four}`)).toBe(four);
        const groups = ipv6Groups(six);
        expect(groups).toHaveLength(8);
        const written = groups?.map((group) => group.toString(16)).join(':') ?? '';
        expect(new URL(`http://[${written}]`).hostname).toBe(new URL(`http://[${six}]`).hostname);
      }),
    );
  });

  it('throws for no input', () => {
    const hostile = fc
      .array(fc.constantFrom(':', '::', '.', '%', 'f', 'ffff', '0', '255', ' '))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), (text) => {
        const plain = plainAddress(text);
        expect(plainAddress(plain)).toBe(plain);
      }),
    );
  });
});

describe('a Forwarded header', () => {
  it.each<[string, string[]]>([
    ['for=192.0.2.60', ['192.0.2.60']],
    ['For=192.0.2.60;Proto=http;By=203.0.113.43', ['192.0.2.60']],
    ['proto=http;by=203.0.113.43;for=192.0.2.60', ['192.0.2.60']],
    ['for=192.0.2.43, for=198.51.100.17', ['198.51.100.17', '192.0.2.43']],
    ['for=192.0.2.43,for="[2001:db8:cafe::17]:4711"', ['[2001:db8:cafe::17]:4711', '192.0.2.43']],
    ['for=[2001:db8::1]:80', ['[2001:db8::1]:80']],
    ['for="_gazonk", for=unknown', ['unknown', '_gazonk']],
    ['for=192.0.2.1 ; proto=https ', ['192.0.2.1']],
    ['for=192.0.2.1;', ['192.0.2.1']],
    ['proto=https', ['']],
    ['for=', ['']],
    ['for="192.0.2.1\\""', ['192.0.2.1"']],
    [', for=192.0.2.1,', ['192.0.2.1']],
    // A comma, or another header, in quotes is none.
    ['for=192.0.2.1;host="a, for=198.51.100.1"', ['192.0.2.1']],
    ['host="a;for=198.51.100.1";for=192.0.2.1', ['192.0.2.1']],
    ['for=192.0.2.1;host="a\\", for=198.51.100.1"', ['192.0.2.1']],
    ['for=192.0.2.1;host="a\\\\"', ['192.0.2.1']],
    // What is malformed ends it, and changes nothing to its right.
    ['', []],
    ['192.0.2.1', []],
    ['for', []],
    ['for=192.0.2.1;for=198.51.100.1', []],
    ['for="192.0.2.1', []],
    ['for=192.0.2.1 for=192.0.2.2', []],
    ['for=192.0.2.1;host="a"b', []],
    ['192.0.2.9, for=192.0.2.1', ['192.0.2.1']],
    ['for="192.0.2.9, for=192.0.2.1', ['192.0.2.1']],
    ['for=192.0.2.9;x=", for="[2001:db8::1]"', ['[2001:db8::1]']],
    [`for=${'9'.repeat(600)}, for=192.0.2.1`, ['192.0.2.1']],
    [`for=192.0.2.1;x=${'9'.repeat(600)}`, []],
  ])('%s names, the last first, %j', (header, clients) => {
    expect([...forwardedFor(header)]).toEqual(clients);
  });

  it('is read from its end: nothing a visitor writes before it changes the proxy’s own element', () => {
    const nasty = fc
      .array(
        fc.oneof(
          fc.constantFrom('"', '\\', ',', ';', '=', 'for=192.0.2.9', ' ', 'host="', '\\"'),
          fc.string(),
        ),
      )
      .map((parts) => parts.join(''));
    const own = fc.constantFrom(
      'for=192.0.2.1',
      'for="[2001:db8::1]:80";proto=https',
      'for=192.0.2.1;host="a, for=9.9.9.9"',
      'for=192.0.2.1;host="a\\\\"',
    );
    fc.assert(
      fc.property(nasty, own, (before, element) => {
        const [alone] = [...forwardedFor(element)];
        expect([...forwardedFor(`${before}, ${element}`)][0]).toBe(alone);
      }),
    );
  });

  it('is read only up to a limit', () => {
    expect([...forwardedFor('for=192.0.2.1,'.repeat(1_000))].length).toBeLessThanOrEqual(32);
    for (const hostile of [
      '"'.repeat(100_000),
      '\\'.repeat(100_000) + '"',
      ','.repeat(100_000),
      'a=;'.repeat(30_000),
    ]) {
      expect([...forwardedFor(hostile)].filter((client) => client !== '')).toEqual([]);
    }
  });
});
