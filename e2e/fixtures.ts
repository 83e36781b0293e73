import { createClient } from '@libsql/client';
import { expect, test as base, type Page, type Response } from '@playwright/test';
import { SETTLES_MS, startFootfall, type Configuration, type Running } from './configurations.ts';

/** What a project, or a group of tests, chooses. */
export interface Options {
  /** How the Footfall is run. */
  readonly configuration: Configuration;
  /** Environment of that Footfall. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Fixtures {
  /** A Footfall of the test's own, on an empty store; counts test browsers and its own pages too. */
  readonly footfall: Running;
}

/** Playwright's test, with a Footfall for each that is run as the project says. */
export const test = base.extend<Options & Fixtures>({
  configuration: ['embedded', { option: true }],
  environment: [{}, { option: true }],
  footfall: async ({ configuration, environment }, use) => {
    const footfall = await startFootfall(
      { COUNT_BOTS: 'true', COUNT_OWN_PAGES: 'true', ...environment },
      configuration,
    );
    await use(footfall);
    await footfall.stop();
  },
});

export { expect };

/**
 * Loads a page of Footfall's and says something of it; where a reader may be shown older numbers for a while, it is loaded
 * again until it is so.
 */
export async function expectShown(
  footfall: Running,
  page: Page,
  path: string,
  say: (response: Response | null) => Promise<void>,
): Promise<void> {
  let response = await page.goto(footfall.url + path);
  const settlesMs = SETTLES_MS[footfall.configuration];
  if (settlesMs === 0) return say(response);
  let isFirst = true;
  await expect(async () => {
    if (!isFirst) response = await page.reload();
    isFirst = false;
    await say(response);
  }).toPass({ timeout: settlesMs + LOADED_MS, intervals: [100] });
}

/** A page may take so long to load, in milliseconds. */
const LOADED_MS = 5_000;

interface Count {
  readonly count: number;
  readonly version: number;
}

/**
 * Asks the API for a number, as anyone may. Where a reader may be shown an older one for a while, it is asked until it is
 * as new as the store; where there are several servers, all of them are.
 */
export async function countOf(footfall: Running, page?: string): Promise<number> {
  const { url, instances, sqld, configuration } = footfall;
  if (sqld === undefined) return (await readCount(url, page)).count;
  const urls = instances.length === 0 ? [url] : instances.map((instance) => instance.url);
  const version = await versionOf(sqld);
  const deadline = performance.now() + SETTLES_MS[configuration];
  for (;;) {
    const counts = await Promise.all(urls.map((each) => readCount(each, page)));
    const [first] = counts as [Count];
    if (counts.every((each) => each.version >= version && each.count === first.count)) return first.count;
    if (performance.now() > deadline)
      throw new Error(`The store is at version ${version}, but readers are shown ${JSON.stringify(counts)}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readCount(url: string, page: string | undefined): Promise<Count> {
  const query = page === undefined ? '' : `?page=${encodeURIComponent(page)}`;
  const response = await fetch(`${url}/api/visitors/count${query}`);
  return (await response.json()) as Count;
}

/** The version of the numbers as the store has them. */
async function versionOf({ url, token }: NonNullable<Running['sqld']>): Promise<number> {
  const client = createClient({ url, authToken: token });
  try {
    const { rows } = await client.execute('select version from visitor_stats');
    return Number(rows[0]?.['version']);
  } finally {
    client.close();
  }
}
