import { z } from 'zod';
import { readPageUrl } from './page.ts';

/** Longest URL that is taken, in characters (API.md, Writing). */
export const URL_CHARACTERS = 4_096;

/** Longest `visitorId`, in characters. */
export const VISITOR_ID_CHARACTERS = 128;

/** Longest written time, in characters: nanoseconds and an offset have 35. */
const TIME_CHARACTERS = 64;

const TIME_WANTED = 'timestamp must be an ISO 8601 time with its offset, or epoch milliseconds';

/** The last instant a JavaScript date can name, in epoch milliseconds. */
const LAST_INSTANT = 8.64e15;

/**
 * One report of one page view, as any transport takes it (API.md, `POST /api/visitors/track`): the only schema there is.
 * Unknown fields are dropped, nothing is coerced, every text is bounded.
 */
export const hitSchema = z.object({
  id: z
    .guid('id must be a UUID')
    .optional()
    .meta({ description: 'The sender’s id of this page view: sent again, it is not counted again.' }),
  url: z
    .string('url must be a text')
    .min(1, 'url must not be empty')
    .max(URL_CHARACTERS, `url must be at most ${URL_CHARACTERS} characters`)
    .refine((url) => readPageUrl(url) !== undefined, {
      error: 'url must be an http(s) URL or a path that begins with /',
    })
    .meta({
      description: 'The page’s full http(s) URL, or its path.',
      examples: ['https://example.com/about'],
    }),
  referrer: z
    .string('referrer must be a text')
    .max(8_192, 'referrer must be at most 8192 characters')
    .optional()
    .meta({ description: 'Where the visitor came from; only its host and path are kept.' }),
  timestamp: z
    .union(
      [
        z.iso.datetime({ offset: true, error: TIME_WANTED }).max(TIME_CHARACTERS, TIME_WANTED),
        z.iso.datetime({ offset: true, precision: -1, error: TIME_WANTED }),
        z.number().min(0, TIME_WANTED).max(LAST_INSTANT, TIME_WANTED),
      ],
      { error: TIME_WANTED },
    )
    .optional()
    .meta({ description: 'When the page was viewed, if that was within the last 24 hours.' }),
  visitorId: z
    .string('visitorId must be a text')
    .max(VISITOR_ID_CHARACTERS, `visitorId must be at most ${VISITOR_ID_CHARACTERS} characters`)
    .optional()
    .meta({ description: 'Stands for the browser. Accepted; not stored.' }),
  consent: z
    .boolean('consent must be true or false')
    .optional()
    .meta({ description: 'The visitor’s consent, where the site requires it.' }),
  screen: z
    .string('screen must be a text')
    .max(255, 'screen must be at most 255 characters')
    .optional()
    .meta({ description: 'Width and height of the screen. Accepted; not stored.', examples: ['1920x1080'] }),
  language: z
    .string('language must be a text')
    .max(255, 'language must be at most 255 characters')
    .optional()
    .meta({ description: 'The browser’s language. Accepted; not stored.', examples: ['en-GB'] }),
  timeZone: z
    .string('timeZone must be a text')
    .max(255, 'timeZone must be at most 255 characters')
    .optional()
    .meta({ description: 'The browser’s time zone. Accepted; not stored.', examples: ['Europe/Paris'] }),
});

/** A valid report of a page view. */
export type Hit = z.infer<typeof hitSchema>;

/** Says in one sentence what is wrong with an input. */
export function sentenceOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'The input is not valid.';
  const where = issue.path.join('.');
  return `${where === '' || issue.message.startsWith(where) ? '' : `${where}: `}${issue.message}.`;
}
