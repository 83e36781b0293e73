import {
  analyticsSchema,
  engagementEventSchema,
  HTTP_STATUS,
  rowsSchema,
  shareIdSchema,
  standingSchema,
  statsSchema,
  sysStatsSchema,
  URL_CHARACTERS,
  viewEventSchema,
  visitorStatsSchema,
  type ErrorCode,
} from '@footfall/core';
import type { inferRouterOutputs } from '@trpc/server';
import * as z from 'zod';
import { trackedBatchSchema } from './batch.ts';
import { madeShareSchema, sharesSchema } from './owner-shares.ts';
import { SAMPLES, samplesOf } from './openapi-samples.ts';
import { appRouter, ERROR_MEANINGS, type AppRouter, type Meta, type RestRoute } from './router.ts';
import {
  badgeInputSchema,
  countSchema,
  notCountedSchema,
  registeredSchema,
  trackedSchema,
} from './visitors.ts';

export { SAMPLE_DAY, SAMPLES, type RouteSample } from './openapi-samples.ts';

/** A JSON Schema, or another part of the document. */
type Part = Readonly<Record<string, unknown>>;

/** The procedures that have a REST route, by their full names. */
type Documented =
  | Exclude<
      keyof Answers,
      | ('pages' | 'overview' | 'arrivals' | 'live' | 'analytics' | 'ledger')
      | (
          | 'settings'
          | 'visits'
          | 'annotations'
          | 'segments'
          | 'data'
          | 'startingNumbers'
          | 'shares'
          | 'imports'
        )
    >
  | `analytics.${'visitors' | 'list'}`
  | `shares.${'list' | 'make' | 'revoke'}`;
type Answers = inferRouterOutputs<AppRouter>;
type AnswerOf<Name extends Documented> = Name extends keyof Answers
  ? Answers[Name]
  : Name extends `analytics.${infer Own extends keyof Answers['analytics']}`
    ? Answers['analytics'][Own]
    : Name extends `shares.${infer Own extends keyof Answers['shares']}`
      ? Answers['shares'][Own]
      : never;

/**
 * The result of each procedure: its name in the document, and its schema. The types make the procedures agree with the
 * schemas; having tRPC validate every result at run time would slow the `track` procedure by a twentieth.
 */
const ANSWERS = {
  track: ['Tracked', trackedSchema],
  trackBatch: ['TrackedBatch', trackedBatchSchema],
  register: ['Registered', registeredSchema],
  count: ['Count', countSchema],
  stats: ['Stats', statsSchema],
  sysStats: ['SysStats', sysStatsSchema],
  visitorStats: ['VisitorStats', visitorStatsSchema],
  'analytics.visitors': ['Analytics', analyticsSchema],
  'analytics.list': ['AnalyticsRows', rowsSchema],
  'shares.list': ['Shares', sharesSchema],
  'shares.make': ['MadeShare', madeShareSchema],
  'shares.revoke': ['RevokedShare', shareIdSchema],
} satisfies { [Name in Documented]: readonly [string, z.ZodType<AnswerOf<Name>>] };

/** The name of the header that authenticates a request. */
const BEARER = 'Bearer';

const ref = (kind: 'schemas' | 'responses' | 'headers' | 'parameters', name: string): Part => ({
  $ref: `#/components/${kind}/${name}`,
});

/** As JSON Schema, without the bounds that every safe integer has. */
function schemaOf(schema: z.ZodType): Part {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return shape;
}

/** The query parameters for an object's fields; in a query every value is a string. */
function parametersOf(schema: z.ZodType): Part[] {
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Record<string, Part & { anyOf?: readonly Part[] }>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, examples, anyOf, ...shape }]) => {
    // A parameter that may have several values is given several times.
    const several = anyOf?.filter(({ type }) => type === 'array') ?? [];
    const options = several.length > 0 ? several : anyOf?.filter(({ type }) => type === 'string');
    return {
      in: 'query',
      name,
      required: required.includes(name),
      description,
      schema: { ...shape, ...(options?.length === 1 ? options[0] : options && { anyOf: options }) },
      ...(Array.isArray(examples) && { example: examples[0] as unknown }),
    };
  });
}

/** Names of the error responses in the document: `BAD_REQUEST` is `BadRequest`. */
const responseName = (code: ErrorCode): string =>
  code.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const errors = (codes: readonly ErrorCode[]): Part =>
  Object.fromEntries(codes.map((code) => [HTTP_STATUS[code], ref('responses', responseName(code))]));

