import { expect, test as base } from '@playwright/test';
import { startFootfall, type Running } from './configurations.ts';

interface Fixtures {
  /** A Footfall of the test's own, on an empty store; counts test browsers too. */
  readonly footfall: Running;
  /** Environment of that Footfall. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Playwright's test, with a Footfall for each. What the page logs as an error, or refuses by CSP, fails the test. */
export const test = base.extend<Fixtures>({
  environment: [{}, { option: true }],
  footfall: async ({ environment }, use) => {
    const footfall = await startFootfall({ COUNT_BOTS: 'true', ...environment });
    await use(footfall);
    await footfall.stop();
  },
});

export { expect };

/** Asks the API for a number, as anyone may. */
export async function countOf(url: string, page?: string): Promise<number> {
  const query = page === undefined ? '' : `?page=${encodeURIComponent(page)}`;
  const response = await fetch(`${url}/api/visitors/count${query}`);
  const { count } = (await response.json()) as { count: number };
  return count;
}
