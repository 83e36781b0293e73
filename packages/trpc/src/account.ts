import type { KeyScope } from '@footfall/core';
import type { ServerCaller } from './router.ts';
import type { OwnerPasskeys } from './passkeys.ts';
import type { SampleData } from './sample.ts';
import type { Shares } from './shares.ts';
import type { SignedIn, SignInClient } from './sign-in.ts';

/** A browser in which the owner is signed in. */
export interface OwnerSession {
  /** The id of the session, which is no secret: its token cannot be computed from it. */
  readonly session: string;
}

/** A session as the list of them shows it. */
export interface SessionListed extends OwnerSession {
  /** Epoch milliseconds; the last request is exact to a minute. */
  readonly createdAt: number;
  readonly seenAt: number;
  /** Browser and system, such as `Firefox on Linux`. */
  readonly browser: string;
}

/** An API key as the list of them shows it. */
export interface KeyListed {
  /** No secret: the key cannot be computed from it. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Exact to a minute; undefined before the first use. */
  readonly usedAt: number | undefined;
}

/** The owner's API keys. */
export interface OwnerKeys {
  /** All of them, the newest first. */
  readonly list: () => Promise<readonly KeyListed[]>;
  /**
   * Makes a key. It is returned once: the store has its hash alone.
   * @throws {FootfallError} BAD_REQUEST where the name or a scope is none, or there are too many keys
   */
  readonly make: (
    name: string,
    scopes: readonly string[],
  ) => Promise<{ readonly name: string; readonly key: string }>;
  /** Revokes a key, by its id: within a second on every instance. */
  readonly revoke: (id: string) => Promise<void>;
}

/** The owner's second factor: codes of an app (RFC 6238), and recovery codes. */
export interface OwnerFactor {
  /** How many recovery codes are left; undefined where no second factor is on. */
  readonly recoveryCodes: () => Promise<number | undefined>;
  /**
   * A secret for an app, and the address that its QR code has. Nothing is stored.
   * @param secret the one that was offered before; a new one by default
   */
  readonly offer: (secret?: string) => { readonly secret: string; readonly address: string };
  /**
   * From now on a code is asked for, too.
   * @returns the recovery codes: the store has their hashes alone
   * @throws {FootfallError} BAD_REQUEST where the code is not that of now; as for a password
   */
  readonly turnOn: (
    wish: { readonly secret: string; readonly code: string; readonly password: string },
    client: SignInClient,
  ) => Promise<readonly string[]>;
  /** @throws {FootfallError} UNAUTHORIZED where the password is wrong; TOO_MANY_REQUESTS */
  readonly turnOff: (password: string, client: SignInClient) => Promise<void>;
}

/** What a change of the password needs. */
export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/**
 * The account of the site's owner, as the pages under `/admin` use it. All of it throws {FootfallError}
 * SERVICE_UNAVAILABLE where the store does not answer.
 */
export interface OwnerAccount {
  readonly cookie: { readonly name: string; readonly secure: boolean };
  /** Whether the password is the environment's (ADMIN_PASSWORD), and cannot be changed on a page. */
  readonly isFixed: boolean;
  /** Runs procedures for the owner; for requests of a session alone. */
  readonly footfall: ServerCaller;
  /** The session of a cookie's token, whose idle time begins anew; undefined where there is none, or it has ended. */
  readonly sessionOf: (token: string | undefined) => Promise<OwnerSession | undefined>;
  /** Whether a page of this site sent a request. */
  readonly isSameOrigin: (headers: Headers) => boolean;
  /**
   * Begins a session; with a second factor the first step of it, whose secret {@link enterCode} takes.
   * @param previous the token of the session that the browser has; it ends
   * @throws {FootfallError} UNAUTHORIZED; TOO_MANY_REQUESTS
   */
  readonly signIn: (
    password: string,
    client: SignInClient,
    previous?: string,
  ) => Promise<SignedIn | { readonly step: string }>;
  /**
   * Begins a session with a code, within five minutes after the password.
   * @throws {FootfallError} UNAUTHORIZED for a wrong code; FORBIDDEN where the password is to be entered again;
   * TOO_MANY_REQUESTS
   */
  readonly enterCode: (
    sent: { readonly step: string; readonly code: string },
    client: SignInClient,
    previous?: string,
  ) => Promise<SignedIn>;
  readonly secondFactor: OwnerFactor;
  /** Ends the session of a token. */
  readonly signOut: (token: string | undefined) => Promise<void>;
  /** Whether a setup link is valid. */
  readonly canSetUp: (setupToken: string) => Promise<boolean>;
  /**
   * Sets the password by a setup link, which is used up, and begins a session; all others end, and so does the second
   * factor.
   * @throws {FootfallError} UNAUTHORIZED where the link is not valid; BAD_REQUEST for a password that is not valid
   */
  readonly setUp: (setupToken: string, password: string, client: SignInClient) => Promise<SignedIn>;
  /**
   * Changes the password and begins a session in place of all others.
   * @throws {FootfallError} UNAUTHORIZED where the current one is wrong; BAD_REQUEST; TOO_MANY_REQUESTS
   */
  readonly changePassword: (change: PasswordChange, client: SignInClient) => Promise<SignedIn>;
  /** The sessions of the current password that are not over, the last used first. */
  readonly sessions: () => Promise<readonly SessionListed[]>;
  readonly keys: OwnerKeys;
  readonly shares: Shares;
  /** Undefined where browsers have none (`passkeySite`), and on workerd. */
  readonly passkeys: OwnerPasskeys | undefined;
  /** Absent where the database is no file. */
  readonly sample: SampleData | undefined;
  /** Ends a session, by its id. */
  readonly revoke: (session: string) => Promise<void>;
}
