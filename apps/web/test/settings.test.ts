import { SETTING_NAMES } from '@footfall/core';
import { describe, expect, it } from 'vitest';
import { addressesWith, healthLines } from '../src/lib/server/health.ts';
import { changesOf, SETTING_GROUPS, sentText, shownText } from '../src/lib/settings.ts';
import { loadTexts } from '../src/lib/texts/languages.ts';

const ALL = SETTING_GROUPS.flatMap(({ settings }) => settings);

it('the page has every setting once', () => {
  expect(ALL.map(({ name }) => name).sort()).toEqual([...SETTING_NAMES].sort());
});

describe('a form of settings', () => {
  const changes = (fields: Readonly<Record<string, string>>) => changesOf((name) => fields[name]);

  it('changes what differs from what its page was loaded with, and nothing else', () => {
    expect(
      changes({
        SITE_NAME: ' Example ',
        'was:SITE_NAME': '',
        SITE_HOSTS: 'example.com\r\n\r\n example.org ',
        'was:SITE_HOSTS': 'example.com',
        IGNORED_PAGES: '/a\r\n/b',
        'was:IGNORED_PAGES': '/a\n/b',
        COUNT_BOTS: 'false',
        'was:COUNT_BOTS': 'false',
        API_KEYS: 'x',
      }),
    ).toEqual({ SITE_NAME: 'Example', SITE_HOSTS: 'example.com,example.org' });
  });

  it('shows a list in lines, and reads it back', () => {
    const list = { field: { kind: 'list' } } as const;
    expect(shownText(list, '/a, /b,')).toBe('/a\n/b');
    expect(sentText(list, shownText(list, '/a, /b,'))).toBe('/a,/b');
  });
});

describe('the list of how a server is set up', async () => {
  const { setup, site } = await loadTexts('en', ['setup', 'site']);
  const linesOf = (origin: string, proxy: 'platform' | 'configured' | 'unknown' | 'none', country = '') =>
    Object.fromEntries(
      healthLines(
        {
          origin,
          locals: {
            clientCountry: () => country,
            health: () => ({ proxy, isIgnored: false, entry: undefined }),
            settings: { hasDatabaseServer: proxy === 'platform' } as App.Locals['settings'],
          },
        },
        setup.health,
        site.formats,
      ).map(({ title, state }) => [title, state]),
    );

  it('says of each what is known, and that the rest is not', () => {
    expect(linesOf('https://stats.example.com', 'configured', 'DE')).toEqual({
      Proxy: 'good',
      Countries: 'good',
      Encryption: 'good',
      Backups: 'unknown',
    });
    expect(linesOf('http://stats.example.com', 'unknown')).toMatchObject({
      Proxy: 'attention',
      Countries: 'unknown',
      Encryption: 'attention',
    });
    expect(linesOf('http://localhost:3000', 'none')).toMatchObject({ Encryption: 'unknown' });
    expect(linesOf('https://stats.example.com', 'platform')).toMatchObject({ Addresses: 'good' });
  });

  it('adds an address to those that are ignored once, and takes it away alone', () => {
    const settings = [
      { name: 'IGNORED_ADDRESSES', value: '10.0.0.0/8, 192.0.2.7', byDefault: '', fixed: null },
    ] as const;
    const entry = '192.0.2.9';
    expect(addressesWith(settings, { entry, isIgnored: true })).toBe('10.0.0.0/8,192.0.2.7,192.0.2.9');
    expect(addressesWith(settings, { entry: '192.0.2.7', isIgnored: true })).toBe('10.0.0.0/8,192.0.2.7');
    expect(addressesWith(settings, { entry: '192.0.2.7', isIgnored: false })).toBe('10.0.0.0/8');
  });
});
