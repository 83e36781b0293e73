import { storeUnavailable } from '@footfall/core';

/** From this size on, a batch is worth a commit of its own. */
const MIN_BATCH = 16;

/** How long a small batch waits for more entries, as a share of what the last commit took. */
const WAIT = 0.5;

/** After `SETTLED` commits in a row that reached `minBatch`, the next one waits for a batch larger by the factor `MORE`. */
const SETTLED = 16;
const MORE = 1.25;

/** How long a commit counts as recent after its end, in milliseconds. */
const RECENT_MS = 100;

/** What one caller added. It is committed together. */
interface Waiting<Entry, Result> {
  readonly entries: readonly Entry[];
  /** When it was added: `performance.now()`. */
  readonly since: number;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one commit of everything that arrived in the same turn of the event loop, or while the last commit was under
 * way, and answers each sender when it is durable. Nothing is acknowledged from memory.
 */
export class GroupCommit<Entry, Result> {
  readonly #commit: (batch: readonly Entry[]) => Promise<readonly Result[]>;
  readonly #capacity: number;
  readonly #largest: number;
  readonly #queueTimeoutMs: number;
  readonly #lingerMs: number;
  readonly #arrivingMs: number;
  #queue: Waiting<Entry, Result>[] = [];
  /** Entries in the queue. */
  #length = 0;
  /** How many there were in the last turn in which a batch waited. */
  #lastLength = 0;
  #pending: NodeJS.Immediate | NodeJS.Timeout | undefined;
  #waiting = false;
  #running: Promise<void> | undefined;
  #lastEnd = -Infinity;
  /** How long the last commit took, in milliseconds. */
  #lastMs = 0;
  /** How many entries the last commit had. */
  #lastSize = 0;
  /** The batch size worth waiting for: clients that the last commit answered may send again at once. */
  #minBatch = MIN_BATCH;
  /** Commits until `minBatch` may grow. */
  #untilLarger = SETTLED;

  /**
   * @param commit makes a batch durable and answers each entry, in order; when it fails the whole batch has failed
   * @param limits `capacity`: entries that may wait before more are refused; `largest`: entries in one commit;
   * `queueTimeoutMs`: how long an entry may wait until its commit begins; then it is refused, and may be sent again;
   * `lingerMs`: how long a small batch waits for more entries after the last commit, or half of what that commit took
   * where that is longer; `arrivingMs`: how long it waits at most while every turn of the event loop brings more
   * (docs/design.md, Group commit)
   */
  constructor(
    commit: (batch: readonly Entry[]) => Promise<readonly Result[]>,
    limits: {
      capacity: number;
      largest: number;
      queueTimeoutMs: number;
      lingerMs: number;
      arrivingMs: number;
    },
  ) {
    this.#commit = commit;
    this.#capacity = limits.capacity;
    this.#largest = limits.largest;
    this.#queueTimeoutMs = limits.queueTimeoutMs;
    this.#lingerMs = limits.lingerMs;
    this.#arrivingMs = limits.arrivingMs;
  }

  /** Entries that wait for a commit. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds entries to the next commit, which has room for all of them.
   * @throws {FootfallError} SERVICE_UNAVAILABLE when too many wait already; what `commit` throws when it fails
   */
  add(entries: readonly Entry[]): Promise<readonly Result[]> {
    if (this.#length + entries.length > this.#capacity) return Promise.reject(storeUnavailable());
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, since: performance.now(), resolve, reject });
      this.#length += entries.length;
      this.#arrange();
    });
  }

  /** Whether an entry waits for a commit, or is being committed. */
  get isActive(): boolean {
    return this.#running !== undefined || this.#length > 0;
  }

  /** Whether events come faster than they can be committed one by one: the last commit, just now, had many. */
  get isSaturated(): boolean {
    return this.#lastSize >= MIN_BATCH && performance.now() - this.#lastEnd < RECENT_MS;
  }

  /** Resolves when nothing waits and no commit is under way. */
  async drain(): Promise<void> {
    while (this.#running !== undefined || this.#queue.length > 0) {
      await (this.#running ?? new Promise(setImmediate));
    }
  }

  /** Schedules a commit: at the end of this turn, or once the batch is large enough. */
  #arrange(): void {
    if (this.#running !== undefined) return;
    if (this.#pending === undefined) {
      this.#pending = setImmediate(this.#turn);
    } else if (this.#waiting && this.#length >= this.#minBatch) {
      clearTimeout(this.#pending as NodeJS.Timeout);
      this.#waiting = false;
      this.#pending = setImmediate(this.#turn);
    }
  }

  readonly #turn = (): void => {
    if (this.#isArriving()) {
      this.#pending = setImmediate(this.#turn);
      return;
    }
    const lingerMs = Math.max(this.#lingerMs, this.#lastMs * WAIT);
    if (this.#length < this.#minBatch && performance.now() - this.#lastEnd < lingerMs) {
      this.#waiting = true;
      this.#pending = setTimeout(this.#start, lingerMs);
    } else {
      this.#start();
    }
  };

  /** Whether, in a burst, this turn has brought more entries: the next one probably does, too. */
  #isArriving(): boolean {
    const isMore = this.#length > this.#lastLength;
    this.#lastLength = this.#length;
    const [first] = this.#queue;
    const mayWait = first !== undefined && performance.now() - first.since < this.#arrivingMs;
    return isMore && mayWait && this.#length < this.#largest && this.isSaturated;
  }

  readonly #start = (): void => {
    this.#pending = undefined;
    this.#lastLength = 0;
    this.#waiting = false;
    this.#refuseLate();
    if (this.#queue.length === 0) return;
    const batch = this.#take();
    const size = batch.reduce((sum, { entries }) => sum + entries.length, 0);
    this.#length -= size;
    const began = performance.now();
    this.#untilLarger = size < this.#minBatch ? SETTLED : this.#untilLarger - 1;
    const expected = this.#untilLarger < 0 ? size * MORE : size;
    this.#running = this.#run(batch).finally(() => {
      this.#running = undefined;
      this.#lastEnd = performance.now();
      this.#lastMs = this.#lastEnd - began;
      this.#lastSize = size;
      this.#minBatch = Math.min(this.#largest, Math.max(MIN_BATCH, expected + this.#length));
      if (this.#queue.length > 0) this.#arrange();
    });
  };

  /** Removes from the queue what fits into one commit, at least the first. */
  #take(): Waiting<Entry, Result>[] {
    const all = this.#queue;
    let size = 0;
    let taken = 0;
    for (const { entries } of all) {
      size += entries.length;
      if (taken > 0 && size > this.#largest) break;
      taken += 1;
    }
    this.#queue = taken === all.length ? [] : all.slice(taken);
    return taken === all.length ? all : all.slice(0, taken);
  }

  /** Refuses entries that have waited too long, as they do when commits fail one after the other. */
  #refuseLate(): void {
    const earliest = performance.now() - this.#queueTimeoutMs;
    const late = this.#queue.findIndex(({ since }) => since >= earliest);
    if (late === 0) return;
    for (const { entries, reject } of this.#queue.splice(0, late === -1 ? this.#queue.length : late)) {
      this.#length -= entries.length;
      reject(storeUnavailable());
    }
  }

  async #run(batch: readonly Waiting<Entry, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(batch.flatMap(({ entries }) => entries));
      let at = 0;
      for (const { entries, resolve } of batch) {
        resolve(results.slice(at, at + entries.length));
        at += entries.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
