import { redirect, type Cookies } from '@sveltejs/kit';
import { sharePath } from '@footfall/core/sign-in';
import type { OpenedShare, SharedReads } from '@footfall/trpc';
import { parseView, type DashboardView } from '#lib/dashboard.ts';
import type { ServerStatistics } from '#lib/statistics.ts';
import { accountOf } from './account.ts';
import { refuse } from './refuse.ts';
import { daysOf, followForm, LIST_KEYS, PAGE_ROWS, readNumbers } from './dashboard.ts';
import { STORE_TIMEOUT_MS, withTimeout } from './store-timeout.ts';

/** The cookie of a link with a password. It is sent to the pages of that link alone. */
const COOKIE = 'footfall-share';

interface Sent {
  readonly locals: App.Locals;
  readonly params: { readonly token: string };
  readonly cookies: Cookies;
}

/** The private link of a request; for one that is unknown, revoked or expired the same 404. */
export async function shareOf({ locals, params, cookies }: Sent): Promise<OpenedShare> {
  const share = await accountOf(locals).shares.open(params.token, cookies.get(COOKIE));
  return share ?? notThere();
}

export function notThere(): never {
  refuse(404, 'no-such-link');
}

/** The link of a request that has its password, if there is one; a browser that lacks it is sent to the page that asks for it. */
export async function openedShare(sent: Sent): Promise<OpenedShare & { readonly reads: SharedReads }> {
  const share = await shareOf(sent);
  return { ...share, reads: share.reads ?? redirect(303, shareAddress(sent.params)) };
}

/** What the holder of the link may read. */
export const sharedReadsOf = async (sent: Sent): Promise<SharedReads> => (await openedShare(sent)).reads;

/** Whether a request may follow the link; if not, the same 404 as for a link that is not there. */
export async function requireFollowable(sent: Sent): Promise<void> {
  if ((await shareOf(sent)).reads === undefined) notThere();
}

/** A stream of what happens to the numbers of the link, for a page that shows what was `seen`. */
export async function followedShare(sent: Sent, seen: string): Promise<ReadableStream<Uint8Array>> {
  const { locals, params, cookies } = sent;
  const client = { address: locals.clientAddress(), seen };
  return (await accountOf(locals).shares.follow(params.token, cookies.get(COOKIE), client)) ?? notThere();
}

export const shareAddress = ({ token }: Sent['params']): string => sharePath(token);

/** Gives the browser the proof that it had the password, until it is closed. */
export function keepProof({ locals, params, cookies }: Sent, proof: string): void {
  const { secure } = accountOf(locals).cookie;
  cookies.set(COOKIE, proof, { path: shareAddress(params), httpOnly: true, sameSite: 'lax', secure });
}

/** What a dashboard shows to a reader who has these reads alone. */
export async function readShared(
  reads: SharedReads,
  query: URLSearchParams,
  {
    path,
    kept,
    statistics,
  }: Pick<DashboardView, 'path' | 'kept'> & { readonly statistics: ServerStatistics },
) {
  const { names, sentences, language } = statistics;
  const page = { path, kept };
  followForm(query, names, page);
  const clock = await withTimeout(reads.clock(), STORE_TIMEOUT_MS);
  if (clock === undefined) refuse(503, 'numbers-down');
  const { timeZone, at } = clock;
  const parsed = parseView(query, LIST_KEYS, page);
  const days = daysOf(parsed.view, clock);
  const numbers = await readNumbers(reads, { ...parsed, names, sentences, language }, days.dates);
  return { view: parsed.view, ...days, timeZone, at, ...numbers, pageRows: PAGE_ROWS };
}
