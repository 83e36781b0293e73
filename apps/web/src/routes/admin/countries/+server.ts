import { error, json } from '@sveltejs/kit';
import { datesOf, filterInput, parseView, todayOf } from '#lib/dashboard.ts';
import { objectionOf } from '#lib/server/objection.ts';
import type { RequestHandler } from './$types';

/** There are fewer countries. */
const MOST = 300;

/** The visits of every country, for the map of an address of the dashboard. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const { footfall } = locals;
  const { view, problems } = parseView(url.searchParams, []);
  if (problems[0] !== undefined) error(400, problems[0]);
  const { timeZone, at, since } = await footfall.overview({ period: 'today' });
  const firstDay = since === null ? undefined : todayOf(since, timeZone);
  const dates = datesOf(view.period, todayOf(at, timeZone), firstDay);
  try {
    const { countries } = await footfall.analytics.visitors({
      ...dates,
      ...filterInput(view.filters),
      compare: 'off',
      limit: MOST,
    });
    return json(countries.map(({ value, visits }) => ({ value, visits })));
  } catch (caught) {
    const objection = objectionOf(caught);
    if (objection === undefined) throw caught;
    error(400, objection);
  }
};
