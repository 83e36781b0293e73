export {
  GOATCOUNTER_FILES,
  goatCounterJson,
  type GoatCounterFile,
  type LinesReader,
} from './goatcounter-json.ts';
export { PLAUSIBLE_TABLES, plausibleCsv, plausibleTable, type PlausibleTable } from './plausible.ts';
export {
  recogniseArchive,
  recogniseTable,
  refusedBytes,
  refusedText,
  type RecognisedArchive,
  type RecognisedTable,
  type Refused,
} from './recognise.ts';
export { MOST_NAMES, type Cells, type TableReader } from './table.ts';
export type { ImportSite, ReadContext } from './views.ts';
export { tooMany, unreadable } from './unreadable.ts';
