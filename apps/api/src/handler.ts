import { FootfallError } from '@footfall/core';
import { appRouter, type AppContext } from '@footfall/trpc';
import { isLoopback } from './address.ts';
import type { CallerReader } from './caller.ts';
import { collect, collectBatch, collectVisit, pixel, pixelFailure } from './collect.ts';
import {
  failure,
  json,
  preflight,
  withoutCors,
  withoutSlash,
  type HttpAnswer,
  type HttpRequest,
  type Log,
} from './http.ts';
import { LIVE_PATH, liveRoute, VISITS_PATH, visitsRoute, type LiveParts } from './live.ts';
import { exportRoute, type ExportZip } from './export-route.ts';
import { uploadFormRoute, uploadRoute } from './import-route.ts';
import { requireKnown } from './query.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Caching } from './config.ts';
import { analyticsListRoute, analyticsRoute, badgeRoute, countRoute, summaryRoute } from './read.ts';
import { makeShareRoute, revokeShareRoute, sharesRoute } from './share-routes.ts';
import { callsOwnersProcedure, EVENTS_PATH, rpc, rpcFailed, RPC_PATH } from './rpc.ts';
import type { Metrics, MetricsPage } from './metrics.ts';

/** What the handler depends on. */
export interface HandlerParts extends LiveParts {
  readonly callerOf: CallerReader;
  /** `page` is absent where there is no process to measure. */
  readonly metrics: Pick<Metrics, 'request'> & { readonly page?: MetricsPage };
  readonly log: Log;
  readonly rateLimit: RateLimit | undefined;
  /** For how long caches may show numbers, at this moment. */
  readonly caching: () => Caching;
  /** The OpenAPI document of the REST routes. */
  readonly openApi: () => object;
  /** Exports everything; absent where there is no process that could. */
  readonly exportZip?: ExportZip;
}

/** Returns the response to a request; nothing if the request is for the site instead of the API. */
export type Handler = (request: HttpRequest) => Promise<HttpAnswer> | undefined;

type Answering = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

const METHODS = ['GET', 'HEAD', 'POST'] as const;

/** Who may use a route. `owner` is checked before the route answers; `procedure` leaves the check to the router. */
export type Guard = 'everyone' | 'owner' | 'this machine' | 'procedure';

interface Route extends Readonly<Partial<Record<(typeof METHODS)[number], Answering>>> {
  readonly guard: Guard;
  /** Makes the response to a failed request, where it is not the usual JSON. */
  readonly failed?: (error: unknown) => HttpAnswer;
  /** Whether a request is for pages of this site only: pages of other sites may not read the response. */
  readonly isSameOrigin?: (request: HttpRequest) => boolean;
  /** For monitoring: never rate-limited. */
  readonly unlimited?: true;
}

/** A route that only reads. HEAD runs GET; the server leaves the body out. */
const readRoute = (answering: Answering, guard: Guard = 'everyone'): Route => ({
  GET: answering,
  HEAD: answering,
  guard,
});

/** A route that everyone may POST to. */
const writeRoute = (answering: Answering): Route => ({ POST: answering, guard: 'everyone' });

