/**
 * The widget: how many visitors are here now, on any page.
 *
 *     <script type="module" async src="https://stats.example.com/widget.js"></script>
 *     <visitor-tracker></visitor-tracker>
 *
 * Its attributes and custom properties are in docs/embedding.md (The widget). It follows the numbers while it is seen, and takes
 * over what a server has rendered. At most 3,072 bytes after brotli, no error of ours on someone else's page, no element
 * made of a string, and no style that a strict policy refuses.
 */
import type { LiveUpdate, Standing } from '@footfall/core';
import { compareStanding } from '@footfall/core/standing';
import { attempt } from './attempt.ts';
import { followLive } from './live.ts';
import { shown, sizeOf, widgetOf, type Attributes, type Make } from './widget-look.ts';
import { STYLE } from './widget-style.ts';

/** How often is asked where nothing is pushed, in seconds: without an attribute, at most often and at most seldom. */
const USUAL = 5;
const FASTEST = 1;
const SLOWEST = 10;

/** What has not been followed for longer is not shown as the present state, in milliseconds (docs/api.md, Live). */
const CURRENT_MS = 30_000;

// On a server there are no elements; and a second copy of this script finds the name taken.
const define = (): void => {
  attempt(() => {
    customElements.define('visitor-tracker', visitorTracker());
  });
};
// The page itself comes first.
if ((globalThis as Partial<typeof globalThis>).requestIdleCallback) requestIdleCallback(define);
else define();

function visitorTracker(): CustomElementConstructor {
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);

  return class extends HTMLElement {
    static readonly observedAttributes = ['server', 'update-interval', 'lang'];

    /** Ends what it does while it stands on a page. */
    #leave: (() => void) | undefined;

    connectedCallback(): void {
      this.#leave = attempt(() => stand(this, style));
    }

    disconnectedCallback(): void {
      this.#leave?.();
      this.#leave = undefined;
    }

    attributeChangedCallback(name: string, before: string | null, after: string | null): void {
      if (!this.#leave || before === after) return;
      this.disconnectedCallback();
      if (name === 'server') this.shadowRoot!.replaceChildren(); // the numbers are another's
      this.connectedCallback();
    }
  };
}

/**
 * Shows the numbers in a widget, and follows them while it is seen. What a server has rendered is taken over.
 * @returns ends it
 */
function stand(widget: HTMLElement, style: CSSStyleSheet): () => void {
  const root = widget.shadowRoot ?? widget.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [style];
  const group =
    root.querySelector<HTMLElement>('[role]') ?? (root.appendChild(widgetOf(node)) as HTMLElement);
  let stop: (() => void) | undefined;
  let leftAt = Infinity;

  const show = (update: LiveUpdate, isCurrent: boolean): void => {
    attempt(() => {
      // As strings, or none yet: they are compared as numbers all the same.
      if (compareStanding(update, group.dataset as unknown as Standing) < 0) return;
      const lang = widget.closest<HTMLElement>('[lang]')?.lang;
      const { texts, bar, marks } = shown(update.visitorStats, { lang, isCurrent });
      mark(group, marks);
      group.querySelector('hr')!.width = bar;
      group.querySelectorAll('b, bdi').forEach((place, at) => {
        const text = texts[at]!;
        if (place.textContent === text) return;
        place.textContent = text;
        place.className = sizeOf(text);
        if (!matchMedia('(prefers-reduced-motion)').matches) place.animate({ opacity: [0, 1] }, 300);
      });
    });
  };
  const age = (): void => group.classList.add('old');

  const eye = new IntersectionObserver((seen) => {
    stop?.();
    if (seen.pop()!.isIntersecting) {
      if (Date.now() - leftAt > CURRENT_MS) age();
      const seconds = +widget.getAttribute('update-interval')!;
      stop = followLive({
        server: widget.getAttribute('server') ?? new URL(import.meta.url).origin,
        pollMs: Math.min(seconds >= FASTEST ? seconds : USUAL, SLOWEST) * 1000,
        onUpdate: show,
        onStatus: (status) => {
          if (status === 'offline') age();
        },
      });
    }
    leftAt = Date.now();
  });
  eye.observe(group);
  return () => {
    eye.disconnect();
    stop?.();
  };
}

function node(...[tag, attributes, ...children]: Parameters<Make<Node>>): Node {
  const element = document.createElement(tag);
  mark(element, attributes);
  element.append(...children);
  return element;
}

function mark(element: Element, attributes: Attributes): void {
  for (const name in attributes) element.setAttribute(name, attributes[name] as string); // which numbers become
}
