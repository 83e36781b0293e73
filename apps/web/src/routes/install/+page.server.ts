import { choicesOf, hostAdvice } from '#lib/snippets.ts';
import { withTimeout, STORE_TIMEOUT_MS } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, setHeaders }) => {
  const { footfall, hasHost, keptParameters, publicUrl, scriptName, settings } = locals;
  const { hosts } = settings;
  const choices = choicesOf(url.searchParams, { keptParameters, hosts });
  // What the page waits for begins with its loading.
  setHeaders({ 'cache-control': 'private, no-cache' });
  const [arrivals, visitors] = await Promise.all([
    withTimeout(footfall.arrivals(), STORE_TIMEOUT_MS),
    withTimeout(footfall.visitorStats(), STORE_TIMEOUT_MS),
  ]);
  return {
    arrivals,
    unknownProxy: locals.unknownProxy,
    // For the preview of the widget, which follows them by itself.
    visitors,
    choices,
    advice: hostAdvice(choices.site, hosts, hasHost),
    keptParameters,
    origin: publicUrl ?? url.origin,
    scriptName,
  };
};
