import { redirect } from '@sveltejs/kit';
import { saveSettings } from '#lib/server/settings.ts';
import { timeZones } from '#lib/server/time-zones.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
  const { settings } = await locals.footfall.settings.get();
  return { list: settings, zones: timeZones() };
};

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const refused = await saveSettings(request, locals);
    if (refused !== undefined) return refused;
    redirect(303, '/admin/setup/install');
  },
};
