import { FootfallError } from '@footfall/core';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf, secretCheck } from './keys.ts';

/** Lets the site's owner through, and throws for everyone else. */
export type RequireOwner = (request: HttpRequest) => Promise<void>;

/** Whether a request shows a secret that only the owner and the owner's programs have. */
export type IsOwner = (request: HttpRequest) => Promise<boolean>;

/**
 * Counts wrong passwords by sender. It is called once a password has been looked at, right or wrong: of many that are
 * tried at the same time no more are answered than of many one after the other.
 * @throws {FootfallError} TOO_MANY_REQUESTS where there were too many wrong ones
 */
export type Attempts = (request: HttpRequest, isRight: boolean) => void;

/** What the site's secrets are checked with. */
export interface OwnerChecks {
  readonly requireOwner: RequireOwner;
  /** A wrong token is no error here, but counts as a try. The token of a page of another site is not looked at. */
  readonly isOwner: IsOwner;
}

/**
 * Makes the checks of who the owner is (docs/decisions/0023). Keys are long enough that nobody guesses them: a right one is
 * never refused for wrong ones.
 * @param tries where requests share memory to count wrong passwords in
 */
export function ownerChecks(
  { adminPassword, apiKeys, writeKeys }: Pick<Config, 'adminPassword' | 'apiKeys' | 'writeKeys'>,
  tries?: Attempts,
): OwnerChecks {
  const isPassword = secretCheck(adminPassword === undefined ? [] : [adminPassword]);
  const isApiKey = secretCheck(apiKeys);
  const isWriteKey = secretCheck(writeKeys);
  const hasSecrets = (isPassword ?? isApiKey) !== undefined;

  const requireOwner: RequireOwner = async (request) => {
    const token = hasSecrets ? bearerOf(request) : undefined;
    if (token !== undefined) {
      if ((await isApiKey?.(token)) === true) return;
      const isRight = (await isPassword?.(token)) === true;
      tries?.(request, isRight);
      if (isRight) return;
    }
    throw new FootfallError(
      'UNAUTHORIZED',
      'This is for the site’s owner: send the admin password or an API key.',
    );
  };

  return {
    requireOwner,
    isOwner: async (request) => {
      // Requests with an origin are from pages of other sites: a browser sends none with those of our own pages that read.
      if (request.header('authorization') === undefined || request.header('origin') !== undefined)
        return false;
      try {
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
