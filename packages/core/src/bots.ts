import { isbotMatch } from 'isbot';
import { APPS, OTHER_DEVICES } from './agent-names.ts';
import { readableHead, includesAny, wordSplitter, wordTable, type Words } from './agent-words.ts';
import { SCANNERS } from './bot-names.ts';
import { plainText } from './text.ts';

/** User agents remembered with their answer: a site sees few of them, and isbot's expression is long. */
const REMEMBERED = 2_000;

/** Longest name of a bot, in bytes. */
const NAME_BYTES = 64;

/** A name that may be somebody's address is nobody's name. */
const ADDRESS = /@|\d{1,3}(?:[.-]\d{1,3}){3}|[\da-f]{1,4}(?::[\da-f]{0,4}){2}/i;

/** What a bot is called that does not say what it is. */
const NAMELESS = 'no user agent';

/**
 * What only a bot says, within an app or on a television as well. Other words (news, tools, preview) may be in the name of
 * any app, and other forms (`CE-HTML/1.0;`, `GoogleTV`) are a television's.
 */
const BOT_IN_APP = /(?<!\bcu)bots?\b|crawl|spider|headless|lighthouse|https?:|\(compatible\b|@[a-z][\w-]*\./i;

/**
 * Makes the function that answers which bot a user agent belongs to; undefined is a person's. The names of scanners and
 * apps come first, since words and shapes alone mislead: apps are used by people, whatever their name. All else is left to
 * isbot's list. A request without a user agent is a bot's: every browser sends one.
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

/** The word that gave a bot away, without its version; a name in front of its address where only that did. */
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
