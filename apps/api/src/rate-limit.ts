import { FootfallError } from '@footfall/core';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitKey } from './address.ts';
import type { HttpRequest } from './http.ts';

/** Lets a request through, or throws {FootfallError} TOO_MANY_REQUESTS. */
export type RateLimit = (request: HttpRequest) => Promise<void>;

/** Limits requests per second and address; the addresses are forgotten after that second. */
export function createRateLimit(perSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (request) => {
    try {
      await limiter.consume(limitKey(request.address()));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new FootfallError('TOO_MANY_REQUESTS', 'Too many requests from this address.', {
        retryAfter: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
      });
    }
  };
}
