import { fail, redirect } from '@sveltejs/kit';
import { PASSWORD_CHARACTERS } from '@footfall/core/sign-in';
import type { OwnerFactor, OwnerPasskeys } from '@footfall/trpc';
import { qrOf } from '#lib/server/qr.ts';
import {
  accountOf,
  clientOf,
  fieldsOf,
  keepSession,
  PASSKEY_FORM_BYTES,
  refusal,
} from '#lib/server/account.ts';
import { refuse } from '#lib/server/refuse.ts';
import { loadTexts } from '#lib/texts/languages.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
  const account = accountOf(locals);
  const [sessions, keys, recoveryCodes, passkeys] = await Promise.all([
    account.sessions(),
    account.keys.list(),
    account.secondFactor.recoveryCodes(),
    account.passkeys?.list(),
  ]);
  return {
    isFixed: account.isFixed,
    characters: PASSWORD_CHARACTERS,
    keys,
    recoveryCodes,
    passkeys,
    hasChanged: url.searchParams.has('changed'),
    sessions: sessions.map((session) => ({
      ...session,
      isThis: session.session === locals.owner?.session,
    })),
  };
};

/** A secret as the page shows it; nothing where it is none. */
const shown = ({ secret, address }: ReturnType<OwnerFactor['offer']>) =>
  address === '' ? undefined : { secret, qr: qrOf(address) };

const passkeysOf = (locals: App.Locals): OwnerPasskeys =>
  accountOf(locals).passkeys ?? refuse(404, 'no-passkeys');

/** The page is the signed-in owner's alone, so there is a session. */
const sessionOf = ({ owner }: App.Locals): string => owner?.session ?? '';

export const actions: Actions = {
  password: async ({ request, locals, cookies, setHeaders }) => {
    const account = accountOf(locals);
    const field = await fieldsOf(request);
    const [current, next] = [field('current'), field('password')];
    if (next !== field('repeated'))
      return fail(400, {
        at: 'password',
        problem: (await loadTexts(locals.language, ['account'])).account.problems.newRepeated,
      });
    try {
      const client = clientOf({ request, locals });
      keepSession(cookies, account, await account.changePassword({ current, next }, client));
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals }, 'password');
    }
    redirect(303, '/admin/account?changed');
  },

  revoke: async ({ request, locals }) => {
    const field = await fieldsOf(request);
    await accountOf(locals).revoke(field('session'));
    redirect(303, '/admin/account');
  },

  offer: async ({ request, locals }) => {
    await fieldsOf(request);
    return { offer: shown(accountOf(locals).secondFactor.offer()) };
  },

  // Without a redirect: the codes are in this one answer and nowhere else.
  turnOn: async ({ request, locals, setHeaders }) => {
    const { secondFactor } = accountOf(locals);
    const field = await fieldsOf(request);
    const [secret, code, password] = [field('secret'), field('code'), field('password')];
    try {
      const client = clientOf({ request, locals });
      return { recoveryCodes: await secondFactor.turnOn({ secret, code, password }, client) };
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals }, 'second-factor');
      return fail(status, { ...data, offer: shown(secondFactor.offer(secret)) });
    }
  },

  turnOff: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    try {
      await accountOf(locals).secondFactor.turnOff(field('password'), clientOf({ request, locals }));
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals }, 'second-factor');
    }
    redirect(303, '/admin/account#second-factor');
  },

  // Without a redirect: what the browser needs to make it is in this one answer.
  offerPasskey: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    const [name, password] = [field('name'), field('password')];
    try {
      const client = clientOf({ request, locals });
      const options = await passkeysOf(locals).offer({ name, password, session: sessionOf(locals) }, client);
      return { passkeyOffer: { name, options } };
    } catch (caught) {
      const { status, data } = await refusal(caught, { setHeaders, locals }, 'passkey');
      return fail(status, { ...data, passkeyName: name });
    }
  },

  addPasskey: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request, PASSKEY_FORM_BYTES);
    const [name, answer] = [field('name'), field('answer')];
    try {
      await passkeysOf(locals).add({ name, answer, session: sessionOf(locals) });
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals }, 'passkey');
    }
    redirect(303, '/admin/account#passkeys');
  },

  revokePasskey: async ({ request, locals }) => {
    const field = await fieldsOf(request);
    await passkeysOf(locals).revoke(field('passkey'));
    redirect(303, '/admin/account#passkeys');
  },

  // Without a redirect: the key is in this one answer and nowhere else.
  makeKey: async ({ request, locals, setHeaders }) => {
    const field = await fieldsOf(request);
    const scopes = ['read', 'write'].filter((scope) => field(scope) !== '');
    try {
      return { made: await accountOf(locals).keys.make(field('name'), scopes) };
    } catch (caught) {
      return await refusal(caught, { setHeaders, locals }, 'key');
    }
  },

  revokeKey: async ({ request, locals }) => {
    const field = await fieldsOf(request);
    await accountOf(locals).keys.revoke(field('key'));
    redirect(303, '/admin/account#keys');
  },
};
