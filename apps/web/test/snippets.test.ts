import { describe, expect, test } from 'vitest';
import {
  choicesOf,
  hostAdvice,
  installOf,
  KINDS,
  queryOf,
  snippetsOf,
  type Sample,
  type Snippets,
} from '../src/lib/snippets.ts';
import texts from '../src/lib/texts/en/install.ts';

const { files } = texts;
const ORIGIN = 'https://stats.example.com';
const chosen = (query: string, kept: readonly string[] = []) =>
  choicesOf(new URLSearchParams(query), { keptParameters: kept });
const SERVER = { origin: ORIGIN, scriptName: 'footfall' };
const snippets = (query: string) => installOf(SERVER, chosen(query), files);
const everySample = (all: Snippets): Sample[] => [
  ...all.tracker,
  ...(all.consent === undefined ? [] : [all.consent]),
  ...all.widget,
  ...all.badge,
  ...all.pixel,
  ...(all.server ?? []),
];

describe('the tracker', () => {
  test.each([
    ['', `<script defer src="${ORIGIN}/footfall.js"></script>`],
    ['keep=q+page', `<script defer src="${ORIGIN}/footfall.js" data-keep="q page"></script>`],
    ['keep=größe', `<script defer src="${ORIGIN}/footfall.js" data-keep="gr%C3%B6%C3%9Fe"></script>`],
    ['consent=on', `<script defer src="${ORIGIN}/footfall.js" data-require-consent="true"></script>`],
    ['device=on', `<script defer src="${ORIGIN}/footfall.js" data-identity="device"></script>`],
    ['everyone=on', `<script defer src="${ORIGIN}/footfall.js" data-respect-dnt="false"></script>`],
    ['kind=astro', `<script is:inline defer src="${ORIGIN}/footfall.js"></script>`],
  ])('of ?%s is one line', (query, line) => {
    expect(snippets(query).tracker[0]?.code).toBe(line);
  });

  test('has the configured name', () => {
    const server = { ...SERVER, scriptName: 'leaf' };
    expect(installOf(server, chosen(''), files).tracker[0]?.code).toBe(
      `<script defer src="${ORIGIN}/leaf.js"></script>`,
    );
    expect(snippetsOf({ ...server, keptParameters: [] }).tracker).toContain('/leaf.js');
  });

  test('keeps the site’s parameters, unless others are chosen', () => {
    expect(chosen('', ['q', 'page']).keep).toEqual(['q', 'page']);
    expect(chosen('keep=', ['q', 'page']).keep).toEqual([]);
    expect(snippetsOf({ ...SERVER, keptParameters: ['q'] }).tracker).toContain('data-keep="q"');
    expect(snippetsOf({ ...SERVER, keptParameters: ['?', 'q'] }).tracker).toContain('data-keep="? q"');
  });

  test('comes with a line that gives consent where it waits for it', () => {
    expect(snippets('').consent).toBeUndefined();
    expect(snippets('consent=on').consent?.code).toBe('window.footfall?.consent(true);');
    expect(snippets('consent=on').pixel[0]?.code).toContain('&amp;consent=true');
  });
});

test.each([
  ['', ' position="above-footer" theme="auto"'],
  ['position=inline&theme=plain', ' position="inline" theme="plain"'],
  [
    'sent=1&interval=5',
    ' position="above-footer" theme="auto" show-details="false" show-location="false" update-interval="5"',
  ],
  ['interval=0', ' position="above-footer" theme="auto"'],
  ['interval=11', ' position="above-footer" theme="auto"'],
  ['interval=x', ' position="above-footer" theme="auto"'],
])('the widget of ?%s has the attributes%s', (query, attributes) => {
  expect(snippets(query).widget[0]?.code).toBe(
    `<script type="module" src="${ORIGIN}/widget.js"></script>\n<visitor-tracker${attributes}></visitor-tracker>`,
  );
});

