import {
  analyticsInputSchema,
  analyticsSchema,
  statsSchema,
  sysStatsSchema,
  URL_CHARACTERS,
  visitorStatsSchema,
} from '@footfall/core';
import type { inferRouterOutputs } from '@trpc/server';
import { generateOpenApiDocument } from 'trpc-to-openapi';
import { z } from 'zod';
import { appRouter, WRITE_ERRORS, type AppRouter } from './router.ts';
import { trackedBatchSchema } from './batch.ts';
import { badgeInputSchema, countSchema, registeredSchema, trackedSchema } from './visitors.ts';

/**
 * What each procedure answers. The types hold them to it; asking tRPC to check every answer of ours at run time would
 * cost the `track` procedure a twentieth of its speed.
 */
const ANSWERS = {
  track: trackedSchema,
  trackBatch: trackedBatchSchema,
  register: registeredSchema,
  count: countSchema,
  stats: statsSchema,
  sysStats: sysStatsSchema,
  visitorStats: visitorStatsSchema,
  'analytics.visitors': analyticsSchema,
} satisfies { [Name in Documented]: z.ZodType<AnswerOf<Name>> };

/** In a query everything is text. */
const { from, to, limit } = analyticsInputSchema.shape;
const analyticsAsText = analyticsInputSchema.extend({
  from: z
    .string()
    .optional()
    .meta(from.meta() ?? {}),
  to: z
    .string()
    .optional()
    .meta(to.meta() ?? {}),
  limit: z
    .string()
    .optional()
    .meta(limit.meta() ?? {}),
});

/** The procedures that have a REST route. */
type Documented =
  Exclude<keyof Answers, 'pages' | 'overview' | 'arrivals' | 'live' | 'analytics'> | 'analytics.visitors';
type Answers = inferRouterOutputs<AppRouter>;
type AnswerOf<Name extends Documented> = Name extends keyof Answers
  ? Answers[Name]
  : Answers['analytics']['visitors'];

/**
 * The OpenAPI 3.1 document of the REST routes, generated from the procedures behind them.
 * @param baseUrl where this Footfall is reached
 */
export function openApiDocument(baseUrl: string): object {
  const procedures = Object.fromEntries(
    Object.entries(ANSWERS).map(([name, output]) => {
      const { _def } = appRouter._def.procedures[name as 'count'];
      const inputs = name === 'analytics.visitors' ? [analyticsAsText] : _def.inputs;
      return [name, { _def: { ..._def, inputs, output } }];
    }),
  );
  const documented = { ...appRouter, _def: { ...appRouter._def, procedures } } as unknown as AppRouter;
  const document = generateOpenApiDocument(documented, {
    title: 'Footfall',
    description:
      'Visitor counter and site statistics. Every error has the same shape; after a 503 send the same id again.',
    version: '0.1.0',
    openApiVersion: '3.1.0',
    baseUrl,
  }) as Document;

  // What the routes have beside their procedures: the shape of an error, text as JSON, and a short answer.
  for (const name of Object.keys(document.components.schemas)) {
    if (name.startsWith('error.')) document.components.schemas[name] = ERROR;
  }
  const track = document.paths['/api/visitors/track']?.post;
  const { '/api/track': batch, '/api/visitor/register': register } = document.paths;
  for (const route of [track, batch?.post, register?.post]) {
    const content = route?.requestBody?.content;
    if (content !== undefined) content['text/plain'] = content['application/json'];
  }
  if (track !== undefined) {
    track.parameters = [RETURN];
    track.responses['204'] = { description: 'Counted, with return=minimal' };
  }
  document.paths['/api/visitors/seen.gif'] = { get: PIXEL };
  document.paths['/api/visitors/pixel.gif'] = { get: OLD_PIXEL };
  document.paths['/api/badge.svg'] = BADGE;
  document.paths['/api/live'] = LIVE;
  return document;
}

/** The part of a document that is looked into here. */
interface Document {
  components: { schemas: Record<string, object> };
  paths: Record<
    string,
    {
      post?: {
        requestBody?: { content: Record<string, object | undefined> };
        parameters?: object[];
        responses: Record<string, object>;
      };
      get?: object;
    }
  >;
}

