import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from './snippets.ts';

/**
 * Words that are out, and what to write instead: those of CONTRIBUTING.md (Words) that have no other meaning in this field.
 * Prose is matched in any case, names are matched as they are written in code.
 */
const PROSE: readonly (readonly [out: string, instead: string])[] = [
  ['told', 'returned, answered, reported, said'],
  ['tell(?:s|ing)?', 'return, answer, report, say; “tell apart” is distinguish'],
  ['whoever|whomever', 'a caller, a client, a visitor'],
  ['(?:to|for|from|with) who', 'a caller, a client, a visitor'],
  ['reckon(?:s|ed|ing)?', 'compute'],
  ['mend(?:s|ed|ing)?', 'fix'],
  ['so many', 'that number of, N'],
  ['as many as (?:it|they|there|are|is)', 'that number of, N'],
  ['behind (?:an|the) answer', 'after the response'],
  ['ahead of need', 'prefetched'],
  [
    'a text(?!/)',
    'a string',
  ] /* texts are what the site says in a language (CONTRIBUTING.md, Texts and languages) */,
  ['(?:is|are|was|were|be|been|being|while|goes|went|stays|stayed) away', 'unavailable, down, unreachable'],
  ['store[- ]?away|isAway|wasAway|away from it', 'unavailable, down, unreachable'],
  ['little[- ]?by[- ]?little', 'in small steps; a background task'],
  ['companyMs', 'minBatch'],
  ['patienceMs', 'lingerMs, queueTimeoutMs'],
  ['prior', 'previous; previousDayKey'],
  ['picked', 'filtered'],
];
const NAMES: readonly (readonly [out: string, instead: string])[] = [
  ['COMPANY', 'MIN_BATCH'],
  ['PATIENCE', 'LINGER_MS, QUEUE_TIMEOUT_MS'],
  ['FACTS|Facts|facts', 'attributes, VISIT_DIMENSIONS'],
  ['Standing|standingOf', 'StoreVersion, versionOf'],
  ['Renewal', 'VersionedCache'],
  ['Tally|tally', 'Aggregate'],
  ['Turns', 'TimedMutex'],
  ['Seats', 'ConnectionLimiter'],
];

/** A word stands by itself: neither within another nor as a part of a longer name. */
const wordsOf = (list: typeof PROSE): string =>
  `(?<![\\w-])(?:${list.map(([out]) => out).join('|')})(?![\\w-])`;
const ANY_PROSE = new RegExp(wordsOf(PROSE), 'gi');
const ANY_NAME = new RegExp(wordsOf(NAMES), 'g');

const KINDS =
  /\.(?:ts|mjs|js|svelte|css|html|md|ya?ml|jsonc?|sql|sh)$|(?:^|\/)(?:Dockerfile|\.env\.example)$/;

/** Files that are not the project's own prose: the list itself, and lists of names that others have chosen. */
const EXCEPT = /^scripts\/test\/words\.test\.ts$|^pnpm-lock\.yaml$|^packages\/core\/lists\//;

/** Columns of the database, whose names stay. They are written in the store and in tests that read it. */
const COLUMNS = /^(?:facts|prior)$/;

/** The section of CONTRIBUTING.md that names the words itself. */
const WORDS_SECTION = /^## Words\n[^]*?(?=^## )/m;

const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((path) => KINDS.test(path) && !EXCEPT.test(path));

/** The part of the project that a file belongs to: `packages/core`, `docs/decisions`, `docs`; `.` is the root itself. */
function roomOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  return folders.slice(0, /^(?:apps|packages|docs)$/.test(folders[0] ?? '') ? 2 : 1).join('/') || '.';
}

/** Each word that is out in a file, as `file:line: word → what to write`. */
function wordsOutIn(path: string, text: string): string[] {
  // The lines of the glossary stay, without what they say, so that the numbers of the others are right.
  const prose =
    path === 'CONTRIBUTING.md' ? text.replace(WORDS_SECTION, (part) => part.replace(/./g, '')) : text;
  return [...found(prose, ANY_PROSE, PROSE, 'i'), ...found(prose, ANY_NAME, NAMES, '')]
    .filter(({ word }) => !(/^(?:packages\/db|apps\/api\/test|e2e)\//.test(path) && COLUMNS.test(word)))
    .sort((a, b) => a.at - b.at)
    .map(({ at, word, instead }) => `${path}:${prose.slice(0, at).split('\n').length}: ${word} → ${instead}`);
}

function found(text: string, any: RegExp, list: typeof PROSE, flags: string) {
  return [...text.matchAll(any)].map(({ index, 0: word }) => ({
    at: index,
    word: word.trim(),
    instead: list.find(([out]) => new RegExp(`^(?:${out})$`, flags).test(word))?.[1] ?? '',
  }));
}

describe('no word that is out (CONTRIBUTING.md, Words) is', () => {
  it.each([...new Set(files.map(roomOf))].sort())('in %s', (room) => {
    const inRoom = files.filter((path) => roomOf(path) === room);
    expect(inRoom.flatMap((path) => wordsOutIn(path, readFileSync(`${ROOT}${path}`, 'utf8')))).toEqual([]);
  });
});

it('a word that is out is reported with its line and what to write; parts of other words are not', () => {
  const text =
    'A client is told\nretold, tell-tale, in fact, right away, taken away\nwhile it is away: FACTS\n';
  expect(wordsOutIn('a.md', text)).toEqual([
    'a.md:1: told → returned, answered, reported, said',
    'a.md:3: is away → unavailable, down, unreachable',
    'a.md:3: FACTS → attributes, VISIT_DIMENSIONS',
  ]);
  expect(wordsOutIn('packages/db/src/a.ts', 'facts prior told')).toHaveLength(1);
  const paper = `# A\ntold\n## Words\ntold\n## B\nmended\n`;
  expect(wordsOutIn('CONTRIBUTING.md', paper)).toEqual([
    'CONTRIBUTING.md:2: told → returned, answered, reported, said',
    'CONTRIBUTING.md:6: mended → fix',
  ]);
});
