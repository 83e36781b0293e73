import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { analyticsQuery, BEAT_MS, requireClock } from '@footfall/core';
import { explain, Mutex, openStore, requireWritable, type Store } from '@footfall/db';
import { fileProblemOf } from '@footfall/db/embedded';
import type { Logger } from 'pino';
import { offerSetupLink } from './account.ts';
import { isLoopback, watchingForProxy } from './address.ts';
import { assemble } from './assemble.ts';
import { countAttempts } from './attempts.ts';
import type { Config } from './config.ts';
import { ConnectionLimiter } from './connection-limiter.ts';
import { cannotOpen, connect, isUnanswered } from './connect.ts';
import { exportZip } from './export.ts';
import { importDesk } from './import-desk.ts';
import { databaseLog } from './database-log.ts';
import { SET_ASIDE } from './log.ts';
import { backgroundTask } from './background-task.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { outageWatch } from './outages.ts';
import { openLocations } from './location.ts';
import { createRateLimit } from './rate-limit.ts';
import { passkeyAnswers } from './passkey-answers.ts';
import { sampleData } from './sample.ts';
import { currentSettings } from './settings.ts';
import { createNodeServer, type Site } from './server.ts';
import type { MakeSite } from './site.ts';
import { LiveSockets } from './socket.ts';
import { openSpamFilter } from './spam-list.ts';
import { requestInProcess } from './in-process.ts';

/** A running instance of Footfall. */
export interface App {
  readonly server: Server;
  readonly store: Store;
  /**
   * Makes the link by which the owner chooses a password, where there is none yet.
   * @throws {FootfallError} SERVICE_UNAVAILABLE
   */
  readonly setupLink: () => Promise<string | undefined>;
  /** Reads and renders what the first reader would wait for. Call it before the server listens; it never fails. */
  readonly warm: () => Promise<void>;
  /** Stops accepting connections, finishes requests under way, commits what is queued, closes the store. */
  readonly stop: () => Promise<void>;
}

/** How long requests under way may take when Footfall stops, in milliseconds. */
const LAST_CALL_MS = 5_000;

/** How often the salts are checked, in milliseconds: they rotate daily, even without visitors. */
const SALTS_MS = 5 * 60 * 1000;

/** Commits and fold steps that take longer than this many milliseconds are logged. */
const SLOW_MS = 200;

/** How often to check for a moved time window or commits of others, in milliseconds; the store reads every 5 s. */
const POLL_MS = 1_000;

/** How often to check for expired data, and the pause for commits between two steps, in milliseconds. */
const FORGETTING = { everyMs: 60 * 60 * 1000, pauseMs: 250 };

/** How long a start waits for a store that does not respond, and the pause between two attempts, in milliseconds. */
const START_MS = 10_000;
const TRY_AGAIN_MS = 500;

/** The pages that show numbers; and how long a start waits for them, in milliseconds. */
const PAGES = ['/', '/stats'];
const WARM_MS = 2_000;

/** Opens a store that may still be starting: machines boot in any order. */
async function patiently(open: () => Promise<Store>, log: Logger): Promise<Store> {
  const began = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (!isUnanswered(error) || performance.now() - began > START_MS) throw error;
      // The final error names the reason; a stack here would only repeat it.
      log.info({ attempt }, 'waiting for the libSQL server, which does not respond');
      log.debug({ err: error }, 'the store could not be opened');
    }
    await sleep(TRY_AGAIN_MS);
  }
}

/** Logs that nothing is counted if the clock is certainly wrong. */
function reportClock(log: Logger): void {
  try {
    requireClock(Date.now());
  } catch (error) {
    log.error((error as Error).message);
  }
}

/** The sources of client addresses; if no proxy is configured, one is detected and logged. */
function peersOf(config: Config, log: Logger) {
  const { addressOf, placeOf, isProxyConfigured } = config;
  let unknownProxy: string | undefined;
  const notice = (peer: string): void => {
    if (unknownProxy === undefined) log.warn(UNKNOWN_PROXY);
    unknownProxy = isLoopback(peer) ? peer : ''; // the address of another machine is not shown
  };
  if (isProxyConfigured) return { peers: { addressOf, placeOf }, unknownProxy: () => unknownProxy };
  if (hasCertainProxy(config)) notice('');
  return {
    peers: { placeOf, addressOf: watchingForProxy(addressOf, notice) },
    unknownProxy: () => unknownProxy,
  };
}

/** Whether there must be a proxy: Footfall itself does not speak HTTPS. */
export function hasCertainProxy({ publicUrl }: Pick<Config, 'publicUrl'>): boolean {
  return publicUrl.startsWith('https:');
}

/** The log's warning about a proxy that is not configured. */
export const UNKNOWN_PROXY =
  'A proxy in front of Footfall is not configured: all visitors appear to have the address of the proxy. ' +
  'Those with the same browser are counted as one, and all share the limits of an address: live connections, ' +
  'wrong passwords and RATE_LIMIT_PER_SECOND. ' +
  'Set CLIENT_IP_HEADER (such as X-Forwarded-For) and TRUSTED_PROXIES (the address of the proxy).';

/**
 * Assembles Footfall: opens the store, and makes a server that does not listen yet.
 * @param makeSite makes the handler of everything but the API
 * @throws {FootfallError} or {ConfigError}, with one sentence, if the store cannot be opened
 */
