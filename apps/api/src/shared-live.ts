import { createHmac, randomBytes } from 'node:crypto';
import { FootfallError, type StoreVersion } from '@footfall/core';
import type { ConnectionLimiter } from './connection-limiter.ts';
import type { Streaming } from './http.ts';
import type { Hub, Subscriber } from './hub.ts';
import { webStream } from './web.ts';

/** How often at most a page of a private link is told that numbers have changed, in milliseconds. */
const HINT_MS = 5_000;

/** How often it is checked that the link of a stream is still valid, in milliseconds. */
const VALID_MS = 5_000;

/** Streams that one link may have at once. */
export const STREAMS_PER_LINK = 50;

/** When a refused page may try again, in seconds. */
const RETRY_AFTER_S = 30;

/** How long a browser waits before it connects again to a stream that has ended, in milliseconds. */
const RETRY_MS = 5_000;

/** What the streams of private links depend on. */
export interface SharedLiveParts {
  /** The hub that a new stream joins. */
  readonly hubOf: () => Hub;
  /** Nothing on runtimes where connections share no memory. */
  readonly limiter: ConnectionLimiter | undefined;
}

/** A page of a private link that wants to know when numbers change. */
export interface SharedFollower {
  /** The id of the link. */
  readonly link: string;
  readonly address: string;
  /** What {@link SharedLive.stateOf} returned for the numbers that the page shows. */
  readonly seen: string;
  /** Whether the link is still valid. @throws where the store does not answer */
  readonly isValid: () => Promise<boolean>;
}

/** The streams of private links. */
export interface SharedLive {
  /** Stands for a state of the numbers, and says nothing about it: another state has another one. */
  readonly stateOf: (version: StoreVersion | undefined) => string;
  /**
   * A stream of events without content: `changed` when numbers of the site may have changed, at most every five seconds,
   * and `over` as the last one where the link was revoked or has expired.
   * @throws {FootfallError} TOO_MANY_REQUESTS; SERVICE_UNAVAILABLE
   */
  readonly follow: (follower: SharedFollower) => ReadableStream<Uint8Array>;
}

/**
 * Makes the streams of private links (docs/decisions/0058). Numbers are never in them: those of the hub are the whole
 * site's, and a link may have filters.
 */
export function sharedLive({ hubOf, limiter }: SharedLiveParts): SharedLive {
  // Another process has another key: then a page reads once more than it would have to. (A Worker has no randomness before
  // its first request.)
  let secret: Buffer | undefined;
  const streams = new Map<string, number>();

  const stateOf = (version: StoreVersion | undefined): string =>
    createHmac('sha256', (secret ??= randomBytes(32)))
      .update(version === undefined ? '' : `${version.store} ${version.version}`)
      .digest('base64url')
      .slice(0, STATE_CHARACTERS);

  function admit({ link, address }: SharedFollower): () => void {
    const open = streams.get(link) ?? 0;
    if (open >= STREAMS_PER_LINK)
      throw new FootfallError('TOO_MANY_REQUESTS', 'Too many pages of this link are open.', {
        retryAfter: RETRY_AFTER_S,
      });
    const release = limiter?.admit({ address, isOwner: false });
    streams.set(link, open + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      release?.();
      const left = (streams.get(link) ?? 1) - 1;
      if (left === 0) streams.delete(link);
      else streams.set(link, left);
    };
  }

  const body =
    (follower: SharedFollower, leave: () => void): Streaming =>
    (sink) => {
      let isFirst = true;
      let hintedAt = -Infinity;
      const subscriber: Subscriber = {
        send: ({ update }) => {
          if (isFirst && stateOf(update) === follower.seen) {
            isFirst = false;
            return true;
          }
          // What is skipped here is tried again by the hub.
          if (performance.now() - hintedAt < HINT_MS || (!isFirst && sink.isStalled())) return false;
          isFirst = false;
          hintedAt = performance.now();
          sink.write(CHANGED);
          return true;
        },
        heartbeat: () => {
          if (!sink.isStalled()) sink.write(HEARTBEAT);
        },
        end: () => {
          over();
          sink.end();
        },
      };
      sink.write(BEGIN);
      let part = (): void => {};
      const timer = setInterval(() => {
        follower.isValid().then(
          (isValid) => {
            if (isValid || isEnded) return;
            sink.write(OVER);
            subscriber.end();
          },
          () => {}, // a store that does not answer says nothing about the link
        );
      }, VALID_MS);
      let isEnded = false;
      const over = (): void => {
        isEnded = true;
        clearInterval(timer);
        part();
        leave();
      };
      part = hubOf().join(subscriber);
      return over;
    };

  return {
    stateOf,
    follow: (follower) => webStream(body(follower, admit(follower))),
  };
}

const STATE_CHARACTERS = 22;

const encoder = new TextEncoder();
const BEGIN = encoder.encode(`retry: ${RETRY_MS}\n\n`);
const CHANGED = encoder.encode('event: changed\ndata: changed\n\n');
const OVER = encoder.encode('event: over\ndata: over\n\n');
const HEARTBEAT = encoder.encode(':\n\n');
