import { existsSync } from 'node:fs';
import { chromium, defineConfig, devices } from '@playwright/test';

// A named browser wins, then Playwright's own where it is installed, then the system's.
const executablePath =
  process.env['PLAYWRIGHT_CHROMIUM_PATH'] ??
  (existsSync(chromium.executablePath())
    ? undefined
    : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync));

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  fullyParallel: true,
  workers: 2,
  forbidOnly: process.env['CI'] !== undefined,
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
