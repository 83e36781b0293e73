import * as z from 'zod';
import { instantsOf, type Calendar } from './analytics.ts';
import type { FilterInput } from './filters.ts';
import { objection, type Objection } from './objection.ts';
import { PASSWORD_BYTES, passwordProblem } from './sign-in.ts';
import { filtersSchema } from './stored-filters.ts';
import { plainText, readName } from './text.ts';

/** Links that an owner may have at most. */
export const MOST_SHARES = 100;

/** How often at most the last use of a link is stored, in milliseconds. */
export const SHARE_USED_EVERY_MS = 60_000;

/** The most sites that may embed a link. */
const MOST_ORIGINS = 10;

/** The longest name that is read at all, and the longest site, in characters. */
const NAME_CHARACTERS = 200;
const SITE_CHARACTERS = 300;

/** A new link as its owner sends it: its shape and its limits. {@link readShareWish} has the rules. */
export const shareSchema = z.strictObject({
  name: z
    .string('name must be a string')
    .max(NAME_CHARACTERS, `name must be at most ${NAME_CHARACTERS} characters`)
    .meta({ description: 'Who gets it, at most 60 bytes: they see the name.', examples: ['Marketing'] }),
  password: z
    .string('password must be a string')
    .max(PASSWORD_BYTES, `password must be at most ${PASSWORD_BYTES} characters`)
    .optional()
    .meta({ description: 'Asked for once by each browser; at least 12 characters. Left out: none.' }),
  lastDay: z.iso
    .date('lastDay must be a date such as 2026-11-20')
    .optional()
    .meta({ description: 'The last local day on which it opens. Left out: no end.' }),
  sites: z
    .array(z.string('a site must be a string'), 'sites must be a list of sites')
    .max(MOST_ORIGINS, `sites must have at most ${MOST_ORIGINS} entries`)
    .readonly()
    .optional()
    .meta({ description: 'The sites whose pages may embed it.', examples: [['intranet.example.com']] }),
  filters: filtersSchema
    .optional()
    .meta({ description: 'Filters that always hold, by the names of a query. Left out: none.' }),
});

/** What an owner wants a new link to be. */
export type NewShare = z.infer<typeof shareSchema>;

/** A link by its id: the SHA-256 of its token, as hex. */
export const shareIdSchema = z.strictObject({
  id: z
    .string('id must be the id of a link')
    .regex(/^[\da-f]{64}$/, 'id must be the id of a link')
    .meta({ description: 'As the list of links has it.' }),
});

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

/** Reads what an owner wants a new link to be, or says what is wrong with it. */
export function readShareWish(
  { name, password, lastDay, sites = [], filters = {} }: NewShare,
  { calendar, now }: { readonly calendar: Calendar; readonly now: number },
): ShareWish | { readonly problem: Objection } {
  const named = readName(name, 'link');
  if ('problem' in named) return named;
  const weakness = password === undefined ? undefined : passwordProblem(password);
  if (weakness !== undefined) return { problem: weakness };
  const expiresAt = lastDay === undefined ? undefined : instantsOf({ to: lastDay }, calendar).until;
  if (expiresAt !== undefined && expiresAt <= now) return { problem: objection('link-over') };
  const origins = readOrigins(sites);
  if ('problem' in origins) return origins;
  if (origins.length > 0 && password !== undefined) return { problem: objection('link-embedded') };
  return { ...named, password, expiresAt, filters, origins };
}

function readOrigins(sites: readonly string[]): readonly string[] | { readonly problem: Objection } {
  const origins = new Set<string>();
  for (const site of sites) {
    const origin = originOf(site);
    if (origin === undefined) return { problem: objection('link-site', plainText(site, 60)) };
    origins.add(origin);
  }
  return [...origins];
}

/** What stands in a policy as it is may have nothing but a host and a port. */
const ORIGIN = /^https?:\/\/[a-z\d.-]+(?::\d+)?$/;

function originOf(site: string): string | undefined {
  if (site.length > SITE_CHARACTERS) return undefined;
  const url = URL.parse(/^https?:\/\//i.test(site) ? site : `https://${site}`);
  if (url === null || url.pathname !== '/' || url.search + url.hash + url.username !== '') return undefined;
  return ORIGIN.test(url.origin) ? url.origin : undefined;
}
