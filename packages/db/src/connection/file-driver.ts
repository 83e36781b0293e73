import type { InStatement, InValue, Row, TransactionMode } from '@libsql/client/web';
import Driver from 'libsql';
import type { BatchMode, Result } from './dialect.ts';
import { FileGuard, FileReplaced, type OpenedFile } from './file-guard.ts';
import { asUserVersion, nextStamp } from './file-log.ts';

/** What a file is opened with. */
export interface FileSettings {
  readonly held: OpenedFile;
  /** Statements that are run first on the new connection. */
  readonly pragmas: readonly string[];
}

/** What is asked of an open file. */
export type FileRequest =
  | { readonly kind: 'execute'; readonly statement: InStatement }
  | { readonly kind: 'batch'; readonly statements: readonly InStatement[]; readonly mode: BatchMode }
  | { readonly kind: 'check' | 'checkpoint' }
  | {
      readonly kind: 'close';
      /** Path for a copy of the database, where its file has been deleted. */
      readonly rescue: string;
    };

export type FileResult = Result | Result[] | undefined;

/** How each kind of transaction begins. */
export const BEGIN: Readonly<Record<TransactionMode, string>> = {
  write: 'begin immediate',
  read: 'begin',
  deferred: 'begin',
};

interface Prepared {
  readonly statement: Driver.Statement;
  /** Names of the columns, where the statement answers with rows. */
  readonly columns: string[] | undefined;
}

/** Statements kept prepared; the fixed ones are about sixty, migrations and pragmas come and go. */
const KEPT = 256;

/** The value of `pragma synchronous` with which a commit is not forced to disk at once. */
const NORMAL = 1;

const CHECKPOINT = 'pragma wal_checkpoint(truncate)';

/**
 * An open file. Everything it does, it does before it returns. What writes is refused where the files are not the ones
 * that were opened (`FileGuard`), and each log is stamped with what it continues (`file-log.ts`).
 *
 * The driver is used directly and not through `@libsql/client`, which prepares every statement again at every call: for
 * a commit of forty page views that is a third of its time.
 */
export class FileDriver {
  readonly #driver: Driver.Database;
  readonly #guard: FileGuard;
  /** Whether this connection has written a stamp. */
  #hasStamped = false;
  readonly #kept = new Map<string, Prepared>();
  /** What `pragma synchronous` is for writes, as SQLite numbers it. */
  readonly #synchronous: number;

  /**
   * @throws {FileReplaced} for a file that must not be opened as it is; what the driver says of one that it cannot open
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

  /** @throws what the driver says; nothing of a batch that failed is kept */
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

  /** Closes the file as it is. */
  end(): void {
    this.#kept.clear();
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

  /** The log is written in order: what is forced to disk with the next commit has this before it, or both are lost. */
  #derived<T>(work: () => T): T {
    if (this.#synchronous <= NORMAL) return this.#write(work);
    this.#driver.exec(`pragma synchronous = ${NORMAL}`);
    try {
      return this.#write(work);
    } finally {
      this.#driver.exec(`pragma synchronous = ${this.#synchronous}`);
    }
  }

  /** Commits to the file that was opened, or not at all: what was replaced meanwhile is not acknowledged. */
  #write<T>(work: () => T): T {
    // Once the stamp is in the file, SQLite may begin the log anew with any write: that write has the next one.
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
      // Some errors, a full disk among them, have rolled back already.
      if (this.#driver.inTransaction) this.#execute('rollback');
      throw error;
    }
  }

  /** @throws {FileReplaced} where the file is not the one that was opened: then its log stays as it is */
  #close(rescue: string): void {
    const problem = this.#guard.problem();
    if (problem === undefined || problem.code === 'FILE_INCOMPLETE') {
      this.#execute(CHECKPOINT);
      this.end();
      return;
    }
    // SQLite would write its log into a file that was overwritten, but leaves one alone that was moved.
    if (problem.code === 'FILE_OVERWRITTEN') throw problem;
    const isRescued = this.#guard.isDeleted && this.#rescue(rescue);
    this.end();
    if (!isRescued) throw problem;
    throw new FileReplaced(problem.code, `${problem.message} What was open is saved in ${rescue}.`);
  }

  /** Saves what is open in a file of its own, if that can be done. */
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
    let prepared = this.#kept.get(sql);
    if (prepared === undefined) {
      const statement = this.#driver.prepare(sql);
      const columns = statement.reader ? statement.columns().map(({ name }) => name) : undefined;
      prepared = { statement, columns };
      if (this.#kept.size >= KEPT) this.#kept.clear();
      this.#kept.set(sql, prepared);
    }
    return prepared;
  }
}
