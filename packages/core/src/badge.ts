import { plainText } from './text.ts';

/** The style of a badge. */
export const BADGE_STYLES = ['flat', 'plain', 'digits'] as const;

export type BadgeStyle = (typeof BADGE_STYLES)[number];

/** The background that a badge is designed for: light, dark, or the reader's preference. */
export const BADGE_THEMES = ['auto', 'light', 'dark'] as const;

export type BadgeTheme = (typeof BADGE_THEMES)[number];

/** The metrics of a badge: page views, all visitors so far, or those of the last five minutes. */
export const BADGE_METRICS = ['views', 'visitors', 'live'] as const;

export type BadgeMetric = (typeof BADGE_METRICS)[number];

/** The default label beside a number, and the number's unit in full. */
const METRICS: Readonly<
  Record<BadgeMetric, { readonly label: string; readonly unit: (one: boolean) => string }>
> = {
  views: { label: 'views', unit: (one) => (one ? 'page view' : 'page views') },
  visitors: { label: 'visitors', unit: (one) => (one ? 'visitor' : 'visitors') },
  live: { label: 'visitors now', unit: (one) => (one ? 'visitor now' : 'visitors now') },
};

/** Longest label that is drawn, in graphemes and in bytes. */
export const LABEL_CHARACTERS = 40;
const LABEL_BYTES = 400;

/** The content of a badge. */
export interface Badge {
  /** At least 0. */
  readonly count: number;
  readonly metric: BadgeMetric;
  /** The text beside the number: the metric's default if undefined, none if empty. */
  readonly label?: string | undefined;
  readonly style: BadgeStyle;
  /** Without a theme, the colours are readable on light and on dark backgrounds. */
  readonly theme?: BadgeTheme | undefined;
}

const numbers = new Intl.NumberFormat('en');

/**
 * Draws a badge as SVG. It has no script, and no style except that of the theme `auto`, because it is shown as an image
 * under a policy that allows nothing else. Widths are estimated, as no font can be measured here, and each string is fitted to its width.
 */
export function badgeSvg({ count, metric, label: given, style, theme }: Badge): string {
  const { label: usual, unit } = METRICS[metric];
  const label = shown(given ?? usual);
  const number = numbers.format(count);
  const inFull = `${number} ${unit(count === 1)}`;
  const title = label === '' ? inFull : `${label}: ${inFull}`;
  const colours = COLOURS[style];
  const fill: Fill = (part) =>
    theme === 'auto'
      ? `class="${part}" fill="${colours.light[part]}"`
      : `fill="${colours[theme ?? 'any'][part]}"`;
  const { width, height, body } = DRAWINGS[style]({
    label,
    number: style === 'digits' ? odometer(count) : number,
    fill,
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escaped(title)}"><title>${escaped(title)}</title>` +
    `${theme === 'auto' ? darkStyle(colours.dark) : ''}${body}</svg>`
  );
}

/** The coloured parts of a badge: the label's background, the label, the number's background, the number. */
type Part = 'ground' | 'label' | 'panel' | 'number';
type Colours = Readonly<Record<Part, string>>;

/** Attributes of an element that give it the colour of a part. */
type Fill = (part: Part) => string;

/** Each string has a contrast of at least 4.5 to its background (WCAG AA); a plain one to the backgrounds of its theme. */
const COLOURS: Readonly<Record<BadgeStyle, Readonly<Record<'any' | 'light' | 'dark', Colours>>>> = {
  flat: {
    any: { ground: '#3a3731', label: '#fff', panel: '#8f5400', number: '#fff' },
    light: { ground: '#e8e5df', label: '#2a2824', panel: '#8f5400', number: '#fff' },
    dark: { ground: '#3a3731', label: '#fff', panel: '#ffd700', number: '#2a2824' },
  },
  plain: {
    // A grey that is readable on white and on black.
    any: { ground: 'none', label: '#767676', panel: 'none', number: '#767676' },
    light: { ground: 'none', label: '#57534b', panel: 'none', number: '#2a2824' },
    dark: { ground: 'none', label: '#c4beb2', panel: 'none', number: '#fff' },
  },
  digits: {
    any: { ground: '#0d0c0a', label: '#fff', panel: '#2a2824', number: '#ffd700' },
    light: { ground: '#e8e5df', label: '#2a2824', panel: '#fff', number: '#7a4800' },
    dark: { ground: '#0d0c0a', label: '#fff', panel: '#2a2824', number: '#ffd700' },
  },
};

