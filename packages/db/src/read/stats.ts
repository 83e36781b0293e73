import type { InStatement } from '@libsql/client/web';
import {
  OTHER,
  storeUnavailable,
  UNKNOWN_COUNTRY,
  type Stats,
  type SysStats,
  type VisitorStats,
} from '@footfall/core';
import type { Result } from '../connection/dialect.ts';

const MINUTE_MS = 60 * 1000;

/** For how long after the last page view a visitor is live, active, and one of today's (docs/api.md, Words). */
export const LIVE_MS = 5 * MINUTE_MS;
const ACTIVE_MS = 30 * MINUTE_MS;
const TODAY_MS = 24 * 60 * MINUTE_MS;

/** The clocks of two instances may differ by as much; what lies further ahead was counted by a wrong clock. */
export const AHEAD_MS = MINUTE_MS;

/** The country of `unitedKingdomPercent`. */
const UNITED_KINGDOM = 'GB';

/** Most locations that are listed of live visitors; the rest are counted together. */
const LOCATIONS = 100;

const STATE = 'select version, store, total_views, last_updated_at from visitor_stats';

const COUNTRIES = `
  select json_group_array(json_array(value, visitors)) as countries
  from (
    select value, visitors
    from visitor_countries join visitor_values on visitor_values.id = visitor_countries.country
    where visitors > 0
    order by visitors desc, value
  )`;

const RECENT = `
  select count(distinct visitor) as active, count(distinct iif(ended_at >= ?1, visitor, null)) as live
  from visitor_sessions where ended_at between ?2 and ?3`;

// Each visitor in the country of the last visit: within a day somebody may be seen from two.
const TODAY = `
  select json_group_array(json_array(country, visitors)) as countries
  from (
    select visitor_values.value as country, count(*) as visitors
    from (select facts, max(ended_at) from visitor_sessions where ended_at between ?1 and ?2 group by visitor) last
    cross join visitor_facts facts on facts.id = last.facts
    cross join visitor_values on visitor_values.id = facts.country
    group by facts.country
  )`;

const VISITS = `
  select ifnull(sum(visits), 0) as ever, ifnull(sum(visits) filter (where hour between ?1 and ?2), 0) as today
  from visitor_hours`;

const LIVE_PLACES = `
  select json_group_array(json_array(city, country, visitors)) as places
  from (
    select cities.value as city, countries.value as country, count(*) as visitors
    from (select facts, max(ended_at) from visitor_sessions where ended_at between ?1 and ?2 group by visitor) last
    cross join visitor_facts facts on facts.id = last.facts
    cross join visitor_values cities on cities.id = facts.city
    cross join visitor_values countries on countries.id = facts.country
    group by facts.city, facts.country
    order by visitors desc, country, city
  )`;

/** Visitors by country code, `''` where it is not known. */
type Countries = readonly (readonly [country: string, visitors: number])[];

/** What the public summaries say, all of one moment. */
export interface StatsSnapshot {
  readonly stats: Stats;
  readonly sysStats: SysStats;
  readonly visitorStats: VisitorStats;
  /** All page views. */
  readonly count: number;
}

/**
 * What is asked of the store for the summaries, in one batch so that it is of one moment.
 * @param now epoch milliseconds
 * @param day where the local day of that begins
 */
export function statsStatements(now: number, day: number): InStatement[] {
  const latest = BigInt(now + AHEAD_MS);
  return [
    STATE,
    COUNTRIES,
    { sql: VISITS, args: [BigInt(day), latest] },
    { sql: LIVE_PLACES, args: [BigInt(now - LIVE_MS), latest] },
    { sql: RECENT, args: [BigInt(now - LIVE_MS), BigInt(now - ACTIVE_MS), latest] },
    { sql: TODAY, args: [BigInt(now - TODAY_MS), latest] },
  ];
}

/**
 * The summaries, from the answers to {@link statsStatements}.
 * @param country whose share of today's visitors is reported: the one that the site names, else the leading one
 */
export function statsOf(results: readonly Result[], country?: string): StatsSnapshot {
  const [state, ever, visits, live, recent, today] = results.map((result) => result.rows[0]);
  if (state === undefined) throw storeUnavailable(new Error('visitor_stats has no row'));
  const countries = countriesOf(ever?.['countries']);
  const total = sumOf(countries);
  const updatedAt = state['last_updated_at'];
  const updated = updatedAt === null ? null : new Date(Number(updatedAt)).toISOString();
  const todays = countriesOf(today?.['countries']);
  const totalVisits = Number(visits?.['ever']);
  const unitedKingdomPercent = percentOf(todays, UNITED_KINGDOM);
  const standing = { version: Number(state['version']), store: Number(state['store']) };
  return {
    count: Number(state['total_views']),
    stats: {
      totalVisitors: totalVisits,
      totalVisits,
      todayVisits: Number(visits?.['today']),
      activeUsers: Number(recent?.['live']),
      uniqueVisitors: total,
      locations: locationsOf(JSON.parse(live?.['places'] as string) as Locations),
      ...standing,
    },
    sysStats: {
      total_visitors: total,
      countries: Object.fromEntries(
        countries.map(([code, visitors]) => [code === '' ? UNKNOWN_COUNTRY : code, visitors]),
      ),
      last_updated: updated,
      updatedAt: updated,
    },
    visitorStats: {
      live: Number(recent?.['live']),
      active: Number(recent?.['active']),
      today: sumOf(todays),
      total,
      location: locationOf(todays, country),
      ukPercent: unitedKingdomPercent,
      unitedKingdomPercent,
      ...standing,
      updatedAt: updated,
    },
  };
}

/** Visitors by city and country, most first. */
type Locations = readonly (readonly [city: string, country: string, visitors: number])[];

function locationsOf(places: Locations): Stats['locations'] {
  const named = places.slice(0, LOCATIONS).map(([city, country, count]) => {
    const code = country === '' ? UNKNOWN_COUNTRY : country;
    return [city === '' ? code : `${city}, ${code}`, { count }] as const;
  });
  const rest = places.slice(LOCATIONS).reduce((sum, [, , visitors]) => sum + visitors, 0);
  return Object.fromEntries(rest === 0 ? named : [...named, [OTHER, { count: rest }]]);
}

function countriesOf(json: unknown): Countries {
  return JSON.parse(json as string) as Countries;
}

function sumOf(countries: Countries): number {
  return countries.reduce((sum, [, visitors]) => sum + visitors, 0);
}

function locationOf(countries: Countries, named: string | undefined): VisitorStats['location'] {
  if (sumOf(countries) === 0) return null;
  const country = named ?? leaderOf(countries);
  return country === undefined ? null : { country, percent: percentOf(countries, country) };
}

/** The known country of most visitors; of two the first by its code. */
function leaderOf(countries: Countries): string | undefined {
  const known = countries.filter(([code]) => code !== '');
  return known.sort(([a, of], [b, than]) => than - of || (a < b ? -1 : 1))[0]?.[0];
}

function percentOf(countries: Countries, country: string): number {
  const visitors = countries.find(([code]) => code === country)?.[1] ?? 0;
  return visitors === 0 ? 0 : Math.round((100 * visitors) / sumOf(countries));
}
