import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CONFIGURATIONS, type Configuration } from './e2e/configurations.ts';
import { SURROUNDINGS } from './e2e/environment.ts';

/** Folder of each project, by the name that `--project` takes. Playwright's own tests end in `.spec.ts`. */
const PROJECTS = {
  core: 'packages/core',
  db: 'packages/db',
  trpc: 'packages/trpc',
  tracker: 'packages/tracker',
  server: 'packages/server',
  api: 'apps/api',
  web: 'apps/web',
  scripts: 'scripts',
  e2e: 'e2e',
};

/** What is in a folder of this name is promised however Footfall is run (e2e/configurations.ts). */
const CONTRACT = '**/contract/*.test.ts';

/** `npm run test:long`: ten times the runs of what is random, and the time for them. */
const isLong = process.env['FOOTFALL_LONG'] === '1';

// For the tests' own processes and threads, too.
process.env['NODE_COMPILE_CACHE'] = SURROUNDINGS.NODE_COMPILE_CACHE;

export default defineConfig({
  test: {
    // Processes, not threads: the libSQL driver is native code, and some tests kill what they start.
    pool: 'forks',
    maxWorkers: 4, // they wait more than they work
    globalSetup: 'e2e/tables.ts',
    projects: [
      ...Object.entries(PROJECTS).map(([name, root]) => project(name, root)),
      ...CONFIGURATIONS.flatMap((configuration) => [
        project(`api on ${configuration}`, PROJECTS.api, configuration),
        project(`e2e on ${configuration}`, PROJECTS.e2e, configuration),
      ]),
    ],
  },
});

function project(name: string, root: string, configuration?: Configuration): TestProjectInlineConfiguration {
  return {
    root,
    test: {
      name,
      include: [configuration === undefined ? '**/*.test.ts' : CONTRACT],
      exclude: ['**/node_modules/**', ...(configuration === undefined ? [CONTRACT] : [])],
      env: configuration === undefined ? {} : { FOOTFALL_CONFIGURATION: configuration },
      // What is loaded once serves all files of a project: a test leaves nothing behind in it.
      isolate: false,
      // Node reads TypeScript itself: it is not translated again for each project.
      experimental: { viteModuleRunner: false, nodeLoader: false },
      // Ends what hangs, on a busy machine too: what is promised in time, a test says itself.
      testTimeout: isLong ? 600_000 : 120_000,
      hookTimeout: 120_000,
    },
  };
}
