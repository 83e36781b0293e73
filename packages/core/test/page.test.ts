import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLICK_IDS, hitSchema, pageIdentifier, PAGE_BYTES, readPageUrl } from '@footfall/core';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

function identify(address: string, kept: readonly string[] = []): string {
  const url = readPageUrl(address);
  if (url === undefined) throw new Error(`${JSON.stringify(address)} is no page`);
  return pageIdentifier(url, kept);
}

describe('a page is an http(s) URL or a path that begins with a slash', () => {
  it.each([
    'http://example.com',
    'https://example.com/a?b#c',
    'HTTPS://EXAMPLE.COM/',
    'https://user:secret@example.com:8443/a',
    'https://münchen.example/straße',
    'https://[2001:db8::1]/a',
    '/',
    '/a',
    '//',
    '//evil.com/x',
    '/\\evil.com',
    '/%',
    '/\ud800',
    '/a\nb',
  ])('%j is one', (address) => {
    expect(readPageUrl(address)).toBeInstanceOf(URL);
  });

  it.each([
    '',
    ' ',
    ' /a',
    'a',
    'a/b',
    './a',
    '?a=1',
    '#a',
    'example.com/a',
    'www.example.com',
    'http://',
    'https://?a',
    'http://exa mple.com/',
    'http://[::1/',
    'http://example.com:99999/',
    'ftp://example.com/a',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,<b>',
    'blob:https://example.com/1',
    'about:blank',
    'mailto:a@example.com',
    'chrome-extension://abcdef/page.html',
    'ws://example.com/',
    '\\\\evil.com\\x',
  ])('%j is none', (address) => {
    expect(readPageUrl(address)).toBeUndefined();
  });
});

