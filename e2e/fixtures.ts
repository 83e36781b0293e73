import { createClient } from '@libsql/client';
import { expect, test as base, type Page, type Response } from '@playwright/test';
import { SETTLES_MS, startFootfall, type Configuration, type Running } from './configurations.ts';

/** Options of a project, or of a group of tests. */
export interface Options {
  /** The configuration of the server. */
  readonly configuration: Configuration;
  /** The server's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Fixtures {
  /** The test's own server, on an empty store; counts test browsers and its own pages too. */
  readonly footfall: Running;
}

/** Playwright's test, with a separate server for each in the project's configuration. */
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
 * Loads a page of Footfall and checks it; where older numbers may be served for a while, it is loaded again until the
 * check passes.
 */
export async function expectShown(
  footfall: Running,
  page: Page,
  path: string,
  check: (response: Response | null) => Promise<void>,
): Promise<void> {
  let response = await page.goto(footfall.url + path);
  const settlesMs = SETTLES_MS[footfall.configuration];
  if (settlesMs === 0) return check(response);
  let isFirst = true;
  await expect(async () => {
    if (!isFirst) response = await page.reload();
    isFirst = false;
    await check(response);
  }).toPass({ timeout: settlesMs + LOADED_MS, intervals: [100] });
}

/** Maximum time to load a page, in milliseconds. */
const LOADED_MS = 5_000;

interface Count {
  readonly count: number;
  readonly version: number;
}

/**
 * Reads a number from the public API. Where an older one may be served for a while, it is read again until it is as new as
 * the store; with several servers, from all of them.
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
      throw new Error(`The store is at version ${version}, but clients get ${JSON.stringify(counts)}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readCount(url: string, page: string | undefined): Promise<Count> {
  const query = page === undefined ? '' : `?page=${encodeURIComponent(page)}`;
  const response = await fetch(`${url}/api/visitors/count${query}`);
  return (await response.json()) as Count;
}

/** The version of the numbers in the store. */
async function versionOf({ url, token }: NonNullable<Running['sqld']>): Promise<number> {
  const client = createClient({ url, authToken: token });
  try {
    const { rows } = await client.execute('select version from visitor_stats');
    return Number(rows[0]?.['version']);
  } finally {
    client.close();
  }
}
