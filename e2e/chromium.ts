import { existsSync } from 'node:fs';

/** Chromium without the parts that show a window: does what most tests need with half the work. */
export const SHELL = '/usr/bin/chromium-headless-shell';

const WHOLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of the system's whole browser, which also has a back/forward cache. */
export function wholeChromium(): string | undefined {
  return WHOLE.find(existsSync);
}

/** The path of the system's browser for tests. */
export function systemChromium(): string | undefined {
  return [SHELL, ...WHOLE].find(existsSync);
}
