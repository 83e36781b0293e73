import { choicesOf } from '#lib/snippets.ts';
import { isStoreAway } from '#lib/server/store-away.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  const { footfall, keptParameters, publicUrl, scriptName } = locals;
  // What the page waits for begins with its loading.
  setHeaders({ 'cache-control': 'private, no-cache' });
  const arrivals = await footfall.arrivals().catch((error: unknown) => {
    if (isStoreAway(error)) return undefined;
    throw error;
  });
  return {
    arrivals,
    unknownProxy: locals.unknownProxy,
    isChosen: url.searchParams.has('sent'),
    choices: choicesOf(url.searchParams, keptParameters),
    origin: publicUrl ?? url.origin,
    scriptName,
  };
};
