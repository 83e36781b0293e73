import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerCaller } from '@footfall/trpc';
import { ConfigError, configureSite } from './config.ts';
import type { Metrics } from './metrics.ts';
import type { Site } from './server.ts';

/** What the site's pages render with; they find it on the Node request. */
export interface SiteFacts {
  readonly footfall: ServerCaller;
  readonly footfallPublicUrl: string;
  readonly footfallKeptParameters: readonly string[];
  readonly footfallCacheControl: string;
  readonly footfallOpenApi: object;
}

/** Makes the handler of everything that is not the API's. */
export type MakeSite = (facts: SiteFacts, metrics: Metrics) => Site | Promise<Site>;

/** The one file that other people's pages load. An hour is soon enough for a new version of it. */
const TRACKER = '/footfall.js';
const FOR_OTHER_SITES = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
};

const BUILT = new URL('../../web/build/handler.js', import.meta.url);

/** SvelteKit's handler as `pnpm build` made it. */
export const builtSite: MakeSite = async (facts, metrics) => {
  if (!existsSync(BUILT)) throw new ConfigError('The site is not built yet: run `pnpm build` first.');
  configureSite();
  const { handler } = (await import(BUILT.href)) as {
    handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  };
  const { protocol, host } = new URL(facts.footfallPublicUrl);
  return (request, response) => {
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    request.headers.host ||= host; // HTTP/1.0 may leave it out
    response.on('finish', () => {
      metrics.request('site', response.statusCode);
    });
    response.setHeader('x-content-type-options', 'nosniff');
    if (request.url === TRACKER) {
      for (const [name, value] of Object.entries(FOR_OTHER_SITES)) response.setHeader(name, value);
    }
    handler(Object.assign(request, facts), response, () => {
      response.writeHead(404).end();
    });
  };
};
