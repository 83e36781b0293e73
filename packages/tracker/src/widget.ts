/**
 * The widget: how many visitors are here now, on any page.
 *
 *     <script type="module" async src="https://stats.example.com/widget.js"></script>
 *     <visitor-tracker></visitor-tracker>
 *
 * Its attributes and custom properties are in docs/embedding.md (The widget). It follows the numbers while it is visible, and
 * takes over what a server has rendered. Languages, and the strip at the foot of a window, are separate files, loaded where a
 * page needs them. Its size is limited (build.ts). It causes no errors on the site's pages, creates no elements from strings,
 * and uses no styles that a strict policy refuses.
 */
import type { LiveUpdate, StoreVersion } from '@footfall/core';
import { compareVersions } from '@footfall/core/store-version';
import { attempt } from './attempt.ts';
import { followLive } from './live.ts';
import { englishOf, shown, sizeOf, widgetOf, wordsOf, type Attributes, type Make } from './widget-look.ts';
import { STYLE } from './widget-style.ts';
import type openStrip from './widget-strip.ts';
import { CLASSIC, TRANSLATED, type Words } from './words.ts';

/** The polling interval where nothing is pushed, in seconds: the default, the shortest and the longest. */
const USUAL = 5;
const FASTEST = 1;
const SLOWEST = 10;

/** Numbers that were not updated for longer are marked as old, in milliseconds (docs/api.md, Live). */
const CURRENT_MS = 30_000;

/** The URL of its other files; the server writes its own address here. */
const HOME = 'https://footfall.invalid/widget';

// Fails on a server, and for a second copy of this script, where the name is taken.
const define = (): void => {
  attempt(() => {
    customElements.define('visitor-tracker', visitorTracker());
  });
};
// The page itself goes first.
if ((globalThis as Partial<typeof globalThis>).requestIdleCallback) requestIdleCallback(define);
else define();

function visitorTracker(): CustomElementConstructor {
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);

  return class extends HTMLElement {
    static readonly observedAttributes = ['server', 'update-interval', 'lang', 'theme', 'position', 'link'];

    /** Aborted when the widget leaves the page. */
    #stay: AbortController | undefined;

    connectedCallback(): void {
      this.#stay = new AbortController();
      stand(this, style, this.#stay.signal).catch(() => {});
    }

    disconnectedCallback(): void {
      this.#stay?.abort();
      this.#stay = undefined;
    }

    attributeChangedCallback(name: string, before: string | null, after: string | null): void {
      if (!this.#stay || before === after) return;
      this.disconnectedCallback();
      if (/server|link/.test(name)) this.shadowRoot?.replaceChildren(); // numbers and link of another server
      this.connectedCallback();
    }
  };
}

/**
 * Shows the numbers in a widget, and follows them while it is visible. Takes over what a server has rendered.
 * @param gone aborted when the widget leaves the page, or is set up again
 */
async function stand(widget: HTMLElement, style: CSSStyleSheet, gone: AbortSignal): Promise<void> {
  const attribute = (name: string): string | null => widget.getAttribute(name);
  const server = new URL(attribute('server') ?? new URL('/', import.meta.url), document.baseURI).href.replace(
    /\/+$/,
    '',
  );
  const root = widget.shadowRoot ?? widget.attachShadow({ mode: 'open' });

  const lang = widget.closest<HTMLElement>('[lang]')?.lang;
  const english = englishOf(attribute('theme'));
  // The classic theme stays English, unless its element has a `lang`.
  const [language] = ((english === CLASSIC ? attribute('lang') : lang) ?? '').toLowerCase().split(/[-_]/);
  const [translated, strip] = await Promise.all([
    TRANSLATED.test(language!) ? load<Words>(language!) : undefined,
    attribute('position') === 'fixed-bottom' ? load<typeof openStrip>('strip') : undefined,
  ]);
  if (gone.aborted) return;
  const words = translated ?? english;
  root.adoptedStyleSheets = [style];

  const group =
    root.querySelector<HTMLElement>('[role]') ?? (root.appendChild(widgetOf(node, words)) as HTMLElement);
  for (const slot of root.querySelectorAll('slot')) slot.textContent = wordsOf(words, slot.name);
  if (/^http/.test(server) && attribute('link') !== 'false')
    group.querySelector('a')!.href = `${server}/stats`;
  strip?.(widget, words.close, gone);

  let stop: (() => void) | undefined;
  let leftAt = Infinity;
  let isDown = false;

  const show = (update: LiveUpdate, isCurrent: boolean): void => {
    attempt(() => {
      // Strings or missing, but they are compared as numbers.
      if (compareVersions(update, group.dataset as unknown as StoreVersion) < 0) return;
      const { parts, bar, marks } = shown(update.visitorStats, words, { lang, isCurrent });
      mark(group, marks);
      group.querySelector('hr')!.width = bar;
      group.querySelectorAll('b, i, bdi').forEach((element, at) => {
        const text = parts[at]!;
        if (element.textContent === text) return;
        element.textContent = text;
        if (element.localName === 'i') return; // for screen readers only
        element.className = sizeOf(text);
        if (!matchMedia('(prefers-reduced-motion)').matches) element.animate({ opacity: [0, 1] }, 300);
      });
    });
  };
  const age = (): void => group.classList.add('old');

  const eye = new IntersectionObserver((seen) => {
    stop?.();
    if (seen.pop()!.isIntersecting) {
      if (Date.now() - leftAt > CURRENT_MS) age();
      const seconds = +attribute('update-interval')!;
      stop = followLive({
        server,
        pollMs: Math.min(seconds >= FASTEST ? seconds : USUAL, SLOWEST) * 1000,
        onUpdate: show,
        onStatus: (status) => {
          const wasDown = isDown;
          isDown = status === 'offline';
          if (isDown) age();
          if (isDown && !wasDown) warn(`no numbers from ${server}`);
        },
      });
    }
    leftAt = Date.now();
  });
  eye.observe(group);
  gone.onabort = () => {
    eye.disconnect();
    stop?.();
  };
}

/**
 * Loads another of the widget's files: from beside this script, under this script's name, or from the Footfall that served it.
 * Never from the element's `server`, from which only numbers are taken.
 */
async function load<T>(part: string): Promise<T | undefined> {
  const home = `${HOME}-${part}.js`;
  /* eslint-disable no-restricted-syntax -- not another room: files that are built beside this one */
  const loaded = import(/* @vite-ignore */ import.meta.url.replace(/(\.js)?([?#].*)?$/, `-${part}$&`)).catch(
    () => import(/* @vite-ignore */ home),
  );
  /* eslint-enable no-restricted-syntax */
  return (loaded as Promise<{ default: T }>).then(
    (module) => module.default,
    () => warn(`cannot load ${home}`) as undefined,
  );
}

/** Warns the site's owner in the console. */
function warn(what: string): void {
  console.warn(`Footfall: ${what}`);
}

function node(...[tag, attributes, ...children]: Parameters<Make<Node>>): Node {
  const element = document.createElement(tag);
  mark(element, attributes);
  element.append(...children);
  return element;
}

function mark(element: Element, attributes: Attributes): void {
  for (const name in attributes) element.setAttribute(name, attributes[name] as string); // numbers become strings
}
