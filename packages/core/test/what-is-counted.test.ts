import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { list as isbotPatterns } from 'isbot';
import { expect, it } from 'vitest';
import {
  APPS,
  BRANDS,
  BROWSERS,
  DEVICES,
  ENGINES,
  HINTED_SYSTEMS,
  OTHER_DEVICES,
  SYSTEM_NAMES,
  SYSTEMS,
} from '../src/agent-names.ts';
import { SCANNERS } from '../src/bot-names.ts';
import { channelOf, CHANNELS, SOURCES, type Channel, type Source } from '@footfall/core';
import mediums from '../lists/mediums.json' with { type: 'json' };
import referrers from '../lists/referrers.json' with { type: 'json' };
import spam from '../lists/spam-referrers.json' with { type: 'json' };

/** The document that owners read; its tables are made from the data. */
const DOCUMENT = fileURLToPath(new URL('../../../docs/what-is-counted.md', import.meta.url));

const code = (words: readonly string[]): string =>
  [...new Set(words.map((word) => `\`${word.replace('(', '')}\``))].join(', ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const byName = <T extends readonly [string, ...unknown[]]>(rows: readonly T[]): T[] =>
  [...rows].sort(([a], [b]) => a.localeCompare(b, 'en'));

const wordsOf = (system: string): readonly string[] =>
  SYSTEMS.find(([name]) => name === system)?.slice(1) ?? [];

const hintsOf = (names: ReadonlyMap<string, string>, name: string): readonly string[] =>
  [...names].filter(([, known]) => known === name).map(([hint]) => hint);

/** Kinds of sources, in words. */
const KINDS = {
  search: 'Search engines',
  ai: 'AI assistants',
  social: 'Social networks',
  video: 'Video and audio',
  mail: 'Mail and newsletters',
  chat: 'Messengers',
  news: 'News and readers',
  work: 'Work and code',
  shop: 'Shops and reviews',
  ads: 'Advertising networks',
  site: 'Other sites',
} as const;

type Kind = keyof typeof KINDS;

const kinds = Object.keys(KINDS) as Kind[];

/** What a channel is, in words. */
const MEANINGS: Readonly<Record<Channel, string>> = {
  direct: 'nothing led here: no referrer, no campaign',
  search: 'a search engine, unpaid',
  social: 'a social network, a video site or a messenger, unpaid',
  'AI assistant': 'an AI assistant',
  mail: 'webmail, a mail app, a newsletter',
  referral: 'another website',
  'paid search': 'an advertisement of a search engine',
  'paid social': 'an advertisement of a social network',
  campaign: 'a link with a medium or a campaign that is none of these; advertisements of others',
  internal: 'a page of this site, after a pause longer than the session timeout',
};

const unnamed = (kind: Source['kind']): Source => ({ name: '', kind });

const mediumsOf = (channel: Channel): readonly string[] =>
  (mediums.mediums as Partial<Record<Channel, string>>)[channel]?.split(' ') ?? [];

/** Names of the other list's sources of a kind, each with its hosts. */
const othersOf = (kind: Kind): readonly string[] =>
  Object.values((referrers.kinds as Partial<Record<Kind, Record<string, string>>>)[kind] ?? {});

const cell = (words: readonly string[]): string => words.join(', ').replaceAll('|', '\\|');

/** Replaces what is between the two markers of a part of the document. */
function withPart(document: string, part: string, content: string): string {
  const [start, end] = [`<!-- ${part}: made from the data -->`, `<!-- ${part}: end -->`];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  expect([from, to], `the markers of ${part}`).not.toContain(-1);
  expect([document.lastIndexOf(start), document.lastIndexOf(end)], `the only ones of ${part}`).toEqual([
    from,
    to,
  ]);
  return `${document.slice(0, from)}${start}\n\n${content}\n\n${document.slice(to)}`;
}

/** The parts of the document that are made from the data, by the name in their markers. */
const PARTS: readonly (readonly [part: string, content: string])[] = [
  ['apps', table(['app', 'words'], byName(APPS.map(({ name, words }) => [name, code(words)])))],
  [
    'browsers',
    table(
      ['browser', 'words', 'brand in client hints', 'only on'],
      byName(
        BROWSERS.map(({ name, words, on }) => [
          name,
          code(words),
          code(hintsOf(BRANDS, name)),
          on?.join(', ') ?? '',
        ]),
      ),
    ),
  ],
  [
    'engines',
    table(
      ['words', 'on', 'is'],
      ENGINES.flatMap(({ words, on, elsewhere }) => [
        ...Object.entries(on).map(([system, name]) => [code(words), system, name]),
        ...(elsewhere === undefined ? [] : [[code(words), 'any other system', elsewhere]]),
      ]),
    ),
  ],
  [
    'systems',
    table(
      ['system', 'words', 'platform in client hints', 'devices'],
      SYSTEM_NAMES.map((name) => [
        name,
        code(wordsOf(name)),
        code(hintsOf(HINTED_SYSTEMS, name)),
        DEVICES[name].join(', '),
      ]),
    ),
  ],
  ['other devices', `${code([...OTHER_DEVICES].sort())}`],
  [
    'bots',
    `${table(
      ['scanner', 'words'],
      SCANNERS.map(([name, ...words]) => [name, code(words)]),
    )}\n\nAnd whatever matches one of the ${isbotPatterns.length} patterns of isbot.`,
  ],
  ['known apps', cell(SOURCES.filter(({ apps }) => apps !== undefined).map(({ name }) => name))],
  ['spam', `There ship ${spam.hosts.length} hosts.`],
  [
    'channels',
    table(
      ['channel', 'visits from', 'kinds of sources', '`utm_medium`'],
      CHANNELS.map((channel) => [
        `**${channel}**`,
        MEANINGS[channel],
        cell(
          kinds.filter((kind) => channelOf(unnamed(kind), undefined) === channel).map((kind) => KINDS[kind]),
        ),
        code(mediumsOf(channel)),
      ]),
    ),
  ],
  [
    'known sources',
    table(
      ['kind', 'our list', 'the other list'],
      kinds.map((kind) => [
        KINDS[kind],
        cell(SOURCES.filter((source) => source.kind === kind).map(({ name }) => name)),
        `${othersOf(kind).length} with ${othersOf(kind).flatMap((hosts) => hosts.split(' ')).length} hosts`,
      ]),
    ),
  ],
];

/** To write the tables after a change of the data: `pnpm exec vitest run --project core what-is-counted -u`. */
it('docs/what-is-counted.md says what the data says', async () => {
  const written = readFileSync(DOCUMENT, 'utf8');
  const document = PARTS.reduce((text, [part, content]) => withPart(text, part, content), written);
  const made = [...document.matchAll(/^<!-- (.*): made from the data -->$/gm)].map(([, part]) => part);
  expect(made.sort()).toEqual(PARTS.map(([part]) => part).sort());
  await expect(document).toMatchFileSnapshot(DOCUMENT);
});

it('every system has words', () => {
  for (const name of SYSTEM_NAMES) expect(wordsOf(name), name).not.toEqual([]);
});