/** The colours for readers who prefer a dark theme: a style overrides the colours of the elements. */
function darkStyle(colours: Colours): string {
  const rules = Object.entries(colours).map(([part, colour]) => `.${part}{fill:${colour}}`);
  return `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
}

/** The drawing, and how its parts get their colours. */
interface Content {
  readonly label: string;
  readonly number: string;
  readonly fill: Fill;
}

/** A drawing without its frame. */
interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

const DRAWINGS: Readonly<Record<BadgeStyle, (content: Content) => Drawing>> = {
  flat: ({ label, number, fill }) => {
    const left = label === '' ? 0 : widthOf(label, 11) + 2 * PADDING;
    const right = widthOf(number, 11) + 2 * PADDING;
    const width = left + right;
    return {
      width,
      height: 20,
      body:
        `<clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">` +
        `<rect width="${left}" height="20" ${fill('ground')}/>` +
        `<rect x="${left}" width="${right}" height="20" ${fill('panel')}/></g>` +
        textAt(label, { x: PADDING, y: 14, size: 11, fill: fill('label') }) +
        textAt(number, { x: left + PADDING, y: 14, size: 11, fill: fill('number'), weight: 700 }),
    };
  },
  plain: ({ label, number, fill }) => {
    const left = widthOf(number, 16);
    const gap = label === '' ? 0 : 6;
    return {
      width: left + gap + widthOf(label, 13),
      height: 22,
      body:
        textAt(number, { x: 0, y: 16, size: 16, fill: fill('number'), weight: 700 }) +
        textAt(label, { x: left + gap, y: 16, size: 13, fill: fill('label') }),
    };
  },
  digits: ({ label, number, fill }) => {
    const boxes = [...number].map((digit, at) => {
      const x = 2 + at * 16;
      return (
        `<rect x="${x}" y="2" width="15" height="22" rx="1" ${fill('panel')}/>` +
        textAt(digit, { x: x + 2.5, y: 19, size: 16, fill: fill('number'), weight: 700, width: 10 })
      );
    });
    const right = 3 + number.length * 16;
    return {
      width: label === '' ? right : right + widthOf(label, 12) + 2 * PADDING,
      height: 26,
      body:
        `<rect width="100%" height="26" rx="3" ${fill('ground')}/>${boxes.join('')}` +
        textAt(label, { x: right + PADDING, y: 17, size: 12, fill: fill('label') }),
    };
  },
};

const PADDING = 7;

/** Padded like an old counter: at least six digits, without commas. */
const odometer = (count: number): string => String(count).padStart(6, '0');

interface Lettering {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** Attributes, not only a colour. */
  readonly fill: string;
  readonly weight?: number;
  readonly width?: number;
}

function textAt(
  text: string,
  { x, y, size, fill, weight = 400, width = widthOf(text, size) }: Lettering,
): string {
  if (text === '') return '';
  return (
    `<text x="${x}" y="${y}" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="${size}" ` +
    `font-weight="${weight}" ${fill} textLength="${width}" lengthAdjust="spacingAndGlyphs" ` +
    `aria-hidden="true">${escaped(text)}</text>`
  );
}

/** Approximate width of a string in pixels, from the widths of most letters of a wide font. */
function widthOf(text: string, size: number): number {
  let ems = 0;
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue; // drawn on the previous character
    if (/[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u.test(character))
      ems += 1.1;
    else if (/[ .,:;'|!iljtfrI()[\]-]/.test(character)) ems += 0.42;
    else if (/[mwMW@%]/.test(character)) ems += 0.95;
    else ems += 0.66;
  }
  return text === '' ? 0 : Math.max(Math.ceil(ems * size), 1);
}

/** A label as it is drawn: without invisible characters, on one line, and no longer than a badge. */
function shown(label: string): string {
  const text = plainText(label.replace(/\s+/gu, ' ').replace(NOT_XML, ''), LABEL_BYTES);
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)];
  if (characters.length <= LABEL_CHARACTERS) return text;
  const drawn = characters.slice(0, LABEL_CHARACTERS - 1).map(({ segment }) => segment);
  return `${drawn.join('').trimEnd()}…`;
}

/** Characters that XML forbids, besides controls and lone surrogates, which are already removed: one would break the image. */
const NOT_XML = /[\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A string escaped for XML text and attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
