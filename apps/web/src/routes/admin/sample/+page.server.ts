import { redirect } from '@sveltejs/kit';
import { SAMPLE_ADDRESS, sampleOf } from '#lib/server/sample.ts';
import { readShared } from '#lib/server/share.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const state = await sampleOf(locals).open();
  if (state.kind !== 'ready') return { isLocked: true as const, state, settings: locals.settings };
  const statistics = await statisticsOf(locals.language);
  const page = { path: SAMPLE_ADDRESS, kept: [], statistics };
  return {
    isLocked: false as const,
    name: '',
    isEmbedded: false,
    problem: state.problem,
    fixed: [],
    // In the place of the owner's site, whose numbers these are not.
    settings: {
      ...locals.settings,
      name: (await loadTexts(locals.language, ['owner'])).owner.sample.title,
      hosts: [],
    },
    ...(await readShared(state.reads, new URLSearchParams(url.searchParams), page)),
  };
};

export const actions: Actions = {
  make: async ({ locals }) => {
    await sampleOf(locals).make();
    redirect(303, SAMPLE_ADDRESS);
  },

  remove: async ({ locals }) => {
    const sample = sampleOf(locals);
    await sample.remove();
    redirect(303, sample.exists() ? SAMPLE_ADDRESS : '/admin');
  },
};
