import {
  checkInputSchema,
  FootfallError,
  monthsBefore,
  passkeySite,
  timeOrderedId,
  type Caller,
  type Salts,
  verdictOn,
  type CheckInput,
  type LiveUpdate,
  type PasskeySite,
  type SiteSettings,
  type Verdict,
  refusedInput,
} from '@footfall/core';
import type { Mutex, Store } from '@footfall/db';
import {
  createCaller,
  liveUpdate,
  saltHolder,
  visitsUpdate,
  type AppContext,
  type Health,
  type ImportDesk,
  type OwnerAccount,
  type OwnerProof,
  type SampleData,
  type ServerCaller,
} from '@footfall/trpc';
import { openApiDocument } from '@footfall/trpc/openapi';
import { hashInTurn, ownerAccount } from './account.ts';
import { NOWHERE } from './address.ts';
import { countAttempts, type Attempts } from './attempts.ts';
import { callerReader, type Locate, type SentRequest } from './caller.ts';
import type { Config } from './config.ts';
import type { CurrentSettings } from './settings.ts';
import type { ConnectionLimiter } from './connection-limiter.ts';
import type { ExportZip } from './export-route.ts';
import { createHandler, type Handler, type HandlerParts } from './handler.ts';
import { healthReader } from './health.ts';
import { Hub } from './hub.ts';
import { keyRing } from './key-ring.ts';
import type { LiveParts } from './live.ts';
import type { PasskeyAnswers } from './passkey-answers.ts';
import { ownerChecks } from './owner.ts';
import { sharedLive } from './shared-live.ts';
import { privateLinks } from './shares.ts';

/** What each runtime provides. */
export interface Runtime extends Pick<HandlerParts, 'metrics' | 'log' | 'rateLimit'> {
  readonly store: Store;
  readonly locate: Locate;
  readonly settings: CurrentSettings;
  /** See `OwnerAccount`. */
  readonly sample?: SampleData;
  /** Checks what authenticators answer; left out where there is no room for that. */
  readonly passkeyAnswers?: (site: PasskeySite) => PasskeyAnswers;
  /** See `HandlerParts`. */
  readonly exportZip?: ExportZip;
  /** Where wrong passwords are counted. */
  readonly attempts: Attempts;
  /** See `AccountParts`; left out where no request may wait for another. */
  readonly hashing?: Mutex;
  readonly live: LiveRuntime;
  /** Absent where files cannot be imported. */
  readonly imports?: ImportDesk | undefined;
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
  readonly pollMs: number;
  /** Counts connections. Without it connections share no memory: each polls for itself. */
  readonly limiter?: ConnectionLimiter;
}

/**
 * What the site's pages render with; they find it on `platform`, or on the Node request. What depends on settings is read
 * when it is used.
 */
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
  /** Another text after each change of the settings. */
  readonly footfallSettingsVersion: string;
  readonly footfallHasHost: (host: string) => boolean;
  readonly footfallAccount: OwnerAccount;
  /** What is known of the way of a client's requests, by its address. */
  readonly footfallHealth: (address: string) => Health;
  /**
   * What the browser that sent a request would be counted as; nothing is counted.
   * @throws {FootfallError} BAD_REQUEST for a view that is not valid
   */
  readonly footfallCheck: (request: SentRequest, view: CheckInput) => Promise<Verdict>;
}

/** Footfall without its runtime. */
export interface Assembled {
  readonly handler: Handler;
  /** What live connections need, including sockets. */
  readonly live: LiveParts;
  readonly siteContext: SiteContext;
  /** What visitors are hashed with; call it now and then, so that salts rotate daily even without visitors. */
  readonly salts: () => Salts | Promise<Salts>;
  /** Deletes some of the expired page views and visits; resolves to whether there are more. */
  readonly forget: () => Promise<boolean>;
}

