import { existsSync } from 'node:fs';
import { chromium, defineConfig, devices } from '@playwright/test';
import { systemChromium } from './chromium.ts';
import { CONFIGURATIONS, SETTLES_MS, type Configuration } from './configurations.ts';
import type { Options } from './fixtures.ts';

// A configured browser wins, then Playwright's own if it is installed, then the system's.
const executablePath =
  process.env['PLAYWRIGHT_CHROMIUM_PATH'] ??
  (existsSync(chromium.executablePath()) ? undefined : systemChromium());

/**
 * Tests that run in several configurations must be able to differ: `@page` is about browsers, the same on every server;
 * `@answer` is about responses, the same with one process or two.
 */
const NOT_AGAIN: Readonly<Partial<Record<Configuration, RegExp>>> = {
  'two instances': /@page|@answer/,
  workerd: /@page/,
};

/** Tests of one configuration have their own files: `live.embedded.spec.ts`. */
const ownTests = (configuration: Configuration): string => `*.${configuration.split(' ').at(-1)}.spec.ts`;

export default defineConfig<Options>({
  testDir: '.',
  globalSetup: './tables.ts',
  testMatch: '*.spec.ts',
  fullyParallel: true,
  timeout: 120_000, // tests check promised times themselves; a busy machine takes its time
  workers: 3, // they wait more than they compute
  forbidOnly: process.env['CI'] !== undefined,
  // The same tests for every configuration where it can matter.
  projects: CONFIGURATIONS.map((configuration) => ({
    name: configuration,
    grepInvert: NOT_AGAIN[configuration] ?? [],
    testIgnore: CONFIGURATIONS.filter((other) => other !== configuration).map(ownTests),
    use: { configuration },
    expect: { timeout: 10_000 + SETTLES_MS[configuration] },
  })),
  use: {
    ...devices['Desktop Chrome'],
    screenshot: 'only-on-failure', // tracing every test would take longer than many a test: use --trace on
    launchOptions: {
      ignoreDefaultArgs: ['--disable-back-forward-cache'], // real browsers have one
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
