/**
 * The thread that has the database file open where there is a core for it. The driver is synchronous: here it waits for
 * the disk without holding up the event loop that answers requests. What it is asked, it does in order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { FileDriver, type FileRequest, type FileResult, type FileSettings } from './file-driver.ts';

/** A request and its answer are paired by a number; the answer numbered 0 says whether the file is open. */
export type Numbered<Message> = Message & { readonly number: number };

export type FileAnswer =
  { readonly result: FileResult } | { readonly error: { readonly message: string; readonly code: string } };

let driver: FileDriver | undefined;

answer(0, () => {
  driver = new FileDriver(workerData as FileSettings);
  return undefined;
});

parentPort?.on('message', (request: Numbered<FileRequest>) => {
  // It ends with its thread, when that is ended: a file that was overwritten must not be closed.
  answer(request.number, () => driver?.perform(request));
});

function answer(number: number, work: () => FileResult): void {
  let message: FileAnswer;
  try {
    message = { result: work() };
  } catch (error) {
    const { message: text, code } = error as Error & { code: string };
    message = { error: { message: text, code } };
  }
  parentPort?.postMessage({ number, ...message } satisfies Numbered<FileAnswer>);
}