describe('a page identifier is the path of the page', () => {
  it.each([
    // the same page, written in different ways
    ['https://example.com', '/'],
    ['https://example.com/', '/'],
    ['/', '/'],
    ['https://example.com/about', '/about'],
    ['/about', '/about'],
    ['http://user:secret@example.com:8080/about', '/about'],
    ['https://example.com/About', '/About'],
    // trailing slashes and spaces
    ['/about/', '/about'],
    ['/about///', '/about'],
    ['//', '/'],
    ['///', '/'],
    ['/a//b', '/a//b'],
    ['/a%20', '/a'],
    ['/a/%20/', '/a'],
    ['/%20', '/'],
    // fragment and query
    ['/a#top', '/a'],
    ['/a/#/route', '/a'],
    ['/a?', '/a'],
    ['/a?token=secret', '/a'],
    ['/a/?token=secret', '/a'],
    ['/a?x=1#y?z', '/a'],
    // decoded where that is safe
    ['/caf%C3%A9', '/café'],
    ['/caf%c3%a9', '/café'],
    ['/café', '/café'],
    ['/%E0%A6%A2%E0%A6%BE%E0%A6%95%E0%A6%BE', '/ঢাকা'],
    ['/%F0%9F%98%80', '/😀'],
    ['/hello%20world', '/hello world'],
    ['/hello world', '/hello world'],
    ['/a+b', '/a+b'],
    ['/%61%62', '/ab'],
    ['/a%3Db%26c', '/a=b&c'],
    ['/%7Euser', '/~user'],
    ['/<b>"x"</b>', '/<b>"x"</b>'],
    // left as it is where decoding would change what the path means
    ['/a%2Fb', '/a%2Fb'],
    ['/a%2fb', '/a%2Fb'],
    ['/what%3F', '/what%3F'],
    ['/c%23', '/c%23'],
    ['/a%5Cb', '/a%5Cb'],
    ['/100%25', '/100%25'],
    ['/%2525', '/%2525'],
    ['/%252F', '/%252F'],
    // a bare percent sign is one
    ['/100%', '/100%25'],
    ['/%zz', '/%25zz'],
    ['/%2', '/%252'],
    ['/%', '/%25'],
    // not UTF-8
    ['/%ff', '/%FF'],
    ['/%c3', '/%C3'],
    ['/%c0%af', '/%C0%AF'],
    ['/%ed%a0%80', '/%ED%A0%80'],
    ['/%F4%90%80%80', '/%F4%90%80%80'],
    ['/%41%ff%42', '/A%FFB'],
    ['/%E2%82', '/%E2%82'],
    ['/%C3%A9%E2%82', '/é%E2%82'],
    // another host's address, a climb out of the site, a Windows path: paths of this site all the same
    ['//evil.com/x', '//evil.com/x'],
    ['/\\evil.com/x', '//evil.com/x'],
    ['/@evil.com', '/@evil.com'],
    ['/:80/x', '/:80/x'],
    ['/..//x', '//x'],
    ['/a/../b', '/b'],
    ['/a/./b', '/a/b'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%2E%2e', '/'],
    ['/%2e%2e/%2e%2e/etc/passwd', '/etc/passwd'],
    ['/a/..%2fb', '/a/..%2Fb'],
    ['/a/...', '/a/...'],
    ['/a\\b\\c', '/a/b/c'],
    // controls, line ends, marks that reorder text, blanks that look like none
    ['/a%00b', '/a%00b'],
    ['/a%0Ab', '/a%0Ab'],
    ['/a%0D%0Ab', '/a%0D%0Ab'],
    ['/a%09b', '/a%09b'],
    ['/a%7Fb', '/a%7Fb'],
    ['/a%C2%85b', '/a%C2%85b'],
    ['/a\u0000b', '/a%00b'],
    ['/a\tb\r\nc', '/abc'],
    ['/a%E2%80%AEb', '/a%E2%80%AEb'],
    ['/a\u202eb', '/a%E2%80%AEb'],
    ['/a\u2066b\u2069', '/a%E2%81%A6b%E2%81%A9'],
    ['/a\u200fb', '/a%E2%80%8Fb'],
    ['/a\u061cb', '/a%D8%9Cb'],
    ['/a\u2028b', '/a%E2%80%A8b'],
    ['/a\ufeffb', '/a%EF%BB%BFb'],
    ['/a\u200bb', '/a%E2%80%8Bb'],
    ['/a\u00adb', '/a%C2%ADb'],
    ['/a\u00a0b', '/a%C2%A0b'],
    ['/a\u3000', '/a%E3%80%80'],
    // half a character
    ['/a\ud800b', '/a\ufffdb'],
    ['/a\udc00', '/a\ufffd'],
  ])('%j is the page %j', (address, page) => {
    expect(identify(address)).toBe(page);
  });

  it.each([
    ['/a?id=1', ['id'], '/a?id=1'],
    ['/?id=1', ['id'], '/?id=1'],
    ['/a/?id=1', ['id'], '/a?id=1'],
    ['/a?x=9&id=1&y=9#z', ['id'], '/a?id=1'],
    ['/a?b=2&a=1', ['a', 'b'], '/a?a=1&b=2'],
    ['/a?a=1&b=2', ['b', 'a'], '/a?b=2&a=1'],
    ['/a?a=2&a=1', ['a'], '/a?a=2&a=1'],
    ['/a?x=1', ['id'], '/a'],
    ['/a?ID=1', ['id'], '/a'],
    ['/a?id', ['id'], '/a?id='],
    ['/a?id=', ['id'], '/a?id='],
    ['/a?id=a%20b+c', ['id'], '/a?id=a+b+c'],
    ['/a?id=%2f%3F%26', ['id'], '/a?id=%2F%3F%26'],
    ['/a?id=é', ['id'], '/a?id=%C3%A9'],
    ['/a?id=%ff', ['id'], '/a?id=%EF%BF%BD'],
    ['/a?%69d=1', ['id'], '/a?id=1'],
    ['/a?__proto__=1', ['id'], '/a'],
    ['/a?id=1', [], '/a'],
  ])('%j with the kept parameters %j is the page %j', (address, kept, page) => {
    expect(identify(address, kept)).toBe(page);
  });
});

describe('the id of a session in a path is none of the page', () => {
  it.each([
    ['/shop/cart;jsessionid=1A2B3C4D', '/shop/cart'],
    ['/shop;jsessionid=1A2B.node1/cart', '/shop/cart'],
    ['/shop;JSESSIONID=1A2B?x=1', '/shop'],
    ['/;jsessionid=1A2B', '/'],
    ['/a;sid=42', '/a'],
    ['/a;PHPSESSID=0f1e', '/a'],
    ['/a;phpsessid=0f1e;v=2/b', '/a;v=2/b'],
    ['/a%3Bjsessionid%3D1A2B', '/a'],
    ['/a;%6Asessionid=1A2B', '/a'],
    ['/a/;jsessionid=1A2B', '/a'],
    ['/(S(lit3py55t21z5v55vlm25s55))/page.aspx', '/page.aspx'],
    ['/app/(X(1)S(lit3py55t21z5v55))/page.aspx', '/app/page.aspx'],
    ['/(A(x)S(y)F(z))', '/'],
    // dot segments that come to light
    ['/a/..;sid=1/b', '/b'],
    ['/a/..;sid=1', '/'],
    ['/a/%2e.;sid=1/b', '/b'],
    // and what only looks like one
    ['/a;v=2', '/a;v=2'],
    ['/a;side=2', '/a;side=2'],
    ['/sid=2', '/sid=2'],
    ['/a;sid', '/a;sid'],
    ['/wiki/Foo_(S)', '/wiki/Foo_(S)'],
    ['/(a)/b', '/(a)/b'],
    ['/f(S(x))/b', '/f(S(x))/b'],
  ])('%j is the page %j', (address, page) => {
    expect(identify(address)).toBe(page);
    expect(identify(page)).toBe(page);
  });
});

describe('a query without names', () => {
  it.each([
    ['/index.php?/archives/4015.html', ['?'], '/index.php?/archives/4015.html'],
    ['/index.php?/archives/4015.html', [], '/index.php'],
    ['/index.php?/archives/4015.html', ['id'], '/index.php'],
    ['/index.php?/archives/4015.html&utm_source=x', ['?'], '/index.php?/archives/4015.html'],
    ['/index.php?/a&utm_source=x&id=7', ['?', 'id'], '/index.php?/a&id=7'],
    ['/index.php?id=7&/a', ['?', 'id'], '/index.php?id=7'],
    ['/index.php?id=7', ['?'], '/index.php'],
    ['/wiki.cgi?FrontPage', ['?'], '/wiki.cgi?FrontPage'],
    ['/?lang', ['?', 'lang'], '/?lang'],
    ['/?/straße', ['?'], '/?/stra%C3%9Fe'],
    ['/?', ['?'], '/'],
    ['/?&id=1', ['?', 'id'], '/?id=1'],
    ['/??', ['?'], '/??'],
    [`/?${'é'.repeat(300)}`, ['?'], `/?${'%C3%A9'.repeat(85)}`],
    [`/${'a'.repeat(510)}?/b`, ['?'], `/${'a'.repeat(510)}`],
    [`/${'a'.repeat(511)}?/b`, ['?'], `/${'a'.repeat(511)}`],
  ])('in %j with the kept parameters %j makes the page %j', (address, kept, page) => {
    expect(identify(address, kept)).toBe(page);
    expect(identify(page, kept)).toBe(page);
  });

  it.each([...CLICK_IDS, 'ysclid', 'ymclid'])(
    'is not the name of a click id, which is all we are sent: ?%s',
    (name) => {
      expect(identify(`/a?${name}`, ['?'])).toBe('/a');
      expect(identify(`/a?${name}&utm_source=x&id=7`, ['?', 'id'])).toBe('/a?id=7');
      expect(identify(`/a?/${name}`, ['?'])).toBe(`/a?/${name}`);
    },
  );
});

describe('a page identifier is cut at 512 bytes, on a character boundary', () => {
  it.each([
    ['exactly 512 bytes', `/${'a'.repeat(511)}`, `/${'a'.repeat(511)}`],
    ['one byte more', `/${'a'.repeat(512)}`, `/${'a'.repeat(511)}`],
    ['two-byte characters that would be halved', `/${'é'.repeat(300)}`, `/${'é'.repeat(255)}`],
    ['four-byte characters that would be halved', `/${'😀'.repeat(200)}`, `/${'😀'.repeat(127)}`],
    ['a slash that the cut bares', `/${'a'.repeat(510)}/b`, `/${'a'.repeat(510)}`],
    ['a space that the cut bares', `/${'a'.repeat(510)}%20b`, `/${'a'.repeat(510)}`],
    ['a dot segment that the cut bares', `/${'a'.repeat(508)}/..b`, `/${'a'.repeat(508)}`],
    ['an escape that would be halved', `/${'a'.repeat(509)}%2Fb`, `/${'a'.repeat(509)}`],
    ['an escape that just fits', `/${'a'.repeat(508)}%2Fb`, `/${'a'.repeat(508)}%2F`],
    ['the longest URL that is taken', `/${'%F0%9F%98%80'.repeat(341)}`, `/${'😀'.repeat(127)}`],
  ])('%s', (_, address, page) => {
    expect(identify(address)).toBe(page);
    expect(bytes(page)).toBeLessThanOrEqual(PAGE_BYTES);
  });

  it.each([
    ['a value', ['id'], `/a?id=${'x'.repeat(600)}`, `/a?id=${'x'.repeat(506)}`],
    ['a value of escapes', ['id'], `/a?id=${'é'.repeat(300)}`, `/a?id=${'%C3%A9'.repeat(84)}`],
    ['a parameter with room for its name', ['id'], `/${'a'.repeat(507)}?id=22`, `/${'a'.repeat(507)}?id=`],
    ['one without', ['id'], `/${'a'.repeat(508)}?id=22`, `/${'a'.repeat(508)}`],
    ['no room but for the mark', ['id'], `/${'a'.repeat(510)}?id=1`, `/${'a'.repeat(510)}`],
    ['no room', ['id'], `/${'a'.repeat(511)}?id=1`, `/${'a'.repeat(511)}`],
    ['a later parameter', ['id', 'q'], `/a?id=${'x'.repeat(505)}&q=1`, `/a?id=${'x'.repeat(505)}`],
    [
      'those after one that is cut',
      ['category', 'q'],
      `/${'a'.repeat(504)}?category=1&q=2`,
      `/${'a'.repeat(504)}`,
    ],
  ])('in a kept query: %s', (_, kept, address, page) => {
    expect(identify(address, kept)).toBe(page);
    expect(identify(page, kept)).toBe(page);
  });
});

describe('regressions', () => {
  it('escapes that are not UTF-8 do not keep their neighbours from being decoded', () => {
    expect(identify('/%63af%C3%A9%FF')).toBe('/café%FF');
    expect(identify(`/${'%41'.repeat(600)}%FF`)).toBe(`/${'A'.repeat(511)}`);
  });

  it('a kept query that is cut does not leave a parameter the site does not keep, or a bare mark', () => {
    expect(identify(`/${'a'.repeat(505)}?category=1`, ['category'])).toBe(`/${'a'.repeat(505)}`);
    expect(identify(`/${'a'.repeat(510)}?category=1`, ['category'])).toBe(`/${'a'.repeat(510)}`);
  });
});

/** Strings made of what has a meaning in an address, with ordinary and extraordinary characters between. */
const nasty = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(...'%/\\?#&=+.:;@ ~"<\t\n', '..', '%2', '%2e', '%2F', '%25', '%5c', '%00'),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('%C3', '%A9', '%E2', '%80', '%AE', '%F0', '%9F', '%ff', '%20', '%41'),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('é', '€', '😀', '\u202e', '\u00a0', '\ud800', '\udc00', '\u0000'),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'id=',
          'q=',
          'id',
          ';sid=',
          '/(S(',
          '))',
          'a'.repeat(100),
          'a'.repeat(250),
          'é'.repeat(60),
        ),
      },
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join('').slice(0, 4_000));

