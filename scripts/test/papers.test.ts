import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import prettier from 'prettier';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../apps/api/src/config.ts';
import { SURROUNDINGS } from '../../e2e/environment.ts';
import { startServer, type Server } from '../../e2e/server.ts';
import {
  anchorsOf,
  formOf,
  papers,
  read,
  ROOT,
  settingsIn,
  snippetsOf,
  termsOf,
  type Snippet,
} from './snippets.ts';

const PAPERS = papers();
const SNIPPETS = PAPERS.flatMap(snippetsOf);

/** The placeholder address of one's own server. */
const EXAMPLE = 'https://stats.example.com';

/** The built types of the published packages, by import. */
const PUBLISHED = Object.fromEntries(
  globSync('packages/*/dist/package.json', { cwd: ROOT }).flatMap((path) => {
    const { name, exports } = JSON.parse(read(path)) as {
      name: string;
      exports: Record<string, { types: string }>;
    };
    return Object.entries(exports).map(([entry, { types }]) => [
      join(name, entry),
      [join(ROOT, dirname(path), types)],
    ]);
  }),
);

/** Replacements for commands in the papers' shell snippets. */
const COMMANDS = {
  curl: `exec '${process.execPath}' '${ROOT}scripts/test/curl.ts' "$@"`,
  npm: `[ "$1" = install ] && exit 0; [ "$1 $2 $3" = 'run footfall --' ] || exit 64; shift 3; exec '${process.execPath}' '${ROOT}apps/api/src/cli.ts' "$@"`,
  systemctl: 'exit 0',
};

/** Names of configuration variables. */
const SETTINGS = new Set(
  [...read('apps/api/src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name),
);

/** The snippets of a language; identical ones only once. */
function where(language: string, note = ''): Snippet[] {
  const found = SNIPPETS.filter((snippet) => snippet.language === language && snippet.note === note);
  return [...new Map(found.reverse().map((snippet) => [snippet.code, snippet])).values()].reverse();
}

let server: Server;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footfall-papers-'));
  for (const [name, line] of Object.entries(COMMANDS)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder, name), 0o755);
  }
  server = await startServer();
  await shell('npm run footfall -- backup /backups/footfall-2026-11-20.db', server.file);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Runs the lines of a snippet, with this test's server in place of the example's. */
async function shell(code: string, database: string): Promise<string> {
  const lines = hosted(code).replaceAll('/backups/', `${folder}/`);
  const child = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines], {
    cwd: folder,
    env: { ...SURROUNDINGS, PATH: `${folder}:${SURROUNDINGS.PATH}`, DATABASE_URL: `file:${database}` },
  });
  const { stdout } = await child;
  return stdout;
}

const hosted = (code: string): string => code.replaceAll(EXAMPLE, server.url);

const moduleOf = (code: string): Promise<Record<string, unknown>> =>
  import(`data:text/javascript,${encodeURIComponent(hosted(code))}`) as Promise<Record<string, unknown>>;

