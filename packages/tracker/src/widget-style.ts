/**
 * The widget's style. What a page may want to be otherwise is a custom property of the element (docs/embedding.md, The widget): what a
 * page says of the element goes before what is said here. Sizes are in `em` of the reader's own size, whatever the page
 * has made of its own.
 */
export const STYLE = `
:host {
  --footfall-ground: #0b0b0b;
  --footfall-ink: #fff;
  --footfall-number: #ffd700;
  --footfall-border: 8px solid gray;
  --footfall-shadow: 15px 15px #444;
  --footfall-padding: 1.5em;
  display: block;
  margin: 1.5em;
  font: medium/1.5 var(--footfall-font, system-ui);
}
:host([theme]) {
  --footfall-ground: #fff;
  --footfall-ink: #222;
  --footfall-number: #850;
  --footfall-border: 1px solid #8886;
  --footfall-shadow: none;
  --footfall-radius: 8px;
}
:host([theme=dark]) {
  --footfall-ground: #222;
  --footfall-ink: #eee;
  --footfall-number: #ffd700;
}
:host([theme=plain]) {
  --footfall-ground: none;
  --footfall-ink: inherit;
  --footfall-number: inherit;
  --footfall-border: 0;
  --footfall-padding: 0;
  font-family: inherit;
}
:host([position=inline]) {
  display: inline-block;
  width: 34em;
  max-width: 100%;
  margin: 0;
}
:host([position=fixed-bottom]) {
  --footfall-padding: .5em 1em;
  --footfall-shadow: none;
  height: 12em;
  margin: 0;
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
  padding: var(--footfall-padding);
  border: var(--footfall-border);
  border-radius: var(--footfall-radius);
  background: var(--footfall-ground);
  color: var(--footfall-ink);
  box-shadow: var(--footfall-shadow);
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
  letter-spacing: .1em;
  text-transform: uppercase;
}
[name=old], .old [name=title] {
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
dd b {
  display: block;
  color: var(--footfall-number);
  font-size: min(2.5em, var(--size, 22cqi));
  font-variant-numeric: tabular-nums;
}
.long {
  --size: 14cqi;
}
.longest {
  --size: 7cqi;
}
summary {
  overflow: hidden;
  list-style: none;
  text-decoration: underline dotted;
  text-overflow: ellipsis;
  white-space: nowrap;
}
span {
  float: left;
  width: 100%;
}
hr {
  border: 0;
  border-top: 1em solid;
  max-width: 100%;
  color: var(--footfall-bar, var(--footfall-number));
}
.none section {
  visibility: hidden;
}
:host([position=fixed-bottom]) [role] {
  position: fixed;
  inset: auto 0 0;
  gap: .5em;
  z-index: 1000;
}
:host([position=fixed-bottom]) :is(dl, section) {
  flex: 1 8em;
  gap: .5em;
}
:host([position=fixed-bottom]) :is(#title, dd) {
  font-size: .7em;
}
:host([show-details=false]) :is(section, span), :host([show-location=false]) section {
  display: none;
}
`;
