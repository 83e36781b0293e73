import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '@footfall/core';

const KNOWN = [
  'HOST',
  'PORT',
  'DATABASE_URL',
  'SITE_HOSTS',
  'SITE_TIME_ZONE',
  'TRUSTED_PROXIES',
  'API_KEYS',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'COUNT_BOTS',
  'IGNORED_PAGES',
  'CDN_ENABLED',
];

describe('the name that was meant', () => {
  it.each([
    ['SITE_HOST', 'SITE_HOSTS'],
    ['site_hosts', 'SITE_HOSTS'],
    ['SITE-HOSTS', 'SITE_HOSTS'],
    ['SITEHOSTS', 'SITE_HOSTS'],
    ['SIET_HOSTS', 'SITE_HOSTS'],
    ['SITE_TIMEZONE', 'SITE_TIME_ZONE'],
    ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
    ['TRUSTED_PROXYS', 'TRUSTED_PROXIES'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['API_KEY', 'API_KEYS'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['COUNT_BOT', 'COUNT_BOTS'],
    ['IGNORE_PAGES', 'IGNORED_PAGES'],
    ['CDN_ENABLE', 'CDN_ENABLED'],
    ['PORT', 'PORT'],
  ])('by %s is %s', (name, meant) => {
    expect(nearestName(name, KNOWN)).toBe(meant);
  });

  it.each([
    '',
    '_',
    'PATH',
    'HOSTNAME',
    'APP_KEYS',
    'APP_KEY',
    'DATABASE_PORT',
    'DATABASE_SSL',
    'DATABASE_NAME',
    'SITE_NAME',
    'SITE_PORT',
    'SITE_SERVICE_HOST',
    'LOG_FILE',
    'TRACKING',
    'constructor',
    'S'.repeat(100_000),
  ])('by %.20s is none', (name) => {
    expect(nearestName(name, KNOWN)).toBeUndefined();
  });

  it('is the same whatever the case, and a known name is itself', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
        fc.constantFrom(...KNOWN),
        (text, known) => {
          expect(nearestName(text.toLowerCase(), KNOWN)).toBe(
            nearestName(text.toLowerCase().toUpperCase(), KNOWN),
          );
          expect(nearestName(known, KNOWN)).toBe(known);
        },
      ),
    );
  });
});
