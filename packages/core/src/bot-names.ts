/**
 * Scanners and monitors that pose as a browser: their user agents are a browser's except for one name that isbot's list
 * lacks. Keys as in `agent-names.ts`; they match anywhere.
 */
export const SCANNERS: readonly (readonly [name: string, ...words: string[]])[] = [
  ['OneTrust', 'onetrust'],
  ['GTmetrix', 'gtmetrix'],
  ['YellowLabTools', 'ylt chrome'],
  ['Miniature.io', 'miniature io'],
  ['wkhtmltopdf', 'wkhtmltopdf', 'wkhtmltoimage'],
  // Android's own HTTP client, used by apps that show no page.
  ['Dalvik', 'dalvik/'],
];

/** What kinds of bots there are, by words in their names; the first that matches. */
const FAMILIES: readonly (readonly [family: string, words: RegExp])[] = [
  ['no user agent', /^no user agent$/],
  ['automated browser', /headless|lighthouse|phantom|puppeteer|playwright|selenium|webdriver|cypress/i],
  ['link preview', /preview|externalhit|embed|whatsapp|telegram|slack|discord|skype|twitter|linkedin/i],
  ['monitor', /monitor|uptime|pingdom|gtmetrix|yellowlab|pagespeed|check|onetrust|statuscake/i],
  ['crawler', /bot|crawl|spider|slurp|archive|scrap|index|scan|google|bing|yandex|baidu/i],
  ['feed reader', /feed|rss|reader/i],
  [
    'program',
    /curl|wget|python|java|okhttp|go-http|axios|fetch|node|undici|perl|libwww|ruby|php|guzzle|dalvik|http|client|postman/i,
  ],
];

/** What kind of bot the name of one in the ledger stands for: `crawler`, `program`, `automated browser` and the like. */
export function botFamilyOf(name: string): string {
  return FAMILIES.find(([, words]) => words.test(name))?.[0] ?? 'other';
}
