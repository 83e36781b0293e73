import { FootfallError } from '@footfall/core';
import type { Config } from './config.ts';
import type { HttpRequest } from './http.ts';
import { bearerOf, secretCheck } from './keys.ts';

/** Lets the site's owner through, and throws for anyone else. */
export type RequireOwner = (request: HttpRequest) => Promise<void>;

/**
 * Counts wrong secrets by who sent them. It is asked once a secret has been looked at, right or wrong: of many that are
 * tried at the same time no more are answered than of many in turn.
 * @throws {FootfallError} TOO_MANY_REQUESTS where there were too many wrong ones
 */
export type Tries = (request: HttpRequest, isRight: boolean) => Promise<void>;

/**
 * Makes the rule of who the owner is: whoever has the admin password or an API key.
 * @param tries where requests share memory to count wrong ones in
 */
export function ownerGuard(
  { adminPassword, apiKeys }: Pick<Config, 'adminPassword' | 'apiKeys'>,
  tries?: Tries,
): RequireOwner {
  const isSecret = secretCheck(adminPassword === undefined ? apiKeys : [adminPassword, ...apiKeys]);
  return async (request) => {
    const token = isSecret === undefined ? undefined : bearerOf(request);
    if (isSecret !== undefined && token !== undefined) {
      const isRight = await isSecret(token);
      await tries?.(request, isRight);
      if (isRight) return;
    }
    throw new FootfallError(
      'UNAUTHORIZED',
      'This is for the site’s owner: send the admin password or an API key.',
    );
  };
}
