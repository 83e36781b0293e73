import { newId } from './support.ts';

/** Personal data that must not be found anywhere afterwards. */
export const MARKED = {
  address: '203.0.113.77',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:143.77) Gecko/20100101 Firefox/143.77',
  visitor: 'marked-visitor-77',
  token: 'marked-token-77',
} as const;

/**
 * Sends personal data in every possible field and on every route.
 * @returns the event with all of it
 */
export async function sendMarked(url: string): Promise<object> {
  const headers = {
    'user-agent': MARKED.userAgent,
    'x-forwarded-for': MARKED.address,
    'x-visitor-id': MARKED.visitor,
    authorization: `Bearer ${MARKED.token}`,
    'accept-language': 'en-GB',
    'sec-ch-ua': `"${MARKED.token}";v="1"`,
    'sec-ch-ua-platform': `"${MARKED.token}"`,
    cookie: `session=${MARKED.token}`,
    referer: `https://example.com/?token=${MARKED.token}`,
    'content-type': 'application/json',
  };
  const hit = {
    url: `https://example.com/p?token=${MARKED.token}#${MARKED.token}`,
    referrer: `https://www.example.org/q?token=${MARKED.token}`,
    visitorId: MARKED.visitor,
    ip: MARKED.address,
    userAgent: MARKED.userAgent,
  };
  const post = (path: string, body: string) => fetch(url + path, { method: 'POST', headers, body });
  for (const body of [
    hit,
    { ...hit, id: newId() },
    { ...hit, id: MARKED.token },
    { ...hit, url: MARKED.token },
  ]) {
    await post('/api/visitors/track', JSON.stringify(body));
    await post('/api/trpc/track', JSON.stringify({ json: body }));
    await post('/api/track', JSON.stringify({ events: [body] }));
    await post('/api/trpc/trackBatch', JSON.stringify({ json: { events: [body] } }));
  }
  await post('/api/visitors/track', `{"token":"${MARKED.token}`);
  await post('/api/trpc/track', `{"token":"${MARKED.token}`);
  await post(`/api/trpc/${MARKED.token}`, '{}');
  for (const path of [
    '/api/visitors/pixel.gif',
    '/api/visitors/count',
    `/api/${MARKED.token}`,
    '/',
    '/readyz',
    '/metrics',
  ]) {
    await fetch(`${url}${path}?page=${MARKED.token}&url=${encodeURIComponent(hit.url)}`, { headers });
  }
  return hit;
}
