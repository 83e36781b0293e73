import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { openStore, type Store } from '@footfall/db';
import type { Logger } from 'pino';
import { assemble } from './assemble.ts';
import type { Config } from './config.ts';
import { cannotOpen, connect } from './connect.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRateLimit } from './rate-limit.ts';
import { createNodeServer } from './server.ts';
import type { MakeSite } from './site.ts';

/** Footfall, running. */
export interface App {
  readonly server: Server;
  readonly store: Store;
  /** Stops accepting, answers what is under way, commits what waits, closes the store. */
  readonly stop: () => Promise<void>;
}

/** How long requests under way may take to end when Footfall stops, in milliseconds. */
const LAST_CALL_MS = 5_000;

/**
 * Puts Footfall together: opens the store, and makes a server that does not listen yet.
 * @param makeSite makes the handler of everything that is not the API's
 * @throws {FootfallError} or {ConfigError}, in one sentence, when the store cannot be opened
 */
export async function createApp(config: Config, log: Logger, makeSite: MakeSite): Promise<App> {
  const metrics: Metrics = createMetrics(() => store.waiting());
  const connection = await connect(config);
  const store: Store = await openStore(connection, {
    onCommit: (report) => {
      metrics.commit(report);
      if (report.error !== undefined) log.error({ err: report.error, size: report.size }, 'commit failed');
    },
  }).catch(async (error: unknown) => {
    log.debug({ err: error }, 'store could not be opened');
    await connection.close();
    throw cannotOpen(error);
  });

  const { handler, facts } = assemble(config, {
    store,
    metrics,
    log,
    rateLimit: config.rateLimit === 0 ? undefined : createRateLimit(config.rateLimit),
    now: Date.now,
    randomId: randomUUID,
  });
  const site = await Promise.resolve(makeSite(facts, metrics)).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const server = createNodeServer(handler, site, config);

  return {
    server,
    store,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // From here on every answer is its connection's last.
      server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
      const idle = setInterval(() => {
        server.closeIdleConnections();
      }, 20);
      const lastCall = setTimeout(() => {
        server.closeAllConnections();
      }, LAST_CALL_MS);
      await closed;
      clearInterval(idle);
      clearTimeout(lastCall);
      await store.close();
    },
  };
}