describe('a snippet of the papers', () => {
  it('is in a checked language, or says why it is not run', () => {
    const notes: Readonly<Record<string, RegExp>> = {
      sh: /^(alone|environment|not-run="[^"]{5,}")?$/,
      ts: /^$/,
      js: /^(browser)?$/,
      html: /^$/,
      css: /^$/,
      yaml: /^$/,
      nginx: /^$/,
      caddy: /^$/,
      ini: /^$/,
      text: /^$/,
      sql: /^$/, // the only one is run by apps/api/test/operating.test.ts
    };
    expect(SNIPPETS.length).toBeGreaterThan(40);
    expect(
      SNIPPETS.filter(({ language, note }) => notes[language]?.test(note) !== true).map(
        ({ at, language, note }) => `${at}: ${language} ${note}`,
      ),
    ).toEqual([]);
    expect(where('sql')).toHaveLength(1);
  });

  it.concurrent.each(where('sh'))('at $at runs next to a running server', async ({ code }) => {
    const output = await shell(code, server.file);
    if (code.includes('/api/visitors/track')) expect(output).toContain('"counted":true');
  });

  it.concurrent.each(where('sh', 'alone'))('at $at runs without a running server', async ({ code, at }) => {
    await shell(code, join(folder, `${at.replaceAll(/\W/g, '-')}.db`));
  });

  it.each(where('sh', 'environment'))('at $at is a configuration', ({ code }) => {
    const settings = settingsIn(code);
    expect(Object.keys(settings).filter((name) => !SETTINGS.has(name))).toEqual([]);
    expect(readConfig(settings).site.name).toBeDefined();
  });

  it('uses no script of npm or pnpm that does not exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const called = PAPERS.flatMap((paper) =>
      [...read(paper).matchAll(/\b(?:npm run|pnpm) ([a-z][a-z:]*)\b/g)].map(([, name = '']) => name),
    );
    const builtIn = ['install', 'exec'];
    expect(called.length).toBeGreaterThan(20);
    expect(called.filter((name) => scripts[name] === undefined && !builtIn.includes(name))).toEqual([]);
  });

  it('in TypeScript has no error under strict rules', () => {
    const files = new Map(
      where('ts').map(({ at, code }) => [
        join(ROOT, 'scripts/test', `${at.replaceAll(/\W/g, '-')}.ts`),
        code,
      ]),
    );
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: ['node'],
      paths: PUBLISHED,
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists, readFile } = host;
    host.fileExists = (path) => files.has(path) || fileExists(path);
    host.readFile = (path) => files.get(path) ?? readFile(path);
    host.getSourceFile = (path, version, ...rest) => {
      const code = files.get(path);
      return code === undefined
        ? getSourceFile(path, version, ...rest)
        : ts.createSourceFile(path, code, version);
    };
    const program = ts.createProgram([...files.keys()], options, host);
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(({ file, messageText }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, '\n')]);
    expect(files.size).toBeGreaterThan(2);
    expect(problems).toEqual([]);
  });

  it.each([
    ...where('html').map(({ at, code }) => ({ at, code, parser: 'html' })),
    ...where('css').map(({ at, code }) => ({ at, code, parser: 'css' })),
    ...where('yaml').map(({ at, code }) => ({ at, code, parser: 'yaml' })),
    ...where('js', 'browser').map(({ at, code }) => ({ at, code, parser: 'babel' })),
  ])('at $at parses', async ({ code, parser }) => {
    await prettier.format(code, { parser });
    for (const [address] of code.matchAll(/https:\/\/stats\.example\.com\/[^\s"']+\.[^\s"']+/g)) {
      const { status } = await fetch(hosted(address.replaceAll('&amp;', '&')));
      expect([address, status]).toEqual([address, 200]);
    }
  });

  it.each([
    ...where('nginx').map(({ at, code }) => ({ at, code, ends: 'semicolon' as const })),
    ...where('caddy').map(({ at, code }) => ({ at, code, ends: 'line' as const })),
  ])('at $at has complete blocks', ({ code, ends }) => {
    expect(formOf(code, ends)).toEqual([]);
    expect(formOf(`${code}\n}`, ends)).not.toEqual([]);
    expect(formOf(code.replace(/\}\s*$/, ''), ends)).not.toEqual([]);
  });

  it.each(where('ini'))('at $at is a unit whose program exists', ({ code }) => {
    const lines = code.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.filter((line) => !/^(\[\w+\]|\w+=.+)$/.test(line))).toEqual([]);
    const [, program = ''] = /^ExecStart=.* (\S+\.ts)$/m.exec(code) ?? [];
    expect(existsSync(join(ROOT, program)) && program.endsWith('.ts')).toBe(true);
  });
});

describe('a recipe for serving Footfall from your own host', () => {
  const [next, sveltekit, cloudflare] = ['next.config.js', '+server.js', 'A Worker'].map((mark) =>
    where('js').find(({ code }) => code.split('\n', 1)[0]!.includes(mark)),
  );
  const count = '/meadow/api/visitors/count?page=/';

  it('exists for three frameworks, and no other snippet of JavaScript is unchecked', () => {
    expect([next, sveltekit, cloudflare].every((recipe) => recipe !== undefined)).toBe(true);
    expect(where('js')).toHaveLength(3);
  });

  it('leads to Footfall’s files, with Next', async () => {
    const config = (await moduleOf(next!.code))['default'] as {
      rewrites: () => Promise<{ source: string; destination: string }[]>;
    };
    for (const { destination } of await config.rewrites()) {
      const { status } = await fetch(destination.replace(':path*', 'visitors/count'));
      expect([destination, status]).toEqual([destination, 200]);
    }
  });

  it('serves the script and the numbers, with SvelteKit', async () => {
    const { GET, POST } = (await moduleOf(sveltekit!.code)) as Record<
      string,
      (event: object) => Promise<Response>
    >;
    const ask = (path: string, init?: RequestInit): Promise<Response> => {
      const url = new URL(`https://example.com/meadow/${path}`);
      const event = {
        url,
        params: { path: url.pathname.replace('/meadow/', '') },
        request: new Request(url, init),
        getClientAddress: () => '192.0.2.1',
      };
      return (init?.method === 'POST' ? POST! : GET!)(event);
    };
    expect(await (await ask('a.js')).text()).toContain('/visitors/track?');
    expect((await ask('a-more.js')).status).toBe(200);
    expect((await ask('other')).status).toBe(404);
    expect(await (await ask('api/visitors/count')).json()).toHaveProperty('count');
    const body = JSON.stringify({ url: 'https://example.com/' });
    const tracked = await ask('api/visitors/track', { method: 'POST', body });
    expect([tracked.status, await tracked.json()]).toEqual([
      200,
      expect.objectContaining({ counted: false }),
    ]);
  });

  it('serves the script and the numbers, on Cloudflare', async () => {
    const worker = (await moduleOf(cloudflare!.code))['default'] as {
      fetch: (request: Request) => Response | Promise<Response>;
    };
    const ask = async (path: string) =>
      worker.fetch(
        new Request(`https://example.com${path}`, { headers: { 'cf-connecting-ip': '192.0.2.1' } }),
      );
    expect(await (await ask('/meadow/a.js')).text()).toContain('/visitors/track?');
    expect(await (await ask(count)).json()).toHaveProperty('count');
    expect((await ask('/meadow/other')).status).toBe(404);
  });
});

