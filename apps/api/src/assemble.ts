import {
  FootfallError,
  monthsBefore,
  timeOrderedId,
  type Caller,
  type Salts,
  type SiteSettings,
} from '@footfall/core';
import type { Store } from '@footfall/db';
import { createCaller, liveUpdate, saltHolder, type AppContext, type ServerCaller } from '@footfall/trpc';
import { openApiDocument } from '@footfall/trpc/openapi';
import { NOWHERE } from './address.ts';
import { callerReader, type Locate } from './caller.ts';
import type { Config } from './config.ts';
import type { ConnectionLimiter } from './connection-limiter.ts';
import { createHandler, type Handler, type HandlerParts } from './handler.ts';
import { Hub } from './hub.ts';
import { secretCheck } from './keys.ts';
import type { LiveParts } from './live.ts';
import { ownerChecks, type Attempts } from './owner.ts';

/** What each runtime provides. */
export interface Runtime extends Pick<HandlerParts, 'metrics' | 'log' | 'rateLimit'> {
  readonly store: Store;
  readonly locate: Locate;
  /** Counts wrong passwords, on runtimes where requests share memory. */
  readonly tries?: Attempts;
  readonly live: LiveRuntime;
  /** See `SiteContext`; absent where the platform itself identifies clients. */
  readonly unknownProxy?: SiteContext['footfallUnknownProxy'];
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** A random UUID version 4. */
  readonly randomId: () => string;
}

/** How live numbers are served. */
export interface LiveRuntime {
  /** How often to check for a moved time window or commits of others, in milliseconds. */
  readonly lookMs: number;
  /** Counts connections. Without it connections share no memory: each polls for itself. */
  readonly limiter?: ConnectionLimiter;
}

/** What the site's pages render with; they find it on `platform`, or on the Node request. */
export interface SiteContext {
  readonly footfall: ServerCaller;
  readonly footfallPublicUrl: string;
  readonly footfallKeptParameters: readonly string[];
  readonly footfallScriptName: string;
  readonly footfallCountsOwnPages: boolean;
  /** The address of a proxy that is not configured: if it is this machine's, else `''`. */
  readonly footfallUnknownProxy: () => string | undefined;
  readonly footfallCacheControl: string;
  readonly footfallOpenApi: () => object;
  readonly footfallSettings: SiteSettings;
  readonly footfallHasHost: (host: string) => boolean;
}

/** Footfall without its runtime. */
export interface Assembled {
  readonly handler: Handler;
  /** What live connections need, including sockets. */
  readonly live: LiveParts;
  readonly facts: SiteContext;
  /** What visitors are hashed with; call it now and then, so that salts rotate daily even without visitors. */
  readonly salts: () => Salts | Promise<Salts>;
  /** Deletes some of the expired page views and visits; resolves to whether there are more. */
  readonly forget: () => Promise<boolean>;
}

/** Assembles what is the same on every runtime: the API's handler, and what the site renders with. */
export function assemble(
  config: Config,
  { store, locate, metrics, log, rateLimit, tries, live, now, randomId, unknownProxy = none }: Runtime,
): Assembled {
  const { calendar } = config.site;
  const salts = saltHolder({
    calendar,
    now,
    storeId: () => store.version()?.store,
    load: (today, previous, at) =>
      store.salts({ today, previous, now: at }).catch((error: unknown) => {
        log.error({ err: error }, 'the salts could not be read');
        throw error;
      }),
  });
  const footfall: AppContext = {
    site: config.site,
    store,
    salts,
    now,
    newId: () => timeOrderedId(now(), randomId()),
  };
  const makeHub = (): Hub =>
    new Hub({ read: () => liveUpdate(footfall), follow: store.follow, lookMs: live.lookMs });
  const { requireOwner, isOwner } = ownerChecks(config, tries);
  let hub: Hub | undefined;
  const following: LiveParts = {
    footfall,
    hubOf: live.limiter === undefined ? makeHub : () => (hub ??= makeHub()),
    limiter: live.limiter,
    isOwner,
  };
  let document: object | undefined;
  const openApi = (): object => (document ??= openApiDocument(config.publicUrl));
  return {
    live: following,
    handler: createHandler({
      callerOf: callerReader({
        ...config,
        locate,
        isWriteKey: secretCheck(config.writeKeys),
        isApiKey: secretCheck(config.apiKeys),
      }),
      metrics,
      log,
      rateLimit,
      cacheControl: config.cacheControl,
      statsCacheControl: config.statsCacheControl,
      requireOwner,
      ...following,
      openApi,
    }),
    facts: {
      footfall: createCaller({
        footfall,
        caller: OURSELVES,
        requireOwner: refuse,
        live: { follow: NOTHING },
      }),
      footfallPublicUrl: config.publicUrl,
      footfallKeptParameters: config.site.keptParameters,
      footfallScriptName: config.scriptName,
      footfallCountsOwnPages: config.site.countsOwnPages,
      footfallUnknownProxy: unknownProxy,
      footfallCacheControl: config.cacheControl,
      footfallOpenApi: openApi,
      footfallSettings: config.settings,
      footfallHasHost: config.site.hasHost,
    },
    salts,
    forget: async () =>
      (await store.forgetIds(now())) ||
      (config.retentionMonths > 0 &&
        store.forgetBefore(calendar.momentOf(monthsBefore(now(), config.retentionMonths)).day)),
  };
}

const none = (): undefined => undefined;

/** Pages are rendered for everyone. */
const refuse = (): Promise<never> =>
  Promise.reject(new FootfallError('UNAUTHORIZED', 'A public page cannot read data of the owner.'));

/** Pages do not subscribe. */
async function* NOTHING(): AsyncGenerator<never> {}

/** Pages that render on the server only read. */
const OURSELVES: Caller = {
  userAgent: '',
  hints: {},
  acceptLanguage: undefined,
  origin: undefined,
  referer: undefined,
  optedOut: false,
  address: '',
  place: () => NOWHERE,
};
