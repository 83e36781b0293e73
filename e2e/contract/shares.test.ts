/** Private links as programs make and revoke them, over HTTP, wherever they are connected. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { CONFIGURATION, startFootfall } from '../configurations.ts';

const PASSWORD = 'the-owners-own-password';
const API_KEY = 'a-key-of-the-environment';
const footfall = await startFootfall({
  ADMIN_PASSWORD: PASSWORD,
  API_KEYS: API_KEY,
  COUNT_OWN_PAGES: 'false',
});
afterAll(footfall.stop);

/** On workerd the public address is another one than where the test reaches it. */
const origin = CONFIGURATION === 'workerd' ? 'http://localhost:3000' : footfall.url;

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const owner = bearer(API_KEY);

type Headers = Readonly<Record<string, string>>;

const list = (headers: Headers = owner) => fetch(`${footfall.url}/api/shares`, { headers });

const send = (path: string, body: unknown, headers: Headers = owner) =>
  fetch(footfall.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Calls a procedure: a query where there is no input. */
async function call(name: string, { input, headers = owner }: { input?: object; headers?: Headers } = {}) {
  const answered = await (input === undefined
    ? fetch(`${footfall.url}/api/trpc/${name}`, { headers })
    : send(`/api/trpc/${name}`, { json: input }, headers));
  const { result, error } = (await answered.json()) as {
    readonly result?: { readonly data: { readonly json: unknown } };
    readonly error?: { readonly json: { readonly data: { readonly code: string } } };
  };
  return error?.json.data.code ?? result?.data.json;
}

const form = (path: string, fields: Record<string, string>, headers: Headers = {}) =>
  fetch(footfall.url + path, {
    method: 'POST',
    headers: { accept: 'text/html', origin, ...headers },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

async function make(wish: object): Promise<{ id: string; path: string; answer: string }> {
  const answered = await send('/api/shares', wish);
  const answer = await answered.text();
  expect([answered.status, answer]).toEqual([200, expect.any(String)]);
  const { id, address } = JSON.parse(answer) as { id: string; address: string };
  expect(address).toMatch(/^http:\/\/localhost:\d+\/share\/[\w-]{43}$/);
  return { id, path: new URL(address).pathname, answer };
}

/** The session of the owner's browser. */
async function signIn(): Promise<Headers> {
  const signedIn = await form('/admin/sign-in', { password: PASSWORD });
  return { cookie: signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
}

async function view(page: string, language: string): Promise<void> {
  const answer = await fetch(`${footfall.url}/api/visitors/track`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    },
    body: JSON.stringify({ id: randomUUID(), url: `https://example.com${page}`, language }),
  });
  expect(answer.status).toBe(200);
}

it('a link that a program makes opens, shows what its filters allow, and closes when it is revoked', async () => {
  await view('/shown', 'de');
  await view('/hidden', 'de');
  const { id, path } = await make({ name: 'Marketing', filters: { page: '/shown' } });
  const csv = () => fetch(`${footfall.url}${path}/export?list=topPages`);
  await expect.poll(async () => (await csv()).text(), { timeout: 20_000 }).toContain('/shown');
  for (const query of ['', '&page=/hidden', '&page.not=/shown'])
    expect(await (await fetch(`${footfall.url}${path}/export?list=topPages${query}`)).text()).not.toContain(
      '/hidden',
    );
  expect((await fetch(footfall.url + path)).status).toBe(200);

  const revoked = await send('/api/shares/revoke', { id });
  expect([revoked.status, await revoked.json()]).toEqual([200, { id }]);
  for (const gone of [path, `${path}/export`]) expect((await fetch(footfall.url + gone)).status).toBe(404);
  const again = await send('/api/shares/revoke', { id });
  expect([again.status, await again.json()]).toEqual([
    404,
    { code: 'NOT_FOUND', error: 'There is no such link.' },
  ]);
});

it('the address is answered once, and lists have neither it nor a password', async () => {
  const password = 'the password of guests';
  const wish = {
    name: ' Gu\u202eests ',
    password,
    lastDay: '2099-12-31',
    filters: { country: ['DE', 'AT'] },
  };
  const { id, path, answer } = await make(wish);
  expect(answer).not.toContain(password);
  const answered = await list();
  expect(answered.headers.get('cache-control')).toBe('no-store');
  expect(answered.headers.get('access-control-allow-origin')).toBeNull();
  const text = await answered.text();
  expect(text).not.toContain(path.slice('/share/'.length));
  expect(text).not.toMatch(/scrypt|the password/);
  const listed = JSON.parse(text) as readonly { readonly id: string }[];
  expect(listed.find((each) => each.id === id)).toEqual({
    id,
    name: 'Guests',
    hasPassword: true,
    filters: { country: ['DE', 'AT'] },
    origins: [],
    createdAt: expect.any(String) as string,
    expiresAt: '2100-01-01T00:00:00.000Z',
    isExpired: false,
    usedAt: null,
  });
  expect(await call('shares.list')).toEqual(listed);
  // With its password alone it opens: no number is in the page before.
  expect(await (await fetch(footfall.url + path)).text()).toContain('name="password"');

  const input = { name: 'Typed', sites: ['intranet.example.com'] };
  const made = (await call('shares.make', { input })) as { readonly id: string; readonly address: string };
  expect(made.address).toMatch(/\/share\/[\w-]{43}$/);
  const { name } = input;
  expect(await call('shares.list')).toContainEqual(
    expect.objectContaining({ id: made.id, name, origins: ['https://intranet.example.com'] }),
  );
  // The owner's page has the same links.
  const page = await (await fetch(`${footfall.url}/admin/share`, { headers: await signIn() })).text();
  for (const each of [id, made.id]) expect(page).toContain(each);
  expect(await call('shares.revoke', { input: { id: made.id } })).toEqual({ id: made.id });
  expect(await call('shares.revoke', { input: { id: made.id } })).toBe('NOT_FOUND');
  expect(await call('shares.make', { input: { ...input, colour: 'red' } })).toBe('BAD_REQUEST');
});

it.each<[object | string, string]>([
  ['', 'The body is not JSON'],
  ['[]', 'object'],
  [{}, 'name'],
  [{ name: '' }, 'Give the link a name'],
  [{ name: 'ü'.repeat(31) }, 'at most 60 bytes'],
  [{ name: 'a'.repeat(201) }, 'at most 200 characters'],
  [{ name: 'x', colour: 'red' }, 'colour'],
  [{ name: 'x', token: 'a'.repeat(43) }, 'token'],
  [{ name: 'x', password: 'short' }, 'at least 12 characters'],
  [{ name: 'x', password: '' }, 'at least 12 characters'],
  [{ name: 'x', password: 'a b c d e f '.repeat(30) }, 'at most 256'],
  [{ name: 'x', password: 'ü a b c d '.repeat(24) }, 'at most 256 bytes'],
  [{ name: 'x', lastDay: '2020-01-01' }, 'is over already'],
  [{ name: 'x', lastDay: '2026-02-30' }, 'must be a date'],
  [{ name: 'x', lastDay: 1 }, 'must be a date'],
  [{ name: 'x', filters: { country: 'Germany' } }, 'ISO code'],
  [{ name: 'x', filters: { planet: 'Earth' } }, 'planet'],
  [{ name: 'x', filters: { 'page.contains': 'a'.repeat(4_090) } }, 'over 4096 bytes'],
  [{ name: 'x', sites: ["'self'"] }, 'is not a site'],
  [{ name: 'x', sites: 'a.example' }, 'must be a list'],
  [{ name: 'x', sites: Array.from({ length: 11 }, () => 'a.example') }, 'at most 10 entries'],
  [{ name: 'x', sites: ['a.example'], password: 'the password of guests' }, 'cannot be embedded'],
])('%o makes no link', async (wish, sentence) => {
  const before = await (await list()).text();
  const refused = await send('/api/shares', wish);
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { code: 'BAD_REQUEST', error: expect.stringContaining(sentence) as string },
  ]);
  expect(await (await list()).text()).toBe(before);
});

