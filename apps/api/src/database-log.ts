import type { DatabaseEvent } from '@footfall/db';
import type { Log } from './http.ts';

/** Log messages for events of the database under a running server, with what to do. */
const SENTENCES: Readonly<Record<DatabaseEvent['kind'], string>> = {
  replaced:
    'The database is not the one that was shown so far: it was replaced, or restored from an older backup. ' +
    'All caches were cleared, and from now on the numbers are those of the new one. ' +
    'Page views that were only in the old one are missing: if this was not intended, find the old one.',
  emptied:
    'The database is empty: its tables are gone. They are created again, and counting starts at 0. ' +
    'If this was not intended, restore a backup.',
  foreign:
    'The database has tables, but not those of this version of Footfall: nothing is changed, and nothing is counted. ' +
    'Set DATABASE_URL to the right one; if they are of an older version of Footfall, restart to migrate them.',
};

/** Logs each event of the database. */
export function databaseLog(log: Log): (event: DatabaseEvent) => void {
  return ({ kind, ...fields }) => {
    log.error(fields, SENTENCES[kind]);
  };
}
