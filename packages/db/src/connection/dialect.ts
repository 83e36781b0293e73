import type { InStatement, InValue, ResultSet, TransactionMode } from '@libsql/client/web';
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';

/** What Footfall needs of a libSQL database. */
export interface Database {
  /** `file` for one connection in this process, else a protocol of the network. */
  readonly protocol: string;
  readonly execute: (statement: InStatement) => Promise<Result>;
  /** Runs statements in one transaction: all of them or none. */
  readonly batch: (statements: InStatement[], mode: BatchMode) => Promise<Result[]>;
  readonly transaction: (mode: TransactionMode) => Promise<Transaction>;
}

/** `derived` is a write of what can be computed again: in a file it is durable only when the next write is. */
export type BatchMode = TransactionMode | 'derived';

/** The part of a result that is read. */
export type Result = Pick<ResultSet, 'columns' | 'rows' | 'rowsAffected'>;

/** A transaction under way. */
export interface Transaction {
  readonly execute: (statement: InStatement) => Promise<Result>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
}

/**
 * Kysely on libSQL, for a file as for a server. The published dialects pull an old client and put every query behind
 * one mutex, which over a network costs an order of magnitude.
 */
export class LibsqlDialect implements Dialect {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  createDriver(): Driver {
    return new LibsqlDriver(this.#database);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new LibsqlAdapter(this.#database.protocol !== 'file');
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class LibsqlAdapter extends SqliteAdapter {
  readonly #remote: boolean;

  constructor(remote: boolean) {
    super();
    this.#remote = remote;
  }

  /** A file has one connection, so Kysely must queue behind it; a server has as many as there are requests. */
  override get supportsMultipleConnections(): boolean {
    return this.#remote;
  }

  /** A migration that fails half-way leaves nothing, and its write transaction is the lock between two migrators. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class LibsqlDriver implements Driver {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<LibsqlConnection> {
    return Promise.resolve(new LibsqlConnection(this.#database));
  }

  async beginTransaction(connection: LibsqlConnection, settings: TransactionSettings): Promise<void> {
    await connection.begin(settings.accessMode === 'read only' ? 'read' : 'write');
  }

  async commitTransaction(connection: LibsqlConnection): Promise<void> {
    await connection.end('commit');
  }

  async rollbackTransaction(connection: LibsqlConnection): Promise<void> {
    await connection.end('rollback');
  }

  async releaseConnection(connection: LibsqlConnection): Promise<void> {
    await connection.end('rollback'); // does nothing where the transaction has ended
  }

  /** The connection is closed by who opened it. */
  async destroy(): Promise<void> {}
}

class LibsqlConnection implements DatabaseConnection {
  readonly #database: Database;
  #transaction: Transaction | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(mode: 'read' | 'write'): Promise<void> {
    this.#transaction = await this.#database.transaction(mode);
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    await transaction?.[how]();
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await (this.#transaction ?? this.#database).execute({
      sql: query.sql,
      args: query.parameters as InValue[],
    });
    return {
      rows: plainRows<R>(result),
      numAffectedRows: BigInt(result.rowsAffected),
    };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('libSQL cannot stream rows');
  }
}

/** The client's rows carry their values twice, by index and by name; only the names go on. */
function plainRows<R>({ columns, rows }: Result): R[] {
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])) as R);
}
