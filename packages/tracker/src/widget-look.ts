/**
 * The widget's structure, both as elements in a browser (widget.ts) and as HTML on a server:
 *
 *     response.end(page.replace('<!-- widget -->', renderWidget(await visitorStats(), { position: 'inline' })));
 *
 * Pure. Values from a server's JSON are always escaped.
 */
import type { VisitorStats } from '@footfall/core';
import { attempt } from './attempt.ts';
import { STRIP_STYLE } from './strip-style.ts';
import { STYLE } from './widget-style.ts';
import { CLASSIC, ENGLISH, type Words } from './words.ts';

/** The attributes of a widget, as options (docs/embedding.md, The widget). */
export interface WidgetOptions {
  /** Footfall's address, such as `https://stats.example.com`; by default that of the script. */
  readonly server?: string | undefined;
  readonly position?: 'above-footer' | 'fixed-bottom' | 'inline' | undefined;
  readonly theme?: 'classic' | 'auto' | 'light' | 'dark' | 'plain' | undefined;
  /** Whether the span of each number and the country are shown. */
  readonly showDetails?: boolean | undefined;
  /** Whether the country is shown. */
  readonly showLocation?: boolean | undefined;
  /** Whether the title links to the public statistics. */
  readonly link?: boolean | undefined;
  /** The polling interval where nothing is pushed, in seconds, at most 10. */
  readonly updateInterval?: number | undefined;
  /** The language of digits and country names, as a tag; by default the page's. */
  readonly lang?: string | undefined;
  /** Words in another language (languages.ts), for server rendering. */
  readonly words?: Words | undefined;
  /** The nonce of the page's Content-Security-Policy for styles. */
  readonly nonce?: string | undefined;
}

/** The content of a widget. */
export interface Shown {
  /** In the order of their elements: live, active, today and total, each with its noun; the percentage and its country. */
  readonly parts: readonly string[];
  /** The length of the bar. */
  readonly bar: string;
  /** Attributes of the widget: classes for the style, and the version, below which no update is shown. */
  readonly marks: Attributes;
}

/** Makes an element: a node in a browser, HTML on a server. A child that is a string is text. */
export type Make<Element> = (
  tag: string,
  attributes: Attributes,
  ...children: (Element | string)[]
) => Element;
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Shown for an unknown number. */
const UNKNOWN = '–';

/** The English words of a theme; an element without a theme is classic. */
export function englishOf(theme: string | null | undefined): Words {
  return (theme ?? 'classic') === 'classic' ? CLASSIC : ENGLISH;
}

/** Formats the numbers. An invalid language is replaced by the browser's. */
export function shown(
  numbers: Partial<VisitorStats>,
  words: Words,
  { lang, isCurrent = true }: { lang?: string | undefined; isCurrent?: boolean } = {},
): Shown {
  const language = attempt(() => new Intl.Locale(lang!)) ?? [];
  const say = (value?: number, options?: Intl.NumberFormatOptions): string =>
    value! >= 0 ? new Intl.NumberFormat(language, options).format(value!) : UNKNOWN;
  // The noun is in the language of the words, which may differ from the page's.
  const rules = new Intl.PluralRules(words.lang);
  const { location, version, store } = numbers;
  const { country = UNKNOWN, percent = 0 } = location ?? {};
  return {
    parts: [
      ...(['live', 'active', 'today', 'total'] as const).flatMap((name) => [
        say(numbers[name]),
        words.visitors[rules.select(numbers[name]!)] ?? words.visitors.other,
      ]),
      say(percent / 100, { style: 'percent' }),
      attempt(() => new Intl.DisplayNames(language, { type: 'region' }).of(country)) ?? country,
    ],
    bar: `${percent}%`,
    marks: {
      lang: words.lang,
      dir: words.dir,
      // Space for the country is reserved until there are numbers.
      class: (isCurrent ? '' : 'old ') + (location ? '' : version! >= 0 ? 'nowhere' : 'none'),
      'data-version': version,
      'data-store': store,
    },
  };
}

