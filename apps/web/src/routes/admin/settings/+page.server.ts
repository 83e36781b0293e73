import { redirect } from '@sveltejs/kit';
import { SETTING_GROUPS } from '#lib/settings.ts';
import { saveSettings } from '#lib/server/settings.ts';
import { timeZones } from '#lib/server/time-zones.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { settings, notCounted } = await locals.footfall.settings.get();
  return {
    list: settings,
    notCounted,
    zones: timeZones(),
    saved: url.searchParams.get('saved') ?? undefined,
  };
};

export const actions: Actions = {
  default: async ({ request, locals, url }) => {
    const refused = await saveSettings(request, locals);
    if (refused !== undefined) return refused;
    const group = SETTING_GROUPS.find(({ id }) => id === url.searchParams.get('group'))?.id ?? '';
    redirect(303, `/admin/settings?saved=${group}#${group}`);
  },
};
