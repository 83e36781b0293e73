import { expect, it, onTestFinished } from 'vitest';
import { startFootfall, type Running } from '../configurations.ts';

const ENGLISH = 'Visitors and page views, live.';
const GERMAN = 'Besucher und Seitenaufrufe, live.';

async function start(): Promise<Running> {
  const footfall = await startFootfall();
  onTestFinished(footfall.stop);
  return footfall;
}

interface Reader {
  readonly accept?: string;
  readonly cookie?: string;
}

/** A page as one reader gets it. */
async function open({ url }: Running, path: string, { accept, cookie }: Reader) {
  const headers = {
    ...(accept !== undefined && { 'accept-language': accept }),
    ...(cookie !== undefined && { cookie }),
  };
  const response = await fetch(url + path, { headers });
  return { status: response.status, headers: response.headers, html: await response.text() };
}

/** The languages that a document says it has: in its markup, its header and its words. */
const languagesOf = ({ html, headers }: Awaited<ReturnType<typeof open>>) => [
  /<html lang="([^"]*)"/.exec(html)?.[1],
  headers.get('content-language'),
  ...(html.includes(ENGLISH) ? ['en'] : []),
  ...(html.includes(GERMAN) ? ['de'] : []),
];

it('readers get a page in their own language, however often others have had it in another', async () => {
  const footfall = await start();
  const english = { accept: 'en-GB,en;q=0.9' };
  const german = { accept: 'de-AT,de;q=0.9,en;q=0.5' };
  for (const [reader, language] of [
    [english, 'en'],
    [german, 'de'],
    [german, 'de'],
    [english, 'en'],
    [{ ...german, cookie: 'footfall-language=en' }, 'en'],
    [{ ...english, cookie: 'a=b; footfall-language=de' }, 'de'],
    [{}, 'en'],
    [{ accept: 'fr, es;q=0.5' }, 'en'],
    // What is no language of ours counts as nothing, and cannot fill a cache.
    [{ ...german, cookie: 'footfall-language=xx' }, 'de'],
    [{ ...german, cookie: 'footfall-language=__proto__' }, 'de'],
    [german, 'de'],
  ] as const) {
    expect(languagesOf(await open(footfall, '/', reader))).toEqual([language, language, language]);
  }
});

it('caches on the way learn what the language depends on', async () => {
  const footfall = await start();
  for (const path of ['/', '/stats', '/privacy', '/install', '/admin/sign-in', '/nothing-here']) {
    const { headers } = await open(footfall, path, { accept: 'de' });
    const vary = (headers.get('vary') ?? '').toLowerCase().split(/, */);
    expect(vary, path).toEqual(expect.arrayContaining(['accept-language', 'cookie']));
    expect(headers.get('content-language'), path).toBe('de');
  }
});

it('what machines read is in English, whatever the language', async () => {
  const footfall = await start();
  const { url } = footfall;
  const headers = { 'accept-language': 'de', cookie: 'footfall-language=de' };
  const refused = await (
    await fetch(`${url}/api/visitors/count?page=${'x'.repeat(9_000)}`, { headers })
  ).text();
  expect(refused).toBe(await (await fetch(`${url}/api/visitors/count?page=${'x'.repeat(9_000)}`)).text());
});

/** Chooses a language as the form in the footer does. */
const choose = ({ url }: Running, language: string, headers: Record<string, string>) =>
  fetch(`${url}/language`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url, ...headers },
    body: new URLSearchParams({ language }).toString(),
  });

it('a language is chosen without a script, and leads back to the page', async () => {
  const footfall = await start();
  const { url } = footfall;
  const chosen = await choose(footfall, 'de', { referer: `${url}/stats?period=today` });
  expect([chosen.status, chosen.headers.get('location')]).toEqual([303, '/stats?period=today']);
  const cookie = chosen.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^footfall-language=de; /);
  expect(cookie).toMatch(/; Path=\/; .*HttpOnly.*SameSite=Lax/i);

  const unknown = await choose(footfall, 'tlh', { referer: `${url}/stats` });
  expect([unknown.status, unknown.headers.get('set-cookie')]).toEqual([303, null]);
});

it.each([
  ['https://evil.example/', '/'],
  ['//evil.example/', '/'],
  ['', '/'],
])('choosing one never leads to another site: %j', async (referer, location) => {
  const footfall = await start();
  const chosen = await choose(footfall, 'de', { referer });
  expect(chosen.headers.get('location')).toBe(location);
  const inside = await choose(footfall, 'de', { referer: `${footfall.url}//evil.example/x` });
  expect(inside.headers.get('location')).toBe('/evil.example/x');
  const foreign = await choose(footfall, 'de', { origin: 'https://evil.example' });
  expect(foreign.status).toBe(403);
});