it('what is no id revokes nothing, and what is too large or no JSON is not read', async () => {
  for (const wrong of [{}, { id: 'a' }, { id: 'g'.repeat(64) }, { id: 'a'.repeat(64), all: true }])
    expect((await send('/api/shares/revoke', wrong)).status).toBe(400);
  expect((await send('/api/shares', { name: 'x', password: 'a'.repeat(9_000) })).status).toBe(413);
  expect((await send('/api/shares', 'name=x', { ...owner, 'content-type': 'text/html' })).status).toBe(415);
  expect((await send('/api/shares?name=x', { name: 'x' })).status).toBe(400);
  expect((await fetch(`${footfall.url}/api/shares?limit=1`, { headers: owner })).status).toBe(400);
  expect((await fetch(`${footfall.url}/api/shares/revoke`, { headers: owner })).status).toBe(405);
});

it('strangers and pages of other sites get nothing, and a key that reads only lists', async () => {
  const session = await signIn();
  const wish = { name: 'Stolen' };
  const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  for (const headers of [{}, bearer('a-wrong-secret'), session, { ...session, ...foreign }]) {
    expect((await list(headers)).status).toBe(401);
    expect((await send('/api/shares', wish, headers)).status).toBe(401);
    expect((await send('/api/shares/revoke', { id: 'a'.repeat(64) }, headers)).status).toBe(401);
  }
  const ours = { ...session, origin, 'sec-fetch-site': 'same-origin' };
  const made = await send('/api/shares', { name: 'By a session' }, ours);
  const { id } = (await made.json()) as { id: string };
  expect((await list(ours)).status).toBe(200);

  const page = await (await form('/admin/account?/makeKey', { name: 'Reads', read: 'on' }, session)).text();
  const reads = bearer(/ff_[\w-]{43}/.exec(page)?.[0] ?? 'no key was made');
  await expect.poll(async () => (await list(reads)).status, { timeout: 5_000 }).toBe(200);
  expect((await send('/api/shares', wish, reads)).status).toBe(403);
  expect((await send('/api/shares/revoke', { id }, reads)).status).toBe(403);
  expect(await call('shares.list', { headers: reads })).toContainEqual(expect.objectContaining({ id }));
  expect(await call('shares.make', { input: wish, headers: reads })).toBe('FORBIDDEN');
  expect(await call('shares.revoke', { input: { id }, headers: reads })).toBe('FORBIDDEN');
  expect(await call('shares.list', { headers: {} })).toBe('UNAUTHORIZED');

  expect((await send('/api/shares/revoke', { id }, bearer(PASSWORD))).status).toBe(200);
  expect(await (await list()).text()).not.toContain('Stolen');
});
