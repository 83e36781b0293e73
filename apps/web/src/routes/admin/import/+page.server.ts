import { redirect } from '@sveltejs/kit';
import { fieldsOf, refusal } from '#lib/server/account.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

const HERE = '/admin/import';

/** Whether a runtime has no import. */
const isAbsent = (error: unknown): boolean => (error as { readonly code?: unknown }).code === 'NOT_FOUND';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { imports } = locals.footfall;
  try {
    return {
      status: await imports.status(),
      imported: await imports.list(),
      refused: url.searchParams.get('refused'),
    };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return { status: undefined, imported: [], refused: null };
  }
};

/** Does something with a form, and shows the page anew. */
const doing =
  (work: (event: RequestEvent, field: (name: string) => string) => Promise<unknown>): Actions[string] =>
  async (event) => {
    try {
      await work(event, await fieldsOf(event.request));
    } catch (caught) {
      return refusal(caught, event);
    }
    redirect(303, HERE);
  };

const CHOICES = ['take', 'leave'] as const;

export const actions: Actions = {
  run: doing(({ locals }, field) => {
    const older = CHOICES.find((choice) => choice === field('older'));
    return locals.footfall.imports.run(older && { older });
  }),
  cancel: doing(({ locals }) => locals.footfall.imports.cancel()),
  undo: doing(({ locals }, field) => locals.footfall.imports.undo({ id: Number(field('id')) })),
};
