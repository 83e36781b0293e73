import more from '@footfall/tracker/footfall-more.js?raw';

export const prerender = true;

/** The rest of the tracker, which it loads itself. */
export function GET(): Response {
  return new Response(more, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
