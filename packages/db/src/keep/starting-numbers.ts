import type { InStatement } from '@libsql/client/web';
import { answered, type Write } from '../log/write.ts';
import { NEW_STORE_ID } from './store-id.ts';

/*
 * A page's starting number is in its count, as page views are that are no longer in the log, so whatever shows a count shows
 * it (decision 0061). The total begins with the sum of them, or with a number of its own.
 */

/** What a page, or all of them, had before Footfall counted. */
export interface StartingCount {
  /** Undefined for the total. */
  readonly page: string | undefined;
  readonly number: number;
}

/** The owner's starting numbers. Each call throws {FootfallError} SERVICE_UNAVAILABLE where the store does not answer. */
export interface StartingNumberStore {
  /** All of them, the total's first. */
  readonly list: () => Promise<readonly StartingCount[]>;
  /**
   * Sets some, all or none; 0 takes one away. Where the total falls, the database is a later store then.
   * @param now epoch milliseconds
   */
  readonly set: (numbers: readonly StartingCount[], now: number) => Promise<void>;
}

const LIST = 'select page, number from visitor_starting_numbers order by page';

/** What the total has besides the pages' counts, which have the numbers of pages in them. */
export const ABOVE_PAGES = `ifnull(
  (select number from visitor_starting_numbers where page = '')
    - (select ifnull(sum(number), 0) from visitor_starting_numbers where page <> ''), 0)`;

const TOTAL = `(select ifnull(sum(view_count), 0) from visitor_counts) + ${ABOVE_PAGES}`;

/** `?1`: JSON `[[page, number], …]`, `?2`: the time. */
const SET = [
  `insert into visitor_counts (page_identifier, view_count, forgotten, last_updated_at)
    select page, change, change, ?2
    from (
      select given.value ->> 0 as page, given.value ->> 1 - ifnull(known.number, 0) as change
      from json_each(?1) given left join visitor_starting_numbers known on known.page = given.value ->> 0
    )
    where page <> '' and change <> 0
    on conflict (page_identifier) do update set
      view_count = view_count + excluded.view_count, forgotten = forgotten + excluded.forgotten`,
  `insert into visitor_starting_numbers (page, number)
    select value ->> 0, value ->> 1 from json_each(?1) where ?2 is not null
    on conflict (page) do update set number = excluded.number`,
  'delete from visitor_starting_numbers where number = 0 and ?1 is not null and ?2 is not null',
  `delete from visitor_counts
    where view_count = 0 and forgotten = 0 and ?2 is not null
      and page_identifier in (select value ->> 0 from json_each(?1))`,
  `update visitor_stats set total_views = ${TOTAL}, version = version + 1,
      store = iif(${TOTAL} < total_views, max(store + 1, ${NEW_STORE_ID}), store)
    where ?1 is not null and ?2 is not null`,
];

/** The statements that set starting numbers, the page `''` being the total. */
export function startingStatements(
  numbers: readonly (readonly [page: string, number: number])[],
  now: number,
): InStatement[] {
  const args = [JSON.stringify(numbers), BigInt(now)];
  return SET.map((sql) => ({ sql, args }));
}

/** Makes the one way to the starting numbers. */
export function startingNumberStore({
  read,
  write,
  onChange = () => Promise.resolve(),
}: {
  readonly read: Write;
  readonly write: Write;
  readonly onChange?: () => Promise<unknown>;
}): StartingNumberStore {
  return {
    list: () => readStartingNumbers({ batch: read }),
    set: async (numbers, now) => {
      const rows = numbers.map(({ page = '', number }) => [page, number] as const);
      await answered(write, startingStatements(rows, now));
      await onChange();
    },
  };
}

/** @throws {FootfallError} SERVICE_UNAVAILABLE */
export async function readStartingNumbers({
  batch,
}: {
  readonly batch: Write;
}): Promise<readonly StartingCount[]> {
  const [listed] = await answered(batch, [LIST]);
  return (listed?.rows ?? []).map((row) => ({
    page: row['page'] === '' ? undefined : (row['page'] as string),
    number: Number(row['number']),
  }));
}

/** Takes away the starting number of a page that is to be deleted. */
export async function clearStart({ list, set }: StartingNumberStore, page: string): Promise<void> {
  const known = await list();
  if (known.some((one) => one.page === page)) await set([{ page, number: 0 }], 0);
}
