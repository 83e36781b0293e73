import type { Client, InValue, ResultSet, Transaction } from '@libsql/client/web';
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

/**
 * Kysely on libSQL, for a file as for a server. The published dialects pull an old client and put every query behind
 * one mutex, which over a network costs an order of magnitude.
 */
export class LibsqlDialect implements Dialect {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  createDriver(): Driver {
    return new LibsqlDriver(this.#client);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new LibsqlAdapter(this.#client.protocol !== 'file');
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
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<LibsqlConnection> {
    return Promise.resolve(new LibsqlConnection(this.#client));
  }

  async beginTransaction(connection: LibsqlConnection, settings: TransactionSettings): Promise<void> {
    await connection.begin(settings.accessMode === 'read only' ? 'read' : 'write');
  }

  async commitTransaction(connection: LibsqlConnection): Promise<void> {
    await connection.end((transaction) => transaction.commit());
  }

  async rollbackTransaction(connection: LibsqlConnection): Promise<void> {
    await connection.end((transaction) => transaction.rollback());
  }

  async releaseConnection(connection: LibsqlConnection): Promise<void> {
    await connection.end(() => Promise.resolve());
  }

  destroy(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

class LibsqlConnection implements DatabaseConnection {
  readonly #client: Client;
  #transaction: Transaction | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async begin(mode: 'read' | 'write'): Promise<void> {
    this.#transaction = await this.#client.transaction(mode);
  }

  async end(how: (transaction: Transaction) => Promise<void>): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    try {
      await how(transaction);
    } finally {
      transaction.close();
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await (this.#transaction ?? this.#client).execute({
      sql: query.sql,
      args: query.parameters as InValue[],
    });
    return {
      rows: plainRows<R>(result),
      numAffectedRows: BigInt(result.rowsAffected),
      ...(result.lastInsertRowid === undefined ? {} : { insertId: result.lastInsertRowid }),
    };
  }

  // eslint-disable-next-line require-yield -- the interface asks for a generator
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    await Promise.reject(new Error('libSQL cannot stream rows'));
  }
}

/** The client's rows carry their values twice, by index and by name; only the names go on. */
function plainRows<R>({ columns, rows }: ResultSet): R[] {
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])) as R);
}
