import { csvOf } from '@footfall/core/csv';
import type { AnalyticsReads } from '@footfall/trpc';
import { error } from '@sveltejs/kit';
import { comparedInput, filterInput, parseView } from '#lib/dashboard.ts';
import { DASHBOARD_LISTS } from '#lib/lists.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { daysOf, LIST_KEYS, type Clock } from './dashboard.ts';
import { listRows, MOST_ROWS } from './list-rows.ts';
import { objectionOf } from './objection.ts';

/** Most rows of a file. */
const MOST = 10_000;

const COLUMNS = ['Visitors', 'Visits', 'Page views', 'Bounce rate', 'Visit time in seconds'];

type Row = readonly (string | number | null)[];

/**
 * What an address of a dashboard shows, as a file for a spreadsheet: the list that it names, or the series.
 * @param clock with what the file's name begins with
 */
export async function csvFile(
  reads: AnalyticsReads,
  query: URLSearchParams,
  clock: Clock & { readonly prefix?: string },
): Promise<Response> {
  // A file is read by programs, in English.
  const { texts, names, rowName, sentences } = await statisticsOf('en');
  const { view, problems } = parseView(query, LIST_KEYS);
  const [problem] = sentences(problems);
  if (problem !== undefined) error(400, problem);
  const { dates } = daysOf(view, clock);
  const list = DASHBOARD_LISTS.find(({ key }) => key === view.list);
  try {
    const name = list === undefined ? 'Numbers' : texts.lists[list.key].title;
    const rows = list === undefined ? await seriesRows() : await allRows();
    const columns = [
      list === undefined ? 'From' : texts.lists[list.key].heading,
      ...COLUMNS,
      ...(list === undefined ? ['Views per visit'] : []),
    ];
    const file = `${clock.prefix ?? ''}${name.toLowerCase().replaceAll(' ', '-')}-${dates.from}-${dates.to}.csv`;
    return new Response(csvOf(columns, rows), {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${file}"`,
      },
    });
  } catch (caught) {
    const objection = objectionOf(caught);
    if (objection === undefined) throw caught;
    error(400, objection.message);
  }

  async function seriesRows(): Promise<Row[]> {
    const { interval, filters } = view;
    const { series } = await reads.visitors({
      ...dates,
      ...filterInput(filters),
      ...comparedInput({ ...view, compare: 'off', matchesWeekdays: false, comparedDays: undefined }),
      ...(interval && { interval }),
      limit: 1,
    });
    return series
      .filter(({ start }) => start <= clock.at)
      .map((each) => [
        each.start,
        each.visitors,
        each.visits,
        each.views,
        each.bounceRate,
        each.averageVisitMs / 1000,
        each.viewsPerVisit,
      ]);
  }

  async function allRows(): Promise<Row[]> {
    const rows: Row[] = [];
    for (let offset = 0, total = 1; offset < Math.min(total, MOST); offset += MOST_ROWS) {
      const page = await listRows(reads, { view, dates, names }, { offset, limit: MOST_ROWS });
      total = page.total;
      for (const { value, visitors, visits, views, bounceRate, averageVisitMs } of page.rows)
        rows.push([
          list === undefined ? value : rowName(list, value),
          visitors,
          visits,
          views,
          bounceRate,
          averageVisitMs === null ? null : averageVisitMs / 1000,
        ]);
    }
    return rows;
  }
}
