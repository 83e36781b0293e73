import { MOST_SEGMENTS } from '@footfall/core';
import { answered, type Write } from '../log/write.ts';

/** A segment as it is stored. */
export interface StoredSegment {
  readonly id: number;
  readonly name: string;
  /** JSON, as it was written. */
  readonly filters: string;
}

/** The owner's segments. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface SegmentStore {
  /** All of them, by name. */
  readonly list: () => Promise<readonly StoredSegment[]>;
  /** Stores one; the one of this name has other filters then. @returns its number; undefined where there are too many */
  readonly save: (segment: Omit<StoredSegment, 'id'>) => Promise<number | undefined>;
  readonly rename: (segment: Omit<StoredSegment, 'filters'>) => Promise<'renamed' | 'taken' | 'missing'>;
  /** @returns whether there was one of this number */
  readonly remove: (id: number) => Promise<boolean>;
}

const LIST = 'select id, name, filters from visitor_segments order by name collate nocase, name';
const SAVE = `
  insert into visitor_segments (name, filters)
  select ?1, ?2
  where (select count(*) from visitor_segments) < ${MOST_SEGMENTS}
    or exists (select 1 from visitor_segments where name = ?1)
  on conflict (name) do update set filters = excluded.filters
  returning id`;
const RENAME = `
  update visitor_segments set name = ?1
  where id = ?2 and not exists (select 1 from visitor_segments where name = ?1 and id <> ?2)`;
const EXISTS = 'select 1 from visitor_segments where id = ?';
const REMOVE = 'delete from visitor_segments where id = ?';

/**
 * Makes the one way to the segments.
 * @param read for the owner, who expects to read what was just written
 */
export function segmentStore({ read, write }: { readonly read: Write; readonly write: Write }): SegmentStore {
  return {
    list: async () => {
      const [listed] = await answered(read, [LIST]);
      return (listed?.rows ?? []).map((row) => ({
        id: Number(row['id']),
        name: row['name'] as string,
        filters: row['filters'] as string,
      }));
    },
    save: async ({ name, filters }) => {
      const [saved] = await answered(write, [{ sql: SAVE, args: [name, filters] }]);
      const id = saved?.rows[0]?.['id'];
      return id === undefined ? undefined : Number(id);
    },
    rename: async ({ id, name }) => {
      const [renamed, found] = await answered(write, [
        { sql: RENAME, args: [name, BigInt(id)] },
        { sql: EXISTS, args: [BigInt(id)] },
      ]);
      if (renamed?.rowsAffected === 1) return 'renamed';
      return found?.rows.length === 1 ? 'taken' : 'missing';
    },
    remove: async (id) => {
      const [removed] = await answered(write, [{ sql: REMOVE, args: [BigInt(id)] }]);
      return removed?.rowsAffected === 1;
    },
  };
}
