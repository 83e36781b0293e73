import { fail, redirect } from '@sveltejs/kit';
import { nextPage } from '@footfall/core/sign-in';
import { accountOf, clientOf, fieldsOf, keepSession, refusal } from '#lib/server/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.owner !== undefined) redirect(303, nextPage(url.searchParams.get('next')));
};

export const actions: Actions = {
  /** The password, and with a second factor a code after it: the first answer has the secret that the second form sends. */
  default: async ({ request, locals, cookies, url, setHeaders }) => {
    const account = accountOf(locals);
    const field = await fieldsOf(request);
    const previous = cookies.get(account.cookie.name);
    const client = clientOf({ request, locals });
    const step = field('step');
    try {
      const next =
        step === ''
          ? await account.signIn(field('password'), client, previous)
          : await account.enterCode({ step, code: field('code') }, client, previous);
      if ('step' in next) return { step: next.step, problem: undefined };
      keepSession(cookies, account, next);
    } catch (caught) {
      const { status, data } = refusal(caught, setHeaders);
      // After too long the password is asked for again.
      return fail(status, { problem: data.problem, step: status === 403 ? '' : step });
    }
    redirect(303, nextPage(url.searchParams.get('next')));
  },
};
