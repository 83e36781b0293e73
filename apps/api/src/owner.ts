import { FootfallError } from '@footfall/core';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf, secretCheck } from './keys.ts';

/** Lets the site's owner through, and throws for everyone else. */
export type RequireOwner = (request: HttpRequest) => Promise<void>;

/** Whether a request has a secret that only the owner and the owner's programs know. */
export type IsOwner = (request: HttpRequest) => Promise<boolean>;

/**
 * Counts wrong passwords by client. It is called after a password has been checked, right or wrong: many that are tried in
 * parallel get no more answers than many in sequence.
 * @throws {FootfallError} TOO_MANY_REQUESTS after too many wrong ones
 */
export type Attempts = (request: HttpRequest, isRight: boolean) => void;

/** The checks of the site's secrets. */
export interface OwnerChecks {
  readonly requireOwner: RequireOwner;
  /** A wrong token is no error here, but counts as an attempt. Tokens from pages of other sites are ignored. */
  readonly isOwner: IsOwner;
}

/**
 * Makes the checks of the owner's secrets (docs/decisions/0023). Keys are too long to be guessed: a right one is never
 * refused because of wrong ones.
 * @param tries counts wrong passwords, where requests share memory
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
      'Only the site’s owner may read this: send the admin password or an API key.',
    );
  };

  return {
    requireOwner,
    isOwner: async (request) => {
      // Requests with an origin come from pages of other sites: browsers send none for reads by our own pages.
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
