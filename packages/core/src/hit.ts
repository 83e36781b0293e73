import * as z from 'zod';
import { FootfallError } from './errors.ts';
import { objection, objectionIn } from './objection.ts';
import { must } from './refused.ts';
import { isPageUrl, PAGE_URL_PATTERN } from './page.ts';

/** Longest valid URL, in characters (docs/api.md, Writing). */
export const URL_CHARACTERS = 4_096;

/** Longest `visitorId`, in characters. */
export const VISITOR_ID_CHARACTERS = 128;

/** Longest user agent in an event, in characters; a browser's own is 100 to 300. */
const USER_AGENT_CHARACTERS = 4_096;

/** Longest string of an address, in characters: IPv6 with IPv4 at its end has 45. */
const ADDRESS_CHARACTERS = 64;

/** Longest timestamp, in characters: nanoseconds and an offset have 35. */
const TIME_CHARACTERS = 64;

const TIME_WANTED = 'timestamp must be an ISO 8601 time with its offset, or epoch milliseconds';

/** The last instant of a JavaScript date, in epoch milliseconds. */
const LAST_INSTANT = 8.64e15;

const OBJECT_WANTED = 'What is sent must be an object';

const idSchema = z.guid('id must be a UUID');

const timestampSchema = z.union(
  [
    z.iso.datetime({ offset: true, error: TIME_WANTED }).max(TIME_CHARACTERS, TIME_WANTED),
    z.iso.datetime({ offset: true, precision: -1, error: TIME_WANTED }),
    z.number().min(0, TIME_WANTED).max(LAST_INSTANT, TIME_WANTED),
  ],
  { error: TIME_WANTED },
);

/** Greatest age of an event, in milliseconds: a browser that was offline sends late. */
const OLDEST_MS = 24 * 60 * 60 * 1000;
const AGE_WANTED = `ageMs must be a number of milliseconds from 0 to ${OLDEST_MS}`;

const ageSchema = z.number(AGE_WANTED).min(0, AGE_WANTED).max(OLDEST_MS, AGE_WANTED);

const consentSchema = z.boolean('consent must be true or false');

/**
 * The event of one page view, for every transport (docs/api.md, `POST /api/visitors/track`): the only schema for it.
 * Unknown fields are dropped, nothing is coerced, every string is bounded.
 */
export const hitSchema = z.object(
  {
    id: idSchema
      .optional()
      .meta({ description: 'The sender’s id of this page view: sent again, it is not counted again.' }),
    url: z
      .string('url must be a string')
      .min(1, 'url must not be empty')
      .max(URL_CHARACTERS, `url must be at most ${URL_CHARACTERS} characters`)
      .refine(isPageUrl, must('url', objection('page')))
      .meta({
        description: 'The page’s full http(s) URL, or its path.',
        pattern: PAGE_URL_PATTERN,
        examples: ['https://example.com/about'],
      }),
    referrer: z
      .string('referrer must be a string')
      .max(8_192, 'referrer must be at most 8192 characters')
      .optional()
      .meta({
        description:
          'Where the visitor came from: an http(s) URL, or android-app:// or ios-app:// with the id of an app. Only host and path, or the id, are stored.',
      }),
    timestamp: timestampSchema
      .optional()
      .meta({ description: 'When the page was viewed, if that was within the last 24 hours.' }),
    ageMs: ageSchema.optional().meta({
      description:
        'How long ago it was viewed, in milliseconds; preferred to `timestamp`, since clocks differ.',
    }),
    visitorId: z
      .string('visitorId must be a string')
      .max(VISITOR_ID_CHARACTERS, `visitorId must be at most ${VISITOR_ID_CHARACTERS} characters`)
      .optional()
      .meta({
        description:
          'Identifies the browser instead of address and user agent; hashed before it is stored. Without it, the header `X-Visitor-Id`.',
      }),
    consent: consentSchema
      .optional()
      .meta({ description: 'The visitor’s consent, where the site requires it.' }),
    screen: z
      .string('screen must be a string')
      .max(255, 'screen must be at most 255 characters')
      .optional()
      .meta({
        description: 'Width and height of the screen. Accepted; not stored.',
        examples: ['1920x1080'],
      }),
    language: z
      .string('language must be a string')
      .max(255, 'language must be at most 255 characters')
      .optional()
      .meta({ description: 'The browser’s language; without one, Accept-Language.', examples: ['en-GB'] }),
    timeZone: z
      .string('timeZone must be a string')
      .max(255, 'timeZone must be at most 255 characters')
      .optional()
      .meta({ description: 'The browser’s time zone. Accepted; not stored.', examples: ['Europe/Paris'] }),
    userAgent: z
      .string('userAgent must be a string')
      .max(USER_AGENT_CHARACTERS, `userAgent must be at most ${USER_AGENT_CHARACTERS} characters`)
      .optional()
      .meta({
        description: 'The visitor’s user agent, from a server with a write key; otherwise ignored.',
      }),
    ip: z
      .string('ip must be a string')
      .max(ADDRESS_CHARACTERS, `ip must be at most ${ADDRESS_CHARACTERS} characters`)
      .optional()
      .meta({ description: 'The visitor’s address, from a server with a write key; otherwise ignored.' }),
  },
  OBJECT_WANTED,
);

