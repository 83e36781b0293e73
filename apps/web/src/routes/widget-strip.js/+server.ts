import strip from '@footfall/tracker/widget-strip.js?raw';

export const prerender = true;

/** The widget's second file for `position="fixed-bottom"`. */
export function GET(): Response {
  return new Response(strip, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
