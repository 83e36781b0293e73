import type { AnalyticsReads } from '@footfall/trpc';
import { error, json } from '@sveltejs/kit';
import { filterInput, parseView } from '#lib/dashboard.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { daysOf, type Clock } from './dashboard.ts';
import { objectionOf } from './objection.ts';

/** There are fewer countries. */
const MOST = 300;

/** The visits of every country, for the map of an address of a dashboard. */
export async function mapCountries(
  reads: AnalyticsReads,
  query: URLSearchParams,
  clock: Clock,
): Promise<Response> {
  const { view, problems } = parseView(query, []);
  const [problem] = (await statisticsOf('en')).sentences(problems);
  if (problem !== undefined) error(400, problem);
  try {
    const { countries } = await reads.visitors({
      ...daysOf(view, clock).dates,
      ...filterInput(view.filters),
      compare: 'off',
      limit: MOST,
    });
    return json(countries.map(({ value, visits }) => ({ value, visits })));
  } catch (caught) {
    const objection = objectionOf(caught);
    if (objection === undefined) throw caught;
    error(400, objection.message);
  }
}
