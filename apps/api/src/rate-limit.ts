import { objection } from '@footfall/core';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitKey } from './address.ts';
import { tooMany } from './attempts.ts';
import type { HttpRequest } from './http.ts';

/** Lets a request through, or throws {FootfallError} TOO_MANY_REQUESTS. */
export type RateLimit = (request: HttpRequest) => Promise<void>;

/** Limits requests per second and address; addresses are forgotten after that second. */
export function createRateLimit(perSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (request) => {
    const tried = await limiter.consume(limitKey(request.address())).catch(refusalOf);
    if (tried.consumedPoints > perSecond) throw tooMany(objection('many-requests'), tried.msBeforeNext);
  };
}

function refusalOf(refusal: unknown): RateLimiterRes {
  if (refusal instanceof RateLimiterRes) return refusal;
  throw refusal;
}
