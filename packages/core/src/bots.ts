import { isbotMatch } from 'isbot';
import { APPS, OTHER_DEVICES } from './agent-names.ts';
import { readableHead, includesAny, wordSplitter, wordTable, type Words } from './agent-words.ts';
import { SCANNERS } from './bot-names.ts';
import { plainText } from './text.ts';

/** Number of cached user agents: a site sees few of them, and isbot's expression is long. */
const REMEMBERED = 2_000;

/** Longest name of a bot, in bytes. */
const NAME_BYTES = 64;

/** A name that may be a personal e-mail address is not used. */
const ADDRESS = /@|\d{1,3}(?:[.-]\d{1,3}){3}|[\da-f]{1,4}(?::[\da-f]{0,4}){2}/i;

/** The name of a bot that does not name itself. */
const NAMELESS = 'no user agent';

/**
 * Words that only bots use, even within an app or on a television. Other words (news, tools, preview) may be in the name
 * of any app, and other forms (`CE-HTML/1.0;`, `GoogleTV`) are used by televisions.
 */
const BOT_IN_APP = /(?<!\bcu)bots?\b|crawl|spider|headless|lighthouse|https?:|\(compatible\b|@[a-z][\w-]*\./i;

/**
 * Makes the function that returns the bot that a user agent belongs to; undefined for a person. The names of scanners
 * and apps are checked first, since words and shapes alone mislead: apps are used by people, whatever their name. All
 * others are left to isbot's list. A request without a user agent is from a bot: every browser sends one.
 */
export function botFilter(): (userAgent: string) => string | undefined {
  const answers = new Map<string, string | undefined>();
  return (userAgent) => {
    const head = readableHead(userAgent);
    let answer = answers.get(head);
    if (answer === undefined && !answers.has(head)) {
      answer = botIn(head);
      if (answers.size >= REMEMBERED) answers.clear();
      answers.set(head, answer);
    }
    return answer;
  };
}

function botIn(userAgent: string): string | undefined {
  if (userAgent.trim() === '') return NAMELESS;
  const words = wordsOf(userAgent);
  const scanner = SCANNERS.find(([, ...known]) => includesAny(words, known));
  if (scanner !== undefined) return scanner[0];
  const isInApp =
    isWebView(words) ||
    isTelevision(words) ||
    (includesAny(words, PHONES) && APP_TABLE.rowsIn(words).length > 0);
  const sign = isInApp
    ? BOT_IN_APP.exec(userAgent)?.[0]
    : (isbotMatch(userAgent) ?? /headless/i.exec(userAgent)?.[0]);
  return sign === undefined ? undefined : nameAround(sign, userAgent);
}

const PHONES = ['iphone', 'ipad', 'ipod', 'ios', 'android', 'openharmony', 'fb4a', 'fbios'];

const APP_TABLE = wordTable(APPS.map(({ words }) => words));

const wordsOf = wordSplitter([
  ...APPS.flatMap(({ words }) => words),
  ...SCANNERS.flatMap(([, ...words]) => words),
  ...OTHER_DEVICES,
  'applewebkit/',
  'mozilla/',
  'opera/',
  'safari/',
]);

/** Whether an app on a phone or tablet shows the page: WebKit on iOS that is not Safari, or Android's web view. */
function isWebView({ inside, outside }: Words): boolean {
  if (inside.has('android')) return inside.has('wv');
  return (
    (inside.has('iphone') || inside.has('ipad') || inside.has('ipod')) &&
    outside.has('applewebkit/') &&
    !outside.has('safari/')
  );
}

/** Whether a browser of a television or console shows the page. */
const isTelevision = (words: Words): boolean =>
  (words.outside.has('mozilla/') || words.outside.has('opera/')) &&
  (words.inside.has('nintendo') || includesAny(words, OTHER_DEVICES));

/** The word that identified a bot, without its version; if only its address did, the name before that. */
function nameAround(sign: string, userAgent: string): string {
  const at = userAgent.indexOf(sign);
  const word =
    (userAgent
      .slice(0, at)
      .split(/[^\w.-]/)
      .at(-1) ?? '') + afterwards(userAgent.slice(at), sign);
  const name = plainText(/^(?:https?|\W*|\(compatible)$/i.test(word) ? spoken(userAgent) : word, NAME_BYTES);
  return name === '' || ADDRESS.test(name) ? 'unnamed' : name;
}

/** The matched word up to its version. */
function afterwards(text: string, sign: string): string {
  const rest = /^[\w.-]*/.exec(text.slice(sign.length))?.[0] ?? '';
  return (sign + rest).replace(/\/.*$/s, '');
}

/** The name in a user agent: after "compatible", or its first word. */
function spoken(userAgent: string): string {
  const named = /\bcompatible;\s*([^;/()+,]+)/i.exec(userAgent)?.[1] ?? /[\w.-]+/.exec(userAgent)?.[0];
  return named ?? '';
}
