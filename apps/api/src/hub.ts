import { compareVersions, versionTag, type LiveUpdate, type StoreVersion } from '@footfall/core';
import type { Follow } from '@footfall/trpc';

/** One state of the numbers, serialised once for all subscribers. */
export interface Frame<T extends LiveUpdate = LiveUpdate> {
  /** Its version, lowered by a half if it is stale: the same state, once read from the store, is newer. */
  readonly version: StoreVersion;
  readonly update: T;
  /** As a WebSocket text frame (RFC 6455, 5.2). */
  readonly message: Uint8Array;
  /** As a server-sent event whose id is the version. */
  readonly event: Uint8Array;
}

/** A client that receives the numbers. */
export interface Subscriber<T extends LiveUpdate = LiveUpdate> {
  /** Sends a state; returns false if earlier ones have not been sent yet: this one is then skipped, not queued. */
  readonly send: (frame: Frame<T>) => boolean;
  /** Sends a heartbeat and checks that the client is still connected. */
  readonly heartbeat: () => void;
  /** Closes the connection. */
  readonly end: () => void;
}

/** What a hub depends on. */
export interface HubParts<T extends LiveUpdate = LiveUpdate> {
  /** Reads the current state; a `stale` one if the store is unavailable. */
  readonly read: () => Promise<T>;
  /** Calls back when there may be a newer state; returns a function that stops this. */
  readonly follow: (listener: () => void) => () => void;
  /** How often to check for a newer state without a hint, in milliseconds. */
  readonly pollMs: number;
}

/** Minimum time between two states that are sent, in milliseconds (docs/api.md, Live). */
const MIN_INTERVAL_MS = 250;

/** Maximum share of a core that broadcasting takes: after a slow broadcast, the next one waits in proportion. */
const MAX_CPU_SHARE = 1 / 3;

/** Number of subscribers that are sent to before the event loop gets a turn. */
const CHUNK_SIZE = 100;

/** How often every connection is checked, in milliseconds (docs/api.md, Live). */
const HEARTBEAT_MS = 25_000;

/** How soon a skipped subscriber is tried again, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * Sends the numbers to every subscriber. The store is the truth; its hints only say when to read
 * (docs/design.md, One live update). Of several states in quick succession it sends only the last one; it sends no state
 * twice, and never an older one after a newer one. Without subscribers it does nothing.
 */
export class Hub<T extends LiveUpdate = LiveUpdate> {
  readonly #parts: HubParts<T>;
  /** The subscribers, and the state that each was sent last. */
  readonly #subscribers = new Map<Subscriber<T>, StoreVersion | undefined>();
  #frame: Frame<T> | undefined;
  #timers: NodeJS.Timeout[] = [];
  #unfollow = (): void => {};
  #nextBroadcast: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isBroadcasting = false;
  /** Whether there may be a newer state than the one that is being sent. */
  #isPending = false;
  /** When the next broadcast may start: `performance.now()`. */
  #earliestStart = 0;
  #isClosed = false;

  constructor(parts: HubParts<T>) {
    this.#parts = parts;
  }

  /** Number of subscribers. */
  get size(): number {
    return this.#subscribers.size;
  }

