import { isbotMatch } from 'isbot';
import { plainText } from './text.ts';

/** User agents remembered with their verdict: a site sees few of them, and isbot's expression is long. */
const REMEMBERED = 2_000;

// A browser's is 100 to 300 characters; only the head of a longer one is looked at.
const LONGEST = 512;

/** Longest name of a bot, in bytes. */
const NAME_BYTES = 64;

/** A name that may be somebody's address is nobody's name. */
const ADDRESS = /@|\d{1,3}(?:[.-]\d{1,3}){3}|[\da-f]{1,4}(?::[\da-f]{0,4}){2}/i;

/** What a bot is called that does not say what it is. */
const NAMELESS = 'no user agent';

/**
 * Makes the question "which bot does this user agent belong to?"; undefined is a person's. Crawlers and libraries are told
 * by isbot's list, headless browsers by their name, and whoever sends no user agent at all is one: every browser sends one.
 */
export function botFilter(): (userAgent: string) => string | undefined {
  const verdicts = new Map<string, string | undefined>();
  return (userAgent) => {
    const head = userAgent.length > LONGEST ? userAgent.slice(0, LONGEST) : userAgent;
    let verdict = verdicts.get(head);
    if (verdict === undefined && !verdicts.has(head)) {
      verdict = botIn(head);
      if (verdicts.size >= REMEMBERED) verdicts.clear();
      verdicts.set(head, verdict);
    }
    return verdict;
  };
}

function botIn(userAgent: string): string | undefined {
  if (userAgent.trim() === '') return NAMELESS;
  const sign = isbotMatch(userAgent) ?? /headless/i.exec(userAgent)?.[0];
  return sign === undefined ? undefined : nameAround(sign, userAgent);
}

/** The word that gave a bot away, without its version; a name in front of its address where only that did. */
function nameAround(sign: string, userAgent: string): string {
  const at = userAgent.indexOf(sign);
  const word = (/[\w.-]*$/.exec(userAgent.slice(0, at))?.[0] ?? '') + afterwards(userAgent.slice(at), sign);
  const name = plainText(/^(?:https?|\W*)$/i.test(word) ? spoken(userAgent) : word, NAME_BYTES);
  return name === '' || ADDRESS.test(name) ? 'unnamed' : name;
}

/** What was found and the rest of its word, as far as the version. */
function afterwards(text: string, sign: string): string {
  const rest = /^[\w.-]*/.exec(text.slice(sign.length))?.[0] ?? '';
  return (sign + rest).replace(/\/.*$/s, '');
}

/** What a user agent calls itself: behind "compatible", or its first word. */
function spoken(userAgent: string): string {
  const named = /\bcompatible;\s*([^;/()+,]+)/i.exec(userAgent)?.[1] ?? /[\w.-]+/.exec(userAgent)?.[0];
  return named ?? '';
}
