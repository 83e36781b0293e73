/**
 * The thread that has the database file open. Its driver is synchronous: here it waits for the disk without holding up
 * the event loop that answers requests. What it is asked, it does in order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import {
  createClient,
  type Client,
  type InStatement,
  type ResultSet,
  type Transaction,
  type TransactionMode,
} from '@libsql/client/sqlite3';
import type { Result } from './dialect.ts';

/** What the thread is started with. */
export interface FileWorkerData {
  readonly url: string;
  /** Statements without results, run on every new connection. */
  readonly pragmas: readonly string[];
}

/** What the thread is asked; `transaction` names one that `begin` opened. */
export type FileRequest =
  | { readonly kind: 'execute'; readonly statement: InStatement; readonly transaction?: number }
  | { readonly kind: 'batch'; readonly statements: readonly InStatement[]; readonly mode: TransactionMode }
  | { readonly kind: 'begin'; readonly mode: TransactionMode }
  | { readonly kind: 'commit' | 'rollback'; readonly transaction: number }
  | { readonly kind: 'renew' | 'close' };

/** A request and its answer are paired by a number. */
export type Numbered<Message> = Message & { readonly number: number };

/** What the thread answers. */
export type FileAnswer =
  | { readonly result: Result | readonly Result[] | number | undefined }
  | { readonly error: { readonly message: string; readonly code: string } };

if (parentPort === null) throw new Error('This file runs as a worker thread.');
const port = parentPort;
const { url, pragmas } = workerData as FileWorkerData;

let client: Client | undefined;
const transactions = new Map<number, Transaction>();
let begun = 0;

// One after the other: nothing may slip between a failed write and the new connection after it.
let last: Promise<void> = Promise.resolve();

port.on('message', (request: Numbered<FileRequest>) => {
  last = last
    .then(() => perform(request))
    .then(
      (result) => ({ result }),
      (error: unknown) => ({ error: { message: String((error as Error).message), code: codeOf(error) } }),
    )
    .then((answer: FileAnswer) => {
      port.postMessage({ number: request.number, ...answer });
      if (request.kind === 'close') port.close();
    });
});

async function perform(request: FileRequest): Promise<Result | Result[] | number | undefined> {
  switch (request.kind) {
    case 'execute':
      return plain(await through(request.transaction).execute(request.statement));
    case 'batch':
      return (await opened().batch([...request.statements], request.mode)).map(plain);
    case 'begin': {
      begun += 1;
      transactions.set(begun, await opened().transaction(request.mode));
      return begun;
    }
    case 'commit':
    case 'rollback': {
      const transaction = transactions.get(request.transaction);
      transactions.delete(request.transaction);
      await transaction?.[request.kind]();
      return;
    }
    case 'renew':
      if (client === undefined) client = createClient({ url, concurrency: 1 });
      else client.reconnect();
      for (const pragma of pragmas) await client.execute(pragma);
      return;
    case 'close':
      client?.close(); // the last connection to close checkpoints and removes the write-ahead log
      return;
  }
}

function opened(): Client {
  if (client === undefined) throw new Error('The file is not open.');
  return client;
}

function through(transaction: number | undefined): Pick<Transaction, 'execute'> {
  if (transaction === undefined) return opened();
  const open = transactions.get(transaction);
  if (open === undefined) throw new Error('The transaction is closed.');
  return open;
}

function plain({ columns, rows, rowsAffected }: ResultSet): Result {
  return { columns, rows, rowsAffected };
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'UNKNOWN';
}
