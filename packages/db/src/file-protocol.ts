import type { InStatement, TransactionMode } from '@libsql/client/web';
import type { Result } from './dialect.ts';

/** What the thread is started with. */
export interface FileWorkerData {
  readonly file: string;
  /** Run first on the new connection. */
  readonly pragmas: readonly string[];
}

/** What the thread is asked. A request and its answer are paired by a number. */
export type FileRequest =
  | { readonly kind: 'execute'; readonly statement: InStatement }
  | { readonly kind: 'batch'; readonly statements: readonly InStatement[]; readonly mode: TransactionMode }
  | { readonly kind: 'close' };

/** What the thread answers; the first answer, numbered 0, says whether the file is open. */
export type FileAnswer =
  | { readonly result: Result | readonly Result[] | undefined }
  | { readonly error: { readonly message: string; readonly code: string } };

export type Numbered<Message> = Message & { readonly number: number };

/** How each kind of transaction begins. */
export const BEGIN: Readonly<Record<TransactionMode, string>> = {
  write: 'begin immediate',
  read: 'begin',
  deferred: 'begin',
};
