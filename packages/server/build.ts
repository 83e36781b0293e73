/** Makes `dist`, the package that other programs install: what reports their page views, without a dependency. */
import { copyFile, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

const here = (path: string): string => new URL(path, import.meta.url).pathname;

const ENTRIES = { '.': 'reporter', './node': 'node', './sveltekit': 'sveltekit' };

await rm(here('dist'), { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(Object.values(ENTRIES).map((name) => [name, here(`src/${name}.ts`)])),
  platform: 'node',
  checks: { pluginTimings: false },
  plugins: [
    dts({
      tsconfig: here('tsconfig.json'),
      eager: true,
      compilerOptions: { noEmit: false, allowImportingTsExtensions: true, emitDeclarationOnly: true },
    }),
  ],
});
await bundle.write({
  dir: here('dist'),
  format: 'es',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
});
await bundle.close();

await copyFile(here('README.md'), here('dist/README.md'));
await copyFile(here('../../LICENSE'), here('dist/LICENSE'));
const code = (await readdir(here('dist'))).filter((file) => /\.(?:js|d\.ts)$/.test(file));
const { name, version, license } = JSON.parse(await readFile(here('package.json'), 'utf8')) as Manifest;
await writeFile(
  here('dist/package.json'),
  `${JSON.stringify(
    {
      name,
      version,
      license,
      description:
        'Counts the page views of a Node or SvelteKit server with Footfall, a self-hosted visitor counter',
      keywords: ['footfall', 'analytics', 'visitor-counter', 'middleware', 'express', 'sveltekit'],
      type: 'module',
      sideEffects: false,
      exports: Object.fromEntries(
        Object.entries(ENTRIES).map(([path, file]) => [
          path,
          { types: `./${file}.d.ts`, default: `./${file}.js` },
        ]),
      ),
      files: code.sort(),
      engines: { node: '>=22' },
      publishConfig: { access: 'public' },
    },
    null,
    2,
  )}\n`,
);
