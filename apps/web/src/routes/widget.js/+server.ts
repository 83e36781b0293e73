import widget from '@footfall/tracker/widget.js?raw';

export const prerender = true;

/** The widget, as other sites load it. */
export function GET(): Response {
  return new Response(widget, { headers: { 'content-type': 'text/javascript; charset=utf-8' } });
}
