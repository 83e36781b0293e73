import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CONFIGURATIONS, type Configuration } from './e2e/configurations.ts';
import { SURROUNDINGS } from './e2e/environment.ts';

/** Folder of each project, by the name for `--project`. Playwright's own tests end in `.spec.ts`. */
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

/** Tests in a folder of this name hold in every configuration (e2e/configurations.ts). */
const CONTRACT = '**/contract/*.test.ts';

/** `npm run test:long`: ten times the runs of randomised tests, and the time for them. */
const isLong = process.env['FOOTFALL_LONG'] === '1';

// Also for the processes and threads that tests start.
process.env['NODE_COMPILE_CACHE'] = SURROUNDINGS.NODE_COMPILE_CACHE;

export default defineConfig({
  test: {
    // Processes, not threads: the libSQL driver is native code, and some tests kill their processes.
    pool: 'forks',
    maxWorkers: 4, // they wait more than they compute
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
      // Modules are shared by all files of a project: a test must not leave state in them.
      isolate: false,
      // Node reads TypeScript itself: no transformation for each project.
      experimental: { viteModuleRunner: false, nodeLoader: false },
      // Ends tests that hang, even on a busy machine; tests check promised times themselves.
      testTimeout: isLong ? 600_000 : 120_000,
      hookTimeout: 120_000,
    },
  };
}
