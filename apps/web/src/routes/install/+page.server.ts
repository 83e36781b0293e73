import { LANGUAGES } from '@footfall/tracker/languages';
import { choicesOf, hostAdvice } from '#lib/snippets.ts';
import { withTimeout, STORE_TIMEOUT_MS } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  const { footfall, hasHost, keptParameters, publicUrl, scriptName, settings } = locals;
  const { hosts } = settings;
  const choices = choicesOf(url.searchParams, { keptParameters, hosts });
  // The page counts arrivals from the moment it is loaded, so it is never cached.
  setHeaders({ 'cache-control': 'private, no-cache' });
  const [arrivals, visitors] = await Promise.all([
    withTimeout(footfall.arrivals(), STORE_TIMEOUT_MS),
    withTimeout(footfall.visitorStats(), STORE_TIMEOUT_MS),
  ]);
  return {
    arrivals,
    hasSample: locals.account?.sample !== undefined,
    unknownProxy: locals.unknownProxy,
    // The first numbers of the widget's preview, which then updates itself.
    visitors,
    widgetWords: LANGUAGES[locals.language],
    choices,
    advice: hostAdvice(choices.site, hosts, hasHost),
    keptParameters,
    origin: publicUrl ?? url.origin,
    scriptName,
  };
};
