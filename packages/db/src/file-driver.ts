import type { InStatement, InValue, Row, TransactionMode } from '@libsql/client/web';
import Driver from 'libsql';
import type { Result } from './dialect.ts';

/** What a file is opened with. */
export interface FileSettings {
  readonly file: string;
  /** Statements that are run first on the new connection. */
  readonly pragmas: readonly string[];
}

/** What is asked of an open file. */
export type FileRequest =
  | { readonly kind: 'execute'; readonly statement: InStatement }
  | { readonly kind: 'batch'; readonly statements: readonly InStatement[]; readonly mode: TransactionMode }
  | { readonly kind: 'close' };

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

/**
 * An open file. Everything it does, it does before it returns.
 *
 * The driver is used directly and not through `@libsql/client`, which prepares every statement again at every call: for
 * a commit of forty page views that is a third of its time.
 */
export class FileDriver {
  readonly #driver: Driver.Database;
  readonly #kept = new Map<string, Prepared>();

  /** @throws what the driver says of a file that it cannot open */
  constructor({ file, pragmas }: FileSettings) {
    this.#driver = new Driver(file);
    try {
      for (const pragma of pragmas) this.#execute(pragma);
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
      case 'close':
        this.#execute('pragma wal_checkpoint(truncate)');
        this.end();
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
  }

  #batch(statements: readonly InStatement[], mode: TransactionMode): Result[] {
    this.#execute(BEGIN[mode]);
    try {
      const results = statements.map((statement) => this.#execute(statement));
      this.#execute('commit');
      return results;
    } catch (error) {
      // Some errors, a full disk among them, have rolled back already.
      if (this.#driver.inTransaction) this.#execute('rollback');
      throw error;
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
