import { FootfallError } from '@footfall/core';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitKey } from './address.ts';
import type { HttpRequest } from './http.ts';
import type { Tries } from './owner.ts';

/** Lets a request through, or throws {FootfallError} TOO_MANY_REQUESTS. */
export type RateLimit = (request: HttpRequest) => Promise<void>;

/** Limits requests per second and address; the addresses are forgotten after that second. */
export function createRateLimit(perSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (request) => {
    const tried = await limiter.consume(limitKey(request.address())).catch(refusalOf);
    if (tried.consumedPoints > perSecond) throw tooMany('Too many requests from this address.', tried);
  };
}

/** Wrong secrets that an address may try in a minute (API.md, Rules for all: sign-in is always limited). */
const TRIES_PER_MINUTE = 10;

/** Counts wrong secrets by address; the addresses are forgotten after a minute. */
export function countTries(): Tries {
  const limiter = new RateLimiterMemory({ points: TRIES_PER_MINUTE, duration: 60 });
  return async (request, isRight) => {
    const key = limitKey(request.address());
    const tried = isRight ? await limiter.get(key) : await limiter.consume(key).catch(refusalOf);
    const most = isRight ? TRIES_PER_MINUTE - 1 : TRIES_PER_MINUTE;
    if (tried !== null && tried.consumedPoints > most) {
      throw tooMany('Too many wrong passwords from this address.', tried);
    }
  };
}

function refusalOf(refusal: unknown): RateLimiterRes {
  if (refusal instanceof RateLimiterRes) return refusal;
  throw refusal;
}

function tooMany(message: string, { msBeforeNext }: RateLimiterRes): FootfallError {
  return new FootfallError('TOO_MANY_REQUESTS', message, {
    retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1000)),
  });
}