/** The REST routes by their paths, and the typed API under its own. */
export function routesOf(parts: HandlerParts): ReadonlyMap<string, Route> {
  const { footfall, metrics } = parts;
  const cacheControl = (): string => parts.caching().cacheControl;
  const statsCacheControl = (): string => parts.caching().statsCacheControl;
  let openApi: HttpAnswer | undefined;

  // No HEAD: the pixel counts, and a request for its headers alone must not.
  const image: Route = {
    GET: (request) => pixel(request, parts),
    failed: pixelFailure,
    guard: 'everyone',
  };
  const routes = new Map<string, Route>([
    ['/api/visitors/track', writeRoute((request) => collect(request, parts))],
    [EVENTS_PATH, writeRoute((request) => collectBatch(request, parts))],
    ['/api/visitor/register', writeRoute((request) => collectVisit(request, parts))],
    ['/api/visitors/pixel.gif', image],
    ['/api/visitors/seen.gif', image], // blocklists know the name pixel.gif
    ['/api/visitors/count', readRoute(countRoute(footfall, cacheControl))],
    ['/api/badge.svg', readRoute(badgeRoute(footfall, cacheControl))],
    ['/api/sys/stats', readRoute(summaryRoute(footfall, { which: 'sysStats', cacheControl }))],
    [
      '/api/visitor-stats',
      readRoute(summaryRoute(footfall, { which: 'visitorStats', cacheControl: statsCacheControl })),
    ],
    ['/api/stats', readRoute(summaryRoute(footfall, { which: 'stats', cacheControl: statsCacheControl }))],
    [LIVE_PATH, { GET: liveRoute(parts), guard: 'everyone' }],
    [VISITS_PATH, { GET: visitsRoute(parts), guard: 'owner', isSameOrigin: () => true }],
    [
      '/api/analytics/visitors',
      { ...readRoute(analyticsRoute(footfall), 'owner'), isSameOrigin: () => true },
    ],
    [
      '/api/analytics/list',
      { ...readRoute(analyticsListRoute(footfall), 'owner'), isSameOrigin: () => true },
    ],
    [
      '/api/shares',
      {
        ...readRoute(sharesRoute(footfall), 'owner'),
        POST: makeShareRoute(footfall),
        isSameOrigin: () => true,
      },
    ],
    ['/api/shares/revoke', { POST: revokeShareRoute(footfall), guard: 'owner', isSameOrigin: () => true }],
    ['/api/export', { ...readRoute(exportRoute(parts), 'owner'), isSameOrigin: () => true }],
    ['/api/import/upload', { POST: uploadRoute(footfall), guard: 'owner', isSameOrigin: () => true }],
    ['/api/import/form', { POST: uploadFormRoute(footfall), guard: 'owner', isSameOrigin: () => true }],
    [
      '/api/openapi.json',
      readRoute(({ query }) => {
        requireKnown(query, []);
        const caching = cacheControl();
        if (openApi?.headers['cache-control'] !== caching)
          openApi = json(parts.openApi(), { headers: { 'cache-control': caching } });
        return openApi;
      }),
    ],
    ['/healthz', { ...readRoute(() => json({ status: 'up' })), unlimited: true }],
    ['/readyz', { ...readRoute(() => ready(footfall)), unlimited: true }],
  ]);
  const { page } = metrics;
  if (page !== undefined) {
    routes.set('/metrics', {
      ...readRoute((request) => metricsPage(request, page), 'this machine'),
      unlimited: true,
    });
  }
  const typed = { ...parts, router: appRouter };
  const call: Answering = (request) => rpc(request, typed);
  const typedApi: Route = {
    ...readRoute(call, 'procedure'),
    POST: call,
    failed: rpcFailed,
    isSameOrigin: ({ path }) => callsOwnersProcedure(path),
  };

  routes.set(RPC_PATH, typedApi);
  return routes;
}

/** Makes the one request handler: beacon, REST and tRPC, health and metrics. */
export function createHandler(parts: HandlerParts): Handler {
  const { metrics, log, rateLimit, requireOwner } = parts;
  const routes = routesOf(parts);
  const typedApi = routes.get(RPC_PATH);

  async function answer(name: string, route: Route, request: HttpRequest): Promise<HttpAnswer> {
    let result: HttpAnswer;
    try {
      result = await within(route, request);
    } catch (error) {
      result = (route.failed ?? failure)(error);
      if (result.status === 500) log.error({ err: error, route: name }, 'request failed');
    }
    metrics.request(name, result.outcome ?? result.status);
    return route.isSameOrigin?.(request) === true ? withoutCors(result) : result;
  }

  function within(route: Route, request: HttpRequest): HttpAnswer | Promise<HttpAnswer> {
    const known = METHODS.find((method) => method === request.method);
    const answering = known === undefined ? undefined : route[known];
    if (answering === undefined) {
      const methods = [...METHODS.filter((method) => route[method] !== undefined), 'OPTIONS'].join(', ');
      if (request.method === 'OPTIONS')
        return preflight(methods, request.header('access-control-request-headers'));
      const refused = failure(new FootfallError('METHOD_NOT_SUPPORTED', `This route takes ${methods}.`));
      return { ...refused, headers: { ...refused.headers, allow: methods } };
    }
    const limit = route.unlimited === true ? undefined : rateLimit;
    if (limit === undefined && route.guard !== 'owner') return answering(request);
    return guarded(route, request, limit).then(() => answering(request));
  }

  async function guarded(
    { guard }: Route,
    request: HttpRequest,
    limit: RateLimit | undefined,
  ): Promise<void> {
    await limit?.(request);
    if (guard === 'owner') await requireOwner(request);
  }

  return (request) => {
    const { path } = request;
    const name = withoutSlash(path);
    const route = routes.get(name);
    if (route !== undefined && route !== typedApi) return answer(name, route, request);
    if (typedApi !== undefined && path.startsWith(`${RPC_PATH}/`)) return answer(RPC_PATH, typedApi, request);
    if (!path.startsWith('/api/') || path === '/api/docs' || path.startsWith('/api/docs/')) return;
    metrics.request('unknown', 404);
    return Promise.resolve(failure(new FootfallError('NOT_FOUND', 'There is no such route.')));
  };
}

async function ready({ store }: AppContext): Promise<HttpAnswer> {
  await store.ping();
  return json({ status: 'ready' });
}

/** `/metrics` is for this machine only: a proxied request comes from elsewhere, even if its socket is local. */
async function metricsPage(request: HttpRequest, page: MetricsPage): Promise<HttpAnswer> {
  const proxied = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.header(name) !== undefined);
  if (proxied || !isLoopback(request.address())) {
    throw new FootfallError('FORBIDDEN', 'Metrics are available from this machine only.');
  }
  return {
    status: 200,
    headers: { 'content-type': page.contentType, 'cache-control': 'no-store' },
    body: await page.text(),
  };
}
