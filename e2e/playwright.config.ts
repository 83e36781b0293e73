import { existsSync } from 'node:fs';
import { chromium, defineConfig, devices } from '@playwright/test';
import { CONFIGURATIONS, SETTLES_MS, type Configuration } from './configurations.ts';
import type { Options } from './fixtures.ts';

// A named browser wins, then Playwright's own where it is installed, then the system's.
const executablePath =
  process.env['PLAYWRIGHT_CHROMIUM_PATH'] ??
  (existsSync(chromium.executablePath())
    ? undefined
    : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync));

/**
 * What is run more than once must be able to differ: `@page` is about what a browser makes of a page, the same from wherever
 * it comes; `@answer` is about what is answered, the same by one process or two.
 */
const NOT_AGAIN: Readonly<Partial<Record<Configuration, RegExp>>> = {
  'two instances': /@page|@answer/,
  workerd: /@page/,
};

/** What only one way of running it has is in files of its own: `live.embedded.spec.ts`. */
const ownTests = (configuration: Configuration): string => `*.${configuration.split(' ').at(-1)}.spec.ts`;

export default defineConfig<Options>({
  testDir: '.',
  globalSetup: './tables.ts',
  testMatch: '*.spec.ts',
  fullyParallel: true,
  timeout: 60_000, // what is promised in time, a test says itself
  workers: 3, // they wait more than they work
  forbidOnly: process.env['CI'] !== undefined,
  // The same tests for every way that Footfall is run, where that can matter.
  projects: CONFIGURATIONS.map((configuration) => ({
    name: configuration,
    grepInvert: NOT_AGAIN[configuration] ?? [],
    testIgnore: CONFIGURATIONS.filter((other) => other !== configuration).map(ownTests),
    use: { configuration },
    expect: { timeout: 10_000 + SETTLES_MS[configuration] },
  })),
  use: {
    ...devices['Desktop Chrome'],
    screenshot: 'only-on-failure', // a trace of every test takes longer than many a test: --trace on, where one is needed
    launchOptions: {
      ignoreDefaultArgs: ['--disable-back-forward-cache'], // people's browsers have one
      ...(executablePath === undefined ? {} : { executablePath }),
      chromiumSandbox: process.getuid?.() !== 0, // root has no sandbox
      args: [
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
