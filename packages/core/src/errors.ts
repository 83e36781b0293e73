import type { Objection } from './objection.ts';

/**
 * The errors that can occur, by tRPC's names for the HTTP statuses; each transport maps a code once.
 */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_SUPPORTED'
  | 'TIMEOUT'
  | 'CONFLICT'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TOO_MANY_REQUESTS'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_SUPPORTED: 405,
  TIMEOUT: 408,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
};

/**
 * An error that may be shown to callers: its message is one sentence, without SQL, paths or addresses.
 */
export class FootfallError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which to try again; sent as `Retry-After`. */
  readonly retryAfter: number | undefined;

  /** What pages say in place of the message, in their language. */
  readonly objection: Objection | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & { retryAfter?: number; objection?: Objection },
  ) {
    super(message, options);
    this.name = 'FootfallError';
    this.code = code;
    this.retryAfter = options?.retryAfter;
    this.objection = options?.objection;
  }
}

/** The store did not accept a write or did not answer a read; the client may try again with the same id. */
export function storeUnavailable(cause?: unknown): FootfallError {
  return new FootfallError('SERVICE_UNAVAILABLE', 'The store cannot answer right now.', {
    cause,
    retryAfter: 1,
  });
}
