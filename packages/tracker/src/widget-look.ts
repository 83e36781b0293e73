/**
 * What the widget looks like, wherever it is made: elements in a browser (widget.ts), or HTML on a server:
 *
 *     response.end(page.replace('<!-- widget -->', renderWidget(await visitorStats(), { position: 'inline' })));
 *
 * Pure. What comes from a server's JSON is only ever text.
 */
import type { VisitorStats } from '@footfall/core';
import { attempt } from './attempt.ts';
import { STYLE } from './widget-style.ts';

/** How a widget stands on a page: its attributes, in the manner of programs (docs/embedding.md, The widget). */
export interface WidgetOptions {
  /** Where Footfall is, such as `https://stats.example.com`; where the script came from without it. */
  readonly server?: string | undefined;
  readonly position?: 'above-footer' | 'fixed-bottom' | 'inline' | undefined;
  readonly theme?: 'light' | 'dark' | 'plain' | undefined;
  /** Whether the span of each number and the country are shown. */
  readonly showDetails?: boolean | undefined;
  /** Whether the country is shown. */
  readonly showLocation?: boolean | undefined;
  /** How often is asked where nothing is pushed, in seconds, at most 10; 0 follows nothing. */
  readonly updateInterval?: number | undefined;
  /** Whose digits and names of countries are shown, as a language tag; the page's without it. */
  readonly lang?: string | undefined;
  /** Of the page's Content-Security-Policy, where that has one for styles. */
  readonly nonce?: string | undefined;
}

/** What a widget says. */
export interface Shown {
  /** Live, active, today, total, the percent, its country: in the order of the places for them. */
  readonly texts: readonly [string, string, string, string, string, string];
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

/** Puts numbers into words. A language that is none is the browser's. */
export function shown(
  { live, active, today, total, location, version, store }: Partial<VisitorStats>,
  { lang, isCurrent = true }: { lang?: string | undefined; isCurrent?: boolean } = {},
): Shown {
  const language = attempt(() => new Intl.Locale(lang!)) ?? [];
  const say = (value?: number, options?: Intl.NumberFormatOptions): string =>
    value! >= 0 ? new Intl.NumberFormat(language, options).format(value!) : UNKNOWN;
  const { country = UNKNOWN, percent = 0 } = location ?? {};
  return {
    texts: [
      say(live),
      say(active),
      say(today),
      say(total),
      say(percent / 100, { style: 'percent' }),
      attempt(() => new Intl.DisplayNames(language, { type: 'region' }).of(country)) ?? country,
    ],
    bar: `${percent}%`,
    marks: {
      class: (isCurrent ? '' : 'old ') + (location ? '' : 'none'),
      'data-version': version,
      'data-store': store,
    },
  };
}

/** How much room a number takes: long ones are set smaller. */
export function sizeOf({ length }: string): string {
  return length > 11 ? 'longest' : length > 7 ? 'long' : '';
}

/**
 * The elements of a widget. Its texts stand in each `b`, then `bdi`; its percent is the width of the `hr`: an attribute, since
 * strict policies refuse styles, and one that knows right from left.
 */
export function widgetOf<Element>(
  make: Make<Element>,
  { texts: [live, active, today, total, percent, country], bar, marks }: Shown = shown({}),
): Element {
  /** A word of ours, in place of which the page may put its own. */
  const word = (slot: string, english: string): Element => make('slot', { name: slot }, english);

  /** Words that say more when they are pressed, of a widget's one at a time. */
  const explained = (key: string, meaning: string, ...words: (Element | string)[]): Element =>
    make(
      'details',
      { name: 'meaning' },
      make('summary', {}, ...words),
      make('p', {}, word(`${key}-meaning`, meaning)),
    );

  const number = (text: string, key: string, name: string, span: string, meaning: string): Element =>
    make(
      'div',
      {},
      make('dt', {}, explained(key, meaning, word(key, name), make('span', {}, word(`${key}-span`, span)))),
      make('dd', {}, make('b', { class: sizeOf(text) }, text)),
    );

  return make(
    'div',
    { role: 'group', 'aria-labelledby': 'title', ...marks },
    make(
      'p',
      { id: 'title', 'aria-live': 'polite' },
      word('title', 'Watching now'),
      word('old', 'Last known'),
    ),
    make(
      'dl',
      {},
      number(live, 'live', 'Live now', '5 min', 'Visitors seen in the last 5 minutes.'),
      number(active, 'active', 'Active', '30 min', 'Visitors seen in the last 30 minutes.'),
    ),
    make(
      'dl',
      {},
      number(today, 'today', 'Today', '24 h', 'Visitors seen in the last 24 hours.'),
      number(total, 'total', 'Total', 'ever', 'Visitors so far, counted day by day.'),
    ),
    make(
      'section',
      {},
      make('div', {}, make('hr', { width: bar })),
      explained(
        'from',
        'Visitors seen in the last 24 hours.',
        make('b', {}, percent),
        ' ',
        word('from', 'from'),
        ' ',
        make('bdi', {}, country),
      ),
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
  const { server, position, theme, showDetails, showLocation, updateInterval, lang } = options;
  const attributes = {
    server,
    position,
    theme,
    'show-details': showDetails,
    'show-location': showLocation,
    'update-interval': updateInterval,
    lang,
  };
  const said = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said.map(([name, value]) => [name, String(value)]));
}

/** The same without the element around it. */
export function widgetTemplate(
  numbers: VisitorStats | undefined,
  { lang = 'en', nonce }: Pick<WidgetOptions, 'lang' | 'nonce'> = {},
): string {
  const widget = widgetOf(html, numbers && shown(numbers, { lang, isCurrent: numbers.stale !== true }));
  const style = html('style', { nonce }, new Html(STYLE));
  return html('template', { shadowrootmode: 'open' }, style, widget).toString();
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
