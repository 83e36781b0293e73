import live from '@footfall/tracker/live.js?raw';

export const prerender = true;

/** The live client, as other sites load it. */
export function GET(): Response {
  return new Response(live, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
