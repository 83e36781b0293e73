import live from '@footfall/tracker/live.js?raw';

export const prerender = true;

/** What other people's pages follow the numbers with. */
export function GET(): Response {
  return new Response(live, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
