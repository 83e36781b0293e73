import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const NODE_ONLY = {
  group: ['node:*'],
  message: 'runs in browsers and on workerd too: no Node modules here.',
};

/** The arrows of DESIGN.md that the `exports` maps cannot hold. Each says why. */
const rooms = defineConfig(
  {
    files: ['packages/core/src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            NODE_ONLY,
            {
              group: ['@footfall/*', '@libsql/*', 'kysely', '@trpc/*'],
              message: 'core is the rules alone: it imports no other room.',
            },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'Buffer',
          'fetch',
          'performance',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'crypto',
        ].map((name) => ({
          name,
          message: 'core is pure: time, randomness and configuration are passed in.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'core has no clock: time is passed in.' },
        { object: 'Math', property: 'random', message: 'core has no dice: randomness is passed in.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'core has no clock: time is passed in.',
        },
      ],
    },
  },
  {
    files: ['packages/db/src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@footfall/trpc*', '@trpc/*', 'node:http*'],
              message: 'db knows SQL; it knows nothing of HTTP.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['packages/db/src/**'],
    ignores: ['packages/db/src/embedded.ts', 'packages/db/src/file-worker.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            NODE_ONLY,
            { group: ['@footfall/trpc*', '@trpc/*'], message: 'db knows SQL; it knows nothing of HTTP.' },
          ],
        },
      ],
    },
  },
  {
    files: ['packages/trpc/src/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [NODE_ONLY] }] },
  },
  {
    files: ['packages/trpc/src/**'],
    ignores: ['packages/trpc/src/{router,client,openapi}.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            NODE_ONLY,
            { group: ['@trpc/*'], message: 'operations know nothing of their transports.' },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/web/src/**', 'packages/ui/src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@footfall/db*', '@libsql/*', 'kysely'],
              message: 'pages read through the typed API, never the database.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['apps/api/src/**', 'packages/*/src/**'],
    ignores: ['apps/api/src/{config,app}.ts', 'packages/{core,tracker}/src/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'only apps/api/src/config.ts reads the environment.' },
        { object: 'Date', property: 'now', message: 'the clock is passed in, from createApp().' },
      ],
    },
  },
);

export default defineConfig(
  { ignores: ['**/dist', '**/build', '**/.svelte-kit', '**/test-results', '**/playwright-report'] },
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
    // Types that SvelteKit generates are not seen here; svelte-check sees them.
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
  rooms,
);
