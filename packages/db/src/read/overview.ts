import type { InStatement } from '@libsql/client/web';
import { storeUnavailable, type Analytics, type AnalyticsTotals, type OverviewQuery } from '@footfall/core';
import { integers, isBounceSql } from './analytics-sql.ts';
import { answerOf, comparedTotals, countStatements, partsOf } from './analytics.ts';
import type { ReadConnection } from '../connection/contract.ts';

/** The analytics that everyone may see. */
export interface OverviewNumbers extends Analytics {
  /** Where the hour begins in which the first page view was counted, epoch milliseconds; null while none is. */
  readonly since: number | null;
  readonly previous: AnalyticsTotals;
}

/** A visit that goes on for longer than this is a machine's, in milliseconds: looking for it would cost every reader. */
const LONGEST_VISIT_MS = 24 * 60 * 60 * 1000;

/**
 * What was counted in the first part of an hour, from the page views and visits that are stored. Counts are by whole hours;
 * this is what lies between the last of them and the minute at which a comparison ends. Visitors are those who were not seen
 * since an instant before. Of what is no longer stored (RETENTION_MONTHS) nothing is found: less than an hour is missing then.
 * Arguments: the hour, the end of the part, since when, how far a visit may go on before and after the hour.
 */
const REST = `
  with
    here as materialized (
      select visit.id, hours.visitor
      from visitor_sessions visit indexed by visitor_sessions_by_end
      cross join visitor_session_hours hours on hours.session = visit.id and hours.hour = ?1
      where visit.ended_at >= ?1 and visit.ended_at < ?1 + ?4
        -- No visit that has to do with the hour was stored after the last that began by then.
        and visit.id <= (select max(id) from visitor_sessions where hour > ?1 - ?4 and hour <= ?1)
    ),
    seen as materialized (
      select here.visitor, view.page is not null as is_view
      from here
      cross join visitor_page_views view indexed by visitor_page_views_by_session
        on view.session = here.id and view.session is not null and view.hour = ?1 and view.viewed_at < ?2
    ),
    fresh as materialized (
      select distinct visitor from seen
      where not exists (
        select 1 from visitor_session_hours hours indexed by visitor_session_hours_by_visitor
        where hours.visitor = seen.visitor and hours.hour >= ?3 and hours.hour < ?1
      )
    )
  select
    (select count(*) from seen where is_view) as views,
    (select count(*) from fresh) as visitors,
    (select count(*) from fresh where visitor & 1) as devices,
    (select count(*) from fresh cross join visitors on visitors.visitor = fresh.visitor
      where fresh.visitor & 1 and visitors.first_at >= ?1) as new_devices,
    count(*) as visits,
    ifnull(sum(${isBounceSql('visitor_sessions')}), 0) as bounces,
    ifnull(sum(seen_until - started_at), 0) as visit_ms
  from visitor_sessions indexed by visitor_sessions_by_hour
  where hour = ?1 and started_at < ?2`;

const SINCE = 'select min(hour) as since from visitor_hours where views > 0';

/** Everything that is read for the public statistics, in one batch so that it is of one moment. */
export function overviewStatements(query: OverviewQuery): InStatement[] {
  const { comparison, identity } = query;
  const { rest, restDay, hours } = comparison;
  // A device is counted once in the whole period, everyone else once a day.
  const since = identity === 'device' ? hours.from : restDay;
  return [
    SINCE,
    { sql: REST, args: integers(rest.from, rest.to, since, LONGEST_VISIT_MS) },
    ...countStatements(query, hours),
  ];
}

/**
 * Reads the public statistics: those of a period that goes on, compared with as much of the one before.
 * @throws {FootfallError} SERVICE_UNAVAILABLE when the store does not answer
 */
export async function readOverview(reader: ReadConnection, query: OverviewQuery): Promise<OverviewNumbers> {
  const [since, rest, ...results] = await reader.batch(overviewStatements(query)).catch((cause: unknown) => {
    throw storeUnavailable(cause);
  });
  const parts = partsOf(query, results);
  const first = since?.rows[0]?.['since'] ?? null;
  return {
    ...answerOf(query, results, parts),
    previous: comparedTotals(parts, rest?.rows[0] ?? {}),
    since: first === null ? null : Number(first),
  };
}
