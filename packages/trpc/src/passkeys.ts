import type { SignedIn, SignInClient } from './sign-in.ts';

/** A passkey as the list of them shows it. */
export interface PasskeyListed {
  readonly id: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly usedAt: number | undefined;
}

/** A credential as options name it; bytes are base64url. */
interface Named {
  readonly type: 'public-key';
  readonly id: string;
}

/** What a browser needs to make a passkey (WebAuthn, PublicKeyCredentialCreationOptionsJSON). */
export interface PasskeyCreation {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  readonly pubKeyCredParams: { readonly type: 'public-key'; readonly alg: number }[];
  readonly timeout: number;
  readonly excludeCredentials: Named[];
  readonly authenticatorSelection: {
    readonly residentKey: 'required';
    readonly requireResidentKey: true;
    readonly userVerification: 'required';
  };
  readonly attestation: 'none';
}

/** What a browser needs to sign in with one (WebAuthn, PublicKeyCredentialRequestOptionsJSON). */
export interface PasskeyRequest {
  readonly rpId: string;
  readonly challenge: string;
  readonly timeout: number;
  readonly userVerification: 'required';
}

/** The owner's passkeys (docs/decisions/0054). What browsers answer is JSON, as text. */
export interface OwnerPasskeys {
  /** The newest first. */
  readonly list: () => Promise<readonly PasskeyListed[]>;
  /**
   * Begins to make one.
   * @param session the id of the session that {@link add} is called in
   * @throws {FootfallError} BAD_REQUEST for a name that is not valid; UNAUTHORIZED where the password is wrong;
   * TOO_MANY_REQUESTS
   */
  readonly offer: (
    wish: { readonly name: string; readonly password: string; readonly session: string },
    client: SignInClient,
  ) => Promise<PasskeyCreation>;
  /** @throws {FootfallError} BAD_REQUEST where the answer is none to an offer of the last ten minutes in that session */
  readonly add: (made: {
    readonly name: string;
    readonly answer: string;
    readonly session: string;
  }) => Promise<void>;
  /** Deletes one, by its id. */
  readonly revoke: (id: string) => Promise<void>;
  /** What a browser needs to sign in; undefined where there is no passkey. */
  readonly request: () => Promise<PasskeyRequest | undefined>;
  /**
   * Begins a session, in the place of password and second factor.
   * @param previous the token of the session that the browser has; it ends
   * @throws {FootfallError} UNAUTHORIZED; TOO_MANY_REQUESTS
   */
  readonly signIn: (answer: string, client: SignInClient, previous?: string) => Promise<SignedIn>;
}
