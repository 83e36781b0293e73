import { redirect } from '@sveltejs/kit';
import { accountOf, dropSession } from '#lib/server/account.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ locals, cookies }) => {
  const account = accountOf(locals);
  await account.signOut(cookies.get(account.cookie.name));
  dropSession(cookies, account);
  redirect(303, '/admin/sign-in');
};
