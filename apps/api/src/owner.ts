import { FootfallError } from '@footfall/core';
import { isSameOrigin } from '@footfall/core/sign-in';
import type { OwnerAccount } from '@footfall/trpc';
import type { Attempts } from './attempts.ts';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf, secretCheck } from './keys.ts';

/** Lets the site's owner through, and throws for everyone else. */
export type RequireOwner = (request: HttpRequest) => Promise<void>;

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
  readonly account: Pick<OwnerAccount, 'cookie' | 'sessionOf'>;
}

/**
 * Makes the checks of who the owner is (docs/decisions/0023, 0043). Keys are long enough that nobody guesses them: a right
 * one is never refused for wrong ones.
 */
export function ownerChecks(
  config: Pick<Config, 'adminPassword' | 'apiKeys' | 'writeKeys' | 'publicUrl'>,
  { attempts, account }: OwnerParts,
): OwnerChecks {
  const { adminPassword, apiKeys, writeKeys, publicUrl } = config;
  const isPassword = secretCheck(adminPassword === undefined ? [] : [adminPassword]);
  const isApiKey = secretCheck(apiKeys);
  const isWriteKey = secretCheck(writeKeys);
  const hasSecrets = (isPassword ?? isApiKey) !== undefined;

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
    const token = hasSecrets ? bearerOf(request) : undefined;
    if (token !== undefined) {
      if ((await isApiKey?.(token)) === true) return;
      if (isForeign(request)) throw unauthorized();
      const sender = { address: request.address(), userAgent: request.header('user-agent') ?? '' };
      const isRight = (await isPassword?.(token)) === true;
      attempts.count(sender, isRight);
      if (isRight) return;
    } else if (await hasSession(request)) return;
    throw unauthorized();
  };

  return {
    requireOwner,
    isOwner: async (request) => {
      try {
        if (request.header('authorization') === undefined) return await hasSession(request);
        // A request that reads has the header Origin only if a page of another site sends it.
        if (request.header('origin') !== undefined) return false;
        const token = isWriteKey === undefined ? undefined : bearerOf(request);
        if (token !== undefined && (await isWriteKey?.(token)) === true) return true;
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
