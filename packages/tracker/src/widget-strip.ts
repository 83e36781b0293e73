/**
 * The widget as a strip at the foot of the window: what `position="fixed-bottom"` adds to it. It is a separate file, since few
 * pages use it. A reader can close it, which is remembered where storage is allowed.
 */
import { attempt } from './attempt.ts';
import { storage } from './storage.ts';
import { STRIP_STYLE } from './strip-style.ts';

/** The storage key of a strip that was closed. */
const CLOSED = 'footfall.closed';

/**
 * Makes a strip of a widget, unless its reader has closed it before.
 * @param close the label of the button that closes it
 * @param gone aborted when the widget is removed or changed
 */
export default function openStrip(widget: HTMLElement, close: string, gone: AbortSignal): void {
  const root = widget.shadowRoot!;
  const style = new CSSStyleSheet();
  style.replaceSync(STRIP_STYLE);
  root.adoptedStyleSheets.push(style);
  if (attempt(() => storage()?.getItem(CLOSED))) {
    widget.hidden = true;
    return;
  }
  const button = document.createElement('button');
  button.type = 'button';
  button.ariaLabel = close;
  button.textContent = '×';
  button.onclick = () => {
    widget.hidden = true;
    attempt(() => storage()?.setItem(CLOSED, 'true'));
  };
  root.querySelector('[role]')!.append(button);
  gone.addEventListener('abort', () => button.remove());
}
