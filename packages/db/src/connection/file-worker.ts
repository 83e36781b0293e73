/**
 * A thread that has the database file open, used if there is a second core. The driver is synchronous: in a thread it
 * can wait for the disk without blocking the event loop that answers requests. Requests are handled in order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { FileDriver, type FileRequest, type FileResult, type FileSettings } from './file-driver.ts';

/** A request and its answer have the same number; answer 0 reports whether the file could be opened. */
export type Numbered<Message> = Message & { readonly number: number };

export type FileAnswer =
  { readonly result: FileResult } | { readonly error: { readonly message: string; readonly code: string } };

let driver: FileDriver | undefined;

answer(0, () => {
  driver = new FileDriver(workerData as FileSettings);
  return undefined;
});

parentPort?.on('message', (request: Numbered<FileRequest>) => {
  // Only terminating the thread ends it: a file that was overwritten must not be closed.
  answer(request.number, () => driver?.perform(request));
});

function answer(number: number, work: () => FileResult): void {
  let message: FileAnswer;
  try {
    message = { result: work() };
  } catch (error) {
    const { message: reason, code } = error as Error & { code: string };
    message = { error: { message: reason, code } };
  }
  parentPort?.postMessage({ number, ...message } satisfies Numbered<FileAnswer>);
}
