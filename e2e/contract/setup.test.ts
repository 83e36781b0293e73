/** How an owner chooses the first password, changes it, and what a change ends. */
import { afterAll, describe, expect, it } from 'vitest';
import { CONFIGURATION, startFootfall } from '../configurations.ts';
import { footfallWith } from '../faults/cli.ts';

const footfall = await startFootfall();
afterAll(footfall.stop);

const origin = CONFIGURATION === 'workerd' ? 'http://localhost:3000' : footfall.url;
const LINK = /\/admin\/setup\?token=[\w-]{43}/g;

/** A setup link's path: what the command line makes where the store is a server, else what the start has printed. */
async function setupLink(): Promise<string> {
  const { sqld, instances } = footfall;
  if (sqld === undefined) return instances[0]?.stdout().match(LINK)?.at(-1) ?? '';
  const { code, stdout, stderr } = await footfallWith({ ...sqld.env }, 'setup-link');
  expect([code, stderr]).toEqual([0, '']);
  return stdout.match(LINK)?.at(-1) ?? '';
}

const post = (path: string, fields: Record<string, string>, cookie = '') =>
  fetch(footfall.url + path, {
    method: 'POST',
    headers: { accept: 'text/html', origin, cookie },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

const signIn = (password: string) => post('/admin/sign-in', { password });
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
const textOf = async (path: string) => (await fetch(footfall.url + path)).text();

/** What the account page answers: 200 while a session is one. */
const accountWith = async (cookie: string): Promise<number> => {
  const headers = { cookie };
  return (await fetch(`${footfall.url}/admin/account`, { headers, redirect: 'manual' })).status;
};

const choose = (password: string, repeated = password) => ({ password, repeated });
const FIRST = 'a first password of words';
const SECOND = 'another password, of päßwörds';

describe('the first password', () => {
  it('is not there at first: every password is wrong', async () => {
    const answer = await signIn(FIRST);
    expect([answer.status, cookieOf(answer)]).toEqual([401, '']);
    expect(await answer.text()).toContain('That is not the password.');
    expect((await signIn('')).status).toBe(401);
  });

  it('is chosen by a link that works once, and signs in', async () => {
    const link = await setupLink();
    expect(await textOf(link)).toContain('Choose your password');
    for (const [password, repeated, problem] of [
      ['short', 'short', 'at least 12 characters'],
      [FIRST, SECOND, 'not the same'],
    ] as const) {
      const answer = await post(link, choose(password, repeated));
      expect([answer.status, cookieOf(answer)]).toEqual([400, '']);
      expect(await answer.text()).toContain(problem);
    }
    const answer = await post(link, choose(FIRST));
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/setup/site']);
    expect(await accountWith(cookieOf(answer))).toBe(200);

    expect(await textOf(link)).toContain('This link is not valid any more');
    expect((await post(link, choose(SECOND))).status).toBe(401);
    expect((await signIn(FIRST)).status).toBe(303);
  });

  it.each(['', '?token=', '?token=x', `?token=${'a'.repeat(43)}`])('is not chosen with %j', async (query) => {
    expect(await textOf(`/admin/setup${query}`)).toContain('This link is not valid any more');
    expect((await post(`/admin/setup${query}`, choose(SECOND))).status).toBe(401);
  });
});

describe('a change of the password', () => {
  it('needs the current one, ends every other session, and gives this one a new token', async () => {
    const [one, other] = [cookieOf(await signIn(FIRST)), cookieOf(await signIn(FIRST))];
    const change = (current: string, next: string, repeated = next) =>
      post('/admin/account?/password', { current, ...choose(next, repeated) }, one);
    expect((await change('wrong', SECOND)).status).toBe(401);
    expect((await change(FIRST, 'short')).status).toBe(400);
    expect((await change(FIRST, SECOND, FIRST)).status).toBe(400);
    expect([await accountWith(one), await accountWith(other)]).toEqual([200, 200]);

    const answer = await change(FIRST, SECOND);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/account?changed']);
    const renewed = cookieOf(answer);
    expect(renewed).not.toBe(one);
    expect(await Promise.all([one, other, renewed].map(accountWith))).toEqual([303, 303, 200]);
    expect((await signIn(FIRST)).status).toBe(401);
    // The same letters, as another keyboard writes them.
    expect((await signIn(SECOND.normalize('NFD'))).status).toBe(303);
  });
});
