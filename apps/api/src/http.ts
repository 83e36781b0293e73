import { FootfallError, HTTP_STATUS, type Location } from '@footfall/core';

/** A request on any runtime. */
export interface HttpRequest {
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  /** The query without its question mark, or empty. */
  readonly query: string;
  /** Returns a header by its lower-case name. */
  header(name: string): string | undefined;
  /**
   * Reads the body.
   * @param limit maximum number of bytes
   * @throws {FootfallError} PAYLOAD_TOO_LARGE, or BAD_REQUEST if it is not UTF-8
   */
  text(limit: number): Promise<string>;
  /**
   * Reads the body as it is.
   * @param limit maximum number of bytes
   * @throws {FootfallError} PAYLOAD_TOO_LARGE, or BAD_REQUEST if it ends early
   */
  bytes(limit: number): Promise<Uint8Array>;
  /** The client's address; for limits, never stored or logged. */
  address(): string;
  /** The client's location as the platform or a trusted proxy reports it; `''` where it is unknown. */
  place(): Location;
}

/** Where failures are logged: structured, without addresses and tokens. */
export interface Log {
  readonly error: (fields: object, message: string) => void;
}

/** A response on any runtime. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Streaming | null;
  /** A word for the metrics; the status by default. */
  readonly outcome?: string;
}

/** The client's end of a streamed response. */
export interface Sink {
  /** @param sent called when there is room for more */
  readonly write: (chunk: Uint8Array, sent?: () => void) => void;
  /** Whether the last write has not been sent yet: the client reads too slowly. */
  readonly isStalled: () => boolean;
  readonly end: () => void;
  /** Breaks the connection off, so that the client does not take what it has for the whole. */
  readonly abort: () => void;
}

/** A streamed body. It writes to the sink until the returned function is called: the client has disconnected. */
export type Streaming = (sink: Sink) => () => void;

/**
 * A body that is made while it is sent, no faster than the client takes it.
 * @param onError called where it cannot be completed
 */
export function streamed(pieces: AsyncGenerator<Uint8Array>, onError: (error: unknown) => void): Streaming {
  return (sink) => {
    let isOver = false;
    let proceed = (): void => {};
    const send = async (): Promise<void> => {
      for await (const piece of pieces) {
        if (isOver) return;
        await new Promise<void>((resolve) => {
          proceed = resolve;
          sink.write(piece, resolve);
        });
      }
      if (!isOver) sink.end();
    };
    send().catch((error: unknown) => {
      if (isOver) return;
      onError(error);
      sink.abort();
    });
    return () => {
      isOver = true;
      proceed(); // the piece that was not sent is the last one
    };
  };
}

/** Public routes may be used from any page, never with credentials (docs/api.md, Rules for all). */
export const CORS = {
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
};

/** The same response, readable by pages of this site only. */
export function withoutCors(answer: HttpAnswer): HttpAnswer {
  const headers = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
  return { ...answer, headers: Object.fromEntries(headers) };
}

/** Lets pages of other sites read these response headers. */
export const EXPOSED = { 'access-control-expose-headers': 'ETag, Retry-After, X-Footfall' };

const JSON_HEADERS = { ...CORS, 'content-type': 'application/json; charset=utf-8' };
const UNCACHED_JSON = { ...JSON_HEADERS, 'cache-control': 'no-store' };

const PREFLIGHT = {
  ...CORS,
  'access-control-max-age': '86400',
  vary: 'Access-Control-Request-Headers',
};

/** The headers that routes read: allowed by a preflight that requests none. */
const READ_HEADERS = 'Content-Type, X-Visitor-Id, If-None-Match';

/** A list of header names (RFC 9110, 5.6.2) no longer than browsers send. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]{1,128}(?:, ?[\w!#$%&'*+.^`|~-]{1,128}){0,31}$/;

/** A JSON response that is not cached unless `headers` say otherwise. */
export function json(
  value: unknown,
  options: { status?: number; headers?: Record<string, string>; outcome?: string } = {},
): HttpAnswer {
  const { status = 200, headers, outcome } = options;
  return {
    status,
    headers: headers === undefined ? UNCACHED_JSON : { ...UNCACHED_JSON, ...EXPOSED, ...headers },
    body: JSON.stringify(value),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/**
 * The response to a preflight of a public route. It allows the requested headers: there are no credentials, and other
 * scripts of a page may add headers to every request.
 * @param requested the header `Access-Control-Request-Headers`
 */
export function preflight(methods: string, requested = ''): HttpAnswer {
  return {
    status: 204,
    headers: {
      ...PREFLIGHT,
      'access-control-allow-headers': HEADER_NAMES.test(requested) ? requested : READ_HEADERS,
      'access-control-allow-methods': methods,
    },
    body: null,
  };
}

/** The path without the trailing slash that some proxies add: the name of a route. */
export function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The response to a failed request: never a stack, never SQL. */
export function failure(error: unknown): HttpAnswer {
  const known = asFootfallError(error);
  return json(
    { error: known.message, code: known.code },
    {
      status: HTTP_STATUS[known.code],
      outcome: known.code,
      headers: errorHeaders(known),
    },
  );
}

/** The headers of an error: when to retry, and how to authenticate (RFC 9110, 11.6.1). */
export function errorHeaders({ code, retryAfter }: FootfallError): Record<string, string> {
  return {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(code === 'UNAUTHORIZED' && { 'www-authenticate': 'Bearer realm="Footfall"' }),
  };
}

/** An error that may be shown to a caller. */
export function asFootfallError(error: unknown): FootfallError {
  if (error instanceof FootfallError) return error;
  return new FootfallError('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', { cause: error });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Decodes a body. */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new FootfallError('BAD_REQUEST', 'The body is not UTF-8.', { cause });
  }
}

export function tooLarge(limit: number): FootfallError {
  return new FootfallError('PAYLOAD_TOO_LARGE', `The body is over ${limit / 1024} KiB.`);
}
