import { type FootfallError, objection, refused, type Objection } from '@footfall/core';
import { LRUCache } from 'lru-cache';
import { limitKey } from './address.ts';

/** Who sends a password, as far as it is known. */
export interface PasswordSender {
  readonly address: string;
  readonly userAgent: string;
}

/** Counts wrong passwords. Each throws {FootfallError} TOO_MANY_REQUESTS where there were too many. */
export interface Attempts {
  /** Refuses a password before it is checked, where there were too many wrong ones. */
  readonly require: (sender: PasswordSender) => void;
  /**
   * Counts a password that was checked. It is called before the result is returned, and refuses that where there were too
   * many wrong ones meanwhile: trying many at the same time is no way around the limit.
   */
  readonly count: (sender: PasswordSender, isRight: boolean) => void;
  /** Notes that a sender is the owner, by a session or a setup link: then it has a count of its own. */
  readonly trust: (sender: PasswordSender) => void;
}

/** Wrong passwords that an address may try in a minute (docs/api.md, Rules for all: sign-in is always limited). */
const TRIES_PER_MINUTE = 10;

/** The same for all addresses together: a guesser may have thousands of them. */
const TRIES_OF_ALL = 100;

const MINUTE_MS = 60_000;

/** How many senders of the right password, and of wrong ones, are remembered at most. */
const REMEMBERED = 1_000;
const WATCHED = 10_000;

interface Wrong {
  tries: number;
  readonly until: number;
}

/**
 * Counts wrong passwords by address and in all; they are forgotten after a minute. A sender that has been right before, by
 * its address and user agent, has a count of its own: behind a proxy that hides addresses, in one office, or while others
 * guess, the owner is not refused for the wrong passwords of others (docs/decisions/0023).
 * @param now epoch milliseconds
 */
export function countAttempts(now: () => number): Attempts {
  const wrong = new LRUCache<string, Wrong>({ max: WATCHED });
  let ofAll: Wrong = { tries: 0, until: 0 };
  const known = new LRUCache<string, true>({ max: REMEMBERED });

  const current = (found: Wrong | undefined): Wrong =>
    found !== undefined && found.until > now() ? found : { tries: 0, until: now() + MINUTE_MS };

  function countsOf({ address, userAgent }: PasswordSender) {
    const byAddress = limitKey(address);
    const sender = `${byAddress} ${userAgent}`;
    const isKnown = known.has(sender);
    const key = isKnown ? sender : byAddress;
    ofAll = current(ofAll);
    return { sender, key, isKnown, own: current(wrong.get(key)), all: ofAll };
  }

  function refuse(counts: ReturnType<typeof countsOf>, most: { own: number; all: number }): void {
    const { own, all, isKnown } = counts;
    if (own.tries > most.own) throw tooMany(objection('wrong-passwords-here'), own.until - now());
    if (!isKnown && all.tries > most.all) throw tooMany(objection('wrong-passwords'), all.until - now());
  }

  const NEXT = { own: TRIES_PER_MINUTE - 1, all: TRIES_OF_ALL - 1 };
  const LAST = { own: TRIES_PER_MINUTE, all: TRIES_OF_ALL };

  return {
    require: (sender) => {
      refuse(countsOf(sender), NEXT);
    },
    count: (from, isRight) => {
      const counts = countsOf(from);
      const { sender, key, own, all, isKnown } = counts;
      if (!isRight) {
        own.tries += 1;
        wrong.set(key, own);
        if (!isKnown) all.tries += 1;
      }
      refuse(counts, isRight ? NEXT : LAST);
      if (isRight) known.set(sender, true);
    },
    trust: (sender) => {
      known.set(countsOf(sender).sender, true);
    },
  };
}

/** A refusal for a while. */
export function tooMany(given: Objection, waitMs: number): FootfallError {
  return refused('TOO_MANY_REQUESTS', given, {
    retryAfter: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
