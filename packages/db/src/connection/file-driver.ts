import type { InStatement, InValue, Row, TransactionMode } from '@libsql/client/web';
import Driver from 'libsql';
import type { BatchMode, Result } from './dialect.ts';
import { FileGuard, FileReplaced, type OpenedFile } from './file-guard.ts';
import { asUserVersion, nextStamp } from './file-log.ts';

/** Options for opening a file. */
export interface FileSettings {
  readonly held: OpenedFile;
  /** Statements to run first on the new connection. */
  readonly pragmas: readonly string[];
}

/** A request to an open file. */
export type FileRequest =
  | { readonly kind: 'execute'; readonly statement: InStatement }
  | { readonly kind: 'batch'; readonly statements: readonly InStatement[]; readonly mode: BatchMode }
  | { readonly kind: 'check' | 'checkpoint' }
  | {
      readonly kind: 'close';
      /** Path for a copy of the database, where its file has been deleted; undefined for one that can be made again. */
      readonly rescue: string | undefined;
    };

export type FileResult = Result | Result[] | undefined;

/** The statement that begins each kind of transaction. */
export const BEGIN: Readonly<Record<TransactionMode, string>> = {
  write: 'begin immediate',
  read: 'begin',
  deferred: 'begin',
};

interface Prepared {
  readonly statement: Driver.Statement;
  /** Names of the columns, if the statement returns rows. */
  readonly columns: string[] | undefined;
}

/**
 * Size of the cache of prepared statements. About sixty are used all the time; migrations and pragmas are used once.
 */
const PREPARED_CACHE_SIZE = 256;

/** The value of `pragma synchronous` with which a commit is not flushed to disk at once. */
const NORMAL = 1;

const CHECKPOINT = 'pragma wal_checkpoint(truncate)';

/**
 * An open file. All its methods are synchronous. It refuses writes if the files are not the ones that were opened
 * (`FileGuard`), and stamps each write-ahead log with the state of the file it continues (`file-log.ts`).
 *
 * It uses the driver directly, because `@libsql/client` prepares every statement again at each call, which takes a
 * third of the time of a commit of forty page views.
 */
export class FileDriver {
  readonly #driver: Driver.Database;
  readonly #guard: FileGuard;
  /** Whether this connection has written a stamp. */
  #hasStamped = false;
  readonly #prepared = new Map<string, Prepared>();
  /** The value of `pragma synchronous` for writes, as a number. */
  readonly #synchronous: number;

  /**
   * @throws {FileReplaced} for a file that must not be opened in its present state; the driver's error if it cannot
   * open the file
   */
  constructor({ held, pragmas }: FileSettings) {
    this.#guard = new FileGuard(held);
    this.#guard.beforeOpening();
    this.#driver = new Driver(held.path);
    try {
      for (const pragma of pragmas) this.#execute(pragma);
      this.#synchronous = Number(this.#execute('pragma synchronous').rows[0]?.['synchronous']);
      const [version] = this.#execute('pragma user_version').rows;
      this.#guard.opened(Number(version?.['user_version']) >>> 0);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** @throws the driver's error; a batch that failed is rolled back */
  perform(request: FileRequest): FileResult {
    switch (request.kind) {
      case 'execute':
        return this.#execute(request.statement);
      case 'batch':
        return this.#batch(request.statements, request.mode);
      case 'check':
        this.#guard.check();
        return;
      case 'checkpoint':
        this.#guard.check();
        this.#execute(CHECKPOINT);
        return;
      case 'close':
        this.#close(request.rescue);
        return;
    }
  }

  get isOpen(): boolean {
    return this.#driver.open;
  }

  /** Closes the file without a checkpoint. */
  end(): void {
    this.#prepared.clear();
    if (this.#driver.open) this.#driver.close();
    this.#guard.closed();
  }

  #batch(statements: readonly InStatement[], mode: BatchMode): Result[] {
    const all = (): Result[] => statements.map((statement) => this.#execute(statement));
    switch (mode) {
      case 'write':
        return this.#write(all);
      case 'derived':
        return this.#derived(all);
      default:
        return this.#transaction(mode, all);
    }
  }

  /**
   * Safe because the log is written in order: the next flushed commit comes after this one, so both survive or neither.
   */
  #derived<T>(work: () => T): T {
    if (this.#synchronous <= NORMAL) return this.#write(work);
    this.#driver.exec(`pragma synchronous = ${NORMAL}`);
    try {
      return this.#write(work);
    } finally {
      this.#driver.exec(`pragma synchronous = ${this.#synchronous}`);
    }
  }

  /**
   * Commits only to the file that was opened. If it was replaced meanwhile, the write fails and is not acknowledged.
   */
  #write<T>(work: () => T): T {
    // Once a checkpoint has copied the stamp to the file, SQLite may restart the log with any write, so that write gets
    // a new stamp.
    const isStamped = this.#hasStamped && !this.#guard.isStampInFile;
    const stamp = nextStamp(this.#guard.stamp, Math.random());
    const result = this.#transaction('write', () => {
      if (!isStamped) this.#driver.exec(`pragma user_version = ${asUserVersion(stamp)}`);
      const done = work();
      this.#guard.check();
      return done;
    });
    if (!isStamped) this.#guard.stamped(stamp);
    this.#hasStamped = true;
    this.#guard.check();
    return result;
  }

  #transaction<T>(mode: TransactionMode, work: () => T): T {
    this.#execute(BEGIN[mode]);
    try {
      const result = work();
      this.#execute('commit');
      return result;
    } catch (error) {
      // Some errors, such as a full disk, have already rolled back.
      if (this.#driver.inTransaction) this.#execute('rollback');
      throw error;
    }
  }

  /**
   * @throws {FileReplaced} if the file is not the one that was opened, and what was open is to be saved; its log is left
   * unchanged
   */
  #close(rescue: string | undefined): void {
    const problem = this.#guard.problem();
    if (problem === undefined || problem.code === 'FILE_INCOMPLETE') {
      this.#execute(CHECKPOINT);
      this.end();
      return;
    }
    if (rescue === undefined) {
      this.end();
      return;
    }
    // On closing, SQLite would write its log into an overwritten file, but not into one that was moved.
    if (problem.code === 'FILE_OVERWRITTEN') throw problem;
    const isRescued = this.#guard.isDeleted && this.#rescue(rescue);
    this.end();
    if (!isRescued) throw problem;
    throw new FileReplaced(problem.code, `${problem.message} What was open is saved in ${rescue}.`);
  }

  /** Saves the open database to a new file. @returns whether that worked */
  #rescue(path: string): boolean {
    try {
      this.#execute({ sql: 'vacuum into ?', args: [path] });
      return true;
    } catch {
      return false;
    }
  }

  #execute(statement: InStatement): Result {
    const { sql, args } = typeof statement === 'string' ? { sql: statement, args: [] } : statement;
    const { statement: prepared, columns } = this.#prepare(sql);
    const values = (args ?? []) as InValue[];
    if (columns === undefined) {
      return { columns: [], rows: [], rowsAffected: prepared.run(...values).changes };
    }
    return { columns, rows: prepared.all(...values) as Row[], rowsAffected: 0 };
  }

  #prepare(sql: string): Prepared {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      const statement = this.#driver.prepare(sql);
      const columns = statement.reader ? statement.columns().map(({ name }) => name) : undefined;
      prepared = { statement, columns };
      if (this.#prepared.size >= PREPARED_CACHE_SIZE) this.#prepared.clear();
      this.#prepared.set(sql, prepared);
    }
    return prepared;
  }
}
