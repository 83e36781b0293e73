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
  testMatch: '*.spec.ts',
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env['CI'] !== undefined,
  // The same tests for every way that Footfall is run.
  projects: CONFIGURATIONS.map((configuration) => ({
    name: configuration,
    use: { configuration },
    expect: { timeout: 5_000 + SETTLES_MS[configuration] },
  })),
  use: {
    ...devices['Desktop Chrome'],
    trace: 'retain-on-failure',
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
