import strip from '@footfall/tracker/widget-strip.js?raw';

export const prerender = true;

/** What the widget loads where it is a strip at the foot of a window. */
export function GET(): Response {
  return new Response(strip, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
