import { FootfallError, sentenceOf, timesSchema } from '@footfall/core';
import type { AppContext } from '@footfall/trpc';
import type { ExportParts } from './export.ts';
import { streamed, type HttpAnswer, type HttpRequest, type Log } from './http.ts';
import { requireKnown } from './query.ts';

/** See `exportZip`, which not every runtime has. */
export type ExportZip = (parts: ExportParts) => Promise<AsyncGenerator<Uint8Array>>;

/** What the route depends on. */
interface ExportRouteParts {
  readonly footfall: AppContext;
  readonly log: Log;
  readonly exportZip?: ExportZip;
}

const NOT_HERE =
  'There is no export on the edge: run “pnpm footfall export FILE” on a machine with the same DATABASE_URL.';

/** Makes `GET /api/export`, for the site's owner: everything in one ZIP, made while it is sent. */
export function exportRoute({
  footfall,
  log,
  exportZip,
}: ExportRouteParts): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    requireKnown(request.query, Object.keys(timesSchema.shape));
    const { data, error } = timesSchema.safeParse(Object.fromEntries(new URLSearchParams(request.query)));
    if (data === undefined) throw new FootfallError('BAD_REQUEST', sentenceOf(error));
    if (exportZip === undefined) throw new FootfallError('NOT_FOUND', NOT_HERE);
    const { site, store } = footfall;
    const now = footfall.now();
    const headers = {
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${exportName(now)}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    };
    // Nobody takes the body of HEAD, so nothing is opened for it.
    if (request.method === 'HEAD') return { status: 200, headers, body: null };
    const pieces = await exportZip({ open: store.export, site, now, range: data });
    return {
      status: 200,
      headers,
      body: streamed(pieces, (failure) => {
        log.error({ err: failure }, 'the export could not be completed');
      }),
    };
  };
}

/** The name under which it is saved. */
const exportName = (now: number): string => `footfall-${new Date(now).toISOString().slice(0, 10)}.zip`;
