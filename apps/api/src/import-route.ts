import { FootfallError } from '@footfall/core';
import { importDeskOf, type AppContext } from '@footfall/trpc';
import { json, type HttpAnswer, type HttpRequest } from './http.ts';
import { requireKnown } from './query.ts';

/** The largest piece of a file, in bytes: one is sent within the time that a request may take, also on a slow line. */
const PIECE_BYTES = 1024 ** 2;

/** The largest form with a file, in bytes: it is held in memory, and a browser with JavaScript sends pieces. */
const FORM_BYTES = 8 * 1024 ** 2;

/** A number in a query, as large as a file may be at most in any case. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/** Makes `POST /api/import/upload`, for the site's owner: takes a piece of a file. */
export function uploadRoute(footfall: AppContext): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    requireKnown(request.query, ['offset', 'size']);
    const query = new URLSearchParams(request.query);
    const [offset, size] = ['offset', 'size'].map((name) => {
      const text = query.get(name) ?? '';
      if (!WHOLE.test(text)) throw new FootfallError('BAD_REQUEST', `${name} must be a number of bytes.`);
      return Number(text);
    }) as [number, number];
    const desk = importDeskOf(footfall);
    // Also what no form can send: a page of another site would have to ask first.
    if (request.header('content-type') !== 'application/octet-stream')
      throw new FootfallError('UNSUPPORTED_MEDIA_TYPE', 'Send the piece as application/octet-stream.');
    const bytes = await request.bytes(PIECE_BYTES);
    return json(await desk.upload({ offset, size, bytes }));
  };
}

/**
 * Makes `POST /api/import/form`, for the site's owner: takes a whole file from a form of the dashboard, which a browser
 * sends without JavaScript, and leads back there. What is wrong with it stands in the address by its code.
 */
export function uploadFormRoute(footfall: AppContext): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    requireKnown(request.query, []);
    try {
      const bytes = await fileIn(request);
      await importDeskOf(footfall).upload({ offset: 0, size: bytes.length, bytes });
      return seeOther('/admin/import');
    } catch (error) {
      if (!(error instanceof FootfallError)) throw error;
      return seeOther(`/admin/import?refused=${error.code}`);
    }
  };
}

const seeOther = (location: string): HttpAnswer => ({
  status: 303,
  headers: { location, 'cache-control': 'no-store' },
  body: null,
});

async function fileIn(request: HttpRequest): Promise<Uint8Array> {
  const type = request.header('content-type') ?? '';
  if (!type.startsWith('multipart/form-data'))
    throw new FootfallError('UNSUPPORTED_MEDIA_TYPE', 'Send a form with a file.');
  const body = await request.bytes(FORM_BYTES);
  const form = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new FootfallError('BAD_REQUEST', 'The form cannot be read.', { cause });
    });
  const file = form.get('file');
  if (!(file instanceof Blob)) throw new FootfallError('BAD_REQUEST', 'The form has no file.');
  return file.bytes();
}