  /**
   * Sends a subscriber the current state, and from then on each newer one.
   * @param after the state that the subscriber already has
   * @returns a function that removes the subscriber
   */
  join(subscriber: Subscriber<T>, after?: StoreVersion): () => void {
    if (this.#isClosed) {
      subscriber.end();
      return () => {};
    }
    if (this.#subscribers.size === 0) this.#start();
    this.#subscribers.set(subscriber, after);
    if (this.#frame === undefined) this.#schedule();
    else this.#send(this.#frame, subscriber, after);
    return () => {
      if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#stop();
    };
  }

  /** Ends all connections, now and in future. */
  close(): void {
    this.#isClosed = true;
    const subscribers = [...this.#subscribers.keys()];
    this.#subscribers.clear(); // nothing is sent after the end
    if (subscribers.length > 0) this.#stop();
    for (const subscriber of subscribers) subscriber.end();
  }

  #start(): void {
    this.#unfollow = this.#parts.follow(() => {
      this.#schedule();
    });
    this.#timers = [
      setInterval(() => {
        this.#schedule();
      }, this.#parts.pollMs),
      setInterval(() => void this.#each((subscriber) => subscriber.heartbeat()), HEARTBEAT_MS),
    ];
  }

  #stop(): void {
    this.#unfollow();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#nextBroadcast);
    clearTimeout(this.#retry);
    this.#nextBroadcast = undefined;
    this.#retry = undefined;
    this.#frame = undefined; // the next subscriber gets the state of that time
  }

  /** Schedules a broadcast as soon as one may be sent. */
  #schedule(): void {
    this.#isPending = true;
    if (this.#isBroadcasting || this.#nextBroadcast !== undefined) return;
    this.#nextBroadcast = setTimeout(
      () => {
        this.#nextBroadcast = undefined;
        void this.#broadcast();
      },
      Math.max(0, this.#earliestStart - performance.now()),
    );
  }

  async #broadcast(): Promise<void> {
    this.#isBroadcasting = true;
    this.#isPending = false;
    const began = performance.now();
    try {
      const update = await this.#parts.read();
      const known = this.#frame;
      // A subscriber that has numbers is not sent the same ones marked stale.
      const isNewer = isAfter(versionOf(update), known?.version);
      if (known === undefined || (isNewer && update.stats.stale !== true)) {
        const frame = frameOf(update);
        this.#frame = this.#subscribers.size === 0 ? undefined : frame;
        await this.#each((subscriber, last) => {
          this.#send(frame, subscriber, last);
        });
      }
    } catch {
      // The store is unavailable: the next check tries again.
    }
    this.#isBroadcasting = false;
    const took = performance.now() - began;
    this.#earliestStart = began + Math.max(MIN_INTERVAL_MS, took / MAX_CPU_SHARE);
    if (this.#isPending && this.#subscribers.size > 0) this.#schedule();
  }

  #send(frame: Frame<T>, subscriber: Subscriber<T>, last: StoreVersion | undefined): void {
    if (!isAfter(frame.version, last)) return;
    if (subscriber.send(frame)) this.#subscribers.set(subscriber, frame.version);
    else this.#retry ??= setTimeout(() => void this.#catchUp(), RETRY_MS);
  }

  /** Sends the current state to subscribers that were skipped. */
  async #catchUp(): Promise<void> {
    this.#retry = undefined;
    await this.#each((subscriber, last) => {
      if (this.#frame !== undefined) this.#send(this.#frame, subscriber, last);
    });
  }

  async #each(act: (subscriber: Subscriber<T>, last: StoreVersion | undefined) => void): Promise<void> {
    let sent = 0;
    for (const [subscriber, last] of this.#subscribers) {
      act(subscriber, last);
      sent += 1;
      if (sent % CHUNK_SIZE === 0) await new Promise(setImmediate);
    }
  }
}

/** Subscribes to a hub as a sequence of states. While the consumer is busy, only the last state waits for it. */
export function subscription<T extends LiveUpdate>(hubOf: () => Hub<T>): Follow<T> {
  return async function* (after, signal) {
    const waiting: { update?: T | undefined } = {};
    let isEnded = false;
    let wake = (): void => {};
    const leave = hubOf().join(
      {
        send: (frame) => {
          waiting.update = frame.update;
          wake();
          return true;
        },
        heartbeat: () => {},
        end: () => {
          isEnded = true;
          wake();
        },
      },
      after,
    );
    const abort = (): void => {
      wake();
    };
    signal.addEventListener('abort', abort);
    try {
      while (!signal.aborted && !isEnded) {
        const { update } = waiting;
        waiting.update = undefined;
        if (update === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield update;
      }
    } finally {
      signal.removeEventListener('abort', abort);
      leave();
    }
  };
}

const encoder = new TextEncoder();

function frameOf<T extends LiveUpdate>(update: T): Frame<T> {
  const json = JSON.stringify(update);
  const event = encoder.encode(`id: ${versionTag(update)}\ndata: ${json}\n\n`);
  return { version: versionOf(update), update, message: textFrame(encoder.encode(json)), event };
}

function versionOf({ store, version, stats }: LiveUpdate): StoreVersion {
  return { store, version: stats.stale === true ? version - 0.5 : version };
}

function isAfter(version: StoreVersion, last: StoreVersion | undefined): boolean {
  return last === undefined || compareVersions(version, last) > 0;
}

/** A complete text message from a server, unmasked: two bytes, then the length where it is over 125 (RFC 6455, 5.2). */
function textFrame(payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head =
    length < 126
      ? [0x81, length]
      : length < 2 ** 16
        ? [0x81, 126, length >> 8, length & 0xff]
        : [0x81, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  const frame = new Uint8Array(head.length + length);
  frame.set(head);
  frame.set(payload, head.length);
  return frame;
}
