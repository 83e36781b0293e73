import type { ServerCaller } from '@footfall/trpc';
import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

// Under `vite dev` no request comes through our own server: apps/api/src/dev.ts leaves the caller here.
function callerInDevelopment(): ServerCaller | undefined {
  const { [Symbol.for('footfall')]: caller } = globalThis as { [key: symbol]: (() => ServerCaller) | undefined };
  return caller?.();
}

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: {
        ...adapter({ precompress: true }),
        emulate: () => ({ platform: () => ({ footfall: callerInDevelopment() }) as App.Platform }),
      },
      // Hashes, not nonces: a page that caches share has none of its own.
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['none'],
          'script-src': ['self'],
          'style-src': ['self'],
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
      version: { pollInterval: 0 },
    }),
  ],
});