const READ_ERRORS: readonly ErrorCode[] = [
  'BAD_REQUEST',
  'PAYLOAD_TOO_LARGE',
  'TOO_MANY_REQUESTS',
  'SERVICE_UNAVAILABLE',
];

const NOT_MODIFIED = { description: 'The numbers are those of the `ETag` in `If-None-Match`.' };

const CACHED = { ETag: ref('headers', 'ETag'), 'Cache-Control': ref('headers', 'CacheControl') };

const jsonOf = (schema: Part, example?: unknown): Part => ({
  'application/json': { schema, ...(example !== undefined && { example }) },
});

/** The operation of a procedure that has a REST route. */
function operationOf(name: Documented, route: RestRoute, input: z.ZodType | undefined): Part {
  const operationId = idOf(name);
  const { answer, body } = SAMPLES[operationId] ?? {};
  const [schema] = ANSWERS[name];
  const answers = ref('schemas', schema);
  const { summary, description, tag } = route;
  const common = { operationId, summary, ...(description !== undefined && { description }), tags: [tag] };
  const isOwners = tag === 'Admin';
  if (route.method === 'POST') {
    const media = { schema: input === undefined ? {} : ref('schemas', inputName(name)), example: body };
    return {
      ...common,
      // For events a key is for servers that send those of their visitors; without one the sender is the visitor.
      security: isOwners ? [{ [BEARER]: [] }] : [{}, { [BEARER]: [] }],
      ...(name === 'track' && { parameters: [RETURN] }),
      requestBody: { required: true, content: { 'application/json': media, 'text/plain': media } },
      responses: {
        200: {
          description: 'OK',
          content: jsonOf(
            name === 'track' ? { anyOf: [answers, ref('schemas', 'NotCounted')] } : answers,
            answer,
          ),
        },
        ...(name === 'track' && { 204: { description: 'Counted, with `return=minimal`.' } }),
        ...errors([
          ...READ_ERRORS,
          'UNAUTHORIZED',
          'UNSUPPORTED_MEDIA_TYPE',
          ...(isOwners ? (['FORBIDDEN', 'NOT_FOUND'] as const) : []),
        ]),
      },
    };
  }
  return {
    ...common,
    ...(isOwners && { security: [{ [BEARER]: [] }] }),
    parameters: [
      ...(input === undefined ? [] : parametersOf(input)),
      ...(isOwners ? [] : [ref('parameters', 'IfNoneMatch')]),
    ],
    responses: {
      200: {
        description: 'OK',
        ...(!isOwners && { headers: CACHED }),
        content: jsonOf(answers, answer),
      },
      ...(!isOwners && { 304: NOT_MODIFIED }),
      ...errors(isOwners ? [...READ_ERRORS, 'UNAUTHORIZED', 'TIMEOUT'] : READ_ERRORS),
    },
  };
}

/** The name of a write's body in the document. */
const inputName = (name: Documented): string => {
  const id = idOf(name);
  return `${id.charAt(0).toUpperCase()}${id.slice(1)}Input`;
};

