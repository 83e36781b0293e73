import { startBalancer } from './balancer.ts';
import { startServer, type Server } from './server.ts';
import { startSqldWithTables, type Sqld } from './sqld.ts';
import { startWorkerd } from './workerd.ts';

/** The configurations of Footfall: the same tests run for all of them. */
export const CONFIGURATIONS = ['embedded', 'two instances', 'workerd'] as const;
export type Configuration = (typeof CONFIGURATIONS)[number];

/** The configuration of this process's tests. */
export const CONFIGURATION = (process.env['FOOTFALL_CONFIGURATION'] ?? 'embedded') as Configuration;

/**
 * How long after an acknowledged write a read may return the previous number, in milliseconds (docs/api.md, Freshness):
 * not at all in one process, a second between two instances, and on workerd the share that `CACHE_STRATEGY=minimal`
 * leaves to the data centre's cache.
 */
export const SETTLES_MS: Readonly<Record<Configuration, number>> = {
  embedded: 0,
  'two instances': 1_000,
  workerd: 5_000,
};

/** Features that not every configuration has. A test of such a feature states it, and runs only where it exists. */
export const CANNOT: Readonly<Record<Configuration, Readonly<Partial<Record<Thing, string>>>>> = {
  embedded: {
    dataCentre: 'the process holds the numbers itself, without a data centre’s cache',
  },
  'two instances': {
    file: 'the database is a server, not a file',
    dataCentre: 'the processes hold the numbers themselves, without a data centre’s cache',
  },
  workerd: {
    file: 'the database is a server, not a file',
    process: 'there is no own process to stop or monitor',
    http: 'the platform parses requests, and refuses invalid ones',
    rateLimit: 'requests share no memory; the platform has its own limits',
    burst:
      'every page view is a separate call, and a libSQL server takes about a hundred at a time; clients retry after 503',
  },
};

/** A feature that not every configuration has. */
type Thing = 'file' | 'process' | 'http' | 'rateLimit' | 'burst' | 'dataCentre';

/** Whether the configuration under test has a feature. */
export function has(what: Thing): boolean {
  return CANNOT[CONFIGURATION][what] === undefined;
}

/** A running server in any configuration. */
export interface Running {
  readonly configuration: Configuration;
  /** Its address. */
  readonly url: string;
  /** The addresses of the processes behind it, if there are any. */
  readonly instances: readonly Server[];
  /** The database server, if there is one. */
  readonly sqld: Sqld | undefined;
  /** Stops it, and removes its files. */
  readonly stop: () => Promise<void>;
}

/** Starts a server on an empty store of its own, and waits until it is ready. */
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