export async function createApp(config: Config, log: Logger, makeSite: MakeSite): Promise<App> {
  const metrics: Metrics = createMetrics({
    waiting: () => store.waiting(),
    unfolded: () => store.unfolded(),
    following: () => live.hubOf().size,
  });
  const locate = await openLocations(config.geoipDatabase);
  const spamOf = await openSpamFilter(config.spamReferrers);
  const connection = await connect(config, {
    onProblem: (problem) => {
      if (problem !== undefined) log.error(problem);
      else log.info('The database file is the one that was opened again: counting continues.');
    },
  });
  const open = (): Promise<Store> =>
    openStore(connection, {
      sessionTimeoutMs: config.fixedTimeoutMs,
      newValuesPerHour: config.newValuesPerHour,
      dayOf: (at) => settings.now().site.calendar.momentOf(at).day,
      onDatabase: databaseLog(log),
      onCommit: (report) => {
        metrics.commit(report);
        const { error, size, ms } = report;
        if (error === undefined) {
          if (ms > SLOW_MS) log.warn({ size, ms: Math.round(ms) }, 'a commit was slow');
          return;
        }
        // A problem of the file is logged once, not for every commit.
        if (fileProblemOf(error) !== undefined) return;
        log.error({ err: error, size, meaning: explain(error) }, 'commit failed');
      },
      onFold: (report) => {
        metrics.fold(report);
        const { error, events, ms } = report;
        if (error === undefined) {
          if (ms > SLOW_MS) log.warn({ events, ms: Math.round(ms) }, 'a step of the fold was slow');
          return;
        }
        if (fileProblemOf(error) !== undefined) return;
        log.error({ err: error, meaning: explain(error) }, 'the fold failed and will be retried');
      },
      onSetAside: (error) => {
        log.error({ err: error }, SET_ASIDE);
      },
    });
  const openWritable = async (): Promise<Store> => {
    const opened = await patiently(open, log);
    await requireWritable(connection);
    return opened;
  };
  const store: Store = await openWritable().catch(async (error: unknown) => {
    log.debug({ err: error }, 'store could not be opened');
    await connection.close();
    throw cannotOpen(error, config.database);
  });

  const settings = currentSettings(config, { store: store.settings, spamOf, log });
  const { peers, unknownProxy } = peersOf(config, log);
  const { database } = config;
  const sample =
    database.kind === 'file'
      ? sampleData({ path: database.path, site: () => settings.now().site, now: Date.now, log })
      : undefined;
  const imports =
    store.imports && importDesk({ imports: store.imports, settings: settings.now, now: Date.now, log });
  await imports?.tidy().catch((error: unknown) => {
    log.warn({ err: error }, 'files of earlier uploads could not be deleted');
  });
  const { handler, siteContext, live, salts, forget } = assemble(config, {
    store,
    settings,
    ...(sample && { sample }),
    passkeyAnswers,
    exportZip,
    imports,
    locate,
    unknownProxy,
    attempts: countAttempts(Date.now),
    hashing: new Mutex(),
    metrics,
    log,
    rateLimit: config.rateLimit === 0 ? undefined : createRateLimit(config.rateLimit),
    live: { pollMs: POLL_MS, limiter: new ConnectionLimiter(config.live) },
    now: Date.now,
    randomId: randomUUID,
  });
  const site = await Promise.resolve(makeSite(siteContext, metrics)).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const sockets = new LiveSockets(live);
  const watchedSite: Site = (request, response) => {
    // Reading the address also detects a proxy that is not configured, which the install page then shows.
    const peer = request.socket.remoteAddress ?? '';
    const header = (name: string): string | undefined => request.headers[name]?.toString();
    const footfallAddress = peers.addressOf(peer, header);
    const footfallCountry = (): string =>
      peers.placeOf(peer, header).country || locate(footfallAddress).country;
    const footfallPlace = () => peers.placeOf(peer, header);
    site(Object.assign(request, { footfallAddress, footfallCountry, footfallPlace }), response);
  };
  const server = createNodeServer({ handler, site: watchedSite, sockets }, peers);
  reportClock(log);
  const turning = setInterval(() => {
    reportClock(log);
    void Promise.resolve(salts()).catch(() => {}); // the read logs its errors
  }, SALTS_MS);
  turning.unref();
  const stopForgetting = backgroundTask(forget, FORGETTING, (error) => {
    log.error({ err: error }, 'old page views could not be deleted');
  });
  const watchOutages = outageWatch({ store, settings }, Date.now);
  // A store that takes no writes is reported where something is lost by it.
  const unwatched = (error: unknown): void => {
    log.debug({ err: error }, 'outages cannot be watched');
  };
  await watchOutages().catch(unwatched);
  const stopWatching = backgroundTask(
    () => watchOutages().then(() => false),
    { everyMs: BEAT_MS, pauseMs: BEAT_MS },
    unwatched,
  );

  return {
    server,
    store,
    setupLink: async () => {
      if (config.adminPassword !== undefined || (await store.owner.password()) !== undefined) return;
      return offerSetupLink(store.owner, { publicUrl: config.publicUrl, now: Date.now() });
    },
    warm: async () => {
      const pages = PAGES.map((page) => requestInProcess(server, new URL(page, config.publicUrl)));
      const { calendar, identity } = settings.now().site;
      // What the dashboard shows first: later it is in the database's cache.
      const first = store.analytics(analyticsQuery({}, { calendar, identity, now: Date.now() }));
      await Promise.race([
        Promise.allSettled([store.stats(Date.now()), first, ...pages]),
        sleep(WARM_MS, undefined, { ref: false }),
      ]);
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      live.hubOf().close();
      live.visitsHubOf().close();
      // From here on every response closes its connection.
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
      clearInterval(turning);
      await imports?.close();
      await stopForgetting();
      await stopWatching();
      await Promise.all([store.close(), sample?.close()]); // neither waits for the other
    },
  };
}