/** A valid event of a page view. */
export type Hit = z.infer<typeof hitSchema>;

/** The registration of a visit: also a page view only if it names its page (docs/api.md, `POST /api/visitor/register`). */
export const visitSchema = hitSchema.partial({ url: true });

export type VisitHit = z.infer<typeof visitSchema>;

/** Most events in one batch (docs/api.md, `POST /api/track`). */
export const EVENTS_PER_BATCH = 50;

/** Longest visible time of a page, in milliseconds. */
const LONGEST_LOOK_MS = 24 * 60 * 60 * 1000;

/** A page view, or one that claims to open a visit: only the gap since the last event decides that. */
export const viewEventSchema = hitSchema.extend({ type: z.enum(['page_view', 'session_start']).optional() });

const LOOKED = `engagedMs must be a whole number from 0 to ${LONGEST_LOOK_MS}`;
const SCROLLED = 'scrollPercent must be a number from 0 to 100';

/** How long a page has been visible so far, and how far it was scrolled, whatever made the browser send it. */
export const engagementEventSchema = z.object({
  type: z.enum(['page_hide', 'page_show', 'engagement']),
  id: idSchema,
  engagedMs: z.int(LOOKED).min(0, LOOKED).max(LONGEST_LOOK_MS, LOOKED).default(0),
  scrollPercent: z.number(SCROLLED).min(0, SCROLLED).max(100, SCROLLED).default(0),
  timestamp: timestampSchema.optional(),
  ageMs: ageSchema.optional(),
  consent: consentSchema.optional(),
});

/** One event of a batch. */
export const eventSchema = z.union([viewEventSchema, engagementEventSchema]);

export type Event = z.infer<typeof eventSchema>;
export type EngagementEvent = z.infer<typeof engagementEventSchema>;

const EVENTS_WANTED = `events must be a list of 1 to ${EVENTS_PER_BATCH}`;

/** The envelope of a batch: each event is validated by itself, so that an invalid one does not affect the others. */
export const batchSchema = z.object(
  {
    events: z
      .array(z.unknown(), EVENTS_WANTED)
      .min(1, EVENTS_WANTED)
      .max(EVENTS_PER_BATCH, EVENTS_WANTED)
      .meta({
        description:
          'Each is a page view as for `track`, with an optional `type`: `page_view` or `session_start`; or `page_hide`, `page_show` or `engagement` with the `id` of its page view, `engagedMs` and `scrollPercent`.',
        examples: [[{ url: 'https://example.com/about' }]],
      }),
  },
  OBJECT_WANTED,
);

export type Batch = z.infer<typeof batchSchema>;

/** Describes in one sentence what is wrong with an input. */
export function sentenceOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'The input is not valid.';
  const where = issue.path.join('.');
  return `${where === '' || issue.message.startsWith(where) ? '' : `${where}: `}${issue.message}.`;
}

/** Makes the error of an input that is not valid. */
export function refusedInput(error: z.ZodError): FootfallError {
  const [issue] = error.issues;
  const given = issue && objectionIn(issue);
  return new FootfallError('BAD_REQUEST', sentenceOf(error), given && { objection: given });
}
