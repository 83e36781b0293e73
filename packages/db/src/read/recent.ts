import { OTHER, storeUnavailable, UNKNOWN_COUNTRY, type RecentViews } from '@footfall/core';
import type { ReadConnection } from '../connection/contract.ts';
import { integers, jsonOf } from './analytics-sql.ts';
import { AHEAD_MS, LIVE_MS } from './stats.ts';

/** Page views that are read at most, among how many of the last places of the log: some of these are registrations. */
const VIEWS = 20;
const PLACES = 400;

/** Lines of each list of live visitors. */
const LINES = 10;

/** The last page views, with what is known of their visits. Arguments: how many, among how many places of the log. */
const RECENT = `
  select json_group_array(json_array(seq, viewed_at, page, country, source, device, is_entry)) as recent
  from (
    select view.seq, view.viewed_at, pages.value as page, countries.value as country, sources.value as source,
      devices.value as device, view.viewed_at = visit.entered_at as is_entry
    from visitor_page_views view
    cross join visitor_sessions visit on visit.id = view.session
    cross join visitor_facts facts on facts.id = visit.facts
    cross join visitor_values pages on pages.id = view.page
    cross join visitor_values countries on countries.id = facts.country
    cross join visitor_values sources on sources.id = facts.source
    cross join visitor_values devices on devices.id = facts.device
    where view.seq > (select max(seq) - ?2 from visitor_page_views)
    order by view.seq desc
    limit ?1
  )`;

/** Each live visitor once, by a value of the last visit. Arguments: from and until when a visit ended, to be live. */
const here = (value: string): string => `
  select json_group_array(json_array(value, visitors)) as lines
  from (
    select coalesce(known.value, '') as value, count(*) as visitors
    from (
      select exit, facts, max(ended_at) from visitor_sessions where ended_at between ?1 and ?2 group by visitor
    ) last
    cross join visitor_facts facts on facts.id = last.facts
    left join visitor_values known on known.id = ${value}
    group by known.id
    order by visitors desc, value
  )`;

const PAGES = here('last.exit');
const COUNTRIES = here('facts.country');

/**
 * Reads the last page views and where the live visitors are, all of one moment.
 * @param now epoch milliseconds
 * @throws {FootfallError} SERVICE_UNAVAILABLE
 */
export async function readRecent(reader: ReadConnection, now: number): Promise<RecentViews> {
  const live = integers(now - LIVE_MS, now + AHEAD_MS);
  const [views, pages, countries] = await reader
    .batch([
      { sql: RECENT, args: integers(VIEWS, PLACES) },
      { sql: PAGES, args: live },
      { sql: COUNTRIES, args: live },
    ])
    .catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
  return {
    recent: jsonOf<RecentRow[]>(views, 'recent').map(([id, at, page, country, source, device, isEntry]) => ({
      id,
      at: new Date(at).toISOString(),
      page,
      country: country === '' ? UNKNOWN_COUNTRY : country,
      source,
      device,
      isEntry: isEntry === 1,
    })),
    here: {
      // A visit that was registered without a page is on none.
      pages: shortened(jsonOf<Line[]>(pages, 'lines').filter(([page]) => page !== '')),
      countries: shortened(
        jsonOf<Line[]>(countries, 'lines').map(([code, visitors]) => [
          code === '' ? UNKNOWN_COUNTRY : code,
          visitors,
        ]),
      ),
    },
  };
}

type RecentRow = readonly [number, number, string, string, string, string, number];
type Line = readonly [value: string, visitors: number];

function shortened(lines: readonly Line[]): RecentViews['here']['pages'] {
  const shown = lines.slice(0, LINES).map(([value, visitors]) => ({ value, visitors }));
  const rest = lines.slice(LINES).reduce((sum, [, visitors]) => sum + visitors, 0);
  return rest === 0 ? shown : [...shown, { value: OTHER, visitors: rest }];
}
