import type { DatabaseEvent } from '@footfall/db';
import type { Log } from './http.ts';

/** What the log says when something happened to the database under a running Footfall, and what there is to do. */
const SENTENCES: Readonly<Record<DatabaseEvent['kind'], string>> = {
  replaced:
    'The database is not the one whose numbers were shown: it was replaced, or restored from an older backup. ' +
    'Everything cached was dropped, and the numbers are those of the new one from now on. ' +
    'Page views that were only in the old one are missing: if nobody did this on purpose, find the old one.',
  emptied:
    'The database is empty: its tables are gone. They are made again now, and counting begins at 0. ' +
    'If nobody emptied it on purpose, restore a backup.',
  foreign:
    'The database has tables, but not those of this Footfall: nothing in it is changed, and nothing is counted. ' +
    'Set DATABASE_URL to the right one; if they are of another version of Footfall, restart to bring them up to date.',
};

/** Writes each event into the log. */
export function databaseLog(log: Log): (event: DatabaseEvent) => void {
  return ({ kind, ...fields }) => {
    log.error(fields, SENTENCES[kind]);
  };
}
