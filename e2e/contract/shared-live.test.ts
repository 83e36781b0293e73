/** What a page of a private link is informed of changes, over HTTP, wherever it is connected. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { CONFIGURATION, startFootfall } from '../configurations.ts';

const PASSWORD = 'the-owners-own-password';
const footfall = await startFootfall({ ADMIN_PASSWORD: PASSWORD, COUNT_OWN_PAGES: 'false' });
afterAll(footfall.stop);

/** On workerd the public address is another one than where the test reaches it. */
const origin = CONFIGURATION === 'workerd' ? 'http://localhost:3000' : footfall.url;

/** Five seconds are promised, and on workerd the store is asked once a second. */
const SOON = { timeout: 20_000, interval: 100 };

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(footfall.url + path, {
    method: 'POST',
    headers: { accept: 'text/html', origin, ...headers },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });

async function view(): Promise<void> {
  const answer = await fetch(`${footfall.url}/api/visitors/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': BROWSER },
    body: JSON.stringify({ id: randomUUID(), url: 'https://example.com/' }),
  });
  expect(answer.status).toBe(200);
}

/** Makes a link as the owner does. */
async function madeLink() {
  const signedIn = await post('/admin/sign-in', { password: PASSWORD });
  const owner = { cookie: signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
  const fields = { name: 'Guests', password: '', lastDay: '', sites: '' };
  const page = await (await post('/admin/share?/make', fields, owner)).text();
  const path = /\/share\/[\w-]{43}/.exec(page)?.[0] ?? 'no link was made';
  const listed = await (await fetch(`${footfall.url}/admin/share`, { headers: owner })).text();
  const id = /name="share" value="([\da-f]{64})"/.exec(listed)?.[1] ?? '';
  return { path, revoke: () => post('/admin/share?/revoke', { share: id }, owner) };
}

async function follow(path: string) {
  const abort = new AbortController();
  onTestFinished(() => {
    abort.abort();
  });
  const answer = await fetch(footfall.url + path, { signal: abort.signal });
  expect(answer.status).toBe(200);
  const received = { text: '', isOver: false };
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
      received.text += decoder.decode(chunk, { stream: true });
    received.isOver = true;
  };
  read().catch(() => {}); // a test that has failed breaks it off
  return received;
}

/** The answers to requests that come one after the other on the same connection: none is held up by the one before. */
async function overOne(requests: readonly string[]): Promise<(number | undefined)[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
  });
  const statuses: (number | undefined)[] = [];
  for (const each of requests) {
    const [method, path] = each.split(' ');
    const options = { agent, method, signal: AbortSignal.timeout(10_000) };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(footfall.url + path, options, (answer) => {
        answer.resume().on('end', () => {
          resolve(answer.statusCode);
        });
      });
      sent.on('error', reject).end();
    });
    statuses.push(status);
  }
  return statuses;
}

const changesIn = ({ text }: { readonly text: string }): number => text.split('event: changed').length - 1;

it('pages of a link are informed of views and of its end, and HEAD opens nothing', async () => {
  const { path, revoke } = await madeLink();
  expect(await overOne([`HEAD ${path}/live`, `HEAD ${path}/live`, 'GET /api/visitors/count'])).toEqual([
    200, 200, 200,
  ]);

  const pages = await Promise.all([follow(`${path}/live`), follow(`${path}/live`)]);
  for (const page of pages) await expect.poll(() => changesIn(page), SOON).toBe(1);
  await view();
  for (const page of pages) await expect.poll(() => changesIn(page), SOON).toBeGreaterThan(1);

  expect((await revoke()).status).toBe(303);
  for (const page of pages) {
    await expect.poll(() => page.isOver, SOON).toBe(true);
    expect(page.text.trimEnd().split('\n').at(-1)).toBe('data: over');
  }
  for (const method of ['GET', 'HEAD'])
    expect((await fetch(`${footfall.url}${path}/live`, { method })).status).toBe(404);
});
