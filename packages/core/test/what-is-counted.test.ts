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

/** Replaces what is between the two markers of a part of the document. */
function withPart(document: string, part: string, content: string): string {
  const [start, end] = [`<!-- ${part}: made from the data -->`, `<!-- ${part}: end -->`];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  expect([from, to], `the markers of ${part}`).not.toContain(-1);
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
];

/** To write the tables after a change of the data: `pnpm exec vitest run --project core what-is-counted -u`. */
it('docs/what-is-counted.md says what the data says', async () => {
  const written = readFileSync(DOCUMENT, 'utf8');
  const document = PARTS.reduce((text, [part, content]) => withPart(text, part, content), written);
  await expect(document).toMatchFileSnapshot(DOCUMENT);
});

it('every system has words', () => {
  for (const name of SYSTEM_NAMES) expect(wordsOf(name), name).not.toEqual([]);
});
