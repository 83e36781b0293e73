import { fail, redirect } from '@sveltejs/kit';
import { nextPage } from '@footfall/core/sign-in';
import type { OwnerAccount, SignInClient } from '@footfall/trpc';
import {
  accountOf,
  clientOf,
  fieldsOf,
  keepSession,
  PASSKEY_FORM_BYTES,
  refusal,
} from '#lib/server/account.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  if (locals.owner !== undefined) redirect(303, nextPage(url.searchParams.get('next')));
  const asked = locals.account?.passkeys?.request();
  return { passkey: asked && (await withTimeout(asked, STORE_TIMEOUT_MS)) };
};

interface Sent {
  readonly field: (name: string) => string;
  readonly client: SignInClient;
  /** The token of the session that the browser has. */
  readonly previous: string | undefined;
}

export const actions: Actions = {
  /**
   * A passkey; or the password, and with a second factor a code after it: the first answer has the secret that the second
   * form sends.
   */
  default: async ({ request, locals, cookies, url, setHeaders }) => {
    const account = accountOf(locals);
    const field = await fieldsOf(request, PASSKEY_FORM_BYTES);
    const previous = cookies.get(account.cookie.name);
    const client = clientOf({ request, locals });
    try {
      const next = await nextStep(account, { field, client, previous });
      if ('step' in next) return { step: next.step, problem: undefined };
      keepSession(cookies, account, next);
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals });
      // After too long the password is asked for again.
      return fail(status, { problem: data.problem, step: status === 403 ? '' : field('step') });
    }
    redirect(303, nextPage(url.searchParams.get('next')));
  },
};

function nextStep(account: OwnerAccount, { field, client, previous }: Sent) {
  const [step, passkey] = [field('step'), field('passkey')];
  if (passkey !== '' && account.passkeys !== undefined)
    return account.passkeys.signIn(passkey, client, previous);
  return step === ''
    ? account.signIn(field('password'), client, previous)
    : account.enterCode({ step, code: field('code') }, client, previous);
}
