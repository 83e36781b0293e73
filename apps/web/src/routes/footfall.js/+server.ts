import tracker from '@footfall/tracker/footfall.js?raw';

export const prerender = true;

/** The tracker, as other sites load it. */
export function GET(): Response {
  return new Response(tracker, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