/** The name of an operation in the document: `analytics.list` is `analyticsList`. */
const idOf = (name: Documented): string =>
  name.replace(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * The OpenAPI 3.1 document of the REST routes, generated from their procedures.
 * @param baseUrl the address at which this Footfall is reached
 */
export function openApiDocument(baseUrl: string): object {
  const procedures = appRouter._def.procedures as unknown as Readonly<
    Record<string, { _def: { meta?: Meta; inputs: readonly z.ZodType[] } }>
  >;
  const paths: Record<string, Record<string, Part>> = {};
  const inputs: Record<string, Part> = {};
  for (const name of Object.keys(ANSWERS) as Documented[]) {
    const { meta, inputs: [given] = [] } = procedures[name]?._def ?? { inputs: [] };
    const route = meta?.openapi;
    if (route === undefined) throw new Error(`${name} has no REST route to document.`);
    const input = given instanceof z.ZodOptional ? (given.unwrap() as z.ZodType) : given;
    if (route.method === 'POST' && input !== undefined) inputs[inputName(name)] = schemaOf(input);
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operationOf(name, route, input),
    };
  }
  Object.assign(paths, OTHER_PATHS);

  const answers = Object.fromEntries(
    Object.values(ANSWERS).map(([name, schema]) => [name, schemaOf(schema)]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Footfall',
      version: '0.1.0',
      description:
        'Visitor counter and site statistics. JSON in and out. Every error has the same shape; after a 429 or 503 send the same request again, with the same `id`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: baseUrl }],
    tags: TAGS,
    paths: withSamples(paths, baseUrl),
    components: {
      schemas: {
        ...withTypedEvents(inputs),
        PageViewEvent: schemaOf(viewEventSchema),
        EngagementEvent: schemaOf(engagementEventSchema),
        ...withNamedStats(answers),
        NotCounted: schemaOf(notCountedSchema),
        LiveUpdate: LIVE_UPDATE,
        Error: ERROR,
      },
      responses: RESPONSES,
      headers: HEADERS,
      parameters: { IfNoneMatch: IF_NONE_MATCH },
      securitySchemes: {
        [BEARER]: {
          type: 'http',
          scheme: 'bearer',
          description:
            'One of `WRITE_KEYS` for a server that sends events for its visitors; `ADMIN_PASSWORD` or one of `API_KEYS` for what only the site’s owner reads.',
        },
      },
    },
  };
}

/** The server validates each event of a batch by itself, so its schema has none; the document describes them. */
function withTypedEvents(inputs: Readonly<Record<string, Part>>): Record<string, Part> {
  const batch = inputs['TrackBatchInput'] as { properties: { events: Part } };
  const events = {
    ...batch.properties.events,
    items: { anyOf: [ref('schemas', 'PageViewEvent'), ref('schemas', 'EngagementEvent')] },
  };
  return { ...inputs, TrackBatchInput: { ...batch, properties: { ...batch.properties, events } } };
}

/** The numbers in the response to a registration are those of `GET /api/stats`. */
function withNamedStats(answers: Readonly<Record<string, Part>>): Record<string, Part> {
  const registered = answers['Registered'] as { properties: { stats: Part } };
  const stats = { ...ref('schemas', 'Stats'), description: registered.properties.stats['description'] };
  return { ...answers, Registered: { ...registered, properties: { ...registered.properties, stats } } };
}

/** Each operation with sample requests from a shell, and from a program or a page. */
function withSamples(
  paths: Readonly<Record<string, Record<string, Part>>>,
  baseUrl: string,
): Record<string, Record<string, Part>> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => {
          const sample = SAMPLES[operation['operationId'] as string];
          const at = { method: method.toUpperCase(), path, baseUrl };
          return [method, sample ? { ...operation, 'x-codeSamples': samplesOf(sample, at) } : operation];
        }),
      ),
    ]),
  );
}

const TAGS = [
  {
    name: 'Writing',
    description: 'What is acknowledged is on disk, and counted once however often it is sent.',
  },
  { name: 'Reading', description: 'For everyone, from any page, without credentials.' },
  { name: 'Live', description: 'The same numbers, pushed when they change.' },
  { name: 'Admin', description: 'For the site’s owner.' },
];

const ERROR = {
  type: 'object',
  description: 'The answer to a request that failed.',
  properties: {
    error: { type: 'string', description: 'What is wrong, in a sentence.' },
    code: { type: 'string', enum: Object.keys(HTTP_STATUS), description: 'The same, in a word.' },
  },
  required: ['error', 'code'],
};

const RETRY_AFTER = { 'Retry-After': ref('headers', 'RetryAfter') };

/** Each error once, referenced by the operations. */
const RESPONSES = Object.fromEntries(
  (Object.keys(ERROR_MEANINGS) as (keyof typeof ERROR_MEANINGS)[]).map((code) => {
    const { description, error } = ERROR_MEANINGS[code];
    return [
      responseName(code),
      {
        description,
        ...(['TOO_MANY_REQUESTS', 'SERVICE_UNAVAILABLE'].includes(code) && { headers: RETRY_AFTER }),
        ...(code === 'UNAUTHORIZED' && { headers: { 'WWW-Authenticate': { schema: { type: 'string' } } } }),
        content: jsonOf(ref('schemas', 'Error'), { error, code }),
      },
    ];
  }),
);

const HEADERS = {
  ETag: {
    description: 'The name of this state of the numbers: changes when a number does.',
    required: true,
    schema: { type: 'string' },
  },
  CacheControl: {
    description: 'How long a cache may answer instead.',
    required: true,
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'Seconds after which to try again.',
    schema: { type: 'string', pattern: String.raw`^\d+$` },
  },
};

