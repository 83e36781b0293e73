import { describe, expect, it } from 'vitest';
import { FootfallError, HTTP_STATUS, storeUnavailable, type ErrorCode } from '@footfall/core';

describe('an error', () => {
  it.each<[ErrorCode, number]>([
    ['BAD_REQUEST', 400],
    ['UNAUTHORIZED', 401],
    ['FORBIDDEN', 403],
    ['NOT_FOUND', 404],
    ['METHOD_NOT_SUPPORTED', 405],
    ['TIMEOUT', 408],
    ['CONFLICT', 409],
    ['PAYLOAD_TOO_LARGE', 413],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
    ['TOO_MANY_REQUESTS', 429],
    ['INTERNAL_SERVER_ERROR', 500],
    ['SERVICE_UNAVAILABLE', 503],
  ])('with the code %s is the HTTP status %i', (code, status) => {
    expect(HTTP_STATUS[code]).toBe(status);
  });

  it('carries its code, its sentence, its cause, and when to try again', () => {
    const cause = new Error('why');
    const error = new FootfallError('TOO_MANY_REQUESTS', 'Slow down.', { cause, retryAfter: 7 });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: 'FootfallError',
      code: 'TOO_MANY_REQUESTS',
      message: 'Slow down.',
      cause,
      retryAfter: 7,
    });
    expect(new FootfallError('NOT_FOUND', 'No such page.').retryAfter).toBeUndefined();
  });

  it('of a store that cannot answer says so, to be tried again in a second, without internal details', () => {
    const cause = new Error('SQLITE_FULL: insert into visitor_page_views');
    const error = storeUnavailable(cause);
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfter: 1, cause });
    expect(error.message).toBe('The store cannot answer right now.');
  });
});
