import { objectionOf, sentenceIn } from '#lib/server/objection.ts';
import { refuse } from '#lib/server/refuse.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, request, setHeaders }) => {
  // It is of this browser alone.
  setHeaders({ 'cache-control': 'no-store' });
  const [page, referrer] = ['url', 'referrer'].map((name) => url.searchParams.get(name)?.trim() ?? '');
  const view = { ...(page !== '' && { url: page }), ...(referrer !== '' && { referrer }) };
  const userAgent = request.headers.get('user-agent') ?? '';
  try {
    const verdict = await locals.check(view);
    if (verdict === undefined) refuse(503, 'no-check');
    return { userAgent, view, verdict };
  } catch (caught) {
    const objection = objectionOf(caught);
    if (objection === undefined) throw caught;
    return { userAgent, view: {}, objection: await sentenceIn(locals.language, objection) };
  }
};
