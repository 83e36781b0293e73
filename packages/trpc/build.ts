/**
 * Makes `dist`, the package `@footfall/client` that other programs install: the typed client alone, with its types in one
 * file. Inside the workspace everything is used from `src`.
 */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

const here = (path: string): string => new URL(path, import.meta.url).pathname;

/** What stays an import of the client; all else is bundled. */
const OUTSIDE = ['@trpc/client', '@trpc/server', 'superjson'];

await rm(here('dist'), { recursive: true, force: true });
const bundle = await rolldown({
  input: { client: here('src/client.ts') },
  external: [...OUTSIDE, 'zod', 'kysely', '@libsql/client'].map((name) => new RegExp(`^${name}($|/)`)),
  checks: { pluginTimings: false },
  treeshake: { moduleSideEffects: false }, // types have none; else an import that only schemas need is left
  plugins: [
    dts({
      tsconfig: here('tsconfig.json'),
      eager: true,
      compilerOptions: { noEmit: false, allowImportingTsExtensions: true, emitDeclarationOnly: true },
    }),
  ],
});
await bundle.write({ dir: here('dist'), format: 'es', entryFileNames: '[name].js' });
await bundle.close();

await copyFile(here('README.md'), here('dist/README.md'));
await copyFile(here('../../LICENSE'), here('dist/LICENSE'));
const { version, license } = JSON.parse(await readFile(here('package.json'), 'utf8')) as Manifest;
await writeFile(
  here('dist/package.json'),
  `${JSON.stringify(
    {
      name: '@footfall/client',
      version,
      license,
      description: 'The typed client of Footfall, a self-hosted visitor counter',
      keywords: ['footfall', 'analytics', 'visitor-counter', 'trpc'],
      type: 'module',
      sideEffects: false,
      exports: { '.': { types: './client.d.ts', default: './client.js' } },
      files: ['client.js', 'client.d.ts'],
      dependencies: Object.fromEntries(await Promise.all(OUTSIDE.map(installed))),
      engines: { node: '>=20' },
      publishConfig: { access: 'public' },
    },
    null,
    2,
  )}\n`,
);

/** A dependency with the version it was tested with, and whatever is compatible. */
async function installed(dependency: string): Promise<[string, string]> {
  const manifest = await readFile(here(`node_modules/${dependency}/package.json`), 'utf8');
  return [dependency, `^${(JSON.parse(manifest) as Manifest).version}`];
}
