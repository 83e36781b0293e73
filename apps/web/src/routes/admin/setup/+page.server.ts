import { fail, redirect } from '@sveltejs/kit';
import { PASSWORD_CHARACTERS } from '@footfall/core/sign-in';
import { accountOf, clientOf, fieldsOf, keepSession, refusal } from '#lib/server/account.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import type { Actions, PageServerLoad } from './$types';

const tokenOf = (url: URL): string => url.searchParams.get('token') ?? '';

export const load: PageServerLoad = async ({ locals, url }) => {
  const account = accountOf(locals);
  return {
    isValid: await account.canSetUp(tokenOf(url)),
    isFixed: account.isFixed,
    characters: PASSWORD_CHARACTERS,
  };
};

export const actions: Actions = {
  default: async ({ request, locals, cookies, url, setHeaders }) => {
    const account = accountOf(locals);
    const field = await fieldsOf(request);
    if (field('password') !== field('repeated'))
      return fail(400, {
        problem: (await loadTexts(locals.language, ['account'])).account.problems.repeated,
      });
    try {
      const client = clientOf({ request, locals });
      keepSession(cookies, account, await account.setUp(tokenOf(url), field('password'), client));
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals });
    }
    // An owner who has forgotten the password has been through the rest.
    const known = await withTimeout(locals.footfall.count(), STORE_TIMEOUT_MS);
    redirect(303, known?.count === 0 ? '/admin/setup/site' : '/admin');
  },
};
