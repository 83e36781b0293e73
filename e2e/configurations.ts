import { startBalancer } from './balancer.ts';
import { startServer, type Server } from './server.ts';
import { startSqldWithTables, type Sqld } from './sqld.ts';
import { startWorkerd } from './workerd.ts';

/** The ways Footfall is run: the same tests are for all of them. */
export const CONFIGURATIONS = ['embedded', 'two instances', 'workerd'] as const;
export type Configuration = (typeof CONFIGURATIONS)[number];

/** The one that this process's tests are for. */
export const CONFIGURATION = (process.env['FOOTFALL_CONFIGURATION'] ?? 'embedded') as Configuration;

/**
 * How long after an answered write a reader may still be shown the number before it, in milliseconds (docs/api.md,
 * Freshness): not at all in one process, a second between two instances, and at the edge what `CACHE_STRATEGY=minimal`
 * leaves to the data centre's cache.
 */
export const SETTLES_MS: Readonly<Record<Configuration, number>> = {
  embedded: 0,
  'two instances': 1_000,
  workerd: 5_000,
};

/** What not every configuration has. A test that is about it says so, and runs where it is. */
export const CANNOT: Readonly<Record<Configuration, Readonly<Partial<Record<Thing, string>>>>> = {
  embedded: {
    dataCentre: 'the process holds the numbers itself; no cache of a data centre lies before it',
  },
  'two instances': {
    file: 'the numbers are in a server, not in a file',
    dataCentre: 'the processes hold the numbers themselves; no cache of a data centre lies before them',
  },
  workerd: {
    file: 'the numbers are in a server, not in a file',
    process: 'there is no process of ours to stop, to listen or to watch',
    http: 'the platform reads the requests, and refuses what is none',
    rateLimit: 'requests share no memory; the platform has limits of its own',
    burst:
      'every page view is a call of its own, and a libSQL server takes about a hundred at a time; who is told 503 sends again',
  },
};

/** What a test may be about that not every configuration has. */
type Thing = 'file' | 'process' | 'http' | 'rateLimit' | 'burst' | 'dataCentre';

/** Whether the configuration under test has something. */
export function has(what: Thing): boolean {
  return CANNOT[CONFIGURATION][what] === undefined;
}

/** A Footfall, however it is run. */
export interface Running {
  readonly configuration: Configuration;
  /** Where it is asked. */
  readonly url: string;
  /** The processes behind that address, where there are any. */
  readonly instances: readonly Server[];
  /** The server with the numbers, where there is one. */
  readonly sqld: Sqld | undefined;
  /** Stops it, and removes what it left. */
  readonly stop: () => Promise<void>;
}

/** Starts a Footfall on a store of its own in which nothing is counted, and waits until it is ready. */
export async function startFootfall(
  env: Readonly<Record<string, string>> = {},
  configuration: Configuration = CONFIGURATION,
): Promise<Running> {
  const parts: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) await part();
  };
  try {
    if (configuration === 'embedded') {
      const server = await startServer({ env });
      parts.push(() => server[Symbol.asyncDispose](), server.stop);
      return { configuration, url: server.url, instances: [server], sqld: undefined, stop };
    }
    const sqld = await startSqldWithTables();
    parts.push(() => sqld[Symbol.asyncDispose]());
    if (configuration === 'workerd') {
      const workerd = await startWorkerd({ CACHE_STRATEGY: 'minimal', ...sqld.env, ...env });
      parts.push(workerd.stop);
      return { configuration, url: workerd.url, instances: [], sqld, stop };
    }
    const instances = await Promise.all([1, 2].map(() => startServer({ env: { ...sqld.env, ...env } })));
    for (const instance of instances) parts.push(() => instance[Symbol.asyncDispose](), instance.stop);
    const balancer = await startBalancer(instances.map(({ port }) => port));
    parts.push(balancer.stop);
    return { configuration, url: balancer.url, instances, sqld, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
