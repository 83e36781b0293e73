import { plainText } from './text.ts';

/** How a badge looks. */
export const BADGE_STYLES = ['flat', 'plain', 'digits'] as const;

export type BadgeStyle = (typeof BADGE_STYLES)[number];

/** Longest label that is drawn, in characters as people count them, and in bytes. */
export const LABEL_CHARACTERS = 40;
const LABEL_BYTES = 400;

/** A number with what is counted, to be drawn. */
export interface Badge {
  /** At least 0. */
  readonly count: number;
  /** What stands beside the number; nothing where it is empty. */
  readonly label: string;
  readonly style: BadgeStyle;
  /** The unit of the number, for who has the badge read aloud, such as "page views". */
  readonly unit: string;
}

const numbers = new Intl.NumberFormat('en');

/**
 * Draws a badge as SVG. There is no style and no script in it, only attributes: it is shown as an image, under a policy
 * that allows nothing else. Widths are reckoned, as no font can be measured here, and each text is set to its width.
 */
export function badgeSvg({ count, label: told, style, unit }: Badge): string {
  const label = shown(told);
  const number = numbers.format(count);
  const title = label === '' ? `${number} ${unit}` : `${label}: ${number} ${unit}`;
  const { width, height, body } = DRAWINGS[style](label, style === 'digits' ? odometer(count) : number);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escaped(title)}"><title>${escaped(title)}</title>${body}</svg>`
  );
}

/** A drawing without its frame. */
interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

const DRAWINGS: Readonly<Record<BadgeStyle, (label: string, number: string) => Drawing>> = {
  flat: (label, number) => {
    const left = label === '' ? 0 : widthOf(label, 11) + 2 * PADDING;
    const right = widthOf(number, 11) + 2 * PADDING;
    const width = left + right;
    return {
      width,
      height: 20,
      body:
        `<clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">` +
        `<rect width="${left}" height="20" fill="#3a3731"/>` +
        `<rect x="${left}" width="${right}" height="20" fill="#8f5400"/></g>` +
        textAt(label, { x: PADDING, y: 14, size: 11, fill: '#fff' }) +
        textAt(number, { x: left + PADDING, y: 14, size: 11, fill: '#fff', weight: 700 }),
    };
  },
  // On any ground: a grey that is read on white and on black alike.
  plain: (label, number) => {
    const left = widthOf(number, 16);
    const gap = label === '' ? 0 : 6;
    return {
      width: left + gap + widthOf(label, 13),
      height: 22,
      body:
        textAt(number, { x: 0, y: 16, size: 16, fill: '#767676', weight: 700 }) +
        textAt(label, { x: left + gap, y: 16, size: 13, fill: '#767676' }),
    };
  },
  digits: (label, number) => {
    const boxes = [...number].map((digit, at) => {
      const x = 2 + at * 16;
      return (
        `<rect x="${x}" y="2" width="15" height="22" rx="1" fill="#2a2824"/>` +
        textAt(digit, { x: x + 2.5, y: 19, size: 16, fill: '#ffd700', weight: 700, width: 10 })
      );
    });
    const right = 3 + number.length * 16;
    return {
      width: label === '' ? right : right + widthOf(label, 12) + 2 * PADDING,
      height: 26,
      body:
        `<rect width="100%" height="26" rx="3" fill="#0d0c0a"/>${boxes.join('')}` +
        textAt(label, { x: right + PADDING, y: 17, size: 12, fill: '#fff' }),
    };
  },
};

const PADDING = 7;

/** As an old counter has them: at least six, without commas. */
const odometer = (count: number): string => String(count).padStart(6, '0');

interface Lettering {
  readonly x: number;
  readonly y: number;
  readonly size: number;
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
    `font-weight="${weight}" fill="${fill}" textLength="${width}" lengthAdjust="spacingAndGlyphs" ` +
    `aria-hidden="true">${escaped(text)}</text>`
  );
}

/** How wide a text is about, in pixels: the shares of an em that most letters of a wide font take. */
function widthOf(text: string, size: number): number {
  let ems = 0;
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue; // stands on what is before it
    if (/[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u.test(character))
      ems += 1.1;
    else if (/[ .,:;'|!iljtfrI()[\]-]/.test(character)) ems += 0.42;
    else if (/[mwMW@%]/.test(character)) ems += 0.95;
    else ems += 0.66;
  }
  return text === '' ? 0 : Math.max(Math.ceil(ems * size), 1);
}

/** A label as it is drawn: nothing unseen in it, in one line, and not longer than a badge. */
function shown(label: string): string {
  const text = plainText(label.replace(/\s+/gu, ' ').replace(NOT_XML, ''), LABEL_BYTES);
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)];
  if (characters.length <= LABEL_CHARACTERS) return text;
  const kept = characters.slice(0, LABEL_CHARACTERS - 1).map(({ segment }) => segment);
  return `${kept.join('').trimEnd()}…`;
}

/** What no XML may have beside controls and halves of characters, which are gone already: one would spoil the image. */
const NOT_XML = /[\ufffe\uffff]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it may stand in XML, in an attribute too. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
