/** Makes `dist`, the package that other programs install: what reports their page views, without a dependency. */
import { readFile, rm, writeFile } from 'node:fs/promises';
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

const { name, version, license } = JSON.parse(await readFile(here('package.json'), 'utf8')) as Manifest;
await writeFile(
  here('dist/package.json'),
  `${JSON.stringify(
    {
      name,
      version,
      license,
      description: 'Reports the page views of a Node or SvelteKit server to a Footfall',
      type: 'module',
      exports: Object.fromEntries(
        Object.entries(ENTRIES).map(([path, file]) => [
          path,
          { types: `./${file}.d.ts`, default: `./${file}.js` },
        ]),
      ),
      engines: { node: '>=22' },
    },
    null,
    2,
  )}\n`,
);
