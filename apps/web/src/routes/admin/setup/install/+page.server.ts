import { fail, redirect } from '@sveltejs/kit';
import { fieldsOf } from '#lib/server/account.ts';
import { addressesWith, healthLines } from '#lib/server/health.ts';
import { objectionOf, sentenceIn } from '#lib/server/objection.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { choicesOf, installOf } from '#lib/snippets.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { footfall, keptParameters, publicUrl, scriptName, settings } = locals;
  const origin = publicUrl ?? url.origin;
  // The site of these settings, not of what the address says.
  const query = new URLSearchParams({ kind: url.searchParams.get('kind') ?? '' });
  const choices = {
    ...choicesOf(query, { keptParameters, hosts: settings.hosts }),
    consent: settings.requireConsent,
    device: settings.identity === 'device',
    everyone: !settings.respectDnt,
  };
  const { install, setup, site } = await loadTexts(locals.language, ['install', 'setup', 'site']);
  const { tracker, consent } = installOf({ origin, scriptName }, choices, install.files);
  const [arrivals, { settings: list }] = await Promise.all([
    withTimeout(footfall.arrivals(), STORE_TIMEOUT_MS),
    footfall.settings.get(),
  ]);
  const health = locals.health();
  const addresses = list.find(({ name }) => name === 'IGNORED_ADDRESSES');
  const isListed = addresses?.value.split(',').some((each) => each.trim() === health?.entry) === true;
  const isFixed = addresses?.fixed !== null;
  return {
    kind: choices.kind,
    samples: [...tracker, ...(consent === undefined ? [] : [consent])],
    arrivals,
    origin,
    hasSample: locals.account?.sample !== undefined,
    health: healthLines({ locals, origin }, setup.health, site.formats),
    isIgnored: health?.isIgnored === true,
    entry: isFixed || (health?.isIgnored === true && !isListed) ? undefined : health?.entry,
  };
};

export const actions: Actions = {
  /** Excludes the address of this browser from counting, or includes it again. */
  address: async ({ request, locals, url }) => {
    const entry = locals.health()?.entry;
    if (entry === undefined)
      return fail(400, {
        problem: (await loadTexts(locals.language, ['setup'])).setup.own.notAlone,
      });
    const field = await fieldsOf(request);
    const isIgnored = field('ignored') === 'true';
    try {
      const { settings } = await locals.footfall.settings.get();
      await locals.footfall.settings.set({
        IGNORED_ADDRESSES: addressesWith(settings, { entry, isIgnored }),
      });
    } catch (caught) {
      const problem = objectionOf(caught);
      if (problem === undefined) throw caught;
      return fail(400, { problem: await sentenceIn(locals.language, problem) });
    }
    const kind = url.searchParams.get('kind');
    redirect(303, `/admin/setup/install${kind === null ? '' : `?kind=${encodeURIComponent(kind)}`}#health`);
  },
};
