import { createHash } from 'node:crypto';
import { STYLE } from '@footfall/tracker/widget-style';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { adapter } from './adapter.ts';
import { world } from './world.ts';

/** What stands in the widget for the address that it is loaded from. */
const WIDGET_HOME = 'https://footfall.invalid/widget';
/** And for the address of a file beside it. */
const BESIDE_WIDGET = 'import.meta.url.replace(/(\\.js)?([?#].*)?$/, `-${part}$&`)';

// `vite dev` does not pass the Node request on, so apps/api/src/dev.ts puts its properties here.
const platformInDevelopment = () => Reflect.get(globalThis, Symbol.for('footfall')) as App.Platform;

/** The hash of the one inline style sheet: the widget's, which is rendered by the server. */
const widgetStyle = `sha256-${createHash('sha256').update(STYLE).digest('base64')}` as const;

/** In our own pages the widget is bundled: its words in other languages are files of this site, not beside its script. */
const widgetAtHome: Plugin = {
  name: 'widget-at-home',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/tracker\/src\/widget\.ts$/.test(id)) return;
    if (!code.includes(WIDGET_HOME) || !code.includes(BESIDE_WIDGET))
      this.error('The widget finds its files in another way: see widgetAtHome in vite.config.ts.');
    return code.replace(WIDGET_HOME, '/widget').replace(BESIDE_WIDGET, 'home');
  },
};

export default defineConfig({
  plugins: [
    world(),
    widgetAtHome,
    sveltekit({
      adapter: adapter(() => ({ platform: platformInDevelopment })),
      // Hashes, not nonces: pages are cached and shared.
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['none'],
          'script-src': ['self'],
          'style-src': ['self', widgetStyle],
          // SvelteKit hides its route announcer with a style attribute.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          'connect-src': ['self'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
          'object-src': ['none'],
        },
      },
      // `src/hooks.server.ts` refuses other sites' forms: unlike SvelteKit's own check it knows a proxy's https.
      csrf: { trustedOrigins: ['*'] },
      version: { pollInterval: 0 },
    }),
  ],
});
