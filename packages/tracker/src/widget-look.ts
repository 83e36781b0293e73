/**
 * What the widget looks like, wherever it is made: elements in a browser (widget.ts), or HTML on a server:
 *
 *     response.end(page.replace('<!-- widget -->', renderWidget(await visitorStats(), { position: 'inline' })));
 *
 * Pure. What comes from a server's JSON is only ever text.
 */
import type { VisitorStats } from '@footfall/core';
import { attempt } from './attempt.ts';
import { STRIP_STYLE } from './strip-style.ts';
import { STYLE } from './widget-style.ts';
import { CLASSIC, ENGLISH, type Words } from './words.ts';

/** How a widget stands on a page: its attributes, in the manner of programs (docs/embedding.md, The widget). */
export interface WidgetOptions {
  /** Where Footfall is, such as `https://stats.example.com`; where the script came from without it. */
  readonly server?: string | undefined;
  readonly position?: 'above-footer' | 'fixed-bottom' | 'inline' | undefined;
  readonly theme?: 'classic' | 'auto' | 'light' | 'dark' | 'plain' | undefined;
  /** Whether the span of each number and the country are shown. */
  readonly showDetails?: boolean | undefined;
  /** Whether the country is shown. */
  readonly showLocation?: boolean | undefined;
  /** Whether the title links to the public statistics. */
  readonly link?: boolean | undefined;
  /** How often is asked where nothing is pushed, in seconds, at most 10; 0 follows nothing. */
  readonly updateInterval?: number | undefined;
  /** Whose digits and names of countries are shown, as a language tag; the page's without it. */
  readonly lang?: string | undefined;
  /** In another language than English (languages.ts), for a widget that a server renders. */
  readonly words?: Words | undefined;
  /** Of the page's Content-Security-Policy, where that has one for styles. */
  readonly nonce?: string | undefined;
}

/** What a widget says. */
export interface Shown {
  /** In the order of the places for them: live, active, today and total, each with its noun; the percentage and its country. */
  readonly texts: readonly string[];
  /** How long the bar is. */
  readonly bar: string;
  /** Attributes of the widget: what the style makes a difference of, and the state, after which no older one is shown. */
  readonly marks: Attributes;
}

/** Makes an element: a node in a browser, HTML on a server. A child that is a string is text. */
export type Make<Element> = (
  tag: string,
  attributes: Attributes,
  ...children: (Element | string)[]
) => Element;
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A number that is not known. */
const UNKNOWN = '–';

/** English as a theme has it: the classic one, which is also that of an element without a theme, has the requirement's words. */
export function englishOf(theme: string | null | undefined): Words {
  return (theme ?? 'classic') === 'classic' ? CLASSIC : ENGLISH;
}

/** Puts numbers into words. A language that is none is the browser's. */
export function shown(
  numbers: Partial<VisitorStats>,
  words: Words,
  { lang, isCurrent = true }: { lang?: string | undefined; isCurrent?: boolean } = {},
): Shown {
  const language = attempt(() => new Intl.Locale(lang!)) ?? [];
  const say = (value?: number, options?: Intl.NumberFormatOptions): string =>
    value! >= 0 ? new Intl.NumberFormat(language, options).format(value!) : UNKNOWN;
  // The noun is in the language of the words, which may be another than the page's.
  const rules = new Intl.PluralRules(words.lang);
  const { location, version, store } = numbers;
  const { country = UNKNOWN, percent = 0 } = location ?? {};
  return {
    texts: [
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
      // Before there are any numbers the place of a country is reserved.
      class: (isCurrent ? '' : 'old ') + (location ? '' : version! >= 0 ? 'nowhere' : 'none'),
      'data-version': version,
      'data-store': store,
    },
  };
}

/** How much room a number takes: long ones are set smaller. */
export function sizeOf({ length }: string): string {
  return length > 11 ? 'longest' : length > 7 ? 'long' : '';
}

/** The words of a slot, or none where a language needs none. The country is that of the last 24 hours' visitors. */
export function wordsOf(words: Words, slot: string): string {
  const texts = words as unknown as Readonly<Record<string, string | undefined>>;
  return texts[slot.replace('from-', 'today-')] ?? '';
}

/**
 * The elements of a widget. Its texts stand in each `b`, `i` and `bdi`; its percent is the width of the `hr`: an attribute, since
 * strict policies refuse styles, and one that knows right from left.
 */
export function widgetOf<Element>(
  make: Make<Element>,
  words: Words,
  { texts, bar, marks }: Shown = shown({}, words),
): Element {
  /** A word of ours, in place of which the page may put its own. */
  const word = (slot: string): Element => make('slot', { name: slot }, wordsOf(words, slot));

  /** Words that say more when they are pressed, of a widget's one at a time. */
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
        make('b', { class: sizeOf(texts[at]!) }, texts[at]!),
        ' ',
        make('i', {}, texts[at + 1]!),
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
      explained('from', make('b', {}, texts[8]!), ' ', word('from'), ' ', make('bdi', {}, texts[9]!)),
    ),
  );
}
/**
 * The widget as HTML with its first numbers in it, which its script takes over when it comes.
 * @param numbers what `GET /api/visitor-stats` answers; undefined where they could not be had
 */
export function renderWidget(numbers: VisitorStats | undefined, options: WidgetOptions = {}): string {
  return html(
    'visitor-tracker',
    attributesOf(options),
    new Html(widgetTemplate(numbers, options)),
  ).toString();
}

/** The attributes of a widget that stands so. */
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

/** The same without the element around it. */
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

/** HTML that is made; every other string is text. */
class Html extends String {}

function html(tag: string, attributes: Attributes, ...children: (Html | string)[]): Html {
  const marked = Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escaped(value)}"`))
    .join('');
  const inside = children.map((child) => (child instanceof Html ? child : escaped(child))).join('');
  return new Html(`<${tag}${marked}>${inside}${tag === 'hr' ? '' : `</${tag}>`}`);
}

function escaped(text: string | number | Html): string {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
