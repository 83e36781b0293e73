import { formats } from './formats.ts';

const { formatCount } = formats;
const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `one ${one}` : `${formatCount(count)} ${many}`;
const views = (count: number): string => counted(count, 'page view', 'page views');

/** The import of files, and what was imported. */
const importing = {
  title: 'Import',
  back: '‹ Data',
  what: 'Bring the numbers of another counter, or an export of Footfall. First you see what is in the file; nothing is changed before you say so.',
  formats:
    'Exports of Footfall, GoatCounter (CSV), Umami and Simple Analytics; “Pages and screens” of Google Analytics 4; and lists of pages with their numbers.',
  notHere:
    'This server cannot import files. Use the command “pnpm footfall import FILE” on a machine with the same database.',
  file: 'File',
  rule: 'CSV or ZIP, at most 1 GB. Its name does not matter.',
  ruleWithoutScript: 'Without JavaScript at most 8 MB.',
  read: 'Read the file',
  uploading: 'Uploading',
  uploaded: (share: string) => `${share} uploaded`,
  planning: 'Reading the file',
  planningWhat: 'Nothing is changed by it. This page goes on by itself.',
  running: 'Importing',
  runningWhat: 'Counting goes on meanwhile, and you may leave this page.',
  rowsOf: (rows: number, of: number) => `${formatCount(rows)} of ${counted(of, 'row', 'rows')}`,
  left: (seconds: number) =>
    seconds < 90
      ? `${counted(seconds, 'second', 'seconds')} left`
      : `${formatCount(Math.round(seconds / 60))} minutes left`,
  undoing: 'Taking an import back',
  refresh: 'Show how far it is',
  planned: 'What is in the file',
  nothingYet: 'Nothing is changed yet.',
  done: 'Imported',
  failed: 'That did not work',
  undone: (count: number) => `Taken back: ${views(count)}.`,
  from: (from: string, to: string) => `${from} to ${to}`,
  rows: {
    taken: 'new page views and visits',
    known: 'rows that are here already',
    older: 'of the new ones, older than what is kept',
    counts: 'counts without page views',
    numbers: 'other numbers',
    startingNumbers: 'starting numbers',
    words: 'settings, segments and annotations',
  },
  skipped: 'Left out',
  reason: 'Reason',
  rowCount: 'Rows',
  first: (line: number) => `first in line ${formatCount(line)}`,
  notKnown: 'What the file does not say',
  older: 'Page views older than what is kept',
  olderTake: 'Take them: they are stored for 90 days, then only their numbers',
  olderLeave: 'Leave them out',
  run: 'Import',
  discard: 'Discard',
  cancel: 'Cancel',
  another: 'Another file',
  imported: 'What was imported',
  isComplete: 'complete',
  isNotComplete: 'not complete: import the file again, and it goes on',
  isUndone: 'taken back in part: take it back again',
  undo: 'Take back…',
  undoWhat: (count: number) =>
    `All that came with it goes, ${views(count)} among it. What was counted here stays.`,
  undoNow: 'Take it back',
  none: 'Nothing was imported yet.',
  refused: {
    PAYLOAD_TOO_LARGE:
      'The file is too large to be uploaded this way. Use the command “pnpm footfall import FILE”.',
    CONFLICT: 'Another file is being uploaded or imported. Wait until it has ended, or cancel it.',
    BAD_REQUEST: 'There was no file, or it is empty.',
    other: 'The file could not be uploaded. Try again.',
  },
};

export type ImportTexts = typeof importing;
export default importing;
