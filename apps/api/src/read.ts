import {
  analyticsInputSchema,
  badgeSvg,
  listInputSchema,
  versionTag,
  type StoreVersion,
  refusedInput,
} from '@footfall/core';
import {
  analytics,
  analyticsList,
  badgeInputSchema,
  count,
  countInputSchema,
  type AppContext,
} from '@footfall/trpc';
import type * as z from 'zod';
import { CORS, EXPOSED, json, type HttpAnswer, type HttpRequest } from './http.ts';
import { requireKnown } from './query.ts';

type Count = Awaited<ReturnType<typeof count>>;
type RouteHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** Makes `GET /api/visitors/count`. The site's total is serialised once per version. */
export function countRoute(footfall: AppContext, cacheControl: () => string): RouteHandler {
  let total: { count: Count; caching: string; answer: HttpAnswer } | undefined;

  const answerOf = (number: Count, caching = cacheControl()): HttpAnswer =>
    json(number, { headers: { 'cache-control': caching, etag: etagOf(number) } });

  return (request) => {
    const page = pageOf(request.query);
    const number = count(page, footfall);
    if (number instanceof Promise) return number.then((read) => fresh(request, answerOf(read)));
    if (page !== undefined) return fresh(request, answerOf(number));
    const caching = cacheControl();
    if (total?.count !== number || total.caching !== caching)
      total = { count: number, caching, answer: answerOf(number, caching) };
    return fresh(request, total.answer);
  };
}

/** Makes `GET /api/badge.svg`: a number as an image, for pages where scripts cannot run. */
export function badgeRoute(footfall: AppContext, cacheControl: () => string): RouteHandler {
  async function visitors(
    metric: 'live' | 'visitors',
  ): Promise<StoreVersion & Pick<Count, 'count' | 'stale'>> {
    const { stats, visitorStats, stale } = await footfall.store.stats(footfall.now());
    const { store, version } = stats;
    return { count: metric === 'live' ? visitorStats.live : visitorStats.total, store, version, stale };
  }

  return async (request) => {
    const {
      page,
      metric = 'views',
      label,
      style = 'flat',
      theme,
    } = publicInputOf(request.query, badgeInputSchema);
    const number = await (metric === 'views' ? count(page, footfall) : visitors(metric));
    return fresh(request, {
      status: 200,
      headers: {
        ...BADGE_HEADERS,
        ...(theme === 'auto' && {
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
        }),
        'cache-control': cacheControl(),
        etag: etagOf(number),
      },
      body: badgeSvg({ count: number.count, metric, label, style, theme }),
    });
  };
}

/**
 * Opened as a document it may load nothing, and pages that require CORP of every image may embed it. Only the theme `auto`
 * has a style, all of it our own.
 */
const BADGE_HEADERS = {
  ...CORS,
  ...EXPOSED,
  'content-type': 'image/svg+xml; charset=utf-8',
  'content-security-policy': "default-src 'none'",
  'cross-origin-resource-policy': 'cross-origin',
};

/** Makes `GET /api/sys/stats`, `GET /api/visitor-stats` and `GET /api/stats`. */
export function summaryRoute(
  { store, now }: AppContext,
  { which, cacheControl }: { which: 'sysStats' | 'visitorStats' | 'stats'; cacheControl: () => string },
): RouteHandler {
  return async (request) => {
    requireKnown(request.query, []);
    const summary = await store.stats(now());
    const { [which]: stats, stale } = summary;
    const headers = { 'cache-control': cacheControl(), etag: etagOf({ ...summary.stats, stale }) };
    return fresh(request, json(stale === true ? { ...stats, stale } : stats, { headers }));
  };
}

/** Makes `GET /api/analytics/visitors`, for the site's owner. */
export function analyticsRoute(footfall: AppContext): RouteHandler {
  return async (request) => json(await analytics(strictInput(request.query, analyticsInputSchema), footfall));
}

/** Makes `GET /api/analytics/list`, for the site's owner. */
export function analyticsListRoute(footfall: AppContext): RouteHandler {
  return async (request) => json(await analyticsList(strictInput(request.query, listInputSchema), footfall));
}

function pageOf(query: string): string | undefined {
  return query === '' ? undefined : publicInputOf(query, countInputSchema).page;
}

/**
 * Parses the query of a public route. A misspelt parameter is an error: `?pgae=/a` must not return the total as the
 * number of one page.
 */
function publicInputOf<T extends z.ZodObject>(query: string, schema: T): z.infer<T> {
  requireKnown(query, Object.keys(schema.shape));
  return inputOf(query, schema);
}

/** Parses a query in which a parameter may have several values. */
function strictInput<T extends z.ZodType>(query: string, schema: T): z.infer<T> {
  const values = Map.groupBy(new URLSearchParams(query), ([name]) => name);
  const input = [...values].map(([name, its]) => [
    name,
    its.length === 1 ? its[0]?.[1] : its.map(([, value]) => value),
  ]);
  return parsedBy(schema, Object.fromEntries(input));
}

/** Parses a query; of a repeated parameter the first value counts. */
function inputOf<T extends z.ZodType>(query: string, schema: T): z.infer<T> {
  return parsedBy(schema, Object.fromEntries([...new URLSearchParams(query)].reverse()));
}

/** @throws {FootfallError} BAD_REQUEST */
export function parsedBy<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw refusedInput(parsed.error);
  return parsed.data;
}

/** The entity tag of a state of all numbers; a stale body differs from the fresh one of the same state. */
export function etagOf(state: StoreVersion & { readonly stale?: true | undefined }): string {
  return `"${versionTag(state)}${state.stale === true ? '-stale' : ''}"`;
}

/** The response, or 304 if the client has it (RFC 9110, 13.1.2: weak comparison). */
export function fresh(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  const known = request.header('if-none-match');
  if (known === undefined) return answer;
  const etag = answer.headers['etag'];
  const matches = known
    .split(',')
    .some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  return matches ? { status: 304, headers: answer.headers, body: null } : answer;
}
