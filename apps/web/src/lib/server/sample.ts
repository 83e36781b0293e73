import { redirect } from '@sveltejs/kit';
import type { SampleData, SharedReads } from '@footfall/trpc';
import { accountOf } from './account.ts';
import { refuse } from './refuse.ts';

export const SAMPLE_ADDRESS = '/admin/sample';

/** The sample data of this Footfall; 404 where its database is no file. */
export function sampleOf(locals: App.Locals): SampleData {
  return accountOf(locals).sample ?? refuse(404, 'no-sample');
}

/** What it shows; a browser that asks while there is none is sent to the page that makes it. */
export async function sampleReadsOf(locals: App.Locals): Promise<SharedReads> {
  const state = await sampleOf(locals).open();
  return state.kind === 'ready' ? state.reads : redirect(303, SAMPLE_ADDRESS);
}
