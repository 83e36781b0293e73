import type { Log } from './http.ts';

/** A log for runtimes that only have a console: a line of JSON for each error, with its cause. */
export const consoleLog: Log = {
  error: (fields, message) => {
    console.error(JSON.stringify({ level: 'error', message, ...fields }, errorsAsText));
  },
};

function errorsAsText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause =
    value.cause instanceof Error ? `, because of ${value.cause.name}: ${value.cause.message}` : '';
  return `${value.name}: ${value.message}${cause}`;
}

/** Log message for an event that could not be folded. */
export const SET_ASIDE =
  'an event could not be counted in visits and statistics; it stays in the totals and in visitor_set_aside';
