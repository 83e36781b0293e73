import {
  batchSchema,
  FootfallError,
  HTTP_STATUS,
  hitSchema,
  sentenceOf,
  visitSchema,
  type Batch,
  type Hit,
} from '@footfall/core';
import { register, track, trackBatch, trackSilently, type AppContext } from '@footfall/trpc';
import type * as z from 'zod';
import type { CallerReader } from './caller.ts';
import {
  asFootfallError,
  CORS,
  EXPOSED,
  json,
  errorHeaders,
  type HttpAnswer,
  type HttpRequest,
} from './http.ts';
import { requireKnown } from './query.ts';

/** Maximum size of one event's body in bytes (docs/api.md, Rules for all). */
export const EVENT_BYTES = 8 * 1024;

/** Maximum size of a batch's body in bytes. */
export const BATCH_BYTES = 64 * 1024;

/** What counting an event needs. */
export interface CollectContext {
  readonly footfall: AppContext;
  readonly callerOf: CallerReader;
}

/**
 * `POST /api/visitors/track`: the beacon. No framework on this path, and the cheapest rejection comes first.
 */
export async function collect(
  request: HttpRequest,
  { footfall, callerOf }: CollectContext,
): Promise<HttpAnswer> {
  const hit = readHit(await readJson(request, EVENT_BYTES), request.header('x-visitor-id'));
  const isMinimal = request.query !== '' && wantsMinimum(request.query);
  const context = { footfall, caller: await callerOf(request) };

  if (isMinimal) {
    const reason = await trackSilently(hit, context);
    return reason === undefined ? COUNTED_SILENTLY : json({ counted: false, reason }, { outcome: reason });
  }
  const tracked = await track(hit, context);
  return json(tracked, { outcome: tracked.reason ?? 'counted' });
}

/**
 * Whether the client wants no numbers in the response.
 * @throws {FootfallError} BAD_REQUEST for an unknown parameter or value
 */
function wantsMinimum(query: string): boolean {
  requireKnown(query, ['return']);
  const value = new URLSearchParams(query).get('return');
  if (value === null || value === 'minimal') return value !== null;
  throw new FootfallError('BAD_REQUEST', 'return must be minimal or absent.');
}

const COUNTED_SILENTLY: HttpAnswer = { status: 204, headers: CORS, body: null, outcome: 'counted' };

/** `POST /api/track`: several events in one commit. */
export async function collectBatch(
  request: HttpRequest,
  { footfall, callerOf }: CollectContext,
): Promise<HttpAnswer> {
  requireKnown(request.query, []);
  const batch = readBatch(await readJson(request, BATCH_BYTES), request.header('x-visitor-id'));
  return json(await trackBatch(batch, { footfall, caller: await callerOf(request) }), { outcome: 'batch' });
}

/** `POST /api/visitor/register`: a visit, and also a page view if it names its page. */
export async function collectVisit(
  request: HttpRequest,
  { footfall, callerOf }: CollectContext,
): Promise<HttpAnswer> {
  requireKnown(request.query, []);
  const input = await readJson(request, EVENT_BYTES);
  const visit = readAs(visitSchema, input, request.header('x-visitor-id'));
  const registered = await register(visit, { footfall, caller: await callerOf(request) });
  return json(registered, { outcome: registered.reason ?? 'registered' });
}

const PIXEL_PARAMETERS = ['url', 'referrer', 'id', 'consent'];

/**
 * `GET /api/visitors/seen.gif` and `pixel.gif`: counting for pages without JavaScript. The response is always an image,
 * so that no page shows a broken one.
 */
export async function pixel(
  request: HttpRequest,
  { footfall, callerOf }: CollectContext,
): Promise<HttpAnswer> {
  requireKnown(request.query, PIXEL_PARAMETERS);
  const parameters = new URLSearchParams(request.query);
  const hit = readHit({
    id: parameters.get('id') ?? undefined,
    url: parameters.get('url') ?? request.header('referer'),
    referrer: parameters.get('referrer') ?? undefined,
    consent: consentIn(parameters.get('consent')),
  });
  return image(200, (await trackSilently(hit, { footfall, caller: await callerOf(request) })) ?? 'counted');
}

/** The value of the query parameter `consent`. */
function consentIn(value: string | null): boolean | undefined {
  if (value === null) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new FootfallError('BAD_REQUEST', 'consent must be true or false.');
}

/** The pixel that answers a refused event. */
export function pixelFailure(error: unknown): HttpAnswer {
  const known = asFootfallError(error);
  return image(HTTP_STATUS[known.code], known.code, errorHeaders(known));
}

function image(status: number, outcome: string, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: {
      ...CORS,
      ...EXPOSED,
      ...headers,
      'content-type': 'image/gif',
      'cross-origin-resource-policy': 'cross-origin', // for pages that require it of every image
      'cache-control': 'no-store',
      'x-footfall': outcome,
    },
    body: TRANSPARENT_GIF,
    outcome,
  };
}

const TRANSPARENT_GIF = Uint8Array.from(
  atob('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=='),
  (character) => character.charCodeAt(0),
);

/**
 * Reads a body of JSON.
 * @param limit maximum number of bytes
 * @throws {FootfallError} UNSUPPORTED_MEDIA_TYPE; PAYLOAD_TOO_LARGE; BAD_REQUEST
 */
export async function readJson(request: HttpRequest, limit: number): Promise<unknown> {
  requireJson(request.header('content-type'));
  return parseJson(await request.text(limit));
}

/** Beacons send text/plain to avoid a preflight; a body without a Content-Type is parsed as JSON too. */
function requireJson(contentType: string | undefined): void {
  if (contentType === undefined || contentType === '') return;
  const [type = ''] = contentType.split(';', 1);
  const name = type.trim().toLowerCase();
  if (name === 'application/json' || name === 'text/plain') return;
  throw new FootfallError('UNSUPPORTED_MEDIA_TYPE', 'Content-Type must be application/json or text/plain.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FootfallError('BAD_REQUEST', 'The body is not JSON.', { cause });
  }
}

function readHit(input: unknown, visitorId?: string): Hit {
  return readAs(hitSchema, input, visitorId);
}

/**
 * Validates the body of an event.
 * @param visitorId the header X-Visitor-Id; an id in the body takes precedence
 */
function readAs<T extends typeof hitSchema | typeof visitSchema>(
  schema: T,
  input: unknown,
  visitorId?: string,
): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new FootfallError('BAD_REQUEST', sentenceOf(parsed.error));
  if (visitorId === undefined || parsed.data.visitorId !== undefined) return parsed.data as z.infer<T>;
  return readAs(schema, { ...parsed.data, visitorId });
}

function readBatch(input: unknown, visitorId: string | undefined): Batch {
  const parsed = batchSchema.safeParse(input);
  if (!parsed.success) throw new FootfallError('BAD_REQUEST', sentenceOf(parsed.error));
  const { events } = parsed.data;
  if (visitorId === undefined) return { events };
  return {
    events: events.map((event) =>
      isObject(event) && !('visitorId' in event) ? { ...event, visitorId } : event,
    ),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
