import { builtinModules } from 'node:module';
import js from '@eslint/js';
import type { Linter } from 'eslint';
import { defineConfig } from 'eslint/config';
import regexp from 'eslint-plugin-regexp';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

type Forbidden = (
  | { readonly group: string[] } // modules, as patterns like in `.gitignore`
  | { readonly regex: string }
) & { readonly message: string };

const noImports = (...patterns: Forbidden[]): Linter.RulesRecord => ({
  'no-restricted-imports': ['error', { patterns: [...patterns, OTHER_PACKAGES] }],
  'no-restricted-syntax': [
    'error',
    { selector: 'ImportExpression', message: 'imports must be static, so that these rules apply.' },
  ],
});
const noGlobals = (names: readonly string[], message: string): Linter.RulesRecord => ({
  'no-restricted-globals': ['error', ...names.map((name) => ({ name, message }))],
});

const OTHER_PACKAGES: Forbidden = {
  group: ['**/packages/*/src/**', '**/apps/*/src/**', '../../*/src/**', '../../../*/*/src/**'],
  message: 'import another package by its name, through its exports.',
};
const NODE_ONLY: Forbidden = {
  group: ['node:*', ...builtinModules.map((name) => `/${name}`)],
  message: 'runs in browsers and on workerd too: no Node modules here.',
};
const WORKERD_ONLY: Forbidden = {
  group: ['cloudflare:*', 'miniflare', 'wrangler'],
  message: 'runs on Node too: only apps/api/src/worker.ts knows workerd.',
};
const STORES: Forbidden = {
  group: ['@libsql/*', 'libsql', 'kysely', 'kysely/*', '@footfall/db/*'],
  message: 'use the given Store, whatever the database is.',
};
const NO_HTTP: Forbidden = {
  group: ['@footfall/trpc*', '@trpc/*', 'node:http*'],
  message: 'db knows SQL; it knows nothing of HTTP.',
};

/** Globals that distinguish runtimes. */
const RUNTIME_GLOBALS = [
  'globalThis',
  'process',
  'navigator',
  'caches',
  'WebSocketPair',
  'Deno',
  'Bun',
  'EdgeRuntime',
];
const NO_RUNTIME = noGlobals(
  RUNTIME_GLOBALS,
  'does not check which runtime this is: differences are passed in by the entries of apps/api.',
);

/** Files of the API that only run on Node; the others run on workerd too. */
const API_ON_NODE = [
  'app',
  'cli',
  'connect',
  'dev',
  'doctor',
  'explanation',
  'metrics',
  'node',
  'pipeline',
  'location',
  'passkey-answers',
  'port',
  'rate-limit',
  'with-reader',
  'sample',
  'scripts',
  'server',
  'site',
  'socket',
  'spam-list',
  'in-process',
  'imports/*',
  'terminal',
  'usage',
  'export',
  'import-file',
  'import-desk',
  'own-export',
  'zip-writer',
];
/** Node's modules that workerd has, where they are needed. */
const API_ON_BOTH_WITH_NODE = [
  'account',
  'key-ring',
  'passkeys',
  'password',
  'second-factor',
  'shared-live',
  'shares',
  'address',
  'config',
];

const apiFiles = (names: readonly string[]): string => `apps/api/src/{${names.join(',')}}.ts`;

