import { timeOrderedId } from '@footfall/core';
import type { Store } from '@footfall/db';
import { createCaller, type Footfall, type ServerCaller } from '@footfall/trpc';
import { openApiDocument } from '@footfall/trpc/openapi';
import type { Config } from './config.ts';
import { createHandler, type Handler, type HandlerParts } from './handler.ts';

/** What a runtime brings. */
export interface Runtime extends Pick<HandlerParts, 'metrics' | 'log' | 'rateLimit'> {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A random UUID version 4. */
  readonly randomId: () => string;
}

/** What the site's pages render with; they find it on `platform`, or on the Node request. */
export interface SiteFacts {
  readonly footfall: ServerCaller;
  readonly footfallPublicUrl: string;
  readonly footfallKeptParameters: readonly string[];
  readonly footfallCacheControl: string;
  readonly footfallOpenApi: () => object;
}

/** Puts together what is the same on every runtime: the API's handler, and what the site renders with. */
export function assemble(
  config: Config,
  { store, metrics, log, rateLimit, now, randomId }: Runtime,
): { handler: Handler; facts: SiteFacts } {
  const footfall: Footfall = {
    site: config.site,
    store,
    now,
    newId: () => timeOrderedId(now(), randomId()),
  };
  let document: object | undefined;
  const openApi = (): object => (document ??= openApiDocument(config.publicUrl));
  return {
    handler: createHandler({
      footfall,
      metrics,
      log,
      rateLimit,
      cacheControl: config.cacheControl,
      openApi,
    }),
    facts: {
      footfall: createCaller({ footfall, caller: OURSELVES }),
      footfallPublicUrl: config.publicUrl,
      footfallKeptParameters: config.site.keptParameters,
      footfallCacheControl: config.cacheControl,
      footfallOpenApi: openApi,
    },
  };
}

/** A page that renders here only reads. */
const OURSELVES = { userAgent: '', origin: undefined, referer: undefined, optedOut: false };
