import { compareVersions, versionTag, type LiveUpdate, type StoreVersion } from '@footfall/core';
import type { Live } from '@footfall/trpc';

/** One state of the numbers, put into bytes once for all who are sent it. */
export interface Frame {
  /** Its state; a little older where the store is unavailable, so that the same state from the store is newer. */
  readonly standing: StoreVersion;
  readonly update: LiveUpdate;
  /** As a WebSocket's text frame (RFC 6455, 5.2). */
  readonly message: Uint8Array;
  /** As a server-sent event, with the state's name for its id. */
  readonly event: Uint8Array;
}

/** Who is sent the numbers. */
export interface Subscriber {
  /** Sends a state; false where earlier ones have not left yet: this one is then skipped, not queued. */
  readonly send: (frame: Frame) => boolean;
  /** Says that this end is still there, and looks whether the other is. */
  readonly beat: () => void;
  /** Ends the connection: this end stops. */
  readonly end: () => void;
}

/** What a hub works with. */
export interface HubParts {
  /** Reads the present state; a `stale` one where the store is away. */
  readonly read: () => Promise<LiveUpdate>;
  /** Calls back when there may be a newer state; returns what ends it. */
  readonly follow: (listener: () => void) => () => void;
  /** How often it is looked for a newer state where nothing hints at one, in milliseconds. */
  readonly lookMs: number;
}

/** The least time between two states that are sent, in milliseconds (docs/api.md, Live). */
const GAP_MS = 250;

/** Sending to many takes this share of a core at most: where a round takes long, the next waits in proportion. */
const SHARE = 1 / 3;

/** So many are sent to at once; then others have a turn of the event loop. */
const PORTION = 100;

/** How often every connection is asked whether it is still there, in milliseconds (docs/api.md, Live). */
const BEAT_MS = 25_000;

/** How soon those that were skipped are tried again, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Tells everyone who follows the numbers how they stand. The store is the truth; what it hints at only says when to look
 * (docs/design.md, One live update). States, not events: of those that follow each other quickly only the last is sent, each once
 * and never an older one after a newer one. While nobody follows it does nothing.
 */
export class Hub {
  readonly #parts: HubParts;
  /** Those who follow, and the state that each was sent last. */
  readonly #readers = new Map<Subscriber, StoreVersion | undefined>();
  #frame: Frame | undefined;
  #timers: NodeJS.Timeout[] = [];
  #unfollow = (): void => {};
  #next: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #running = false;
  /** Whether there may be a newer state than the one that is being sent. */
  #marked = false;
  #notBefore = 0;
  #isClosed = false;

  constructor(parts: HubParts) {
    this.#parts = parts;
  }

  /** How many follow. */
  get size(): number {
    return this.#readers.size;
  }

  /**
   * Sends someone the present state, and from then on each newer one.
   * @param after the state that is known there already
   * @returns ends it
   */
  join(reader: Subscriber, after?: StoreVersion): () => void {
    if (this.#isClosed) {
      reader.end();
      return () => {};
    }
    if (this.#readers.size === 0) this.#wake();
    this.#readers.set(reader, after);
    if (this.#frame === undefined) this.#mark();
    else this.#give(this.#frame, reader, after);
    return () => {
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#sleep();
    };
  }

  /** Ends all connections, and whichever come from here on. */
  close(): void {
    this.#isClosed = true;
    const readers = [...this.#readers.keys()];
    this.#readers.clear(); // nothing is sent behind an end
    if (readers.length > 0) this.#sleep();
    for (const reader of readers) reader.end();
  }

  #wake(): void {
    this.#unfollow = this.#parts.follow(() => {
      this.#mark();
    });
    this.#timers = [
      setInterval(() => {
        this.#mark();
      }, this.#parts.lookMs),
      setInterval(() => void this.#each((reader) => reader.beat()), BEAT_MS),
    ];
  }

  #sleep(): void {
    this.#unfollow();
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#next);
    clearTimeout(this.#again);
    this.#next = undefined;
    this.#again = undefined;
    this.#frame = undefined; // whoever comes next is told what is then
  }

  /** There may be a newer state: it is sent as soon as one may be. */
  #mark(): void {
    this.#marked = true;
    if (this.#running || this.#next !== undefined) return;
    this.#next = setTimeout(
      () => {
        this.#next = undefined;
        void this.#round();
      },
      Math.max(0, this.#notBefore - performance.now()),
    );
  }

  async #round(): Promise<void> {
    this.#running = true;
    this.#marked = false;
    const began = performance.now();
    try {
      const update = await this.#parts.read();
      const known = this.#frame;
      // Whoever has numbers is not told that they are the last known ones: they stand as they are.
      const isNewer = isAfter(standingOf(update), known?.standing);
      if (known === undefined || (isNewer && update.stats.stale !== true)) {
        const frame = frameOf(update);
        this.#frame = this.#readers.size === 0 ? undefined : frame;
        await this.#each((reader, last) => {
          this.#give(frame, reader, last);
        });
      }
    } catch {
      // The store is away: what everyone was told last stands until it is looked again.
    }
    this.#running = false;
    const took = performance.now() - began;
    this.#notBefore = began + Math.max(GAP_MS, took / SHARE);
    if (this.#marked && this.#readers.size > 0) this.#mark();
  }

  #give(frame: Frame, reader: Subscriber, last: StoreVersion | undefined): void {
    if (!isAfter(frame.standing, last)) return;
    if (reader.send(frame)) this.#readers.set(reader, frame.standing);
    else this.#again ??= setTimeout(() => void this.#catchUp(), AGAIN_MS);
  }

  /** Those that were skipped are not left with an old state. */
  async #catchUp(): Promise<void> {
    this.#again = undefined;
    await this.#each((reader, last) => {
      if (this.#frame !== undefined) this.#give(this.#frame, reader, last);
    });
  }

  async #each(act: (reader: Subscriber, last: StoreVersion | undefined) => void): Promise<void> {
    let many = 0;
    for (const [reader, last] of this.#readers) {
      act(reader, last);
      many += 1;
      if (many % PORTION === 0) await new Promise(setImmediate);
    }
  }
}

/** Follows a hub as a sequence of states; of those that come while one is being taken only the last is kept. */
export function following(hubOf: () => Hub): Live['follow'] {
  return async function* (after, signal) {
    const taken: { next?: LiveUpdate | undefined } = {};
    let isOver = false;
    let wake = (): void => {};
    const leave = hubOf().join(
      {
        send: (frame) => {
          taken.next = frame.update;
          wake();
          return true;
        },
        beat: () => {},
        end: () => {
          isOver = true;
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
      while (!signal.aborted && !isOver) {
        const { next } = taken;
        taken.next = undefined;
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield next;
      }
    } finally {
      signal.removeEventListener('abort', abort);
      leave();
    }
  };
}

const encoder = new TextEncoder();

function frameOf(update: LiveUpdate): Frame {
  const json = JSON.stringify(update);
  const event = encoder.encode(`id: ${versionTag(update)}\ndata: ${json}\n\n`);
  return { standing: standingOf(update), update, message: textFrame(encoder.encode(json)), event };
}

function standingOf({ store, version, stats }: LiveUpdate): StoreVersion {
  return { store, version: stats.stale === true ? version - 0.5 : version };
}

function isAfter(standing: StoreVersion, last: StoreVersion | undefined): boolean {
  return last === undefined || compareVersions(standing, last) > 0;
}

/** A whole text message from a server, unmasked: two bytes, then the length where it is over 125 (RFC 6455, 5.2). */
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
