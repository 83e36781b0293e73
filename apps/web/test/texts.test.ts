import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, test } from 'vitest';
import { areasOf, loadTexts, type Area } from '../src/lib/texts/languages.ts';
import { LANGUAGE_TAGS, languageOf } from '../src/lib/texts/tags.ts';

const SRC = new URL('../src/', import.meta.url).pathname;
const UI = new URL('../../../packages/ui/src/', import.meta.url).pathname;
const TEXTS = join(SRC, 'lib/texts');

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

const AREAS = readdirSync(join(TEXTS, 'en'))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => name !== 'formats') as Area[];

/** The texts of an area, each by the path of its key. */
function leavesOf(value: unknown, path: readonly string[] = []): Map<string, unknown> {
  const isGroup = typeof value === 'object' && value !== null;
  if (!isGroup) return new Map([[path.join('.'), value]]);
  return new Map(Object.entries(value).flatMap(([key, each]) => [...leavesOf(each, [...path, key])]));
}

describe.each(AREAS)('the texts of %s', (area) => {
  const leaves = async (language: (typeof LANGUAGE_TAGS)[number]) => {
    const texts: Record<string, unknown> = { ...(await loadTexts(language, [area]))[area] };
    delete texts['formats'];
    return leavesOf(texts);
  };

  test.each(LANGUAGE_TAGS)('are complete in “%s”, and none is empty', async (language) => {
    const [english, its] = [await leaves('en'), await leaves(language)];
    // Languages differ in their plurals.
    const withoutPlurals = (keys: Iterable<string>) =>
      [...keys].filter((key) => !/\.(?:zero|one|two|few|many)$/.test(key)).sort();
    expect(withoutPlurals(its.keys())).toEqual(withoutPlurals(english.keys()));
    expect(
      [...its].filter(([key, text]) => text === undefined || (text === '' && english.get(key) !== '')),
    ).toEqual([]);
  });

  test.each(LANGUAGE_TAGS)('use their parameters in “%s”', async (language) => {
    const [english, its] = [await leaves('en'), await leaves(language)];
    const parametersOf = (text: unknown) => (typeof text === 'function' ? unusedOf(text as Text) : []);
    const unused = [...its].flatMap(([key, text]) => {
      const ours = parametersOf(english.get(key));
      return parametersOf(text)
        .filter((at) => !ours.includes(at))
        .map((at) => `${key}, parameter ${at}`);
    });
    expect(unused).toEqual([]);
    const kinds = [...its].filter(
      ([key, text]) => english.has(key) && typeof text !== typeof english.get(key),
    );
    expect(kinds.map(([key]) => key)).toEqual([]);
  });
});

type Text = (...parameters: unknown[]) => unknown;

/** The parameters of a string that change nothing in it, by their number. English says how many there are. */
function unusedOf(text: Text): number[] {
  const names =
    /^\(([^)]*)\)/
      .exec(text.toString())?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '') ?? [];
  return names.flatMap((name, at) => {
    const identifiers = name.match(/[\p{L}_$][\p{L}\d_$]*/gu) ?? [];
    const body = text.toString().slice(text.toString().indexOf('=>'));
    return identifiers.every((identifier) => new RegExp(`\\b${identifier}\\b`).test(body)) ? [] : [at];
  });
}

/** Source without comments: a key that only a comment has is not used. */
const sources = [...filesIn(SRC), ...filesIn(UI)]
  .filter((file) => /\.(?:svelte|ts)$/.test(file) && !file.startsWith(TEXTS))
  .map((file) => readFileSync(file, 'utf8').replaceAll(/\/\*[^]*?\*\/|<!--[^]*?-->/g, ''))
  .join('\n');

