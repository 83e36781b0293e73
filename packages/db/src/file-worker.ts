/**
 * The thread that has the database file open. The driver is synchronous: here it waits for the disk without holding up
 * the event loop that answers requests. What it is asked, it does in order.
 *
 * The driver is used directly and not through `@libsql/client`, which prepares every statement again at every call: for
 * a commit of forty page views that is a third of its time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { InStatement, InValue, Row, TransactionMode } from '@libsql/client/web';
import Driver from 'libsql';
import type { Result } from './dialect.ts';
import {
  BEGIN,
  type FileAnswer,
  type FileRequest,
  type FileWorkerData,
  type Numbered,
} from './file-protocol.ts';

interface Prepared {
  readonly statement: Driver.Statement;
  /** Names of the columns, where the statement answers with rows. */
  readonly columns: string[] | undefined;
}

/** Statements kept prepared; the fixed ones are about ten, migrations and pragmas come and go. */
const KEPT = 64;

if (parentPort === null) throw new Error('This file runs as a worker thread.');
const port = parentPort;
const { file, pragmas } = workerData as FileWorkerData;

let driver: Driver.Database | undefined;
const kept = new Map<string, Prepared>();

answer(0, () => {
  driver = new Driver(file);
  for (const pragma of pragmas) execute(pragma);
  return undefined;
});

port.on('message', (request: Numbered<FileRequest>) => {
  answer(request.number, () => perform(request));
  if (request.kind === 'close') port.close();
});

function answer(number: number, work: () => Result | Result[] | undefined): void {
  let message: FileAnswer;
  try {
    message = { result: work() };
  } catch (error) {
    const { message: text, code } = error as Error & { code: string };
    message = { error: { message: text, code } };
  }
  port.postMessage({ number, ...message } satisfies Numbered<FileAnswer>);
}

function perform(request: FileRequest): Result | Result[] | undefined {
  switch (request.kind) {
    case 'execute':
      return execute(request.statement);
    case 'batch':
      return batch(request.statements, request.mode);
    case 'close':
      if (driver === undefined) return;
      execute('pragma wal_checkpoint(truncate)');
      kept.clear();
      driver.close();
      return;
  }
}

function batch(statements: readonly InStatement[], mode: TransactionMode): Result[] {
  execute(BEGIN[mode]);
  try {
    const results = statements.map(execute);
    execute('commit');
    return results;
  } catch (error) {
    // Some errors, a full disk among them, have rolled back already.
    if (driver?.inTransaction === true) execute('rollback');
    throw error;
  }
}

function execute(statement: InStatement): Result {
  const { sql, args } = typeof statement === 'string' ? { sql: statement, args: [] } : statement;
  const { statement: prepared, columns } = prepare(sql);
  const values = (args ?? []) as InValue[];
  if (columns === undefined) {
    return { columns: [], rows: [], rowsAffected: prepared.run(...values).changes };
  }
  return { columns, rows: prepared.all(...values) as Row[], rowsAffected: 0 };
}

function prepare(sql: string): Prepared {
  let prepared = kept.get(sql);
  if (prepared === undefined) {
    if (driver === undefined) throw new Error('The file is not open.');
    const statement = driver.prepare(sql);
    prepared = {
      statement,
      columns: statement.reader ? statement.columns().map(({ name }) => name) : undefined,
    };
    if (kept.size >= KEPT) kept.clear();
    kept.set(sql, prepared);
  }
  return prepared;
}
