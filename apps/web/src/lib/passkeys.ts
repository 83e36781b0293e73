import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { PasskeyCreation, PasskeyRequest } from '@footfall/trpc';

/** Whether this browser has passkeys. */
export const hasPasskeys = (): boolean => 'PublicKeyCredential' in globalThis;

/** What a browser answers, for the server; or why there is no answer, in a sentence. */
export type PasskeyAnswer = { readonly answer: string } | { readonly problem: string };

/** Lets the browser make a passkey. To be called where its owner has just clicked. */
export const createPasskey = (options: PasskeyCreation): Promise<PasskeyAnswer> =>
  answered(() => startRegistration({ optionsJSON: options }));

/** Lets the browser sign in with one, which its owner chooses. */
export const usePasskey = (options: PasskeyRequest): Promise<PasskeyAnswer> =>
  answered(() => startAuthentication({ optionsJSON: options }));

async function answered(ask: () => Promise<object>): Promise<PasskeyAnswer> {
  try {
    return { answer: JSON.stringify(await ask()) };
  } catch (caught) {
    return { problem: problemOf(caught instanceof Error ? caught.name : '') };
  }
}

/** What the errors of a browser mean for its owner (WebAuthn, create and get). */
export function problemOf(name: string): string {
  switch (name) {
    case 'InvalidStateError':
      return 'This device has a passkey of this Footfall already.';
    case 'SecurityError':
      return 'The browser refuses passkeys at this address: open Footfall at its public address.';
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'This device cannot make a passkey that asks for a fingerprint, a face or a PIN.';
    default:
      return 'The browser did not go on: it was cancelled, took too long, or there is no passkey on this device.';
  }
}
