import { FootfallError, isApiKey } from '@footfall/core';
import { isSameOrigin } from '@footfall/core/sign-in';
import type { OwnerAccount, OwnerProof } from '@footfall/trpc';
import type { Attempts } from './attempts.ts';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import type { KeyRing } from './key-ring.ts';
import { bearerOf, isFootfallsOwn, secretCheck } from './keys.ts';

/** Lets the site's owner and programs with an API key through, and throws for everyone else. */
export type RequireOwner = (request: HttpRequest) => Promise<OwnerProof>;

/** Whether a request has a secret that only the owner and the owner's programs know. */
export type IsOwner = (request: HttpRequest) => Promise<boolean>;

/** The checks whether a request is the owner's. */
export interface OwnerChecks {
  readonly requireOwner: RequireOwner;
  /** False for a wrong token, which counts as an attempt, and for one from a page of another site. */
  readonly isOwner: IsOwner;
}

/** What the checks depend on besides the configuration. */
export interface OwnerParts {
  readonly attempts: Attempts;
  readonly account: Pick<OwnerAccount, 'cookie' | 'sessionOf' | 'secondFactor'>;
  readonly keys: KeyRing;
}

/**
 * Makes the checks of who the owner is (docs/decisions/0023, 0043). Keys are long enough that nobody guesses them: a right
 * one is never refused for wrong ones.
 */
export function ownerChecks(
  config: Pick<Config, 'adminPassword' | 'apiKeys' | 'publicUrl'>,
  { attempts, account, keys }: OwnerParts,
): OwnerChecks {
  const { adminPassword, apiKeys, publicUrl } = config;
  const isPassword = secretCheck(adminPassword === undefined ? [] : [adminPassword]);
  const hasSecrets = adminPassword !== undefined || apiKeys.length > 0;

  const isOurs = (request: HttpRequest): boolean =>
    isSameOrigin(
      {
        fetchSite: request.header('sec-fetch-site'),
        origin: request.header('origin'),
        referer: request.header('referer'),
        host: request.header('host'),
      },
      publicUrl,
    );

  /** Whether the cookie of a request is that of a session; it does not count if a page of another site sent the request. */
  async function hasSession(request: HttpRequest): Promise<boolean> {
    const token = cookieOf(request, account.cookie.name);
    return token !== undefined && isOurs(request) && (await account.sessionOf(token)) !== undefined;
  }

  /** Whether a page of another site sent a request: it could try passwords from the addresses of all its visitors. */
  const isForeign = (request: HttpRequest): boolean =>
    (request.header('origin') ?? request.header('sec-fetch-site')) !== undefined && !isOurs(request);

  const requireOwner: RequireOwner = async (request) => {
    const token = hasSecrets || isFootfallsOwn(request) ? bearerOf(request) : undefined;
    if (token !== undefined) {
      const { read, change } = await keys.allows(token);
      // What the typed API answers to POST changes something.
      if (change || (read && request.method !== 'POST')) return 'key';
      if (read) throw new FootfallError('FORBIDDEN', 'This key reads, and changes nothing.');
      if (isForeign(request)) throw unauthorized();
      const sender = { address: request.address(), userAgent: request.header('user-agent') ?? '' };
      const isRight = (await isPassword?.(token)) === true;
      // Nobody guesses keys: a program whose key was revoked must not lock its owner's address out.
      if (isRight || !isApiKey(token)) attempts.count(sender, isRight);
      if (isRight) {
        if ((await account.secondFactor.recoveryCodes()) === undefined) return 'owner';
        throw new FootfallError(
          'UNAUTHORIZED',
          'With a second factor the password alone opens nothing: send an API key.',
        );
      }
    } else if (await hasSession(request)) return 'owner';
    throw unauthorized();
  };

  return {
    requireOwner,
    isOwner: async (request) => {
      try {
        if (request.header('authorization') === undefined) return await hasSession(request);
        // A request that reads has the header Origin only if a page of another site sends it.
        if (request.header('origin') !== undefined) return false;
        const token = bearerOf(request);
        if (token !== undefined && (await keys.allows(token)).write) return true;
        await requireOwner(request);
        return true;
      } catch (error) {
        if (error instanceof FootfallError) return false;
        throw error;
      }
    },
  };
}

function unauthorized(): FootfallError {
  return new FootfallError(
    'UNAUTHORIZED',
    'This is for the site’s owner: sign in, or send the admin password or an API key.',
  );
}

/** The first cookie of a name. */
function cookieOf(request: Pick<HttpRequest, 'header'>, name: string): string | undefined {
  const start = `${name}=`;
  const cookies = request
    .header('cookie')
    ?.split(';')
    .map((cookie) => cookie.trim());
  return cookies?.find((cookie) => cookie.startsWith(start))?.slice(start.length);
}
