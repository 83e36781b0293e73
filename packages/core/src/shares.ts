import { instantsOf, type Calendar } from './analytics.ts';
import type { FilterInput } from './filters.ts';
import { sentenceOf } from './hit.ts';
import { passwordProblem } from './sign-in.ts';
import { filtersSchema } from './stored-filters.ts';
import { plainText, readName } from './text.ts';

/** Links that an owner may have at most. */
export const MOST_SHARES = 100;

/** How often at most the last use of a link is stored, in milliseconds. */
export const SHARE_USED_EVERY_MS = 60_000;

/** The most sites that may embed a link, and the longest list of them as it is typed, in characters. */
const MOST_ORIGINS = 10;
const ORIGINS_CHARACTERS = 1_000;

/** What an owner types for a new link. */
export interface TypedShare {
  readonly name: string;
  /** Empty for none. */
  readonly password: string;
  /** The last local day on which it opens, such as `2026-11-20`; empty for no end. */
  readonly lastDay: string;
  /** The sites whose pages may embed it, separated by spaces or commas. */
  readonly sites: string;
  readonly filters: FilterInput;
}

/** A new link that is valid. */
export interface ShareWish {
  readonly name: string;
  readonly password: string | undefined;
  /** When it ends, epoch milliseconds; undefined for never. */
  readonly expiresAt: number | undefined;
  readonly filters: FilterInput;
  /** Origins whose pages may embed it, such as `https://example.com`. */
  readonly origins: readonly string[];
}

/** Reads what an owner types for a new link, or says what is wrong with it. */
export function readShareWish(
  typed: TypedShare,
  { calendar, now }: { readonly calendar: Calendar; readonly now: number },
): ShareWish | { readonly problem: string } {
  const named = readName(typed.name, 'the link', 'who has it');
  if ('problem' in named) return named;
  const { password } = typed;
  const weakness = password === '' ? undefined : passwordProblem(password);
  if (weakness !== undefined) return { problem: weakness };
  const expiresAt = typed.lastDay === '' ? undefined : endOf(typed.lastDay, calendar);
  if (typed.lastDay !== '' && expiresAt === undefined)
    return { problem: 'The last day must be a date such as 2026-11-20.' };
  if (expiresAt !== undefined && expiresAt <= now) return { problem: 'The last day is over already.' };
  const filters = readFilters(typed.filters);
  if ('problem' in filters) return filters;
  const origins = readOrigins(typed.sites);
  if ('problem' in origins) return origins;
  if (origins.length > 0 && password !== '')
    return {
      problem: 'A link with a password cannot be embedded: browsers hide its cookie from other sites.',
    };
  return { ...named, password: password === '' ? undefined : password, expiresAt, filters, origins };
}

/** Where a local day ends. */
function endOf(date: string, calendar: Calendar): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(`${date}T00:00:00Z`))) return undefined;
  return instantsOf({ to: date }, calendar).until;
}

function readFilters(filters: FilterInput): FilterInput | { readonly problem: string } {
  const { data, error } = filtersSchema.safeParse(filters);
  return error === undefined ? data : { problem: sentenceOf(error) };
}

function readOrigins(typed: string): readonly string[] | { readonly problem: string } {
  if (typed.length > ORIGINS_CHARACTERS) return { problem: 'The list of sites is too long.' };
  const sites = typed.split(/[\s,]+/).filter((site) => site !== '');
  if (sites.length > MOST_ORIGINS) return { problem: `At most ${MOST_ORIGINS} sites may embed a link.` };
  const origins = new Set<string>();
  for (const site of sites) {
    const origin = originOf(site);
    if (origin === undefined)
      return {
        problem: `“${plainText(site, 60)}” is not a site such as example.com or https://example.com.`,
      };
    origins.add(origin);
  }
  return [...origins];
}

/** What stands in a policy as it is may have nothing but a host and a port. */
const ORIGIN = /^https?:\/\/[a-z\d.-]+(?::\d+)?$/;

function originOf(site: string): string | undefined {
  const url = URL.parse(/^https?:\/\//i.test(site) ? site : `https://${site}`);
  if (url === null || url.pathname !== '/' || url.search + url.hash + url.username !== '') return undefined;
  return ORIGIN.test(url.origin) ? url.origin : undefined;
}
