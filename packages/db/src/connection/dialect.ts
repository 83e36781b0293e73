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

/** The part of a libSQL client that Footfall uses. */
export interface Database {
  /** `file` for a connection in this process, otherwise a network protocol. */
  readonly protocol: string;
  readonly execute: (statement: InStatement) => Promise<Result>;
  /** Runs statements in one transaction: all of them or none. */
  readonly batch: (statements: InStatement[], mode: BatchMode) => Promise<Result[]>;
  readonly transaction: (mode: TransactionMode) => Promise<Transaction>;
}

/** `derived` writes data that can be computed again: in a file it becomes durable only with the next `write`. */
export type BatchMode = TransactionMode | 'derived';

/** The part of a result that Footfall reads. */
export type Result = Pick<ResultSet, 'columns' | 'rows' | 'rowsAffected'>;

/** An open transaction. */
export interface Transaction {
  readonly execute: (statement: InStatement) => Promise<Result>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
}

/**
 * Kysely on libSQL, for a file as for a server. The published dialects depend on an old client and serialize all
 * queries with one mutex, which is ten times slower over a network.
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

  /** A file has one connection, so Kysely must queue its queries; a server takes any number of requests at once. */
  override get supportsMultipleConnections(): boolean {
    return this.#remote;
  }

  /** A failed migration is rolled back, and its write transaction keeps two migrators from running at once. */
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
    await connection.end('rollback'); // does nothing if the transaction has ended
  }

  /** The owner of the connection closes it. */
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

/** The client's rows have each value twice, by index and by name. Only the named ones are returned. */
function plainRows<R>({ columns, rows }: Result): R[] {
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])) as R);
}
