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
