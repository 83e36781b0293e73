import { redirect } from '@sveltejs/kit';
import { refusal } from '#lib/server/account.ts';
import { SAMPLE_ADDRESS, sampleOf } from '#lib/server/sample.ts';
import { readShared } from '#lib/server/share.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const state = await sampleOf(locals).open();
  if (state.kind !== 'ready') return { isLocked: true as const, state, settings: locals.settings };
  const page = { path: SAMPLE_ADDRESS, kept: [] };
  return {
    isLocked: false as const,
    name: '',
    isEmbedded: false,
    fixed: [],
    // In the place of the owner's site, whose numbers these are not.
    settings: { ...locals.settings, name: 'Sample data', hosts: [] },
    ...(await readShared(state.reads, new URLSearchParams(url.searchParams), page)),
  };
};

export const actions: Actions = {
  make: async ({ locals, setHeaders }) => {
    try {
      await sampleOf(locals).make();
    } catch (caught) {
      return refusal(caught, setHeaders);
    }
    redirect(303, SAMPLE_ADDRESS);
  },

  remove: async ({ locals }) => {
    await sampleOf(locals).remove();
    redirect(303, '/admin');
  },
};