/** Puts together what is the same on every runtime: the API's handler, and what the site renders with. */
export function assemble(config: Config, runtime: Runtime): Assembled {
  const { store, locate, metrics, log, rateLimit, attempts, live, now, randomId } = runtime;
  const { unknownProxy = none, settings } = runtime;
  const { now: current, version: settingsVersion } = settings;
  const calendarNow = () => current().site.calendar;
  const salts = saltHolder({
    calendar: {
      momentOf: (at) => calendarNow().momentOf(at),
      previousDay: (day) => calendarNow().previousDay(day),
    },
    now,
    storeId: () => store.version()?.store,
    load: (today, previous, at) =>
      store.salts({ today, previous, now: at }).catch((error: unknown) => {
        log.error({ err: error }, 'the salts could not be read');
        throw error;
      }),
  });
  const footfall: AppContext = {
    get site() {
      return current().site;
    },
    settings: settings.owner,
    store,
    ...(runtime.imports && { imports: runtime.imports }),
    get shares() {
      return links;
    },
    salts,
    now,
    newId: () => timeOrderedId(now(), randomId()),
  };
  /** Where connections share memory, they share a hub; else each has one of its own. */
  const hubFor = <T extends LiveUpdate>(read: () => Promise<T>): (() => Hub<T>) => {
    const make = (): Hub<T> => new Hub({ read, follow: store.follow, pollMs: live.pollMs });
    let hub: Hub<T> | undefined;
    return live.limiter === undefined ? make : () => (hub ??= make());
  };
  const callerFor = (requireOwner: () => Promise<OwnerProof>): ServerCaller =>
    createCaller({
      footfall,
      caller: OURSELVES,
      requireOwner,
      live: { follow: NOTHING, followVisits: NOTHING },
    });
  const hubOf = hubFor(() => liveUpdate(footfall));
  const links = privateLinks({
    store: store.shares,
    footfall,
    publicUrl: config.publicUrl,
    attempts: countAttempts(now),
    live: sharedLive({ hubOf, limiter: live.limiter }),
    inTurn: hashInTurn(runtime.hashing),
  });
  const site = passkeySite(config.publicUrl);
  const answers = site && runtime.passkeyAnswers?.(site);
  const account = ownerAccount({
    config,
    store: store.owner,
    keys: store.keys,
    shares: links,
    sample: runtime.sample,
    passkeys: site && answers && { site, answers },
    agentOf: config.site.agentOf,
    footfall: callerFor(() => Promise.resolve('owner')),
    attempts,
    hashing: runtime.hashing,
    now,
  });
  const keys = keyRing(config, store.keys, now);
  const { requireOwner, isOwner } = ownerChecks(config, { attempts, account, keys });
  const following: LiveParts = {
    footfall,
    hubOf,
    visitsHubOf: hubFor(() => visitsUpdate(footfall)),
    limiter: live.limiter,
    isOwner,
    requireOwner,
  };
  const callerOf = callerReader({
    addressKeyOf: config.addressKeyOf,
    isIgnoredAddress: (address) => current().isIgnoredAddress(address),
    locate,
    keys,
  });
  let document: object | undefined;
  const openApi = (): object => (document ??= openApiDocument(config.publicUrl));
  return {
    live: following,
    handler: createHandler({
      callerOf,
      metrics,
      log,
      rateLimit,
      caching: settings.caching,
      ...following,
      openApi,
      ...(runtime.exportZip && { exportZip: runtime.exportZip }),
    }),
    siteContext: {
      footfall: callerFor(refuse),
      footfallPublicUrl: config.publicUrl,
      get footfallKeptParameters() {
        return current().site.keptParameters;
      },
      footfallScriptName: config.scriptName,
      get footfallCountsOwnPages() {
        return current().site.countsOwnPages;
      },
      footfallUnknownProxy: unknownProxy,
      get footfallCacheControl() {
        return settings.caching().cacheControl;
      },
      footfallOpenApi: openApi,
      get footfallSettings() {
        return current().settings;
      },
      get footfallSettingsVersion() {
        return settingsVersion();
      },
      get footfallHasHost() {
        return current().site.hasHost;
      },
      footfallAccount: account,
      footfallHealth: healthReader({
        proxy: () => {
          if (runtime.unknownProxy === undefined) return 'platform';
          if (config.isProxyConfigured) return 'configured';
          return unknownProxy() === undefined ? 'none' : 'unknown';
        },
        isIgnoredAddress: (address) => current().isIgnoredAddress(address),
      }),
      footfallCheck: async (request, view) => {
        const { data, error } = checkInputSchema.safeParse(view);
        if (data === undefined) throw refusedInput(error);
        return verdictOn(data, { caller: await callerOf(request), site: current().site, now: now() });
      },
    },
    salts,
    forget: async () => {
      if (await store.forgetIds(now())) return true;
      const { retentionMonths } = current();
      if (retentionMonths === 0) return false;
      return store.forgetBefore(calendarNow().momentOf(monthsBefore(now(), retentionMonths)).day);
    },
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
