import { fail, redirect } from '@sveltejs/kit';
import { filterInput, filtersFrom, parseView, withoutAction } from '#lib/dashboard.ts';
import { fieldsOf, refusal } from '#lib/server/account.ts';
import { statisticsOf } from '#lib/statistics.ts';
import type { Actions, PageServerLoad } from './$types';

/** The filters of the address, which a new link gets, and what is wrong with them. */
function chosenIn({ searchParams }: URL) {
  // SvelteKit names the form of a page in its query.
  const query = withoutAction(searchParams);
  const { view, problems } = parseView(query, []);
  return { filters: view.filters, problems };
}

export const load: PageServerLoad = async ({ locals, url }) => {
  const { filterText, sentences } = await statisticsOf(locals.language);
  const { filters, problems } = chosenIn(url);
  return {
    origin: locals.publicUrl ?? url.origin,
    chosen: filters.map(filterText),
    problems: sentences(problems),
    shares: (await locals.footfall.shares.list()).map((share) => ({
      ...share,
      filters: filtersFrom(share.filters ?? {}).map(filterText),
    })),
  };
};

export const actions: Actions = {
  // Without a redirect: the address is in this one answer and nowhere else.
  make: async ({ request, locals, url, setHeaders }) => {
    const field = await fieldsOf(request);
    const { filters, problems } = chosenIn(url);
    const values = { name: field('name'), lastDay: field('lastDay'), sites: field('sites') };
    const [problem] = (await statisticsOf(locals.language)).sentences(problems);
    if (problem !== undefined) return fail(400, { problem, values });
    try {
      const sites = values.sites.split(/[\s,]+/).filter((site) => site !== '');
      const { name, address } = await locals.footfall.shares.make({
        name: values.name,
        password: field('password') || undefined,
        lastDay: values.lastDay || undefined,
        sites,
        filters: filterInput(filters),
      });
      return { made: { name, address, isEmbeddable: sites.length > 0 } };
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals });
      return fail(status, { problem: data.problem, values });
    }
  },

  revoke: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    try {
      await locals.footfall.shares.revoke({ id: field('share') });
    } catch (caught) {
      return refusal(caught, { setHeaders, locals });
    }
    redirect(303, '/admin/share#links');
  },
};
