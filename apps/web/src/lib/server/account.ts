import { fail, type Cookies, type RequestEvent } from '@sveltejs/kit';
import type { OwnerAccount, SignedIn, SignInClient } from '@footfall/trpc';
import { loadTexts } from '#lib/texts/languages.ts';
import { refuse } from './refuse.ts';
import { reasonOf, sentenceIn } from './objection.ts';

/** The longest form that is read, in bytes: three passwords, each byte of which may be escaped as three. */
const FORM_BYTES = 4_096;

/** The longest form with what a browser answers of a passkey, in bytes: ids and keys are up to some KB. */
export const PASSKEY_FORM_BYTES = 16_384;

/** The longest age that browsers take for a cookie, in seconds: it is the store that ends a session. */
const COOKIE_S = 400 * 24 * 60 * 60;

interface Sent {
  readonly request: Request;
  readonly locals: App.Locals;
}

/** The owner's account; an error page where the server around the site has none. */
export function accountOf({ account }: App.Locals): OwnerAccount {
  return account ?? refuse(503, 'no-account');
}

/** The browser that sent a request, for limits and for the list of sessions. */
export function clientOf({ request, locals }: Sent): SignInClient {
  return { address: locals.clientAddress(), userAgent: request.headers.get('user-agent') ?? '' };
}

/**
 * The fields of a form; `''` for one that it does not have.
 * @param most the longest form, in bytes
 */
export async function fieldsOf(request: Request, most = FORM_BYTES): Promise<(name: string) => string> {
  const fields = await formOf(request, most);
  return (name) => fields.get(name) ?? '';
}

/**
 * A form, of which no more is held than a form of ours can have.
 * @param most the longest one, in bytes
 */
export async function formOf(request: Request, most: number): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) refuse(415, 'no-form');
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= most) text += decoder.decode(chunk, { stream: true });
  }
  // Read to its end all the same: of a connection that is closed before, a browser shows no answer.
  if (size > most) refuse(413, 'long-form');
  return new URLSearchParams(text + decoder.decode());
}

/** Gives the browser the token of its session. */
export function keepSession(cookies: Cookies, { cookie }: OwnerAccount, { token }: SignedIn): void {
  const { name, secure } = cookie;
  cookies.set(name, token, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: COOKIE_S });
}

/** Takes it from the browser. */
export function dropSession(cookies: Cookies, { cookie }: OwnerAccount): void {
  const { name, secure } = cookie;
  cookies.delete(name, { path: '/', httpOnly: true, sameSite: 'lax', secure });
}

const STATUS: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_MANY_REQUESTS: 429,
};

/**
 * What a page says when the account or a procedure refuses something.
 * @param at the form of the page that was sent
 * @throws what else went wrong
 */
export async function refusal(
  caught: unknown,
  { setHeaders, locals }: Pick<RequestEvent, 'setHeaders' | 'locals'>,
  at = '',
) {
  const known = reasonOf(caught);
  const status = STATUS[known.code];
  if (status === undefined) throw caught;
  const { retryAfter } = known;
  const message = await sentenceIn(locals.language, known);
  if (retryAfter === undefined) return fail(status, { at, problem: message });
  setHeaders({ 'retry-after': String(retryAfter) });
  const { wait } = (await loadTexts(locals.language, ['sentences'])).sentences;
  return fail(status, { at, problem: wait(message, retryAfter) });
}
