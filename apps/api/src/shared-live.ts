import { createHmac, randomBytes } from 'node:crypto';
import { FootfallError, type StoreVersion } from '@footfall/core';
import { limitKey } from './address.ts';
import type { ConnectionLimiter } from './connection-limiter.ts';
import type { Streaming } from './http.ts';
import type { Hub, Subscriber } from './hub.ts';
import { webStream } from './web.ts';

/** How often at most a page of a private link is informed that numbers have changed, in milliseconds. */
const HINT_MS = 5_000;

/** How often it is checked that the link of a stream is still valid, in milliseconds. */
const VALID_MS = 5_000;

/** Streams that one link may have at once, and those of them that are one address's: it must not take them from everyone. */
export const STREAMS_PER_LINK = 200;
export const STREAMS_PER_ADDRESS = 50;

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

/** The streams of one link. */
interface LinkStreams {
  /** How many each address has. */
  readonly addresses: Map<string, number>;
  size: number;
  /** Whether the link is still valid, asked once for all of them. */
  asked: { readonly at: number; readonly isValid: Promise<boolean>; isAnswered: boolean } | undefined;
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
  const links = new Map<string, LinkStreams>();

  const stateOf = (version: StoreVersion | undefined): string =>
    createHmac('sha256', (secret ??= randomBytes(32)))
      .update(version === undefined ? '' : `${version.store} ${version.version}`)
      .digest('base64url')
      .slice(0, STATE_CHARACTERS);

  function admit({ link, address }: SharedFollower): { streams: LinkStreams; leave: () => void } {
    const streams = links.get(link) ?? { addresses: new Map<string, number>(), size: 0, asked: undefined };
    const key = limitKey(address);
    const own = streams.addresses.get(key) ?? 0;
    if (streams.size >= STREAMS_PER_LINK || own >= STREAMS_PER_ADDRESS)
      throw new FootfallError('TOO_MANY_REQUESTS', 'Too many pages of this link are open.', {
        retryAfter: RETRY_AFTER_S,
      });
    const release = limiter?.admit({ address, isOwner: false });
    streams.size += 1;
    streams.addresses.set(key, own + 1);
    links.set(link, streams);
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      release?.();
      streams.size -= 1;
      const left = (streams.addresses.get(key) ?? 1) - 1;
      if (left === 0) streams.addresses.delete(key);
      else streams.addresses.set(key, left);
      if (streams.size === 0) links.delete(link);
    };
    return { streams, leave };
  }

  const body =
    (follower: SharedFollower, { streams, leave }: ReturnType<typeof admit>): Streaming =>
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
        isStillValid(streams, follower).then(
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

/** Asks the store once for all streams of a link, and not again while it has not answered. */
function isStillValid(streams: LinkStreams, { isValid }: SharedFollower): Promise<boolean> {
  const at = performance.now();
  const { asked } = streams;
  if (asked !== undefined && (!asked.isAnswered || at - asked.at < ASKED_MS)) return asked.isValid;
  const now = { at, isValid: isValid(), isAnswered: false };
  streams.asked = now;
  const answered = (): void => {
    now.isAnswered = true;
  };
  now.isValid.then(answered, answered);
  return now.isValid;
}

/** How long an answer holds for the other streams of a link, in milliseconds: less than until the next question of one. */
const ASKED_MS = VALID_MS / 2;

const STATE_CHARACTERS = 22;

const encoder = new TextEncoder();
const BEGIN = encoder.encode(`retry: ${RETRY_MS}\n\n`);
const CHANGED = encoder.encode('event: changed\ndata: changed\n\n');
const OVER = encoder.encode('event: over\ndata: over\n\n');
const HEARTBEAT = encoder.encode(':\n\n');
