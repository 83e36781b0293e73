import type { Write } from './write.ts';

/** A commit that failed: its senders were asked to retry. */
interface Failure {
  /** `performance.now()` of when it failed. */
  readonly since: number;
  readonly reports: number;
  readonly error: string;
}

/** Failures that wait for the store to answer again, and that the store keeps: the last ones of each. */
const WAITING = 100;
const KEPT = 1_000;

const LONGEST_ERROR = 300;

const RECORD = `
  insert into visitor_failures (failed_at, reports, error)
  select cast(unixepoch('subsec') * 1000 as integer) - (value ->> 0), value ->> 1, value ->> 2 from json_each(?)`;
const FORGET = `delete from visitor_failures where id <= (select max(id) from visitor_failures) - ${KEPT}`;

/** The audit record of failed commits: written to the store as soon as it answers again. */
export class Failures {
  readonly #write: Write;
  #waiting: Failure[] = [];

  constructor(write: Write) {
    this.#write = write;
  }

  /** Notes a commit that failed. */
  add(reports: number, error: unknown): void {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#waiting.push({ since: performance.now(), reports, error: text.slice(0, LONGEST_ERROR) });
    if (this.#waiting.length > WAITING) this.#waiting.shift();
  }

  /** Writes what waits, now that a commit has succeeded; what cannot be written waits on. */
  async record(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const failures = this.#waiting;
    this.#waiting = [];
    const now = performance.now();
    const rows = failures.map(({ since, reports, error }) => [Math.round(now - since), reports, error]);
    try {
      await this.#write([{ sql: RECORD, args: [JSON.stringify(rows)] }, FORGET]);
    } catch {
      this.#waiting = [...failures, ...this.#waiting].slice(-WAITING);
    }
  }
}
