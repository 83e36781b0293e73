import { UNKNOWN_COUNTRY, storeUnavailable, type NowNumbers } from '@footfall/core';
import type { ReadConnection } from '../connection/contract.ts';
import { integers, jsonOf } from './analytics-sql.ts';

const MINUTE_MS = 60_000;

/** Minutes that are shown, the one that goes on included. */
const MINUTES = 30;

/** Rows of each list. */
const ROWS = 5;

/** Instants of two instances may differ by as much, in milliseconds. */
const AHEAD_MS = MINUTE_MS;

/** Page views by minute and by page, of the visits that were seen since. Arguments: since when, until when, rows. */
const VIEWS = `
  with seen as materialized (
    select (view.viewed_at - ?1) / ${MINUTE_MS} as minute, view.page
    from visitor_sessions visit indexed by visitor_sessions_by_end
    cross join visitor_page_views view indexed by visitor_page_views_by_session
      on view.session = visit.id and view.session is not null
    where visit.ended_at >= ?1 and visit.ended_at <= ?2 and view.page is not null
      and view.viewed_at >= ?1 and view.viewed_at <= ?2
  )
  select
    (select json_group_array(json_array(minute, views)) from (select minute, count(*) as views from seen group by minute)) as minutes,
    (select json_group_array(json_array(value, views)) from (
      select named.value, count(*) as views
      from seen cross join visitor_values named on named.id = seen.page
      group by seen.page order by views desc, named.value limit ?3
    )) as pages`;

/** The last page of the visits that were seen last. The same arguments. */
const LATEST = `
  select json_group_array(json_array(at, page, country)) as latest
  from (
    select visit.exited_at as at, pages.value as page, countries.value as country
    from visitor_sessions visit indexed by visitor_sessions_by_end
    cross join visitor_values pages on pages.id = visit.exit
    cross join visitor_facts facts on facts.id = visit.facts
    cross join visitor_values countries on countries.id = facts.country
    where visit.ended_at >= ?1 and visit.ended_at <= ?2
    order by visit.ended_at desc limit ?3
  )`;

/**
 * Reads what happens on the site right now: nothing that distinguishes one person from another.
 * @param now epoch milliseconds
 * @throws {FootfallError} SERVICE_UNAVAILABLE when the store does not answer
 */
export async function readNow(reader: ReadConnection, now: number): Promise<NowNumbers> {
  const since = (Math.floor(now / MINUTE_MS) - MINUTES + 1) * MINUTE_MS;
  const args = integers(since, now + AHEAD_MS, ROWS);
  const [views, latest] = await reader
    .batch([
      { sql: VIEWS, args },
      { sql: LATEST, args },
    ])
    .catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
  const minutes = Array.from({ length: MINUTES }, () => 0);
  for (const [minute, count] of jsonOf<[number, number][]>(views, 'minutes')) {
    const at = Math.min(minute, MINUTES - 1); // a clock that is ahead
    minutes[at] = (minutes[at] ?? 0) + count;
  }
  return {
    since: new Date(since).toISOString(),
    minutes,
    pages: jsonOf<[string, number][]>(views, 'pages').map(([value, count]) => ({ value, views: count })),
    latest: jsonOf<[number, string, string][]>(latest, 'latest').map(([at, page, country]) => ({
      at: new Date(Math.min(at, now)).toISOString(),
      page,
      country: country === '' ? UNKNOWN_COUNTRY : country,
    })),
  };
}
