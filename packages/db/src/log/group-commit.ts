import { storeUnavailable } from '@footfall/core';

/** From this size on, a batch is worth a commit of its own. */
const MIN_BATCH = 16;

/** A batch is worth waiting for company for such a part of what a commit takes. */
const WAIT = 0.5;

/** After this number of commits in a row that were as large as was waited for, the next waits for this factor more. */
const SETTLED = 16;
const MORE = 1.25;

/** A commit that ended less long ago is a recent one, in milliseconds. */
const RECENT_MS = 100;

/** What one caller added: it is committed together. */
interface Waiting<Entry, Result> {
  readonly entries: readonly Entry[];
  /** When it came. */
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
  #queue: Waiting<Entry, Result>[] = [];
  /** Entries in the queue. */
  #length = 0;
  #pending: NodeJS.Immediate | NodeJS.Timeout | undefined;
  #waiting = false;
  #running: Promise<void> | undefined;
  #lastEnd = -Infinity;
  /** How long the last commit took, in milliseconds. */
  #lastMs = 0;
  /** How many entries it had. */
  #lastSize = 0;
  /** The batch size worth waiting for: clients that the last commit answered may send again at once. */
  #minBatch = MIN_BATCH;
  /** Commits until there may be more company than last time. */
  #untilLarger = SETTLED;

  /**
   * @param commit makes a batch durable and answers each entry, in order; when it fails the whole batch has failed
   * @param limits `capacity`: entries that may wait before more are refused; `largest`: entries in one commit;
   * `queueTimeoutMs`: how long an entry may wait until its commit begins; then it is refused, and may be sent again;
   * `lingerMs`: how long a batch waits for more entries after the last commit at least (docs/design.md, Group commit); half of what
   * that commit took, if it is longer
   */
  constructor(
    commit: (batch: readonly Entry[]) => Promise<readonly Result[]>,
    limits: { capacity: number; largest: number; queueTimeoutMs: number; lingerMs: number },
  ) {
    this.#commit = commit;
    this.#capacity = limits.capacity;
    this.#largest = limits.largest;
    this.#queueTimeoutMs = limits.queueTimeoutMs;
    this.#lingerMs = limits.lingerMs;
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

  /** Sees to it that a commit will come: at the end of this turn, or when there is company. */
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
    const lingerMs = Math.max(this.#lingerMs, this.#lastMs * WAIT);
    if (this.#length < this.#minBatch && performance.now() - this.#lastEnd < lingerMs) {
      this.#waiting = true;
      this.#pending = setTimeout(this.#start, lingerMs);
    } else {
      this.#start();
    }
  };

  readonly #start = (): void => {
    this.#pending = undefined;
    this.#waiting = false;
    this.#refuseLate();
    if (this.#queue.length === 0) return;
    const batch = this.#take();
    const size = batch.reduce((sum, { entries }) => sum + entries.length, 0);
    this.#length -= size;
    const began = performance.now();
    this.#untilLarger = size < this.#minBatch ? SETTLED : this.#untilLarger - 1;
    const company = this.#untilLarger < 0 ? size * MORE : size;
    this.#running = this.#run(batch).finally(() => {
      this.#running = undefined;
      this.#lastEnd = performance.now();
      this.#lastMs = this.#lastEnd - began;
      this.#lastSize = size;
      this.#minBatch = Math.min(this.#largest, Math.max(MIN_BATCH, company + this.#length));
      if (this.#queue.length > 0) this.#arrange();
    });
  };

  /** Takes as many as one commit takes out of the queue, at least the first. */
  #take(): Waiting<Entry, Result>[] {
    const all = this.#queue;
    let size = 0;
    let many = 0;
    for (const { entries } of all) {
      size += entries.length;
      if (many > 0 && size > this.#largest) break;
      many += 1;
    }
    this.#queue = many === all.length ? [] : all.slice(many);
    return many === all.length ? all : all.slice(0, many);
  }

  /** Behind commits that fail one after the other, nobody is kept waiting for longer than two of them take. */
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