describe('the papers', () => {
  it('link to existing files, pictures and headings', () => {
    const broken = PAPERS.flatMap((paper) => {
      const text = read(paper).replaceAll(/^```[^]*?^```$/gm, '');
      return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
        if (/^(https?:|mailto:)/.test(link)) return [];
        const [path = '', anchor] = link.split('#', 2);
        const target = path === '' ? paper : relative(ROOT, resolve(ROOT, dirname(paper), path));
        if (!existsSync(join(ROOT, target))) return [`${paper}: ${link}`];
        return anchor === undefined || anchorsOf(read(target)).has(anchor) ? [] : [`${paper}: ${link}`];
      });
    });
    expect(broken).toEqual([]);
  });

  it('have a short README', () => {
    expect(read('README.md').split('\n').length).toBeLessThan(170);
  });

  it('have the sections that comments and decisions cite', () => {
    const sources = globSync(
      ['*.ts', 'docs/**/*.md', '{apps,packages,e2e,scripts}/**/*.{ts,svelte,jsonc,mjs}'],
      {
        cwd: ROOT,
        exclude: (name) => /(^|\/)(node_modules|dist|build|\.svelte-kit|\.turbo)($|\/)/.test(name),
      },
    );
    const terms = new Map(
      ['docs/design.md', 'docs/api.md', 'docs/operating.md', 'docs/embedding.md', 'docs/counting.md'].map(
        (paper) => [paper, termsOf(read(paper))],
      ),
    );
    const citations = sources.flatMap((source) =>
      [...read(source).matchAll(/\((docs\/[a-z]+\.md), ([^):;]+)/g)].map(([, paper = '', term = '']) => ({
        source,
        paper,
        term: term.replaceAll(/\s*\n\s*\*?\s*/g, ' ').replaceAll('`', ''),
      })),
    );
    expect(citations.length).toBeGreaterThan(40);
    expect(citations.filter(({ paper, term }) => terms.get(paper)?.has(term) === false)).toEqual([]);
    const elsewhere = /\b(?:API\.md|DESIGN(?:\.md)?|GLOSSARY(?:\.md)?|STACK\.md)\b/;
    expect(
      sources.filter((source) => source !== 'scripts/test/papers.test.ts' && elsewhere.test(read(source))),
    ).toEqual([]);
  });

  it('name every key that Footfall stores in a browser', () => {
    const sources = globSync('{apps/web,packages/tracker}/src/**/*.{ts,svelte}', { cwd: ROOT });
    const keys = new Set(
      sources.flatMap((source) =>
        [...read(source).matchAll(/['`](footfall\.[a-z]+)[ '`]/g)].map(([, key = '']) => key),
      ),
    );
    for (const file of ['ts', 'js', 'view']) keys.delete(`footfall.${file}`);
    expect(keys.size).toBeGreaterThan(5);
    const paper = read('docs/privacy.md');
    expect([...keys].filter((key) => !paper.includes(`\`${key}`))).toEqual([]);
  });
});

