import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { PasskeyCreation, PasskeyRequest } from '@footfall/trpc';
import type { AccountTexts } from './texts/en/account.ts';

type Problems = AccountTexts['passkeys']['problems'];

/** Whether this browser has passkeys. */
export const hasPasskeys = (): boolean => typeof PublicKeyCredential === 'function';

/** What a browser answers, for the server; or why there is no answer, in a sentence. */
export type PasskeyAnswer = { readonly answer: string } | { readonly problem: string };

/** Lets the browser make a passkey. To be called where its owner has just clicked. */
export const createPasskey = (options: PasskeyCreation, problems: Problems): Promise<PasskeyAnswer> =>
  answered(() => startRegistration({ optionsJSON: options }), problems);

/** Lets the browser sign in with one, which its owner chooses. */
export const usePasskey = (options: PasskeyRequest, problems: Problems): Promise<PasskeyAnswer> =>
  answered(() => startAuthentication({ optionsJSON: options }), problems);

async function answered(ask: () => Promise<object>, problems: Problems): Promise<PasskeyAnswer> {
  try {
    return { answer: JSON.stringify(await ask()) };
  } catch (caught) {
    return { problem: problemOf(caught instanceof Error ? caught.name : '', problems) };
  }
}

const MEANT: Readonly<Record<string, keyof Problems>> = {
  InvalidStateError: 'made',
  SecurityError: 'address',
  NotSupportedError: 'unsupported',
  ConstraintError: 'unsupported',
};

/** What the errors of a browser mean for its owner (WebAuthn, create and get). */
export function problemOf(name: string, problems: Problems): string {
  return problems[MEANT[name] ?? 'other'];
}
