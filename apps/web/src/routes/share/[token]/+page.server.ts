import { redirect } from '@sveltejs/kit';
import { filtersFrom } from '#lib/dashboard.ts';
import { DASHBOARD } from '#lib/rereading.svelte.ts';
import { accountOf, clientOf, fieldsOf, refusal } from '#lib/server/account.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { keepProof, notThere, readShared, shareAddress, shareOf } from '#lib/server/share.ts';
import type { Actions, PageServerLoad } from './$types';

const THEMES = ['light', 'dark'] as const;

export const load: PageServerLoad = async (event) => {
  const { params, url, locals, setHeaders, depends } = event;
  depends(DASHBOARD);
  const { name, filters, origins, state, reads } = await shareOf(event);
  if (reads === undefined) {
    // With no referrer at all a browser sends no origin along with a form either.
    setHeaders({ 'referrer-policy': 'same-origin' });
    return { isLocked: true as const };
  }

  const query = new URLSearchParams(url.searchParams);
  const isEmbedded = query.get('embed') === '1';
  const theme = THEMES.find((each) => each === query.get('theme'));
  query.delete('embed');
  query.delete('theme');
  if (isEmbedded && origins.length > 0) locals.embedded = { origins, theme };
  const kept = { ...(isEmbedded && { embed: '1', ...(theme !== undefined && { theme }) }) };
  const statistics = await statisticsOf(locals.language);
  const page = { path: shareAddress(params), kept: Object.entries(kept), statistics };
  return {
    isLocked: false as const,
    name,
    state,
    isEmbedded,
    fixed: filtersFrom(filters).map(statistics.filterText),
    ...(await readShared(reads, query, page)),
  };
};

export const actions: Actions = {
  default: async (event) => {
    const { request, locals, params, url, setHeaders } = event;
    const field = await fieldsOf(request);
    try {
      const client = clientOf({ request, locals });
      const proof = await accountOf(locals).shares.unlock(params.token, field('password'), client);
      if (proof === undefined) notThere();
      else keepProof(event, proof);
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals });
    }
    redirect(303, url.pathname + url.search);
  },
};