describe('docs/api.md', () => {
  const contract = read('docs/api.md');

  it('names every route of the OpenAPI document, and all its parameters', async () => {
    const response = await fetch(`${server.url}/api/openapi.json`);
    const { paths, components } = (await response.json()) as {
      paths: Record<string, Record<string, { parameters?: ({ name: string } | { $ref: string })[] }>>;
      components: { parameters: Record<string, { name: string }> };
    };
    const shared = ($ref: string) => components.parameters[$ref.split('/').at(-1) ?? '']?.name ?? $ref;
    const named = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { parameters = [] }]) => [
        `${method.toUpperCase()} ${path}`,
        ...parameters.map((parameter) => ('$ref' in parameter ? shared(parameter.$ref) : parameter.name)),
      ]),
    );
    expect(named.length).toBeGreaterThan(20);
    // A filter's operators are in a table, for all filters that have them.
    const parts = (name: string): readonly string[] =>
      /^[a-z]+\.[a-zA-Z]+$/.test(name) ? name.split('.') : [name];
    expect(
      named.flatMap(parts).filter((name) => !contract.toLowerCase().includes(name.toLowerCase())),
    ).toEqual([]);
  });

  it.each(['/api/visitors/count', '/api/stats', '/api/visitor-stats', '/api/sys/stats'])(
    'names every field of %s, in its line',
    async (route) => {
      const line = contract.split('\n').find((text) => text.startsWith(`| \`GET ${route}`)) ?? '';
      const answer = (await (await fetch(`${server.url}${route}`)).json()) as object;
      expect(Object.keys(answer).filter((name) => !new RegExp(`\\b${name}\\b`).test(line))).toEqual([]);
    },
  );
});

describe('docs/operating.md', () => {
  it('names every variable of a Worker’s deployment', () => {
    const [, list = ''] = /const VARIABLES = \[([^\]]*)\]/.exec(read('scripts/deploy.ts')) ?? [];
    const deployed = [...list.matchAll(/'([A-Z_]+)'/g)].map(([, name = '']) => name);
    const [, sentence = ''] =
      /uploads the Worker with (.*?) as they are set/.exec(read('docs/operating.md')) ?? [];
    expect(deployed.length).toBeGreaterThan(15);
    expect([...sentence.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name).sort()).toEqual(
      deployed.sort(),
    );
  });
});

describe('.env.example', () => {
  const lines = read('.env.example')
    .split('\n')
    .filter((line) => /^#?[A-Z_]+=/.test(line));

  it('has every setting once', () => {
    const names = lines.map((line) => line.replace(/^#/, '').split('=', 1)[0]!);
    expect(SETTINGS.size).toBeGreaterThan(30);
    expect([...names].sort()).toEqual([...SETTINGS].sort());
  });

  it('sets nothing, and states the defaults', () => {
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([]);
    const defaults = settingsIn(lines.map((line) => line.slice(1)).join('\n'));
    const comparable = (config: object): string =>
      JSON.stringify(config, (key, value: unknown) =>
        ['site', 'ownerSettings', 'fixedTimeoutMs'].includes(key) ? undefined : value,
      );
    expect(comparable(readConfig(defaults))).toBe(comparable(readConfig({})));
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');
  const launcher = read('scripts/tool.mjs');

  it('consists of existing files, with the versions that are used everywhere', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copied.length).toBeGreaterThan(8);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const [, pnpm] = /from: '(pnpm@[\d.]+)'/.exec(launcher) ?? [];
    const [, node] = /from: 'node@(\d+)\./.exec(launcher) ?? [];
    expect(dockerfile.match(/pnpm@[\d.]+/g)).toEqual([pnpm, pnpm]);
    expect(dockerfile).toContain(`NODE_IMAGE=node:${node}-`);
    expect(read('.node-version').trim()).toBe(node);
  });

  it('has every package that the server’s own code imports', () => {
    const { dependencies } = JSON.parse(read('apps/api/package.json')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies).filter((name) => name.startsWith('@footfall/'))) {
      expect(dockerfile).toContain(`COPY packages/${name.slice('@footfall/'.length)}/src `);
    }
  });

  it('has a health check that fails if no server responds', async () => {
    const [, json = ''] = /^HEALTHCHECK [^\n]*\\\n +CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [, ...args] = JSON.parse(json) as string[];
    const check = async (port: string): Promise<unknown> => {
      const child = spawn(process.execPath, args, { env: { ...SURROUNDINGS, PORT: port } });
      return (await once(child, 'exit'))[0];
    };
    expect(await Promise.all([check(String(server.port)), check('1')])).toEqual([0, 1]);
  });

  it('runs under compose with existing settings', async () => {
    const compose = read('compose.yaml');
    await prettier.format(compose, { parser: 'yaml' });
    const [, footfall = ''] = /^ {2}footfall:\n([^]*?)^ {2}\w+:$/m.exec(compose) ?? [];
    const names = [...footfall.matchAll(/^ {6}([A-Z_]+): /gm)].map(([, name = '']) => name);
    expect(names).toEqual(['HOST', 'PORT', 'DATABASE_URL']);
    expect(names.filter((name) => !SETTINGS.has(name))).toEqual([]);
  });
});
