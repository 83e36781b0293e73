import { globSync, readFileSync } from 'node:fs';

/** The root of the project, with a trailing slash. */
export const ROOT = new URL('../..', import.meta.url).pathname;

/** A fenced code block of a document. */
export interface Snippet {
  /** The document and the line at which it begins. */
  readonly at: string;
  readonly language: string;
  /** The words after the language: how it is checked, if not as usual. */
  readonly note: string;
  readonly code: string;
}

export const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

/** All documents except decisions, which describe the past. */
export function papers(): string[] {
  return globSync(['*.md', 'docs/*.md', 'packages/*/README.md'], { cwd: ROOT }).sort();
}

export function snippetsOf(paper: string): Snippet[] {
  const text = read(paper);
  return [...text.matchAll(/^( *)```(\S*) ?(.*)\n([^]*?)^\1```$/gm)].map(
    ({ index, 1: indent = '', 2: language = '', 3: note = '', 4: code = '' }) => ({
      at: `${paper}:${text.slice(0, index).split('\n').length}`,
      language,
      note,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** Settings as a shell or a service manager reads them: a name and a value per line, and comments. */
export function settingsIn(code: string): Record<string, string> {
  const lines = code.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Z_]+)=(\S*)(?: +#.*)?$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`This is not a setting: ${line}`);
      return [name, value];
    }),
  );
}

/**
 * Splits a configuration of nginx or Caddy into its blocks and returns its problems. Only the syntax is checked.
 * @param ends whether a directive ends with a semicolon, as in nginx, or with its line
 */
export function formOf(code: string, ends: 'semicolon' | 'line'): string[] {
  const problems: string[] = [];
  const text = code.replaceAll(/(^|\s)#.*$/gm, '');
  let depth = 0;
  for (const [, piece = '', end = ''] of text.matchAll(
    ends === 'semicolon' ? /([^;{}]*)([;{}]|$)/g : /([^\n]*?)(\{(?=\n)|^\s*\}|\n|$)/gm,
  )) {
    const words = piece.trim();
    if (end.trim() === '{') {
      depth += 1;
      if (words === '') problems.push('a block has no name');
    } else if (end.trim() === '}') {
      depth -= 1;
      if (words !== '') problems.push(`“${words}” has no end`);
    } else if (end === '' && words !== '') problems.push(`“${words}” has no end`);
    if (depth < 0) problems.push('a block ends that did not begin');
  }
  if (depth > 0) problems.push('a block does not end');
  return problems;
}

/** The possible anchors of a heading of this text, as the usual renderers make them. */
export function anchorsOf(markdown: string): Set<string> {
  const withoutCode = markdown.replaceAll(/^```[^]*?^```$/gm, '');
  return new Set(
    [...withoutCode.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The headings and bold terms of a document, by which comments cite it. */
export function termsOf(markdown: string): Set<string> {
  const terms = [
    ...[...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading),
    ...[...markdown.matchAll(/\*\*(.+?)\*\*/g)].map(([, bold = '']) => bold),
    ...[...markdown.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  ];
  return new Set(terms.map((term) => term.replaceAll('`', '').replace(/[.:]$/, '')));
}
