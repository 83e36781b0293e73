import { defineConfig } from 'vitest/config';

/** Folder of each project, by the name that `--project` takes. Playwright's own tests end in `.spec.ts`. */
const PROJECTS = {
  core: 'packages/core',
  db: 'packages/db',
  trpc: 'packages/trpc',
  tracker: 'packages/tracker',
  api: 'apps/api',
  web: 'apps/web',
  e2e: 'e2e',
};

/** `npm run test:long`: ten times the runs of what is random, and the time for them. */
const isLong = process.env['FOOTFALL_LONG'] === '1';

export default defineConfig({
  test: {
    // Processes, not threads: the libSQL driver is native code, and some tests kill what they start.
    pool: 'forks',
    maxWorkers: 2,
    projects: Object.entries(PROJECTS).map(([name, root]) => ({
      root,
      test: {
        name,
        include: [name === 'e2e' ? '**/*.test.ts' : 'test/**/*.test.ts'],
        testTimeout: isLong ? 600_000 : 30_000,
        hookTimeout: 30_000,
      },
    })),
  },
});
