import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  MOST_SHARES,
  readShareWish,
  SHARE_USED_EVERY_MS,
  storedFilters,
  type FilterInput,
  objection,
  refused,
} from '@footfall/core';
import { sharePath } from '@footfall/core/sign-in';
import type { ShareStore, StoredShare } from '@footfall/db';
import { sharedReads, type AppContext, type OwnerShares, type Shares } from '@footfall/trpc';
import type { HashInTurn } from './account.ts';
import type { Attempts } from './attempts.ts';
import { hashPassword, isPasswordOf } from './password.ts';
import type { SharedLive } from './shared-live.ts';

/** What private links depend on. */
export interface ShareParts {
  readonly store: ShareStore;
  readonly footfall: AppContext;
  /** The address at which links are opened. */
  readonly publicUrl: string;
  /** Counts wrong passwords of links, and no others: a guest must not lock the owner out. */
  readonly attempts: Attempts;
  readonly live: SharedLive;
  /** Hashes one password after another, where requests may wait for each other. */
  readonly inTurn: HashInTurn;
}

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** The id of a link. */
const idOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Cannot be computed from what is stored, nor from the link: it takes both. A new password ends it. */
const proofOf = (token: string, password: string): string =>
  createHmac('sha256', token).update(password).digest('base64url');

/** Makes the private links to the statistics (docs/decisions/0051). */
export function privateLinks({
  store,
  footfall,
  publicUrl,
  attempts,
  live,
  inTurn,
}: ShareParts): OwnerShares & Shares {
  const now = (): number => footfall.now();

  /** The link of a token, with its filters; undefined where it is unknown, revoked, expired or cannot be read any more. */
  async function valid(token: string): Promise<{ share: StoredShare; filters: FilterInput } | undefined> {
    const share = TOKEN.test(token) ? await store.find(idOf(token)) : undefined;
    if (share === undefined || isExpired(share)) return undefined;
    const filters = storedFilters(share.filters);
    return filters && { share, filters };
  }

  /** Whether a browser has what opens a link: the proof that it had the password, where there is one. */
  const isUnlocked = (token: string, { password }: StoredShare, proof: string | undefined): boolean =>
    password === undefined || isSame(proof ?? '', proofOf(token, password));

  const isExpired = ({ expiresAt }: StoredShare): boolean => expiresAt !== undefined && expiresAt <= now();

  return {
    list: async () =>
      (await store.list()).map((share) => {
        const { token, name, password, filters, origins, createdAt, expiresAt, usedAt } = share;
        return {
          id: token,
          name,
          hasPassword: password !== undefined,
          filters: storedFilters(filters) ?? null,
          origins,
          createdAt: iso(createdAt),
          expiresAt: expiresAt === undefined ? null : iso(expiresAt),
          isExpired: isExpired(share),
          usedAt: usedAt === undefined ? null : iso(usedAt),
        };
      }),

    make: async (wanted) => {
      const wish = readShareWish(wanted, { calendar: footfall.site.calendar, now: now() });
      if ('problem' in wish) throw refused('BAD_REQUEST', wish.problem);
      const { name, password, filters, origins, expiresAt } = wish;
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const id = idOf(token);
      const isAdded = await store.add({
        token: id,
        name,
        password: password === undefined ? undefined : await inTurn(() => hashPassword(password)),
        filters: JSON.stringify(filters),
        origins,
        createdAt: now(),
        expiresAt,
      });
      if (!isAdded) throw refused('BAD_REQUEST', objection('many-links', MOST_SHARES));
      return { id, name, address: publicUrl + sharePath(token) };
    },

    revoke: async (id) => {
      if (!(await store.revoke(id))) throw refused('NOT_FOUND', objection('no-link'));
      return { id };
    },

    open: async (token, proof) => {
      const found = await valid(token);
      if (found === undefined) return undefined;
      const { share, filters } = found;
      const { name, origins } = share;
      // Before the numbers: a state that is older than they are costs a reading, a newer one would hide a change.
      const state = live.stateOf(footfall.store.version());
      if (!isUnlocked(token, share, proof)) return { name, filters: {}, origins, state, reads: undefined };
      const at = now();
      if (at - (share.usedAt ?? 0) >= SHARE_USED_EVERY_MS) await store.used(share.token, at).catch(() => {}); // the next request tries again
      return { name, filters, origins, state, reads: sharedReads(filters, footfall) };
    },

    follow: async (token, proof, { address, seen }) => {
      const { share } = (await valid(token)) ?? {};
      if (share === undefined || !isUnlocked(token, share, proof)) return undefined;
      const isValid = async (): Promise<boolean> => (await valid(token)) !== undefined;
      return live.follow({ link: share.token, address, seen, isValid });
    },

    unlock: async (token, password, client) => {
      const { share } = (await valid(token)) ?? {};
      const stored = share?.password;
      if (stored === undefined) return undefined;
      attempts.require(client);
      return inTurn(async () => {
        attempts.require(client);
        const isRight = await isPasswordOf(password, stored);
        attempts.count(client, isRight);
        if (!isRight) throw refused('UNAUTHORIZED', objection('wrong-link-password'));
        return proofOf(token, stored);
      });
    },
  };
}

const iso = (at: number): string => new Date(at).toISOString();

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