/** The dependencies of docs/design.md that the `exports` maps cannot enforce, each with its reason. For the same file the later rule wins. */
export const boundaries = defineConfig(
  {
    files: ['packages/core/src/**'],
    rules: {
      ...noImports(NODE_ONLY, WORKERD_ONLY, {
        group: ['@footfall/*', '@libsql/*', 'libsql', 'kysely', '@trpc/*'],
        message: 'core is pure rules: it imports no other package.',
      }),
      ...noGlobals(
        [
          ...RUNTIME_GLOBALS,
          'Buffer',
          'fetch',
          'performance',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'crypto',
        ],
        'core is pure: time, randomness and configuration are passed in.',
      ),
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'core has no clock: time is passed in.' },
        { object: 'Math', property: 'random', message: 'core has no randomness: it is passed in.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'core is pure rules: it imports no other package.' },
        {
          selector: ":matches(NewExpression, CallExpression)[callee.name='Date'][arguments.length=0]",
          message: 'core has no clock: time is passed in.',
        },
      ],
    },
  },
  {
    files: ['packages/db/src/**'],
    rules: { ...noImports(NODE_ONLY, WORKERD_ONLY, NO_HTTP), ...NO_RUNTIME },
  },
  {
    files: ['packages/db/src/connection/file*.ts', 'packages/db/src/keep/backup.ts'],
    rules: noImports(WORKERD_ONLY, NO_HTTP),
  },
  {
    files: ['packages/trpc/src/**'],
    rules: {
      ...noImports(NODE_ONLY, WORKERD_ONLY, STORES, {
        group: ['@trpc/*'],
        message: 'procedures know nothing of their transports.',
      }),
      ...NO_RUNTIME,
    },
  },
  {
    files: ['packages/trpc/src/{router,client,openapi,deliver}.ts'],
    rules: noImports(NODE_ONLY, WORKERD_ONLY, STORES),
  },
  {
    files: ['apps/api/src/**'],
    ignores: [apiFiles([...API_ON_NODE, ...API_ON_BOTH_WITH_NODE, 'worker'])],
    rules: { ...noImports(NODE_ONLY, WORKERD_ONLY, STORES), ...NO_RUNTIME },
  },
  {
    files: [apiFiles(API_ON_NODE)],
    rules: { 'no-restricted-imports': ['error', { patterns: [WORKERD_ONLY, OTHER_PACKAGES] }] },
  },
  {
    files: [apiFiles(API_ON_BOTH_WITH_NODE)],
    rules: {
      ...noImports(WORKERD_ONLY, STORES),
      ...noGlobals(['navigator', 'caches', 'globalThis'], 'runs on both.'),
    },
  },
  {
    files: ['apps/api/src/worker.ts'],
    rules: noImports(NODE_ONLY, {
      regex: String.raw`^(@footfall/db(/embedded)?|\./(app|server|connect)\.ts)$`,
      message: 'a Worker has no files, no port and no memory between requests.',
    }),
  },
  {
    files: ['packages/server/src/**'],
    rules: noImports(WORKERD_ONLY, {
      group: ['@footfall/*', '@sveltejs/*'],
      message: 'runs in owners’ servers: it has no dependencies.',
    }),
  },
  {
    files: ['apps/web/src/**', 'packages/ui/src/**', 'packages/tracker/src/**'],
    rules: noImports(NODE_ONLY, WORKERD_ONLY, {
      group: ['@footfall/db*', '@footfall/db/*', '@libsql/*', 'libsql', 'kysely'],
      message: 'pages read through the typed API, never the database.',
    }),
  },
  {
    files: ['apps/api/src/**', 'packages/*/src/**'],
    ignores: [
      apiFiles(['config', 'app', 'worker', 'cli']),
      'packages/{core,tracker,server}/src/**',
      'packages/trpc/src/client.ts', // the entry of a package for other programs
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'only apps/api/src/config.ts reads the environment.' },
        { object: 'Date', property: 'now', message: 'the clock is passed in, from the entry.' },
      ],
    },
  },
);

export default defineConfig(
  {
    ignores: [
      '**/dist',
      '**/build',
      '**/.svelte-kit',
      '**/test-results',
      '**/playwright-report',
      'apps/web/static',
    ],
  },
  js.configs.recommended,
  ts.configs.recommendedTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // Regular expressions for untrusted text must not take quadratic time, neither by backtracking nor by restarting.
    files: ['apps/*/src/**', 'packages/*/src/**'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential', ignorePartial: false }],
    },
  },
  {
    // Strings are short here: user agents are cut first, and the tracker reads its own page.
    files: ['packages/core/src/bots.ts', 'packages/tracker/src/**'],
    rules: { 'regexp/no-super-linear-move': 'off' },
  },
  {
    files: ['apps/web/src/**', 'packages/ui/src/**', 'packages/tracker/src/**'],
    languageOptions: { globals: { ...globals.browser } },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-navigation-without-resolve': 'off', // the site is served at the root
    },
  },
  {
    // Types that SvelteKit generates are not visible here; svelte-check checks them.
    files: ['**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    files: ['**/test/**', 'e2e/**'],
    rules: {
      'no-control-regex': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.mjs'], extends: [ts.configs.disableTypeChecked] },
  boundaries,
);
