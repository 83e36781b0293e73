import { FootfallError } from '@footfall/core';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitKey } from './address.ts';
import type { HttpRequest } from './http.ts';
import type { Attempts } from './owner.ts';

/** Lets a request through, or throws {FootfallError} TOO_MANY_REQUESTS. */
export type RateLimit = (request: HttpRequest) => Promise<void>;

/** Limits requests per second and address; addresses are forgotten after that second. */
export function createRateLimit(perSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (request) => {
    const tried = await limiter.consume(limitKey(request.address())).catch(refusalOf);
    if (tried.consumedPoints > perSecond)
      throw tooMany('Too many requests from this address.', tried.msBeforeNext);
  };
}

/** Wrong passwords per address and minute (docs/api.md, Rules for all: sign-in is always limited). */
const TRIES_PER_MINUTE = 10;

const MINUTE_MS = 60_000;

/** Number of clients remembered for a right password, and for wrong ones: a guesser with more addresses has more attempts anyway. */
const REMEMBERED = 1_000;
const WATCHED = 10_000;

/**
 * Counts wrong passwords by address; addresses are forgotten after a minute. A client that has been right before, by its
 * address and user agent, has a count of its own: behind a proxy that hides addresses, or in one office, the owner is not
 * refused for the wrong passwords of others (docs/decisions/0023).
 * @param now epoch milliseconds
 */
export function countTries(now: () => number): Attempts {
  const wrong = new LRUCache<string, { tries: number; readonly until: number }>({ max: WATCHED });
  const known = new LRUCache<string, true>({ max: REMEMBERED });
  return (request, isRight) => {
    const address = limitKey(request.address());
    const sender = `${address} ${request.header('user-agent') ?? ''}`;
    const key = known.has(sender) ? sender : address;
    const at = now();
    const found = wrong.get(key);
    const counted = found !== undefined && found.until > at ? found : { tries: 0, until: at + MINUTE_MS };
    if (!isRight) {
      counted.tries += 1;
      wrong.set(key, counted);
    }
    if (counted.tries > (isRight ? TRIES_PER_MINUTE - 1 : TRIES_PER_MINUTE)) {
      throw tooMany('Too many wrong passwords from this address.', counted.until - at);
    }
    if (isRight) known.set(sender, true);
  };
}

function refusalOf(refusal: unknown): RateLimiterRes {
  if (refusal instanceof RateLimiterRes) return refusal;
  throw refusal;
}

function tooMany(message: string, waitMs: number): FootfallError {
  return new FootfallError('TOO_MANY_REQUESTS', message, {
    retryAfter: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
