import { fail, redirect, type ActionFailure } from '@sveltejs/kit';
import { filterInput, filtersFrom, parseView, viewAddress, withoutAction } from '#lib/dashboard.ts';
import { fieldsOf, refusal } from '#lib/server/account.ts';
import { refuse } from '#lib/server/refuse.ts';
import { LIST_KEYS } from '#lib/server/dashboard.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

const HERE = '/admin/segments';

/** The view of the overview that came along, whose filters a new segment gets. */
function viewIn({ searchParams }: URL) {
  // SvelteKit names the form of a page in its query.
  const query = [...withoutAction(searchParams)].filter(([name]) => name !== 'rename');
  return parseView(new URLSearchParams(query), LIST_KEYS);
}

export const load: PageServerLoad = async ({ locals, url }) => {
  const segments = await withTimeout(locals.footfall.segments.list(), STORE_TIMEOUT_MS);
  if (segments === undefined) refuse(503, 'numbers-down');
  const { view, problems } = viewIn(url);
  const { filterText, sentences } = await statisticsOf(locals.language);
  return {
    chosen: view.filters.map(filterText),
    problems: sentences(problems),
    renamed: Number(url.searchParams.get('rename')),
    segments: segments.map(({ id, name, filters }) => {
      if (filters === null) return { id, name };
      const its = filtersFrom(filters);
      return { id, name, filters: its.map(filterText), address: viewAddress({ ...view, filters: its }) };
    }),
  };
};

/** The page that is shown then, or what is wrong. */
type Next = string | ActionFailure<{ problem: string; name: string }>;

/** Does something with the fields of a form; what is wrong with them is said beside them. */
const changing =
  (change: (field: (name: string) => string, event: RequestEvent) => Promise<Next>): Actions[string] =>
  async (event) => {
    const field = await fieldsOf(event.request);
    let next: Next;
    try {
      next = await change(field, event);
    } catch (caught) {
      const { status, data } = await refusal(caught, event);
      return fail(status, { problem: data.problem, name: field('name') });
    }
    if (typeof next !== 'string') return next;
    redirect(303, next);
  };

export const actions: Actions = {
  save: changing(async (field, { locals, url }) => {
    const { view, problems } = viewIn(url);
    // Without the filter that could not be read a segment would be of more visits than are meant.
    const [problem] = (await statisticsOf(locals.language)).sentences(problems);
    if (problem !== undefined) return fail(400, { problem, name: field('name') });
    await locals.footfall.segments.save({ name: field('name'), filters: filterInput(view.filters) });
    return viewAddress(view);
  }),
  rename: changing(async (field, { locals }) => {
    await locals.footfall.segments.rename({ id: Number(field('id')), name: field('name') });
    return HERE;
  }),
  remove: changing(async (field, { locals }) => {
    await locals.footfall.segments.remove({ id: Number(field('id')) });
    return HERE;
  }),
};