/** Whether a key is read: by its name, or together with its neighbours, by a computed one. */
function isUsed(key: string): boolean {
  const parts = key.replace(/\.(?:zero|one|two|few|many|other)$/, '').split('.');
  return parts.every((part, at) => {
    const before = parts[at - 1];
    const named = new RegExp(`\\.${part}\\b|\\['${part}'|[{,]\\s*${part}\\b[^}]*\\} = `);
    if (/^[\w$]+$/.test(part) && named.test(sources)) return true;
    return before !== undefined && isReadByKey(before);
  });
}

/** Whether the members of a group are read by a computed key, or as a whole. */
const isReadByKey = (group: string): boolean => new RegExp(`\\b${group}(?:\\[|[,)}]| \\})`).test(sources);

test('every text is shown somewhere', async () => {
  const unused = [];
  for (const area of AREAS) {
    const texts: Record<string, unknown> = { ...(await loadTexts('en', [area]))[area] };
    delete texts['formats'];
    for (const key of leavesOf(texts).keys()) if (!isUsed(key)) unused.push(`${area}.${key}`);
  }
  expect(unused).toEqual([]);
  expect(isUsed('aKeyThatNothingReads')).toBe(false);
});

/** Names that are the same in every language. */
const NAMES = [
  'Footfall',
  'GitHub',
  'CSV',
  'JSON',
  'API',
  'HTML',
  'UTC',
  'noindex',
  'TypeScript',
  'curl',
  'Enter',
  'Escape',
  'Esc',
  'Not Found',
  'PublicKeyCredential',
  '<html data-cached',
];

/** Attributes that are read to people. */
const READ =
  /^(?:aria-(?:label|description|roledescription|valuetext|placeholder)|title|alt|placeholder|label|heading|name|note|summary|text|content|unit|empty)$/;

/** The literal text of a component, as far as people read it. */
export function literalTextOf(source: string): string[] {
  const found: string[] = [];
  const add = (text: string): void => {
    const words = text.replaceAll(new RegExp(`(?:${NAMES.join('|')})(?![\\p{L}])`, 'gu'), '');
    if (/\p{L}{2}/u.test(words)) found.push(text.trim().replaceAll(/\s+/g, ' '));
  };
  const visit = (node: unknown, isMarkup: boolean, isElement = false): void => {
    if (Array.isArray(node)) for (const each of node) visit(each, isMarkup, isElement);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const { type } = node as { type?: string };
    if (type === 'ImportDeclaration') return;
    if (type === 'Text') return add((node as AST.Text).data);
    if (
      type === 'RegularElement' &&
      ['code', 'style', 'script'].includes((node as AST.RegularElement).name)
    ) {
      return visit((node as AST.RegularElement).attributes, false, true);
    }
    if (type === 'RegularElement') {
      const { attributes, fragment } = node as AST.RegularElement;
      visit(attributes, isMarkup, true);
      return visit(fragment, isMarkup);
    }
    if (type === 'Attribute') {
      const { name, value } = node as AST.Attribute;
      // The name of an element is that of a field; a component's may be a title.
      if (!READ.test(name) || (name === 'name' && (isElement || isFieldName(value)))) return;
      return visit(value, true);
    }
    if (type === 'CallExpression' && /^(?:getTexts|setContext|addEventListener)$/.test(calleeOf(node)))
      return;
    if (type === 'Literal' && isMarkup) {
      const { value } = node as { value?: unknown };
      // A sentence or a title; anything else is a key, a class or a value.
      if (typeof value === 'string' && (/^\p{Lu}\p{Ll}/u.test(value) || /\p{L} \p{L}/u.test(value)))
        add(value);
      return;
    }
    if (type === 'TemplateElement' && isMarkup) {
      const { value } = node as { value: { cooked: string } };
      if (/\p{L}{2}.* | .*\p{L}{2}/u.test(value.cooked)) add(value.cooked);
      return;
    }
    for (const [key, child] of Object.entries(node)) {
      if (['css', 'options', 'comments', 'loc', 'metadata', 'typeAnnotation'].includes(key)) continue;
      visit(child, isMarkup || type === 'ExpressionTag');
    }
  };
  const { fragment, instance, module } = parse(source, { modern: true });
  visit(fragment, false);
  visit([instance?.content, module?.content], true);
  return found;
}

