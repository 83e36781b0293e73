import { fail, redirect } from '@sveltejs/kit';
import { filterInput, filtersFrom, parseView, withoutAction } from '#lib/dashboard.ts';
import { accountOf, fieldsOf, refusal } from '#lib/server/account.ts';
import { shareAddress } from '#lib/server/share.ts';
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
    shares: (await accountOf(locals).shares.list()).map((share) => ({
      ...share,
      filters: filtersFrom(share.filters).map(filterText),
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
      const typed = { ...values, password: field('password'), filters: filterInput(filters) };
      const { name, token } = await accountOf(locals).shares.make(typed);
      const address = (locals.publicUrl ?? url.origin) + shareAddress({ token });
      return { made: { name, address, isEmbeddable: values.sites.trim() !== '' } };
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals });
      return fail(status, { problem: data.problem, values });
    }
  },

  revoke: async ({ request, locals }) => {
    const field = await fieldsOf(request);
    await accountOf(locals).shares.revoke(field('share'));
    redirect(303, '/admin/share#links');
  },
};
