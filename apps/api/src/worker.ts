/** The entry for workerd: the same handler, operations and pages, on a remote store. */
import { env, waitUntil } from 'cloudflare:workers';
import { directStore } from '@footfall/db/direct';
import { openServer } from '@footfall/db/remote';
import { server as site } from '../../web/build/workerd/server.js';
import { assemble } from './assemble.ts';
import { readEdgeConfig } from './config.ts';
import { throughCache } from './edge-cache.ts';
import type { Log } from './http.ts';
import { WebRequest, webResponse } from './web.ts';

const config = readEdgeConfig(env);

const log: Log = {
  error: (fields, message) => {
    console.error(JSON.stringify({ level: 'error', message, ...fields }, errorsAsText));
  },
};

const store = directStore(openServer(config.database), {
  onCommit: ({ error }) => {
    if (error !== undefined) log.error({ err: error }, 'commit failed');
  },
});
const onFailure = (error: unknown): void => {
  log.error({ err: error }, 'the numbers could not be read');
};

const { handler, facts } = assemble(config, {
  store: throughCache(store, { ...config, cache: caches.default, now: Date.now, waitUntil, onFailure }),
  metrics: { request: () => {} }, // requests share no memory to count in; the platform has numbers of its own
  log,
  rateLimit: undefined, // nor one to limit by
  now: Date.now,
  randomId: () => crypto.randomUUID(),
});

const siteIsReady = site.init({ env: {} }); // it has no business with our variables

export default {
  async fetch(request: Request & PlatformRequest): Promise<Response> {
    const address = request.headers.get('cf-connecting-ip') ?? '';
    const answer = handler(new WebRequest(request, { address, country: request.cf?.country }));
    if (answer !== undefined) return webResponse(await answer, request.method);
    await siteIsReady;
    return site.respond(request, { platform: facts, getClientAddress: () => address });
  },
};

function errorsAsText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause =
    value.cause instanceof Error ? `, because of ${value.cause.name}: ${value.cause.message}` : '';
  return `${value.name}: ${value.message}${cause}`;
}