/** The class of a number by its length: long ones are set smaller. */
export function sizeOf({ length }: string): string {
  return length > 11 ? 'longest' : length > 7 ? 'long' : '';
}

/** The words of a slot; empty where the language has none. The country is that of the last 24 hours' visitors. */
export function wordsOf(words: Words, slot: string): string {
  const parts = words as unknown as Readonly<Record<string, string | undefined>>;
  return parts[slot.replace('from-', 'today-')] ?? '';
}

/**
 * The elements of a widget. Its parts are in the `b`, `i` and `bdi` elements; the percentage is the width of the `hr`, an
 * attribute, since strict policies refuse styles, and it follows the text direction.
 */
export function widgetOf<Element>(
  make: Make<Element>,
  words: Words,
  { parts, bar, marks }: Shown = shown({}, words),
): Element {
  /** A word that the page may replace by its own. */
  const word = (slot: string): Element => make('slot', { name: slot }, wordsOf(words, slot));

  /** Words that show an explanation when pressed, one at a time. */
  const explained = (key: string, ...inside: (Element | string)[]): Element =>
    make(
      'details',
      { name: 'meaning' },
      make('summary', {}, ...inside),
      make('p', {}, word(`${key}-meaning`)),
    );

  const number = (key: string, at: number): Element =>
    make(
      'div',
      {},
      make('dt', {}, explained(key, word(key), make('span', {}, word(`${key}-span`)))),
      make(
        'dd',
        {},
        make('b', { class: sizeOf(parts[at]!) }, parts[at]!),
        ' ',
        make('i', {}, parts[at + 1]!),
      ),
    );

  return make(
    'div',
    { role: 'group', 'aria-labelledby': 'title', ...marks },
    make('p', { id: 'title', 'aria-live': 'polite' }, make('a', {}, word('title'), word('old'))),
    make('dl', {}, number('live', 0), number('active', 2)),
    make('dl', {}, number('today', 4), number('total', 6)),
    make(
      'section',
      {},
      make('div', {}, make('hr', { width: bar })),
      explained('from', make('b', {}, parts[8]!), ' ', word('from'), ' ', make('bdi', {}, parts[9]!)),
    ),
  );
}
/**
 * The widget as HTML with its first numbers in it, which its script takes over.
 * @param numbers what `GET /api/visitor-stats` answers; undefined where they are not available
 */
export function renderWidget(numbers: VisitorStats | undefined, options: WidgetOptions = {}): string {
  return html(
    'visitor-tracker',
    attributesOf(options),
    new Html(widgetTemplate(numbers, options)),
  ).toString();
}

/** The attributes for some options. */
export function attributesOf(options: WidgetOptions): Readonly<Record<string, string>> {
  const { server, position, theme, showDetails, showLocation, link, updateInterval, lang } = options;
  const attributes = {
    server,
    position,
    theme,
    'show-details': showDetails,
    'show-location': showLocation,
    link,
    'update-interval': updateInterval,
    lang,
  };
  const said = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]));
}

/** The same without the outer element. */
export function widgetTemplate(
  numbers: VisitorStats | undefined,
  { lang = 'en', theme, words = englishOf(theme), position, nonce }: WidgetOptions = {},
): string {
  const said = numbers && shown(numbers, words, { lang, isCurrent: numbers.stale !== true });
  const style = position === 'fixed-bottom' ? STYLE + STRIP_STYLE : STYLE;
  return html(
    'template',
    { shadowrootmode: 'open' },
    html('style', { nonce }, new Html(style)),
    widgetOf(html, words, said),
  ).toString();
}

/** HTML; every other string is escaped. */
class Html extends String {}

function html(tag: string, attributes: Attributes, ...children: (Html | string)[]): Html {
  const marked = Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(value)}"`))
    .join('');
  const inside = children.map((child) => (child instanceof Html ? child : escaped(child))).join('');
  return new Html(`<${tag}${marked}>${inside}${tag === 'hr' ? '' : `</${tag}>`}`);
}

function escaped(value: string | number | Html): string {
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
