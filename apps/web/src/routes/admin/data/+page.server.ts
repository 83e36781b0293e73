import { fail } from '@sveltejs/kit';
import { ERASE_ALL } from '@footfall/core/erase';
import { fieldsOf, refusal } from '#lib/server/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
  eraseAll: ERASE_ALL,
  total: await locals.footfall.count(),
  hasMadeSample: locals.account?.sample?.exists() ?? false,
});

/** A field that may be left empty. */
const ifAny = (value: string): string | undefined => (value === '' ? undefined : value);

export const actions: Actions = {
  page: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    const [page, confirm] = [field('page').trim(), field('confirm')];
    try {
      const { pageViews } = await locals.footfall.data.erasePage({ page, confirm });
      return { done: { what: 'page' as const, name: page, pageViews, visits: 0 } };
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals }, 'page');
      return fail(status, { ...data, page });
    }
  },

  visitor: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    const [visitorId, confirm] = [field('visitor').trim(), field('confirm')];
    const [from, to] = [field('from'), field('to')];
    try {
      const forgotten = await locals.footfall.data.forgetVisitor({
        visitorId,
        confirm,
        from: ifAny(from),
        to: ifAny(to),
      });
      return { done: { what: 'visitor' as const, name: visitorId, ...forgotten } };
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals }, 'visitor');
      return fail(status, { ...data, visitor: visitorId, from, to });
    }
  },

  everything: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    try {
      await locals.footfall.data.eraseAll({ confirm: field('confirm') });
      return { done: { what: 'everything' as const, name: '', pageViews: 0, visits: 0 } };
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals }, 'everything');
    }
  },
};
