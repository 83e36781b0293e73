import { mkdirSync, writeFileSync } from 'node:fs';
import { LANGUAGES } from '@footfall/tracker/languages';
import node from '@sveltejs/adapter-node';
import type { Adapter } from '@sveltejs/kit';

/** The folder of the built site. */
const OUT = 'build';

/** The files that other sites load. They may be cached for an hour: a new version is rarely urgent. */
const SCRIPTS = [
  '/footfall.js',
  '/footfall-more.js',
  '/live.js',
  '/widget.js',
  '/widget-strip.js',
  ...Object.keys(LANGUAGES).map((language) => `/widget-${language}.js`),
];
const SCRIPT_HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
};

/**
 * Builds the site for both runtimes: adapter-node's handler in `build`, and in `build/workerd` a server for workerd with
 * the files that its platform serves. (There is no published adapter for workerd that works with SvelteKit 3.)
 */
export function adapter(emulate: Adapter['emulate']): Adapter {
  const onNode = node({ out: OUT, precompress: true });
  return {
    ...onNode,
    name: 'footfall',
    emulate,
    adapt: async (builder) => {
      await onNode.adapt(builder); // empties the folder
      const out = `${OUT}/workerd`;
      const files = `${out}/files`;
      mkdirSync(out);
      builder.writeClient(files);
      builder.writePrerendered(files);
      builder.generateServerInstance(`${out}/server.js`);

      // On Node `apps/api/src/site.ts` sends these files; on workerd the platform does.
      const scripts = {
        ...Object.fromEntries(SCRIPTS.map((path) => [path, SCRIPT_HEADERS])),
        '/service-worker.js': { 'cache-control': 'no-cache' }, // its name has no hash, so it must be revalidated
      };
      writeFileSync(`${OUT}/script-headers.json`, JSON.stringify(scripts));
      writeFileSync(
        `${files}/_headers`,
        headersFile({
          '/*': { 'x-content-type-options': 'nosniff' },
          ...scripts,
          [`/${builder.getAppPath()}/immutable/*`]: {
            'cache-control': 'public, immutable, max-age=31536000',
          },
        }),
      );
    },
  };
}

/** Headers of static files by path, as the platform reads them. */
function headersFile(paths: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(paths)
    .map(([path, headers]) => [
      path,
      ...Object.entries(headers).map(([name, value]) => `  ! ${name}\n  ${name}: ${value}`),
    ])
    .flat()
    .join('\n')
    .concat('\n');
}
