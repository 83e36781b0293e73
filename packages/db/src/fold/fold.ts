import { FootfallError, storeUnavailable } from '@footfall/core';
import type { Names } from '../log/names.ts';
import type { Write } from '../log/write.ts';
import { apply } from './apply.ts';
import { load, readTail, type FoldConnection, type FoldOptions, type Tail } from './load.ts';

/** What a step of the fold did. */
export interface Folded {
  /** Events and engagements that are in the statistics now. */
  readonly events: number;
  readonly hasMore: boolean;
}

const UNCHANGED = `(select store || ' ' || fold_version from visitor_stats) = ?`;

/**
 * An event that cannot be folded, whatever the reason, is kept in a table of its own. The first statement's arguments:
 * its place in the log, its JSON, its page, the error. Every last argument is the state that was loaded.
 */
const SET_ASIDE = `
  insert into visitor_set_aside (seq, event, page, error, set_aside_at)
  select ?, ?, ?, ?, unixepoch() * 1000 where ${UNCHANGED}`;
const PASS_TAIL = `delete from visitor_log_tail where seq <= ? and ${UNCHANGED}`;
const PASS = `
  update visitor_stats set folded = ?, fold_version = fold_version + 1 where ${UNCHANGED}`;

const LONGEST_ERROR = 300;

/** How often a step may lose to other instances before its caller decides what to do. */
const MOST_LOST = 4;

/** Folds the log into visits and statistics, a part at a time: loads what it touches, asks core, writes what changes. */
export class Folder {
  readonly #connection: FoldConnection;
  readonly #names: Names;
  readonly #options: FoldOptions;
  readonly #onSetAside: (error: unknown) => void;
  /** The id of the store that was folded last. */
  #store: string | undefined;

  /** @param onSetAside is called with the reason when an event could not be folded */
  constructor(
    { read, write }: FoldConnection,
    options: FoldOptions & { readonly names: Names; readonly onSetAside?: (error: unknown) => void },
  ) {
    this.#connection = { read: withCause(read), write: withCause(write) };
    this.#names = options.names;
    this.#options = options;
    this.#onSetAside = options.onSetAside ?? (() => {});
  }

  /**
   * Folds the next part of the log; other instances may do the same at the same time.
   * @param limit how many events and engagements at most
   * @throws {FootfallError} SERVICE_UNAVAILABLE: nothing of the part is written
   */
  async step(limit: number): Promise<Folded> {
    let lost = 0;
    for (let most = limit; ;) {
      const tail = await readTail(this.#connection.read, most);
      if (tail === undefined) return { events: 0, hasMore: false };
      this.#forgetNames(tail.state);
      const events = tail.size;
      if (tail.unreadable !== undefined) {
        await this.#setAside(tail, new Error('The batch cannot be read'));
        return { events, hasMore: tail.hasMore };
      }
      try {
        const source = { connection: this.#connection, names: this.#names };
        const loaded = await load(tail, source, this.#options);
        if (await apply(this.#connection.write, loaded)) return { events, hasMore: tail.hasMore };
        lost += 1; // to another that has folded meanwhile
        if (lost === MOST_LOST) return { events: 0, hasMore: true };
      } catch (error) {
        if (error instanceof FootfallError) throw error;
        this.#names.forget();
        if (events === 1) {
          await this.#setAside(tail, error);
          return { events, hasMore: tail.hasMore };
        }
        most = Math.floor(events / 2); // until the event that cannot be folded is alone
      }
    }
  }

  /** Names of another store are not those of this one: what is remembered of them would be ids of nothing. */
  #forgetNames(state: string): void {
    const [store] = state.split(' ', 1);
    if (store !== this.#store && this.#store !== undefined) this.#names.forget();
    this.#store = store;
  }

  async #setAside({ events, engagements, unreadable, to, state }: Tail, error: unknown): Promise<void> {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const version = state;
    const [event] = events;
    const row = unreadable ?? JSON.stringify(event?.row ?? engagements[0] ?? null);
    await this.#connection.write([
      {
        sql: SET_ASIDE,
        args: [BigInt(to), row, event?.page ?? null, text.slice(0, LONGEST_ERROR), version],
      },
      { sql: PASS_TAIL, args: [BigInt(to), version] },
      { sql: PASS, args: [BigInt(to), version] },
    ]);
    this.#onSetAside(error);
  }
}

/** What a database says of a value that it does not take; all else it says is about itself. */
const OF_VALUES = /^SQLITE_(?:CONSTRAINT|MISMATCH|RANGE|TOOBIG)/;

/** The driver has no name for some extended codes, among them that of a string in a column of integers. */
const UNNAMED = /^UNKNOWN_SQLITE_ERROR_(\d+)$/;

/** The result codes of `OF_VALUES`: the lowest eight bits of extended ones. */
const CODES_OF_VALUES: readonly number[] = [19, 20, 25, 18];

function isOfValues(code: unknown): boolean {
  if (typeof code !== 'string') return false;
  const unnamed = UNNAMED.exec(code)?.[1];
  return unnamed === undefined ? OF_VALUES.test(code) : CODES_OF_VALUES.includes(Number(unnamed) % 256);
}

/** Distinguishes a store that does not answer from values that it does not accept. */
function withCause(run: Write): Write {
  return async (statements) => {
    try {
      return await run(statements);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (isOfValues(code)) throw error;
      throw storeUnavailable(error);
    }
  };
}
