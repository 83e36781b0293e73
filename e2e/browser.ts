import { chromium, type Browser } from '@playwright/test';
import config from './playwright.config.ts';

/** Starts the browser of the tests. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(config.use?.launchOptions ?? {});
}
