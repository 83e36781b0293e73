import { FootfallError, sentenceOf } from '@footfall/core';
import { count, countInputSchema, type Footfall } from '@footfall/trpc';
import { json, type HttpAnswer, type HttpRequest } from './http.ts';

type Count = Awaited<ReturnType<typeof count>>;

/** Makes `GET /api/visitors/count`. The number of the whole site is serialised once per version. */
export function countRoute(
  footfall: Footfall,
  cacheControl: string,
): (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer> {
  let total: { count: Count; answer: HttpAnswer } | undefined;

  const answerOf = (number: Count): HttpAnswer =>
    json(number, { headers: { 'cache-control': cacheControl, etag: etagOf(number) } });

  return (request) => {
    const page = pageOf(request.query);
    const number = count(page, footfall);
    if (number instanceof Promise) return number.then((read) => fresh(request, answerOf(read)));
    if (page !== undefined) return fresh(request, answerOf(number));
    if (total?.count !== number) total = { count: number, answer: answerOf(number) };
    return fresh(request, total.answer);
  };
}

function pageOf(query: string): string | undefined {
  if (query === '') return;
  const parsed = countInputSchema.safeParse({ page: new URLSearchParams(query).get('page') ?? undefined });
  if (!parsed.success) throw new FootfallError('BAD_REQUEST', sentenceOf(parsed.error));
  return parsed.data.page;
}

/** A version names a state of all numbers; a stale answer is another text than the same version's fresh one. */
function etagOf({ version, stale }: Count): string {
  return stale === true ? `"${version}-stale"` : `"${version}"`;
}

/** The answer, or 304 where the asker has it (RFC 9110, 13.1.2: weak comparison). */
function fresh(request: HttpRequest, answer: HttpAnswer): HttpAnswer {
  const known = request.header('if-none-match');
  if (known === undefined) return answer;
  const etag = answer.headers['etag'];
  const matches = known
    .split(',')
    .some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  return matches ? { status: 304, headers: answer.headers, body: null } : answer;
}