const address = fc.oneof(
  nasty.map((rest) => `/${rest}`),
  nasty.map((rest) => `https://example.com/${rest}`),
  fc.string({ unit: 'binary', maxLength: 1_500 }).map((rest) => `/${rest}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);

describe('whatever address is read', () => {
  it('has an identifier that begins with a slash, is well-formed, at most 512 bytes, and its own identifier', () => {
    fc.assert(
      fc.property(address, fc.subarray(['?', 'id', 'q', 'é', '&=']), (text, kept) => {
        const url = readPageUrl(text);
        fc.pre(url !== undefined);
        const page = pageIdentifier(url, kept);
        expect(page.startsWith('/')).toBe(true);
        expect(page.isWellFormed()).toBe(true);
        expect(bytes(page)).toBeLessThanOrEqual(PAGE_BYTES);
        expect(page).not.toMatch(/[\p{Cc}#\\\u202a-\u202e\u2066-\u2069]/u);
        expect(identify(page, kept)).toBe(page);
      }),
      { numRuns: process.env['FOOTFALL_LONG'] === '1' ? 100_000 : 3_000 },
    );
  });

  it('has the same identifier with any fragment, and without kept parameters with any query', () => {
    fc.assert(
      fc.property(nasty, nasty, (path, rest) => {
        // An address is read without blanks around it.
        const base = `/${path.replaceAll(/[?#]/g, '').replace(/[\u0000- ]+$/, '')}`;
        expect(identify(`${base}#${rest}`)).toBe(identify(base));
        expect(identify(`${base}?${rest}`)).toBe(identify(base));
      }),
    );
  });

  it('is never read as a page when it is neither http(s) nor a path, and reading never throws', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (text) => {
        const url = readPageUrl(text);
        if (url !== undefined) {
          expect(text.startsWith('/') || /^[\u0000-\u0020]*h[\t\n\r]*t/i.test(text)).toBe(true);
          expect(['http:', 'https:']).toContain(url.protocol);
        }
      }),
    );
  });
});

describe('the pattern of a page’s URL', () => {
  const pattern = new RegExp(hitSchema.shape.url.meta()?.['pattern'] as string);

  it.each([
    '/',
    '//x/y',
    '/a b',
    'https://example.com',
    'http://localhost:3000/a?b#c',
    'https://sub_domain.xn--mnchen-3ya.de./',
    'http://192.0.2.1:8080',
    'http://192.0.2.1*', // found by schemathesis: no address, so it is a name
    'http://192.0.2.1.:',
    'http://[::1]/',
    'https://[2001:db8::1:2]:65535?x',
  ])('is that of %s', (url) => {
    expect([pattern.test(url), readPageUrl(url) !== undefined]).toEqual([true, true]);
  });

  it.each([
    '',
    'a',
    'example.com/a',
    'ftp://example.com/',
    'http://',
    'http://256.1.1.1/',
    'http://a:65536/',
  ])('is not that of %j', (url) => {
    expect([pattern.test(url), readPageUrl(url) !== undefined]).toEqual([false, false]);
  });

  it('is only that of what is taken', () => {
    fc.assert(
      fc.property(fc.stringMatching(pattern), (url) => {
        expect(readPageUrl(url)).toBeDefined();
      }),
    );
  });
});
