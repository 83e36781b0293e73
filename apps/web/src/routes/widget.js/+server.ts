import widget from '@footfall/tracker/widget.js?raw';

export const prerender = true;

/** What other people's pages show the numbers with. */
export function GET(): Response {
  return new Response(widget, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
