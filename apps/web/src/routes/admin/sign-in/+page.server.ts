import { redirect } from '@sveltejs/kit';
import { nextPage } from '@footfall/core/sign-in';
import { accountOf, clientOf, fieldsOf, keepSession, refusal } from '#lib/server/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.owner !== undefined) redirect(303, nextPage(url.searchParams.get('next')));
};

export const actions: Actions = {
  default: async ({ request, locals, cookies, url, setHeaders }) => {
    const account = accountOf(locals);
    const field = await fieldsOf(request);
    const previous = cookies.get(account.cookie.name);
    try {
      const signedIn = await account.signIn(field('password'), clientOf({ request, locals }), previous);
      keepSession(cookies, account, signedIn);
    } catch (caught) {
      return refusal(caught, setHeaders);
    }
    redirect(303, nextPage(url.searchParams.get('next')));
  },
};
