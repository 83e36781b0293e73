/** How the owner signs in, over HTTP as a browser without JavaScript sends it. */
import { afterAll, describe, expect, it } from 'vitest';
import { CONFIGURATION, SETTLES_MS, startFootfall } from '../configurations.ts';

const PASSWORD = 'the owner’s own password';
const footfall = await startFootfall({ ADMIN_PASSWORD: PASSWORD });
afterAll(footfall.stop);

/** On workerd the public address is another one than where the test reaches it. */
const origin = CONFIGURATION === 'workerd' ? 'http://localhost:3000' : footfall.url;

/** Two seconds are promised; a machine that is busy with other tests needs longer for the requests alone. */
const SOON = { timeout: 10_000 };

type Headers = Readonly<Record<string, string>>;

const get = (path: string, headers: Headers = {}) =>
  fetch(footfall.url + path, { headers, redirect: 'manual' });

const post = (path: string, fields: Record<string, string>, headers: Headers = { origin }) =>
  fetch(footfall.url + path, {
    method: 'POST',
    headers: { accept: 'text/html', ...headers },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

async function signIn(password = PASSWORD, query = ''): Promise<{ answer: Response; cookie: string }> {
  const answer = await post(`/admin/sign-in${query}`, { password });
  return { answer, cookie: answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
}

/** Where a browser is sent. */
const sentTo = (answer: Response) => [answer.status, answer.headers.get('location')];

const ANALYTICS = '/api/analytics/visitors?from=2026-11-01&to=2026-11-02';
const OURS = { 'sec-fetch-site': 'same-origin' };

describe('the pages of the owner', () => {
  it.each(['/admin', '/admin/account', '/admin/nothing?a=b'])(
    '%s sends a stranger to sign in',
    async (path) => {
      const answer = await get(path);
      expect(sentTo(answer)).toEqual([303, `/admin/sign-in?next=${encodeURIComponent(path)}`]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.text()).toBe('');
    },
  );

  it('send a stranger’s navigation within the site to sign in, too', async () => {
    const answer = await get('/admin/account/__data.json');
    expect(await answer.json()).toMatchObject({
      type: 'redirect',
      location: '/admin/sign-in?next=%2Fadmin%2Faccount',
    });
  });

  it.each(['/admin/sign-in', '/admin/setup?token=x'])(
    '%s is there for everyone, and in no cache',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    },
  );

  it('are there for the owner, and in no cache', async () => {
    const { cookie } = await signIn();
    const answer = await get('/admin/account', { cookie });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await answer.text()).toContain('ADMIN_PASSWORD');
  });
});

describe('signing in', () => {
  it('gives a cookie that scripts and other sites cannot read', async () => {
    const { answer } = await signIn();
    expect(sentTo(answer)).toEqual([303, '/admin']);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^footfall=[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it.each([
    ['/admin/account?changed', '/admin/account?changed'],
    ['//evil.example/admin', '/admin'],
    ['https://evil.example/admin', '/admin'],
    ['/stats', '/admin'],
  ])('goes on from next=%s to %s', async (next, page) => {
    const { answer } = await signIn(PASSWORD, `?next=${encodeURIComponent(next)}`);
    expect(sentTo(answer)).toEqual([303, page]);
  });

  it('ends the session that the browser had', async () => {
    const { cookie } = await signIn();
    const again = await post('/admin/sign-in', { password: PASSWORD }, { origin, cookie });
    expect(again.status).toBe(303);
    expect((await get('/admin/account', { cookie })).status).toBe(303);
  });

  it('is refused with a wrong password, without a cookie', async () => {
    const { answer, cookie } = await signIn('another password');
    expect([answer.status, cookie]).toEqual([401, '']);
    expect(await answer.text()).toContain('That is not the password.');
  });

  it.each<[string, Headers]>([
    ['another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['nowhere', {}],
    ['another site, by what its browser says', { origin, 'sec-fetch-site': 'cross-site' }],
  ])('is refused where the form comes from %s', async (_, headers) => {
    const answer = await post('/admin/sign-in', { password: PASSWORD }, headers);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('takes no more of a form than it can have', async () => {
    expect((await post('/admin/sign-in', { password: 'a'.repeat(20_000) })).status).toBe(413);
    const json = await fetch(`${footfall.url}/admin/sign-in`, {
      method: 'POST',
      headers: { origin, 'content-type': 'text/plain' },
      body: `password=${PASSWORD}`,
    });
    expect(json.status).toBe(415);
  });
});

describe('a session', () => {
  it('ends with signing out, which is a POST of this site', async () => {
    const { cookie } = await signIn();
    expect((await get('/admin/sign-out', { cookie })).status).toBe(405);
    expect((await post('/admin/sign-out', {}, { origin: 'https://evil.example', cookie })).status).toBe(403);
    expect((await get('/admin/account', { cookie })).status).toBe(200);
    const answer = await post('/admin/sign-out', {}, { origin, cookie });
    expect(sentTo(answer)).toEqual([303, '/admin/sign-in']);
    expect(answer.headers.get('set-cookie')).toMatch(/^footfall=; .*Max-Age=0/);
    expect((await get('/admin/account', { cookie })).status).toBe(303);
  });

  it('is listed, and can be ended from another browser', async () => {
    const [one, other] = [await signIn(), await signIn()];
    const page = await (await get('/admin/account', { cookie: one.cookie })).text();
    expect(page).toContain('this browser');
    const sessions = [...page.matchAll(/name="session" value="([\da-f]{64})"/g)].map(([, id = '']) => id);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions)
      expect((await post('/admin/account?/revoke', { session }, { origin, cookie: one.cookie })).status).toBe(
        303,
      );
    expect((await get('/admin/account', { cookie: one.cookie })).status).toBe(200);
    expect((await get('/admin/account', { cookie: other.cookie })).status).toBe(303);
  });

  it.each(['footfall=', 'footfall=x', `footfall=${'a'.repeat(43)}`, `footfall=${'a'.repeat(5_000)}`])(
    'is not one that nobody was given: %s',
    async (cookie) => {
      expect((await get('/admin', { cookie })).status).toBe(303);
      expect((await get(ANALYTICS, { cookie, ...OURS })).status).toBe(401);
    },
  );

  it('is the owner to the API, from pages of this site alone', async () => {
    const { cookie } = await signIn();
    const input = encodeURIComponent(JSON.stringify({ json: { from: '2026-11-01', to: '2026-11-02' } }));
    for (const path of [ANALYTICS, `/api/trpc/analytics.visitors?input=${input}`]) {
      for (const [headers, status] of [
        [OURS, 200],
        [{ origin }, 200],
        [{ referer: `${origin}/admin` }, 200],
        [{}, 401],
        [{ 'sec-fetch-site': 'same-site' }, 401],
        [{ 'sec-fetch-site': 'cross-site' }, 401],
        [{ origin: 'https://evil.example' }, 401],
      ] as const) {
        const answer = await get(path, { cookie, ...headers });
        expect([path, headers, answer.status]).toEqual([path, headers, status]);
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
    expect((await get(ANALYTICS, { cookie: '', authorization: bearer(PASSWORD) })).status).toBe(200);
  });
});

/** A header holds bytes: what is not ASCII is sent as UTF-8. */
const bearer = (token: string): string => `Bearer ${Buffer.from(token).toString('latin1')}`;

describe('an API key', () => {
  const field = (html: string, name: string): string =>
    new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? '';

  it('is shown once, reads or writes as it was made to, and is refused everywhere once it is revoked', async () => {
    const { cookie } = await signIn();
    const make = (fields: Record<string, string>) =>
      post('/admin/account?/makeKey', fields, { origin, cookie });
    const unfit: Record<string, string>[] = [
      { name: 'nothing' },
      { name: '', read: 'on' },
      { name: 'x'.repeat(61), read: 'on' },
    ];
    for (const fields of unfit) expect((await make(fields)).status).toBe(400);
    const made = await (await make({ name: '<b>report</b>', read: 'on' })).text();
    const [key = ''] = /ff_[\w-]{43}/.exec(made) ?? [];
    expect(made).toContain('&lt;b>report&lt;/b>');
    const listed = async () => (await get('/admin/account', { cookie })).text();
    await expect.poll(listed, SOON).toContain('never used');
    expect(await listed()).not.toContain(key);

    const track = (token: string) =>
      fetch(`${footfall.url}/api/visitors/track`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ url: 'https://example.com/', userAgent: 'Mozilla/5.0 Firefox/140.0' }),
      }).then(({ status }) => status);
    await expect.poll(() => read(key), SOON).toBe(200);
    expect(await track(`ff_${'x'.repeat(43)}`), 'looks like one, and is none').toBe(401);
    await expect.poll(listed, SOON).toMatch(/last used\s+<time/);

    const [writing = ''] =
      /ff_[\w-]{43}/.exec(await (await make({ name: 'server', write: 'on' })).text()) ?? [];
    await expect.poll(() => track('another-script-of-a-page'), SOON).toBe(401);
    await expect.poll(() => track(writing), SOON).toBe(200);
    expect(await read(writing)).toBe(401);

    const id = field(await (await get('/admin/account', { cookie })).text(), 'key');
    expect((await post('/admin/account?/revokeKey', { key: id }, { origin })).status).toBe(303); // to sign in
    expect([await read(key), await track(writing)]).toEqual([200, 200]);
    // Another instance may list a key for a moment that is revoked already.
    const revokeNext = async () => {
      const [, next] = /name="key" value="([^"]+)"/.exec(await listed()) ?? [];
      if (next !== undefined) await post('/admin/account?/revokeKey', { key: next }, { origin, cookie });
      return next;
    };
    await expect.poll(revokeNext, SOON).toBe(undefined);
    await expect.poll(() => read(key), SOON).toBe(401);
    await expect.poll(() => track(writing), SOON).toBe(401);
  });
});

describe('deleting', () => {
  const track = async (path: string, visitorId: string) => {
    const answer = await fetch(`${footfall.url}/api/visitors/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': FIREFOX },
      body: JSON.stringify({ url: path, visitorId }),
    });
    expect(await answer.json()).toMatchObject({ counted: true });
  };
  const count = async (page: string): Promise<number> => {
    const answer = await get(`/api/visitors/count?page=${encodeURIComponent(page)}`);
    return ((await answer.json()) as { count: number }).count;
  };

  it('is the owner’s, who has to confirm it, of a page, of a visitor and of everything', async () => {
    const { cookie } = await signIn();
    const changed = { timeout: SOON.timeout + SETTLES_MS[CONFIGURATION] };
    for (const visitor of ['one', 'two']) await track('/secret', visitor);
    await track('/open', 'two');
    const send = async (action: string, fields: Record<string, string>) => {
      const answer = await post(`/admin/data?/${action}`, fields, { origin, cookie });
      return [answer.status, (await answer.text()).replaceAll(/<[^>]*>/g, '')] as const;
    };
    for (const [action, fields, status, said] of [
      ['page', { page: '/secret', confirm: '/secre' }, 400, 'Nothing is deleted'],
      ['page', { page: '/nothing', confirm: '/nothing' }, 404, 'No page view of this page'],
      ['page', { page: '', confirm: '' }, 400, 'page must not be empty.'],
      ['visitor', { visitor: 'two', confirm: '' }, 400, 'Nothing is deleted'],
      ['visitor', { visitor: 'two', confirm: 'two', from: 'soon' }, 400, 'from must be'],
      ['visitor', { visitor: 'two', confirm: 'two', from: '2026-01-02', to: '2026-01-01' }, 400, 'before to'],
      ['visitor', { visitor: 'two', confirm: 'two', to: '2026-01-01' }, 200, 'No visit of this visitor'],
      ['everything', { confirm: 'everything' }, 400, 'Nothing is deleted'],
    ] as const) {
      const [code, page] = await send(action, fields);
      expect([action, fields, code]).toEqual([action, fields, status]);
      expect(page).toContain(said);
    }
    expect((await post('/admin/data?/everything', { confirm: 'delete everything' })).status).toBe(303);
    const procedure = (headers: Headers) =>
      fetch(`${footfall.url}/api/trpc/data.eraseAll`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ json: { confirm: 'delete everything' } }),
      }).then(({ status }) => status);
    const made = await post('/admin/account?/makeKey', { name: 'reads', read: 'on' }, { origin, cookie });
    const [key = ''] = /ff_[\w-]{43}/.exec(await made.text()) ?? [];
    await expect.poll(() => read(key), SOON).toBe(200);
    await expect.poll(() => procedure({ authorization: bearer(key) }), SOON).toBe(403);
    expect(await procedure({ cookie, origin: 'https://evil.example' })).toBe(401);
    expect(await procedure({})).toBe(401);
    expect([await count('/secret'), await count('/open')]).toEqual([2, 1]);

    expect(await send('page', { page: '/secret', confirm: '/secret' })).toEqual([
      200,
      expect.stringContaining('/secret is deleted: 2 page views.'),
    ]);
    await expect.poll(() => count('/secret'), changed).toBe(0);
    expect(await send('visitor', { visitor: 'two', confirm: 'two' })).toEqual([
      200,
      expect.stringContaining('one page view of one visit'),
    ]);
    expect(await count('/open'), 'it stays counted').toBe(1);
    expect(await send('everything', { confirm: 'delete everything' })).toEqual([
      200,
      expect.stringContaining('Everything is deleted.'),
    ]);
    await expect.poll(() => count('/open'), changed).toBe(0);
    await track('/secret', 'one');
    await expect.poll(() => count('/secret'), changed).toBe(1);
  });
});

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const read = async (token: string): Promise<number> =>
  (await get(ANALYTICS, { authorization: bearer(token) })).status;

describe('the public pages', () => {
  it('are the same for the owner as for everyone, and may be stored', async () => {
    const { cookie } = await signIn();
    for (const path of ['/', '/stats']) {
      const [owners, everyones] = await Promise.all([get(path, { cookie }), get(path)]);
      expect(owners.headers.get('cache-control')).toBe(everyones.headers.get('cache-control'));
      expect(owners.headers.get('cache-control')).toMatch(/^public/);
    }
  });
});

// The last one: afterwards this address is refused for a minute.
it('wrong passwords slow down: after ten the right one is refused, and the page says for how long', async () => {
  // Of several processes each has its own count.
  const most = 10 * Math.max(1, footfall.instances.length);
  let { answer } = await signIn('wrong');
  expect(answer.status).toBe(401);
  for (let tries = 1; tries <= most && answer.status === 401; tries += 1)
    ({ answer } = await signIn('wrong'));
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await answer.text()).toMatch(/Too many wrong passwords.* Wait \d+ seconds, then try again\./);
});
