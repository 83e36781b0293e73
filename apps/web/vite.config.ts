import { createHash } from 'node:crypto';
import { STYLE } from '@footfall/tracker/widget-style';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { adapter } from './adapter.ts';

// `vite dev` keeps the Node request to itself: apps/api/src/dev.ts leaves here what it would carry.
const platformInDevelopment = () => Reflect.get(globalThis, Symbol.for('footfall')) as App.Platform;

/** The one style sheet that stands in a page: the widget's, which is there before its script. */
const widgetStyle = `sha256-${createHash('sha256').update(STYLE).digest('base64')}` as const;

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter(() => ({ platform: platformInDevelopment })),
      // Hashes, not nonces: a page that caches share has none of its own.
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['none'],
          'script-src': ['self'],
          'style-src': ['self', widgetStyle],
          // The one style attribute there is: SvelteKit hides its route announcer with it.
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