describe('every kind', () => {
  test.each(KINDS.map(({ kind }) => kind))('%s has all parts, each from this Footfall', (kind) => {
    const all = snippets(`kind=${kind}&site=https://shop.example`);
    for (const part of ['tracker', 'badge', 'pixel'] as const) {
      expect([part, all[part].every(({ code }) => code.includes(ORIGIN))]).toEqual([part, true]);
    }
    const widget = all.widget.map(({ code }) => code).join('\n');
    expect(widget).toContain(`${ORIGIN}/widget.js`);
    expect(widget).toContain('<visitor-tracker position="above-footer"');
    for (const { code, file } of all.tracker)
      expect([file, code]).toEqual([file, expect.stringContaining('defer')]);
    expect(all.server === undefined).toBe(kind === 'wordpress');
    const files = [all.tracker, all.widget, all.badge, all.pixel].map((list) => list.map(({ file }) => file));
    for (const list of files) expect(new Set(list).size).toBe(list.length);
  });

  test.each(KINDS.map(({ kind }) => kind))('%s contains no hostile input', (kind) => {
    const hostile = [
      `"'><script>alert(1)</script>`,
      `{alert(1)}`,
      '${alert(1)}',
      '`',
      '\\',
      '<?php evil(); ?>',
      'https://x.example/"onload="y',
      `https://a'b.example`,
      'javascript:alert(1)',
      '\u202e',
    ];
    const plain = everySample(snippets(`kind=${kind}&keep=q`)).map(({ code }) => code);
    for (const value of hostile) {
      const query = new URLSearchParams({ kind, keep: `q ${value}`, site: value });
      for (const name of ['position', 'theme', 'interval', 'badge']) query.set(name, value);
      const kept = choicesOf(query, { keptParameters: [] });
      const codes = everySample(
        installOf(SERVER, { ...kept, keep: ['q'], site: 'https://example.com' }, files),
      );
      expect(codes.map(({ code }) => code)).toEqual(plain);
      expect(kept.keep.join('')).toMatch(/^[\p{L}\p{N}_.~[\]-]+$/u);
      expect(kept.site).toMatch(/^https?:\/\/[\w.-]+(?::\d+)?$/);
    }
  });
});

test.each([
  ['', 'https://example.com'],
  ['shop.example', 'https://shop.example'],
  ['http://localhost:5173/path?x', 'http://localhost:5173'],
  ['https://Müller.example/', 'https://xn--mller-kva.example'],
  ['not a site', 'https://example.com'],
  ['ftp://shop.example', 'https://example.com'],
  [`https://${'x'.repeat(300)}.example`, 'https://example.com'],
])('the site %j is %s', (site, origin) => {
  expect(chosen(new URLSearchParams({ site }).toString()).site).toBe(origin);
});

test('a link to some choices leads to the same choices', () => {
  for (const query of [
    '',
    'sent=1',
    'kind=vue&consent=on&device=on&everyone=on&site=shop.example&keep=a+b&position=inline&theme=dark&interval=3&badge=digits&sent=1&details=on',
  ]) {
    const choices = chosen(query, ['q']);
    expect(chosen(queryOf(choices).slice(1), ['other'])).toEqual(choices);
  }
});

describe('what to write into SITE_HOSTS', () => {
  const advice = (site: string, hosts: readonly string[]) =>
    hostAdvice(site, hosts, (host) => hosts.length === 0 || hosts.includes(host));

  test('is the host alone where SITE_HOSTS is empty, though its pages are counted', () => {
    expect(advice('https://example.com', [])).toEqual({
      host: 'example.com',
      isCounted: true,
      siteHosts: 'example.com',
    });
  });

  test('is SITE_HOSTS with the host appended where it is missing', () => {
    expect(advice('https://blog.example.com:8080', ['example.com'])).toEqual({
      host: 'blog.example.com',
      isCounted: false,
      siteHosts: 'example.com,blog.example.com',
    });
  });

  test('is nothing where SITE_HOSTS has the host', () => {
    expect(advice('https://example.com', ['example.com']).siteHosts).toBeUndefined();
  });

  test('the first host of SITE_HOSTS is the default site', () => {
    const site = (hosts: readonly string[]) =>
      choicesOf(new URLSearchParams(), { keptParameters: [], hosts }).site;
    expect(site(['*.example.org', 'example.org'])).toBe('https://example.org');
    expect(site([])).toBe('https://example.com');
  });
});
