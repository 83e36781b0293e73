import { storeUnavailable } from '@footfall/core';

/** From so many on, a batch is worth a commit of its own. */
const COMPANY = 16;

interface Waiting<Entry, Result> {
  readonly entry: Entry;
  /** When it came. */
  readonly since: number;
  readonly resolve: (result: Result) => void;
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
  readonly #patienceMs: number;
  readonly #companyMs: number;
  #queue: Waiting<Entry, Result>[] = [];
  #pending: NodeJS.Immediate | NodeJS.Timeout | undefined;
  #waiting = false;
  #running: Promise<void> | undefined;
  #lastEnd = -Infinity;
  /** So many are worth waiting for: those that the last commit answered may send again at once. */
  #company = COMPANY;

  /**
   * @param commit makes a batch durable and answers each entry, in order; when it fails the whole batch has failed
   * @param limits `capacity`: entries that may wait before more are refused; `largest`: entries in one commit;
   * `patienceMs`: how long an entry may wait until its commit begins, else it is refused, and may be sent again;
   * `companyMs`: how long a batch waits for company after the last commit (DESIGN, Group commit)
   */
  constructor(
    commit: (batch: readonly Entry[]) => Promise<readonly Result[]>,
    limits: { capacity: number; largest: number; patienceMs: number; companyMs: number },
  ) {
    this.#commit = commit;
    this.#capacity = limits.capacity;
    this.#largest = limits.largest;
    this.#patienceMs = limits.patienceMs;
    this.#companyMs = limits.companyMs;
  }

  /** Entries that wait for a commit. */
  get length(): number {
    return this.#queue.length;
  }

  /**
   * Adds an entry to the next commit.
   * @throws {FootfallError} SERVICE_UNAVAILABLE when too many wait already; what `commit` throws when it fails
   */
  add(entry: Entry): Promise<Result> {
    if (this.#queue.length >= this.#capacity) return Promise.reject(storeUnavailable());
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, since: performance.now(), resolve, reject });
      this.#arrange();
    });
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
    } else if (this.#waiting && this.#queue.length >= this.#company) {
      clearTimeout(this.#pending as NodeJS.Timeout);
      this.#waiting = false;
      this.#pending = setImmediate(this.#turn);
    }
  }

  readonly #turn = (): void => {
    if (this.#queue.length < this.#company && performance.now() - this.#lastEnd < this.#companyMs) {
      this.#waiting = true;
      this.#pending = setTimeout(this.#start, this.#companyMs);
    } else {
      this.#start();
    }
  };

  readonly #start = (): void => {
    this.#pending = undefined;
    this.#waiting = false;
    this.#refuseLate();
    if (this.#queue.length === 0) return;
    const batch = this.#queue.length <= this.#largest ? this.#queue : this.#queue.slice(0, this.#largest);
    this.#queue = this.#queue.slice(batch.length);
    this.#running = this.#run(batch).finally(() => {
      this.#running = undefined;
      this.#lastEnd = performance.now();
      this.#company = Math.min(this.#largest, Math.max(COMPANY, batch.length + this.#queue.length));
      if (this.#queue.length > 0) this.#arrange();
    });
  };

  /** Behind commits that fail one after the other, nobody is kept waiting for longer than two of them take. */
  #refuseLate(): void {
    const earliest = performance.now() - this.#patienceMs;
    const late = this.#queue.findIndex(({ since }) => since >= earliest);
    if (late === 0) return;
    for (const { reject } of this.#queue.splice(0, late === -1 ? this.#queue.length : late)) {
      reject(storeUnavailable());
    }
  }

  async #run(batch: readonly Waiting<Entry, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(batch.map(({ entry }) => entry));
      batch.forEach(({ resolve }, at) => {
        resolve(results[at] as Result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
