import { datesOf, todayOf } from '#lib/dashboard.ts';
import { browserAddress, parseNotCounted } from '#lib/not-counted.ts';
import { refuse } from '#lib/server/refuse.ts';
import { objectionOf, sentenceIn } from '#lib/server/objection.ts';
import { statisticsOf } from '#lib/statistics.ts';
import { STORE_TIMEOUT_MS, withTimeout } from '#lib/server/store-timeout.ts';
import type { PageServerLoad } from './$types';

/** Names of a reason that are shown. */
const ROWS = 20;

/** How long the ledger may take, in milliseconds: a sender may have made up a thousand names a day. */
const LEDGER_MS = 5_000;

/** Before the first event of every site: bots may have come before anybody was counted. */
const EARLIEST = '2000-01-01';

export const load: PageServerLoad = async ({ locals, url }) => {
  const { footfall, publicUrl } = locals;
  const { period, asked, problems } = parseNotCounted(url.searchParams);
  const site = await withTimeout(footfall.overview({ period: 'today' }), STORE_TIMEOUT_MS);
  if (site === undefined) refuse(503, 'numbers-down');
  const { timeZone, at, since } = site;
  const today = todayOf(at, timeZone);
  const dates = datesOf(period, today, since === null ? undefined : todayOf(since, timeZone));

  const read = async () => {
    if (problems.length > 0) return undefined;
    const range = period === 'all' ? { ...dates, from: EARLIEST } : dates;
    const ledger = await withTimeout(footfall.ledger.range({ ...range, limit: ROWS }), LEDGER_MS);
    if (ledger === undefined) refuse(503, 'numbers-down');
    const first = ledger.series.findIndex(({ events }) => events > 0);
    return period === 'all' ? { ...ledger, series: ledger.series.slice(Math.max(first, 0)) } : ledger;
  };
  const answer = async () => {
    if (asked === undefined) return {};
    try {
      return { verdict: await footfall.ledger.explain(asked) };
    } catch (caught) {
      const objection = objectionOf(caught);
      if (objection === undefined) throw caught;
      return { objection: await sentenceIn(locals.language, objection) };
    }
  };
  const { sentences } = await statisticsOf(locals.language);
  const [ledger, answered] = await Promise.all([read(), answer()]);
  return {
    period,
    dates,
    today,
    timeZone,
    at,
    problems: sentences(problems),
    ledger,
    asked,
    ...answered,
    browserAddress: browserAddress(publicUrl ?? url.origin, asked),
  };
};
