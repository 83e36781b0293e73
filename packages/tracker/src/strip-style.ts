/**
 * The style of the strip at the foot of the window, beside the widget's own (widget-style.ts). It is 44 pixels high, plus
 * the safe area of a phone. What does not fit on the first line wraps to hidden lines, which the keyboard can still reach.
 */
export const STRIP_STYLE = `
:host([position=fixed-bottom]:not([hidden])) {
  display: block;
  height: calc(44px + env(safe-area-inset-bottom));
}
:host([theme=plain]) {
  --footfall-ground: canvas;
  --footfall-ink: canvastext;
}
[role] {
  position: fixed;
  inset: auto 0 0;
  z-index: 1000;
  gap: 0 1.25em;
  height: calc(44px + env(safe-area-inset-bottom));
  padding: 0 calc(44px + env(safe-area-inset-right)) 0 max(1em, env(safe-area-inset-left));
  overflow: hidden;
  border: solid transparent;
  border-width: 0 0 env(safe-area-inset-bottom);
  border-radius: 0;
  box-shadow: 0 -1px #8886;
  font-size: .875em;
  line-height: 44px;
  white-space: nowrap;
}
[role]:dir(rtl) {
  padding: 0 max(1em, env(safe-area-inset-right)) 0 calc(44px + env(safe-area-inset-left));
}
#title, section {
  flex: none;
}
#title {
  font-size: 1em;
}
#title, dt summary {
  letter-spacing: 0;
  text-transform: none;
}
dl {
  display: contents;
}
dl div {
  container-type: normal;
  flex: none;
  flex-direction: row;
  gap: .4em;
  padding: 0;
  background: none;
  text-align: start;
}
dt {
  font-size: .9em;
}
dd {
  line-height: inherit;
}
dd b {
  font-size: 1.2em;
}
section summary {
  padding: 0;
}
span, section div {
  display: none;
}
details p {
  position: fixed;
  inset: auto 0 calc(44px + env(safe-area-inset-bottom));
  padding: .75em max(1em, env(safe-area-inset-right)) .75em max(1em, env(safe-area-inset-left));
  border: solid #8886;
  border-width: 1px 0;
  background: var(--footfall-ground);
  line-height: 1.5;
  white-space: normal;
}
button {
  position: absolute;
  inset-block: 0;
  inset-inline-end: 0;
  box-sizing: content-box;
  width: 44px;
  height: 44px;
  padding: 0 env(safe-area-inset-right) 0 0;
  border: 0;
  background: none;
  color: inherit;
  font: 1.5em/1 system-ui;
  cursor: pointer;
}
button:dir(rtl) {
  padding: 0 0 0 env(safe-area-inset-left);
}
`;
