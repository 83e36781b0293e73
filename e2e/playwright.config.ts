import { existsSync } from 'node:fs';
import { chromium, defineConfig, devices } from '@playwright/test';
import { CONFIGURATIONS, SETTLES_MS } from './configurations.ts';
import type { Options } from './fixtures.ts';

// A named browser wins, then Playwright's own where it is installed, then the system's.
const executablePath =
  process.env['PLAYWRIGHT_CHROMIUM_PATH'] ??
  (existsSync(chromium.executablePath())
    ? undefined
    : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync));

export default defineConfig<Options>({
  testDir: '.',
  globalSetup: './tables.ts',
  testMatch: '*.spec.ts',
  fullyParallel: true,
  workers: 3, // they wait more than they work
  forbidOnly: process.env['CI'] !== undefined,
  // The same tests for every way that Footfall is run.
  projects: CONFIGURATIONS.map((configuration) => ({
    name: configuration,
    use: { configuration },
    expect: { timeout: 5_000 + SETTLES_MS[configuration] },
  })),
  use: {
    ...devices['Desktop Chrome'],
    screenshot: 'only-on-failure', // a trace of every test takes longer than many a test: --trace on, where one is needed
    launchOptions: {
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
