import { ESLint } from 'eslint';
import ts from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { boundaries } from '../../eslint.config.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

// Only the import rules: they need no types, and so little time.
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfigFile: true,
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parser: ts.parser } }, ...boundaries],
});

/** The lint messages for a line in a file. */
async function reportFor(line: string, file: string): Promise<string[]> {
  const [result] = await eslint.lintText(line, { filePath: `${ROOT}${file}` });
  return result?.messages.map(({ message }) => message) ?? [];
}

describe('a line in the wrong package is refused, with the reason', () => {
  it.each([
    ['packages/core/src/describe.ts', "import { readFile } from 'fs';", 'no Node modules here'],
    [
      'packages/core/src/describe.ts',
      "export const fs = await import('node:fs');",
      'imports no other package',
    ],
    ['packages/core/src/describe.ts', "import { openStore } from '../../db/src/store.ts';", 'by its name'],
    ['packages/core/src/describe.ts', 'export const edge = globalThis.caches;', 'core is pure'],
    ['packages/core/src/describe.ts', 'export const now = Date();', 'core has no clock'],
    ['apps/api/src/worker.ts', "import { openFile } from '@footfall/db/embedded';", 'a Worker has no files'],
    ['apps/api/src/worker.ts', "import { openStore } from '@footfall/db';", 'a Worker has no files'],
    [
      'apps/api/src/config.ts',
      "import { openFile } from '@footfall/db/embedded';",
      'whatever the database is',
    ],
    ['apps/api/src/config.ts', 'export const edge = navigator.userAgent;', 'runs on both'],
    ['apps/web/src/hooks.server.ts', "import { readFile } from 'node:fs';", 'no Node modules here'],
    ['packages/tracker/src/footfall.ts', "import { openStore } from '@footfall/db';", 'never the database'],
    ['packages/core/src/describe.ts', "import { readFile } from 'node:fs';", 'no Node modules here'],
    [
      'packages/core/src/describe.ts',
      "import { env } from 'cloudflare:workers';",
      'only apps/api/src/worker.ts',
    ],
    [
      'packages/core/src/describe.ts',
      "import { openStore } from '@footfall/db';",
      'imports no other package',
    ],
    [
      'packages/core/src/describe.ts',
      "import { createClient } from '@libsql/client';",
      'imports no other package',
    ],
    [
      'packages/core/src/describe.ts',
      "import { TRPCError } from '@trpc/server';",
      'imports no other package',
    ],
    ['packages/core/src/describe.ts', 'export const now = Date.now();', 'core has no clock'],
    ['packages/core/src/describe.ts', 'export const now = new Date();', 'core has no clock'],
    ['packages/core/src/describe.ts', 'export const dice = Math.random();', 'core has no randomness'],
    ['packages/core/src/describe.ts', 'export const id = crypto.randomUUID();', 'core is pure'],
    ['packages/core/src/describe.ts', 'export const edge = caches;', 'core is pure'],
    ['packages/db/src/store.ts', "import { Worker } from 'node:worker_threads';", 'no Node modules here'],
    [
      'packages/db/src/store.ts',
      "import { waitUntil } from 'cloudflare:workers';",
      'only apps/api/src/worker.ts',
    ],
    ['packages/db/src/store.ts', "import { TRPCError } from '@trpc/server';", 'knows nothing of HTTP'],
    ['packages/db/src/connection/file.ts', "import { request } from 'node:http';", 'knows nothing of HTTP'],
    [
      'packages/db/src/direct.ts',
      "export const edge = typeof process === 'undefined';",
      'which runtime this is',
    ],
    ['packages/db/src/direct.ts', 'export const edge = navigator.userAgent;', 'which runtime this is'],
    [
      'packages/trpc/src/visitors.ts',
      "import { TRPCError } from '@trpc/server';",
      'nothing of their transports',
    ],
    ['packages/trpc/src/visitors.ts', "import { sql } from 'kysely';", 'whatever the database is'],
    [
      'packages/trpc/src/visitors.ts',
      "import { openFile } from '@footfall/db/embedded';",
      'whatever the database is',
    ],
    ['packages/trpc/src/visitors.ts', "import { createServer } from 'node:http';", 'no Node modules here'],
    ['packages/trpc/src/visitors.ts', 'export const edge = caches.default;', 'which runtime this is'],
    [
      'packages/trpc/src/router.ts',
      "import { openServer } from '@footfall/db/remote';",
      'whatever the database is',
    ],
    ['apps/api/src/handler.ts', "import { createServer } from 'node:http';", 'no Node modules here'],
    [
      'apps/api/src/collect.ts',
      "import { waitUntil } from 'cloudflare:workers';",
      'only apps/api/src/worker.ts',
    ],
    [
      'apps/api/src/collect.ts',
      "import { directStore } from '@footfall/db/direct';",
      'whatever the database is',
    ],
    ['apps/api/src/read.ts', 'export const edge = navigator.userAgent;', 'which runtime this is'],
    ['apps/api/src/server.ts', "import { env } from 'cloudflare:workers';", 'only apps/api/src/worker.ts'],
    ['apps/api/src/server.ts', "export const port = process.env['PORT'];", 'only apps/api/src/config.ts'],
    ['apps/api/src/worker.ts', "import { readFile } from 'node:fs';", 'no Node modules here'],
    ['apps/web/src/hooks.server.ts', "import { openStore } from '@footfall/db';", 'never the database'],
  ])('%s: %s', async (file, line, reason) => {
    expect(await reportFor(line, file)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('a line in the right package is accepted', () => {
  it.each([
    ['packages/db/src/connection/file.ts', "import { Worker } from 'node:worker_threads';"],
    ['packages/trpc/src/router.ts', "import { initTRPC } from '@trpc/server';"],
    ['packages/trpc/src/visitors.ts', "import type { Store } from '@footfall/db';"],
    ['apps/api/src/worker.ts', "import { env } from 'cloudflare:workers';"],
    ['apps/api/src/worker.ts', 'export const cache = caches.default;'],
    ['apps/api/src/server.ts', "import { createServer } from 'node:http';"],
    ['apps/api/src/config.ts', "export const port = process.env['PORT'];"],
  ])('%s: %s', async (file, line) => {
    expect(await reportFor(line, file)).toEqual([]);
  });
});
