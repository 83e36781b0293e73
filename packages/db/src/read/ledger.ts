import { ledgerOf, storeUnavailable, type LedgerAnalytics, type LedgerQuery } from '@footfall/core';
import type { ReadConnection } from '../connection/contract.ts';
import { integers, jsonOf } from './analytics-sql.ts';
import { sumsOf, sumsStatement } from './analytics.ts';

/** What was not counted, by day and reason. Arguments: days from and to. */
const DAYS = `
  select json_group_array(json_array(day, reason, events)) as lines
  from (
    select day, reason, sum(reports) as events from visitor_ledger
    where day >= ?1 and day < ?2
    group by day, reason
    order by day
  )`;

/** The names of each reason; those that were one too many are the last. Arguments: days from and to, length of a list. */
const NAMES = `
  select json_group_array(json_array(reason, detail, events)) as lines
  from (
    select reason, detail, sum(reports) as events,
      row_number() over (partition by reason order by detail = '(other)', sum(reports) desc, detail) as place
    from visitor_ledger
    where day >= ?1 and day < ?2 and detail <> ''
    group by reason, detail
    order by reason, place
  )
  where place <= ?3`;

/** The commits that failed. Arguments: from and to. */
const FAILURES = `
  select count(*) as commits, ifnull(sum(reports), 0) as events
  from visitor_failures where failed_at >= ?1 and failed_at < ?2`;

/**
 * Reads what was not counted on some local days, all of one moment.
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export async function readLedgerAnalytics(
  reader: ReadConnection,
  query: LedgerQuery,
): Promise<LedgerAnalytics> {
  const { from, to, limit } = query;
  const days = integers(from, to);
  const results = await reader
    .batch([
      sumsStatement([query]),
      { sql: DAYS, args: days },
      { sql: NAMES, args: [...days, BigInt(limit)] },
      { sql: FAILURES, args: days },
    ])
    .catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
  const [, lines, names, failed] = results;
  const failures = failed?.rows[0];
  return ledgerOf(query, {
    days: jsonOf(lines, 'lines'),
    names: jsonOf(names, 'lines'),
    views: sumsOf(results)[0]?.views ?? 0,
    failures: { commits: Number(failures?.['commits']), events: Number(failures?.['events']) },
  });
}
