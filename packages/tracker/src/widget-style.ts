/**
 * The widget's style. What pages may change is a custom property of the element (docs/embedding.md, The widget): the
 * page's rules for the element override these. Sizes are in `em` of the browser's default size, not of the page's.
 */
export const STYLE = `
:host {
  --footfall-ground: #0b0b0b;
  --footfall-ink: #fff;
  --footfall-number: #ffd700;
  --caps: uppercase;
  --spacing: .1em;
  container-type: inline-size;
  display: block;
  margin: min(1.5em, 5%);
  font: medium/1.5 var(--footfall-font, system-ui);
}
:host([theme]:where(:not([theme=classic]))) {
  --footfall-ground: light-dark(#fff, #222);
  --footfall-ink: light-dark(#222, #eee);
  --footfall-number: light-dark(#850, #ffd700);
  --footfall-border: 1px solid #8886;
  --footfall-shadow: none;
  --footfall-radius: 8px;
  --caps: none;
  --spacing: 0;
  margin: 0;
  padding: 1em clamp(0px, 50% - 11em, 1em);
  color-scheme: light;
}
:host([theme=dark]) {
  color-scheme: dark;
}
:host([theme=auto]) {
  color-scheme: light dark;
}
:host([theme=plain]) {
  --footfall-ground: none;
  --footfall-ink: inherit;
  --footfall-border: 0;
  --footfall-padding: 0;
  padding: 0;
  color-scheme: inherit;
}
:host(:is([theme=auto], [theme=plain])) {
  --footfall-number: inherit;
  font-family: var(--footfall-font, inherit);
}
:host([position=inline]) {
  display: inline-block;
  width: 34em;
  max-width: 100%;
}
:host([position=fixed-bottom]) {
  container-type: normal;
  display: none;
}
:host(:is([position=inline], [position=fixed-bottom])) {
  margin: 0;
  padding: 0;
}
:host([hidden]) {
  display: none;
}
* {
  box-sizing: border-box;
  margin: 0;
}
[role] {
  display: flex;
  flex-wrap: wrap;
  gap: 1em;
  padding: var(--footfall-padding, 1.5em);
  border: var(--footfall-border, 8px solid gray);
  border-radius: var(--footfall-radius);
  background: var(--footfall-ground);
  color: var(--footfall-ink);
  box-shadow: var(--footfall-shadow, 15px 15px #444);
  overflow-wrap: anywhere;
}
#title {
  font-size: 1.25em;
  font-weight: 900;
}
#title::before {
  content: '◉ '/'';
}
#title, section {
  flex: 1 100%;
}
#title, dt summary {
  letter-spacing: var(--spacing);
  text-transform: var(--caps);
}
a {
  color: inherit;
}
a:not(:hover) {
  text-decoration: none;
}
[name=old], .old [name=title], .nowhere section {
  display: none;
}
.old [name=old] {
  display: contents;
}
dl {
  display: flex;
  flex: 1 14em;
  gap: 1em;
}
dl div {
  container-type: inline-size;
  display: flex;
  flex: 1;
  flex-direction: column;
  padding: .5em .2em;
  text-align: center;
}
div div {
  border-radius: var(--footfall-radius);
  background: #8882;
}
dt {
  font-size: .75em;
}
dd {
  order: -1;
  line-height: 3em;
}
b {
  unicode-bidi: isolate;
}
dd b {
  display: block;
  color: var(--footfall-number);
  font-size: min(2.5em, var(--size, 22cqi));
  font-variant-numeric: tabular-nums;
}
i {
  position: absolute;
  clip-path: inset(50%);
}
.long {
  --size: 14cqi;
}
.longest {
  --size: 7cqi;
}
summary {
  list-style: none;
  text-decoration: underline dotted;
}
details p {
  unicode-bidi: plaintext;
}
span {
  float: left;
  width: 100%;
}
hr {
  border: 0;
  border-top: .75em solid;
  max-width: 100%;
  color: var(--footfall-bar, var(--footfall-number));
}
.none section {
  visibility: hidden;
}
section summary {
  padding-top: .25em;
}
@container not (min-width: 320px) {
  [role] {
    gap: .5em;
    padding: var(--footfall-padding, .75em);
    border: var(--footfall-border, 4px solid gray);
    box-shadow: var(--footfall-shadow, 6px 6px #444);
  }
  dl {
    gap: .5em;
  }
}
@container not (min-width: 220px) {
  #title {
    font-size: .9em;
  }
  dl {
    flex-direction: column;
  }
}
:host([show-details=false]) :is(section, span), :host([show-location=false]) section {
  display: none;
}
`;
