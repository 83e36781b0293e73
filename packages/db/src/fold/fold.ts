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
 * Moves an event that cannot be folded, whatever the reason, to a table of its own. Arguments: its position in the log, its
 * JSON, its page, the error. The last argument of each statement is the version of the loaded state.
 */
const SET_ASIDE = `
  insert into visitor_set_aside (seq, event, page, error, set_aside_at)
  select ?, ?, ?, ?, unixepoch() * 1000 where ${UNCHANGED}`;
const SKIP_TAIL = `delete from visitor_log_tail where seq <= ? and ${UNCHANGED}`;
const SKIP = `
  update visitor_stats set folded = ?, fold_version = fold_version + 1 where ${UNCHANGED}`;

/** Longest text of an error that is stored, in characters. */
const LONGEST_ERROR = 300;

/** How often another instance may fold first before a step returns without having folded. */
const MAX_LOSSES = 4;

/** Folds the log into visits and statistics, a part at a time: loads the state of a part, and writes what core computes. */
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
    this.#connection = { read: withStoreErrors(read), write: withStoreErrors(write) };
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
    let losses = 0;
    for (let size = limit; ;) {
      const tail = await readTail(this.#connection.read, size);
      if (tail === undefined) return { events: 0, hasMore: false };
      this.#forgetNames(tail.version);
      const events = tail.size;
      if (tail.unreadable !== undefined) {
        await this.#setAside(tail, new Error('The batch cannot be read'));
        return { events, hasMore: tail.hasMore };
      }
      try {
        const source = { connection: this.#connection, names: this.#names };
        const loaded = await load(tail, source, this.#options);
        if (await apply(this.#connection.write, loaded)) return { events, hasMore: tail.hasMore };
        losses += 1; // another instance has folded meanwhile
        if (losses === MAX_LOSSES) return { events: 0, hasMore: true };
      } catch (error) {
        if (error instanceof FootfallError) throw error;
        this.#names.forget();
        if (events === 1) {
          await this.#setAside(tail, error);
          return { events, hasMore: tail.hasMore };
        }
        size = Math.floor(events / 2); // until the event that cannot be folded is alone in its part
      }
    }
  }

  /** Names of another store are not those of this one: what is remembered of them would be ids of nothing. */
  #forgetNames(version: string): void {
    const [store] = version.split(' ', 1);
    if (store !== this.#store && this.#store !== undefined) this.#names.forget();
    this.#store = store;
  }

  async #setAside({ events, engagements, unreadable, to, version }: Tail, error: unknown): Promise<void> {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const [event] = events;
    const row = unreadable ?? JSON.stringify(event?.row ?? engagements[0] ?? null);
    await this.#connection.write([
      {
        sql: SET_ASIDE,
        args: [BigInt(to), row, event?.page ?? null, text.slice(0, LONGEST_ERROR), version],
      },
      { sql: SKIP_TAIL, args: [BigInt(to), version] },
      { sql: SKIP, args: [BigInt(to), version] },
    ]);
    this.#onSetAside(error);
  }
}

/** Error codes of values that a database does not accept; all others are of the database itself. */
const VALUE_ERROR = /^SQLITE_(?:CONSTRAINT|MISMATCH|RANGE|TOOBIG)/;

/** The driver does not name some extended codes, among them that of a string in a column of integers. */
const UNNAMED = /^UNKNOWN_SQLITE_ERROR_(\d+)$/;

/** The result codes of `VALUE_ERROR`: the lowest eight bits of an extended code. */
const VALUE_ERROR_CODES: readonly number[] = [19, 20, 25, 18];

function isValueError(code: unknown): boolean {
  if (typeof code !== 'string') return false;
  const unnamed = UNNAMED.exec(code)?.[1];
  return unnamed === undefined ? VALUE_ERROR.test(code) : VALUE_ERROR_CODES.includes(Number(unnamed) % 256);
}

/** Marks errors of the store itself as SERVICE_UNAVAILABLE; those of values that it does not accept stay as they are. */
function withStoreErrors(run: Write): Write {
  return async (statements) => {
    try {
      return await run(statements);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (isValueError(code)) throw error;
      throw storeUnavailable(error);
    }
  };
}
