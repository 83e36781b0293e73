import { followedShare, requireFollowable } from '#lib/server/share.ts';
import type { RequestHandler } from './$types';

/** The longest state that a page can have seen, in characters. */
const SEEN_CHARACTERS = 64;

const STATUS: Readonly<Record<string, number>> = { TOO_MANY_REQUESTS: 429, SERVICE_UNAVAILABLE: 503 };

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };

/** Nobody takes the body of HEAD, so no stream begins for it: it would never end. */
export const HEAD: RequestHandler = async (event) => {
  await requireFollowable(event);
  return new Response(null, { headers: HEADERS });
};

export const GET: RequestHandler = async (event) => {
  const seen = (event.url.searchParams.get('seen') ?? '').slice(0, SEEN_CHARACTERS);
  try {
    return new Response(await followedShare(event, seen), { headers: HEADERS });
  } catch (caught) {
    const { code = '', message = '', retryAfter } = caught as Refused;
    const status = STATUS[code];
    if (status === undefined) throw caught;
    return new Response(message, {
      status,
      headers: { 'retry-after': String(retryAfter ?? 5), 'content-type': 'text/plain; charset=utf-8' },
    });
  }
};

interface Refused {
  readonly code?: string;
  readonly message?: string;
  readonly retryAfter?: number | undefined;
}