const LIVE_CONTENT = { 'application/json': {}, 'text/event-stream': {} };

const ERROR = {
  type: 'object',
  properties: {
    error: { type: 'string', description: 'What is wrong, in a sentence.' },
    code: { type: 'string', description: 'The same, in a word.', example: 'BAD_REQUEST' },
  },
  required: ['error', 'code'],
};

const RETURN = {
  in: 'query',
  name: 'return',
  description: '`minimal`: no numbers; a counted view gets 204 and no body.',
  schema: { type: 'string', enum: ['minimal'] },
};

const LIVE = {
  get: {
    operationId: 'live',
    summary: 'The numbers as they move',
    description:
      'A WebSocket, or with `Accept: text/event-stream` a stream of events: the present state, then each newer one, at most four a second. Plainly asked it answers the present state. What is sent is `{ type: "visitor_update", stats, visitorStats, count, version }`.',
    tags: ['Live'],
    responses: {
      '101': { description: 'A WebSocket; whoever follows says nothing' },
      '200': { description: 'The state; as events, each has its version for its id', content: LIVE_CONTENT },
      '403': { description: 'An origin that is not this site’s' },
      '429': { description: 'Too many connections from this address' },
      '503': { description: 'Too many connections, or the store cannot answer; see Retry-After' },
    },
  },
};

const { page, label, style } = badgeInputSchema.shape;

const BADGE = {
  get: {
    operationId: 'badge',
    summary: 'All page views, or one page’s, as an image',
    description: 'For an `<img>`, where no script may run. It only shows: the pixel counts.',
    tags: ['Reading'],
    parameters: Object.entries({ page, label, style }).map(([name, schema]) => {
      const { description, ...shape } = z.toJSONSchema(schema, { io: 'input' });
      delete shape.$schema;
      return { in: 'query', name, description, schema: shape };
    }),
    responses: {
      '200': { description: 'The badge', content: { 'image/svg+xml': {} } },
      '304': { description: 'It is as it was' },
      '400': { description: 'Invalid request' },
      '503': { description: 'The store cannot answer right now; see Retry-After' },
    },
  },
};

const TRANSPARENT_GIF = {
  headers: { 'X-Footfall': { schema: { type: 'string' } } },
  content: { 'image/gif': {} },
};

const PIXEL = {
  operationId: 'seen',
  summary: 'Count one page view without JavaScript',
  description:
    'Always answers with a GIF; the header `X-Footfall` is `counted`, the reason why not, or the code of an error.',
  tags: ['Writing'],
  parameters: [
    {
      in: 'query',
      name: 'url',
      description: 'The page’s full http(s) URL, or its path; the Referer header without it.',
      schema: { type: 'string', maxLength: URL_CHARACTERS },
    },
    {
      in: 'query',
      name: 'referrer',
      description: 'Where the visitor came from.',
      schema: { type: 'string' },
    },
    {
      in: 'query',
      name: 'id',
      description: 'The sender’s id of this page view: sent again it is not counted again.',
      schema: { type: 'string', format: 'uuid' },
    },
    {
      in: 'query',
      name: 'consent',
      description: 'The visitor’s consent, where the site requires it.',
      schema: { type: 'string', enum: ['true'] },
    },
  ],
  responses: {
    '200': { description: 'A transparent pixel', ...TRANSPARENT_GIF },
    '400': { description: WRITE_ERRORS[400], ...TRANSPARENT_GIF },
    '401': { description: WRITE_ERRORS[401], ...TRANSPARENT_GIF },
    '429': { description: WRITE_ERRORS[429], ...TRANSPARENT_GIF },
    '503': { description: WRITE_ERRORS[503], ...TRANSPARENT_GIF },
  },
};

const OLD_PIXEL = {
  ...PIXEL,
  operationId: 'pixel',
  summary: 'The same as `seen.gif`, by a name that lists of trackers know',
  deprecated: true,
};
