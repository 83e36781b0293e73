import { DIMENSIONS, VISIT_DIMENSIONS } from '@footfall/core';
import type { Connection } from '@footfall/db';
import { NONE, textOf, timeOf, type Counts, type Numbers, type Rows } from './model.ts';
import { rowsOf } from './support.ts';

type Row = Record<string, unknown>;

/** Everything that the tables hold, read row by row and without any rule, in the words of the model. */
export async function numbersIn(connection: Pick<Connection, 'database'>): Promise<Numbers> {
  const read = (sql: string) => rowsOf(connection, sql);
  const [hourly, daily, hours, pages, all, countries, devices, ledger, visits, visitHours, log, waiting] =
    await Promise.all([
      read(countsSql('hour')),
      read(countsSql('day')),
      read('select * from visitor_hours'),
      read('select * from visitor_counts'),
      read('select * from visitor_stats'),
      read(`select visitors, value from visitor_countries ${valueSql('country', 2)}`),
      read(`select visitors.*, value from visitors ${valueSql('country', 2)}`),
      read('select * from visitor_ledger'),
      read(VISITS),
      read('select * from visitor_session_hours order by hour'),
      read(LOG),
      read('select *, lower(hex(id)) as report from visitor_engagements'),
    ]);
  return {
    hourly: countsOf(hourly, 'hour'),
    daily: countsOf(daily, 'day'),
    hours: rows(hours, (row) => [
      time(row['hour']),
      {
        day: time(row['day']),
        ...counted(row),
        bounces: Number(row['bounces']),
        visitMs: Number(row['visit_ms']),
      },
    ]),
    pages: rows([...all, ...pages], (row) => [
      'page_identifier' in row ? text(row['page_identifier']) : 'all',
      { views: Number(row['view_count'] ?? row['total_views']), lastAt: time(row['last_updated_at']) },
    ]),
    countries: rows(countries, (row) => [text(row['value']), { visitors: Number(row['visitors']) }]),
    devices: rows(devices, (row) => [
      String(row['visitor']),
      { firstAt: time(row['first_at']), firstHour: time(row['first_hour']), country: text(row['value']) },
    ]),
    ledger: rows(ledger, (row) => [
      `${time(row['day'])} ${String(row['reason'])} ${text(row['detail'])}`,
      { reports: Number(row['reports']) },
    ]),
    visits: rows(visits, (row) => {
      const isOfIt = ({ session }: Row): boolean => session === row['id'];
      const reports = log.filter(isOfIt).map(({ report }) => String(report));
      return [
        reports[0] ?? '',
        {
          visitor: Number(row['visitor']),
          prior: row['prior'] === null ? null : Number(row['prior']),
          startedAt: time(row['started_at']),
          enteredAt: time(row['entered_at']),
          endedAt: time(row['ended_at']),
          exitedAt: time(row['exited_at']),
          seenUntil: time(row['seen_until']),
          hour: time(row['hour']),
          day: time(row['day']),
          views: Number(row['views']),
          registrations: Number(row['registrations']),
          engagedMs: Number(row['engaged_ms']),
          entry: text(row['entry_page']),
          exit: text(row['exit_page']),
          facts: (JSON.parse(String(row['known'])) as string[]).join('|'),
          hours: visitHours
            .filter(isOfIt)
            .map((own) => [time(own['hour']), time(own['day']), own['visitor'], own['views']].join(' '))
            .join(', '),
          reports: reports.join(' '),
        },
      ];
    }),
    log: rows(log, (row) => [
      String(row['report']),
      {
        page: text(row['value']),
        at: time(row['viewed_at']),
        visitor: Number(row['visitor']),
        prior: row['prior'] === null ? null : Number(row['prior']),
        hour: time(row['hour']),
        engagedMs: Number(row['engaged_ms']),
        scrollPercent: Number(row['scroll_percent']),
      },
    ]),
    waiting: rows(waiting, (row) => [
      String(row['report']),
      {
        engagedMs: Number(row['engaged_ms']),
        scrollPercent: Number(row['scroll_percent']),
        seenUntil: time(row['seen_until']),
      },
    ]),
  };
}

/** The value of a row as text: an id that is of another list shows as none. */
function valueSql(column: string, dimension: string | number): string {
  return `left join visitor_values on visitor_values.id = ${column} and visitor_values.dimension = ${dimension}`;
}

function countsSql(every: 'hour' | 'day'): string {
  // Entry and exit pages are pages.
  const dimension = 'case when counts.dimension in (11, 12) then 1 else counts.dimension end';
  return `
    select counts.dimension, ${every}, views, visits, visitors, visitor_values.value as text
    from visitor_${every === 'hour' ? 'hourly' : 'daily'}_counts counts ${valueSql('counts.value', dimension)}`;
}

const VISITS = `
  select visit.*,
    (select value from visitor_values where id = visit.entry and dimension = 1) as entry_page,
    (select value from visitor_values where id = visit.exit and dimension = 1) as exit_page,
    (select json_array(${VISIT_DIMENSIONS.map(
      (fact) =>
        `iif(${fact} = 0, '', (select value from visitor_values where id = ${fact} and dimension = ${DIMENSIONS.indexOf(fact) + 1}))`,
    ).join(', ')}) from visitor_facts where id = visit.facts) as known
  from visitor_sessions visit`;

const LOG = `
  select log.*, lower(hex(known.id)) as report, value
  from visitor_page_views log
  left join visitor_event_ids known on known.seq = log.seq
  ${valueSql('page', 1)}
  order by viewed_at, log.seq`;

/** The ids of the page views and registrations in the order in which they were stored. */
export async function storedIn(connection: Pick<Connection, 'database'>): Promise<string[]> {
  const log = await rowsOf(connection, 'select lower(hex(id)) as id from visitor_event_ids order by seq');
  return log.map(({ id }) => String(id));
}

/** Rows by what they are of. */
function rows<T extends object>(from: readonly Row[], entryOf: (row: Row) => [key: string, row: T]): Rows<T> {
  return new Map(from.map(entryOf));
}

function countsOf(from: readonly Row[], every: 'hour' | 'day'): Rows<Counts> {
  return rows(from, (row) => [
    `${DIMENSIONS[Number(row['dimension']) - 1]} ${time(row[every])} ${text(row['text'])}`,
    counted(row),
  ]);
}

function counted(row: Row): Counts {
  return {
    views: Number(row['views']),
    visits: Number(row['visits']),
    visitors: Number(row['visitors']),
  };
}

function time(value: unknown): string {
  return value === null ? NONE : timeOf(Number(value));
}

function text(value: unknown): string {
  return textOf(value as string | null);
}
