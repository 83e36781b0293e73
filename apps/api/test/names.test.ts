import { expect, it } from 'vitest';

/** Public names that pages of other sites request. */
const PUBLIC_NAMES = [
  '/footfall.js',
  '/footfall-more.js',
  '/widget.js',
  '/widget-strip.js',
  '/widget-de.js',
  '/live.js',
  '/api/visitors/track?return=minimal',
  '/api/track',
  '/api/visitors/seen.gif?url=https%3A%2F%2Fexample.com%2F',
  '/api/badge.svg?page=/about',
  '/api/live',
  '/api/stats',
  '/api/visitor-stats',
];

/** Kinds of patterns in blocklists: names of files and folders on any host. */
const LISTED = [
  /\/(?:pixel|pix|px|track|tracking|tracker|trk|beacon|stat|stats|sitestats|count|counter|hit|log|spacer|blank|clear|1x1|transparent)\.gif\b/i,
  /\/(?:analytics|tracking|tracker|track|stats|counter|beacon|pixel|umami|plausible|matomo|piwik|collect|hit)(?:[.-]min)?\.js\b/i,
  /[-_.](?:analytics|tracking|tracker|tracking-pixel)\.js\b/i,
  /\/(?:tracker|tracking|trackers|analytics|beacon|pixel|pageview|telemetry)\//i,
  /\/stats\/(?:collect|count|event|pageview|ping|track|visitors)/i,
  /\/track\/(?:view|views|event|hit|imp|pixel|visits|visitors|batch)\b/i,
  /\/track\?(?:event|events|data|referer|referrer|name|cb|pid|page_view)\b/i,
  /\/(?:pageview|impression|collect|beacon)\?/i,
];

it.each(PUBLIC_NAMES)('%s is not in blocklists', (name) => {
  expect(LISTED.filter((pattern) => pattern.test(`https://stats.example.com${name}`))).toEqual([]);
});

it('the old name of the pixel is, which is why there is another', () => {
  expect(LISTED.some((pattern) => pattern.test('/api/visitors/pixel.gif?url='))).toBe(true);
});
