import { chartOf, themeOf } from '#lib/embedded-chart.ts';
import { DASHBOARD } from '#lib/rereading.svelte.ts';
import { refuse } from '#lib/server/refuse.ts';
import { openedShare, readShared, shareAddress } from '#lib/server/share.ts';
import { statisticsOf } from '#lib/statistics.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { params, url, locals, depends } = event;
  depends(DASHBOARD);
  const theme = themeOf(url.searchParams);
  // Where there is no link any more, nothing names the sites of its frames, and nothing is left to keep from others: a
  // frame says that it has ended, in place of the browser's refusal.
  locals.embedded = { origins: ['*'], theme };
  const { origins, reads, state } = await openedShare(event);
  locals.embedded = { origins, theme };
  const query = new URLSearchParams(url.searchParams);
  query.delete('theme');
  const path = shareAddress(params);
  const statistics = await statisticsOf(locals.language);
  const { problems, analytics, ...shown } = await readShared(reads, query, { path, kept: [], statistics });
  if (analytics === undefined && problems.length === 0) refuse(503, 'numbers-down');
  return { path, state, problems, chart: analytics && chartOf(analytics, shown, statistics) };
};