const IF_NONE_MATCH = {
  in: 'header',
  name: 'If-None-Match',
  description: 'The `ETag` of an answer you have: answered with 304 and no body while it is current.',
  schema: { type: 'string' },
};

const RETURN = {
  in: 'query',
  name: 'return',
  description:
    '`minimal`: no numbers; a counted view gets 204 and no body, another `{ counted: false, reason }`.',
  schema: { type: 'string', enum: ['minimal'] },
};

/** All numbers that change, as they are pushed. */
const LIVE_UPDATE = {
  type: 'object',
  properties: {
    type: { const: 'visitor_update' },
    stats: ref('schemas', 'Stats'),
    visitorStats: ref('schemas', 'VisitorStats'),
    count: { type: 'integer', description: 'All page views.' },
    version: schemaOf(standingSchema.version),
    store: schemaOf(standingSchema.store),
  },
  required: ['type', 'stats', 'visitorStats', 'count', 'version', 'store'],
};

const LIVE = {
  operationId: 'live',
  summary: 'The numbers as they change',
  description:
    'A WebSocket, or with `Accept: text/event-stream` a stream of events: the current state, then each newer one, at most four a second. A plain request gets the current state. Clients must not send messages. A stream’s event has its version in its `id`; a client that reconnects sends it as `Last-Event-ID`.',
  tags: ['Live'],
  parameters: [ref('parameters', 'IfNoneMatch')],
  responses: {
    101: { description: 'The connection is a WebSocket now.' },
    200: {
      description: 'OK',
      content: {
        ...jsonOf(ref('schemas', 'LiveUpdate'), SAMPLES['live']?.answer),
        'text/event-stream': { schema: { type: 'string' } },
      },
    },
    304: NOT_MODIFIED,
    ...errors([...READ_ERRORS, 'FORBIDDEN']),
  },
};

const BADGE = {
  operationId: 'badge',
  summary: 'Page views or visitors as an image',
  description:
    'Page views, of all pages or one, or visitors, for an `<img>` where no script may run. It only shows the number: the pixel counts.',
  tags: ['Reading'],
  parameters: [...parametersOf(badgeInputSchema), ref('parameters', 'IfNoneMatch')],
  responses: {
    200: { description: 'OK', headers: CACHED, content: { 'image/svg+xml': { schema: { type: 'string' } } } },
    304: NOT_MODIFIED,
    ...errors(READ_ERRORS),
  },
};

const TRANSPARENT_GIF = {
  headers: {
    'X-Footfall': {
      description: '`counted`, the reason why not, or the code of an error.',
      required: true,
      schema: { type: 'string' },
    },
  },
  content: { 'image/gif': { schema: { type: 'string', format: 'binary' } } },
};

/** An error of the pixel is an image too, and its code is in a header. */
const gifErrors = Object.fromEntries(
  (['BAD_REQUEST', 'UNAUTHORIZED', 'TOO_MANY_REQUESTS', 'SERVICE_UNAVAILABLE'] as const).map((code) => [
    HTTP_STATUS[code],
    { description: ERROR_MEANINGS[code].description, ...TRANSPARENT_GIF },
  ]),
);

const view = viewEventSchema.shape;

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
      required: true,
      description:
        'The page’s full http(s) URL, or its path. Where a browser sends `Referer`, that stands in for it.',
      schema: {
        type: 'string',
        minLength: 1,
        maxLength: URL_CHARACTERS,
        pattern: view.url.meta()?.['pattern'],
      },
      example: 'https://example.com/about',
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
      schema: { type: 'string', enum: ['true', 'false'] },
    },
  ],
  responses: {
    200: { description: 'OK', ...TRANSPARENT_GIF },
    ...gifErrors,
    ...errors(['PAYLOAD_TOO_LARGE']),
  },
};

const OLD_PIXEL = {
  ...PIXEL,
  operationId: 'pixel',
  summary: 'The same as `seen.gif`, by a name that lists of trackers know',
  deprecated: true,
};

/** Routes without a procedure of their own. */
const OTHER_PATHS: Readonly<Record<string, Record<string, Part>>> = {
  '/api/visitors/seen.gif': { get: PIXEL },
  '/api/visitors/pixel.gif': { get: OLD_PIXEL },
  '/api/badge.svg': { get: BADGE },
  '/api/live': { get: LIVE },
};
