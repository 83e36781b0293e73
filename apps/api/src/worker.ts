/** The entry for workerd: the same handler, procedures and pages, with a remote store. */
import { env, waitUntil } from 'cloudflare:workers';
import { directStore } from '@footfall/db/direct';
import { openServer } from '@footfall/db/remote';
import { server as site } from '../../web/build/workerd/server.js';
import { NOWHERE } from './address.ts';
import { assemble } from './assemble.ts';
import { countAttempts } from './attempts.ts';
import { readEdgeConfig } from './config.ts';
import { databaseLog } from './database-log.ts';
import { throughCache } from './edge-cache.ts';
import { withoutSlash } from './http.ts';
import { consoleLog as log, SET_ASIDE } from './log.ts';
import { locationOf, upgrade } from './edge.ts';
import { currentSettings } from './settings.ts';
import { WebRequest, webResponse } from './web.ts';

const config = readEdgeConfig(env);

const store = directStore(openServer(config.database), {
  sessionTimeoutMs: config.fixedTimeoutMs,
  newValuesPerHour: config.newValuesPerHour,
  dayOf: (at) => settings.now().site.calendar.momentOf(at).day,
  onDatabase: databaseLog(log),
  waitUntil,
  onCommit: ({ error }) => {
    if (error !== undefined) log.error({ err: error }, 'commit failed');
  },
  onSetAside: (error) => {
    log.error({ err: error }, SET_ASIDE);
  },
});
const settings = currentSettings(config, { store: store.settings, log });
const onFailure = (error: unknown): void => {
  log.error({ err: error }, 'the numbers could not be read');
};
const onFoldFailure = (error: unknown): void => {
  log.error({ err: error }, 'the fold failed'); // the next read or scheduled run folds them
};

const { handler, siteContext, live, forget } = assemble(config, {
  store: throughCache(store, {
    publicUrl: config.publicUrl,
    snapshot: () => settings.caching().snapshot,
    cache: caches.default,
    now: Date.now,
    waitUntil,
    onFailure,
  }),
  metrics: { request: () => {} }, // requests share no memory to count in; the platform has its own metrics
  log,
  settings,
  locate: () => NOWHERE, // the platform says where visitors are, and there is no room for a file
  rateLimit: undefined, // nor one to limit by
  attempts: countAttempts(Date.now), // of this isolate: others of the same data centre have counts of their own
  live: { pollMs: 1_000 },
  now: Date.now,
  randomId: () => crypto.randomUUID(),
});

const siteIsReady = site.init({ env: {} }); // the pages must not read our variables

/** Maximum deletion steps of one run: a run may make few calls. */
const STEPS = 20;

/** Routes that answer numbers for everyone, whatever the settings: they do not wait for these. */
const NUMBERS = [
  '/api/visitors/count',
  '/api/badge.svg',
  '/api/stats',
  '/api/visitor-stats',
  '/api/sys/stats',
  '/api/live',
  '/healthz',
  '/readyz',
];

const isNumber = (request: Request): boolean => NUMBERS.includes(withoutSlash(new URL(request.url).pathname));

export default {
  async fetch(request: Request & PlatformRequest): Promise<Response> {
    const settled = store.settings.refresh();
    if (isNumber(request) && store.settings.current() !== undefined) waitUntil(settled);
    else await settled;
    const address = request.headers.get('cf-connecting-ip') ?? '';
    const asking = new WebRequest(request, { address, place: locationOf(request) });
    if (asking.header('upgrade') === 'websocket') return upgrade(asking, live, () => new WebSocketPair());
    const answer = handler(asking);
    if (answer !== undefined) {
      const response = webResponse(await answer, request.method);
      if (store.unfolded().events > 0) waitUntil(store.fold().catch(onFoldFailure));
      return response;
    }
    await siteIsReady;
    const platform = Object.assign(Object.create(siteContext) as typeof siteContext, {
      footfallCountry: () => locationOf(request).country,
      footfallPlace: () => asking.place(),
    });
    return site.respond(request, { platform, getClientAddress: () => address });
  },
  async scheduled(): Promise<void> {
    await store.settings.refresh();
    await store.fold();
    for (let step = 0; step < STEPS && (await forget()); step += 1);
  },
};