/** Whether a component passes its name on to a field: fields have names of one word, in small letters. */
function isFieldName(value: AST.Attribute['value']): boolean {
  const [text] = Array.isArray(value) ? value : [];
  return text?.type === 'Text' && /^[a-z][A-Za-z]*$/.test(text.data);
}

const calleeOf = (node: object): string => (node as { callee: { name?: string } }).callee.name ?? '';

/** Modules whose strings are for machines and developers: headers, code that is shown, the API document, and files. */
const MACHINE = /^(?:hooks\.server|lib\/(?:snippets|openapi|embedded-chart|server\/csv-file))\.ts$/;

const modules = filesIn(SRC).filter((file) => file.endsWith('.ts') && !file.startsWith(TEXTS));
const components = [...filesIn(SRC), ...filesIn(UI)].filter((file) => file.endsWith('.svelte'));
const nameOf = (file: string): string => relative(file.startsWith(UI) ? UI : SRC, file);

const sourceOf = (file: string): string =>
  file.endsWith('.ts')
    ? `<script lang="ts">${readFileSync(file, 'utf8').replaceAll('</script', '</other')}</script>`
    : readFileSync(file, 'utf8');

test('no component and no module has text of its own', () => {
  const own = [...components, ...modules]
    .filter((file) => !MACHINE.test(nameOf(file)))
    .map((file) => [nameOf(file), literalTextOf(sourceOf(file))] as const)
    .filter(([, texts]) => texts.length > 0);
  expect(own).toEqual([]);
});

test.each([
  ['<p>Page views</p>', ['Page views']],
  ['<p>{count} views</p>', ['views']],
  ['<button aria-label="Close">×</button>', ['Close']],
  ['<p>{isOver ? "Over now" : text.open}</p>', ['Over now']],
  ['<p>{`${count} views of it`}</p>', ['views of it']],
  ['<BarList title="Top pages" testId="page-row" />', ['Top pages']],
  ['{#if a}<p>{#each b as c}<i>Nested</i>{/each}</p>{/if}', ['Nested']],
  ['<p class="some class" id="Some">{text.known} · Footfall</p>', []],
  ['<script>const links = [{ path: "/", name: "Home" }];</script>', ['Home']],
  ['<script>const key = "kept"; import { A } from "Some Thing";</script><code>line of code</code>', []],
])('%s has the text %j', (source, texts) => {
  expect(literalTextOf(source)).toEqual(texts);
});

test('a page loads the texts of all its components', () => {
  const routes = components.filter((file) => /\/\+(?:page|error)\.svelte$/.test(file));
  const missing = routes.flatMap((file) => {
    const route = `/${relative(join(SRC, 'routes'), file).replace(/\/?\+\w+\.svelte$/, '')}`;
    const loaded: readonly string[] = areasOf(route);
    return [...areasIn(file)].filter((area) => !loaded.includes(area)).map((area) => `${route}: ${area}`);
  });
  expect(missing).toEqual([]);
});

/** The areas that a component and those below it read. */
function areasIn(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  const areas = new Set([...source.matchAll(/getTexts\('([\w-]+)'\)/g)].map(([, area = '']) => area));
  for (const [, path = ''] of source.matchAll(/(?:from|import\() ?'([^']+\.(?:svelte|ts))'/g)) {
    const imported = path.startsWith('#lib/') ? join(SRC, 'lib', path.slice(5)) : join(file, '..', path);
    if (path.startsWith('#lib/') || path.startsWith('.'))
      for (const area of areasIn(imported, seen)) areas.add(area);
  }
  return areas;
}

test('a language is one that there is', () => {
  expect(['de', 'en', 'fr', 'DE', '', undefined, 'toString'].map(languageOf)).toEqual([
    'de',
    'en',
    ...Array<undefined>(5).fill(undefined),
  ]);
});
