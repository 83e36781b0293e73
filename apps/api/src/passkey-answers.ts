import { PASSKEY_ALGORITHMS, type PasskeySite } from '@footfall/core';
import type * as WebAuthn from '@simplewebauthn/server';
import type * as Helpers from '@simplewebauthn/server/helpers';

/** A challenge that was answered, as base64url: says whether it is one of ours. */
type IsOurs = (challenge: string) => boolean;

/** Checks what browsers answer, which is JSON of a sender who may be hostile. Each resolves to undefined for what is not right. */
export interface PasskeyAnswers {
  /** A new passkey: its id and its key as hex. */
  readonly created: (
    answer: string,
    isOurs: IsOurs,
  ) => Promise<{ readonly id: string; readonly publicKey: string; readonly counter: number } | undefined>;
  /**
   * A sign-in.
   * @param passkey the stored one; its counter is checked where it is written
   */
  readonly used: (
    answer: string,
    passkey: { readonly id: string; readonly publicKey: string },
    isOurs: IsOurs,
  ) => Promise<{ readonly counter: number } | undefined>;
}

/** Loaded when the first answer comes: it takes 30 MB of memory, which most starts never need. */
const load = (): Promise<typeof WebAuthn> => import('@simplewebauthn/server');

const loadHelpers = (): Promise<typeof Helpers> => import('@simplewebauthn/server/helpers');

/**
 * Whether an answer says by a certificate what the authenticator is. It was not asked for that, and to check it would be
 * to fetch a list of revoked ones from an address that stands in it.
 */
function hasCertificate(attestation: string, helpers: typeof Helpers): boolean {
  const read = helpers.decodeAttestationObject(helpers.isoBase64URL.toBuffer(attestation));
  const format = read.get('fmt');
  // An authenticator without a certificate may sign with the new key itself.
  return format !== 'none' && !(format === 'packed' && read.get('attStmt').get('x5c') === undefined);
}

const hexOf = (text: string): string => Buffer.from(text, 'base64url').toString('hex');

/** Makes the checks for a site, by `@simplewebauthn/server`. */
export function passkeyAnswers({ id, origin }: PasskeySite): PasskeyAnswers {
  const expected = { expectedRPID: id, expectedOrigin: origin, requireUserVerification: true };
  return {
    created: async (answer, isOurs) => {
      const [{ verifyRegistrationResponse }, helpers] = await Promise.all([load(), loadHelpers()]);
      try {
        const response = JSON.parse(answer) as WebAuthn.RegistrationResponseJSON;
        if (hasCertificate(response.response.attestationObject, helpers)) return undefined;
        const { registrationInfo: made } = await verifyRegistrationResponse({
          ...expected,
          response,
          expectedChallenge: isOurs,
          supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
        });
        if (made === undefined) return undefined;
        const { credential } = made;
        return {
          id: hexOf(credential.id),
          publicKey: Buffer.from(credential.publicKey).toString('hex'),
          counter: credential.counter,
        };
      } catch {
        return undefined;
      }
    },
    used: async (answer, { id: credential, publicKey }, isOurs) => {
      const { verifyAuthenticationResponse } = await load();
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          ...expected,
          response: JSON.parse(answer) as WebAuthn.AuthenticationResponseJSON,
          expectedChallenge: isOurs,
          credential: {
            id: Buffer.from(credential, 'hex').toString('base64url'),
            publicKey: Uint8Array.from(Buffer.from(publicKey, 'hex')),
            counter: 0,
          },
        });
        return verified ? { counter: authenticationInfo.newCounter } : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
