import { fail, redirect } from '@sveltejs/kit';
import { todayOf } from '#lib/dashboard.ts';
import { fieldsOf } from '#lib/server/account.ts';
import { objectionOf, sentenceIn } from '#lib/server/objection.ts';
import { refuse } from '#lib/server/refuse.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import type { Actions, PageServerLoad } from './$types';

const HERE = '/admin/annotations';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { footfall } = locals;
  const annotations = await withTimeout(footfall.annotations.list(), STORE_TIMEOUT_MS);
  const site = await withTimeout(footfall.overview({ period: 'today' }), STORE_TIMEOUT_MS);
  if (annotations === undefined || site === undefined) refuse(503, 'numbers-down');
  const today = todayOf(site.at, site.timeZone);
  // A link from the chart may name a day; what is no date is not one.
  const asked = url.searchParams.get('date') ?? '';
  const isNamed = /^\d{4}-\d\d-\d\d$/.test(asked);
  return {
    annotations,
    date: isNamed ? asked : today,
    isNamed,
    edited: Number(url.searchParams.get('edit')),
  };
};

/** Does something with the fields of a form, and shows the page anew; what is wrong with them is said beside them. */
const changing =
  (change: (field: (name: string) => string, locals: App.Locals) => Promise<unknown>): Actions[string] =>
  async ({ request, locals }) => {
    const field = await fieldsOf(request);
    const values = {
      id: Number(field('id')),
      date: field('date'),
      text: field('text'),
      isPublic: isPublic(field),
    };
    try {
      await change(field, locals);
    } catch (caught) {
      const { cause } = caught as { readonly cause?: { readonly code?: unknown } };
      if (cause?.code === 'NOT_FOUND') return fail(404, { problem: await gone(locals), values });
      const objection = objectionOf(caught);
      if (objection === undefined) throw caught;
      return fail(400, { problem: await sentenceIn(locals.language, objection), values });
    }
    redirect(303, HERE);
  };

const gone = async ({ language }: App.Locals): Promise<string> =>
  (await loadTexts(language, ['owner'])).owner.annotations.gone;

const isPublic = (field: (name: string) => string): boolean => field('public') === 'true';

const annotationIn = (field: (name: string) => string) => ({
  date: field('date'),
  text: field('text'),
  isPublic: isPublic(field),
});

export const actions: Actions = {
  add: changing((field, { footfall }) => footfall.annotations.add(annotationIn(field))),
  edit: changing((field, { footfall }) =>
    footfall.annotations.edit({ id: Number(field('id')), ...annotationIn(field) }),
  ),
  remove: changing((field, { footfall }) => footfall.annotations.remove({ id: Number(field('id')) })),
};
