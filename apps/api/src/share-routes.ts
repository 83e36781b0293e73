import { shareIdSchema, shareSchema } from '@footfall/core';
import type { AppContext } from '@footfall/trpc';
import type * as z from 'zod';
import { EVENT_BYTES, readJson } from './collect.ts';
import { json, type HttpAnswer, type HttpRequest } from './http.ts';
import { requireKnown } from './query.ts';
import { parsedBy } from './read.ts';

type ShareRoute = (request: HttpRequest) => Promise<HttpAnswer>;

/** `GET /api/shares`, for the site's owner. */
export const sharesRoute =
  ({ shares }: AppContext): ShareRoute =>
  async ({ query }) => {
    requireKnown(query, []);
    return json(await shares.list());
  };

/** `POST /api/shares`, for the site's owner. */
export const makeShareRoute =
  ({ shares }: AppContext): ShareRoute =>
  async (request) =>
    json(await shares.make(await bodyOf(request, shareSchema)));

/** `POST /api/shares/revoke`, for the site's owner. */
export const revokeShareRoute =
  ({ shares }: AppContext): ShareRoute =>
  async (request) =>
    json(await shares.revoke((await bodyOf(request, shareIdSchema)).id));

async function bodyOf<T extends z.ZodType>(request: HttpRequest, schema: T): Promise<z.infer<T>> {
  requireKnown(request.query, []);
  return parsedBy(schema, await readJson(request, EVENT_BYTES));
}
