import { fail, redirect } from '@sveltejs/kit';
import { PASSWORD_CHARACTERS } from '@footfall/core/sign-in';
import { accountOf, clientOf, fieldsOf, keepSession, refusal } from '#lib/server/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const account = accountOf(locals);
  const sessions = await account.sessions();
  return {
    isFixed: account.isFixed,
    characters: PASSWORD_CHARACTERS,
    hasChanged: url.searchParams.has('changed'),
    sessions: sessions.map((session) => ({
      ...session,
      isThis: session.session === locals.owner?.session,
    })),
  };
};

export const actions: Actions = {
  password: async ({ request, locals, cookies, setHeaders }) => {
    const account = accountOf(locals);
    const field = await fieldsOf(request);
    const [current, next] = [field('current'), field('password')];
    if (next !== field('repeated')) return fail(400, { problem: 'The two new passwords are not the same.' });
    try {
      const client = clientOf({ request, locals });
      keepSession(cookies, account, await account.changePassword({ current, next }, client));
    } catch (caught) {
      return refusal(caught, setHeaders);
    }
    redirect(303, '/admin/account?changed');
  },

  revoke: async ({ request, locals }) => {
    const field = await fieldsOf(request);
    await accountOf(locals).revoke(field('session'));
    redirect(303, '/admin/account');
  },
};
