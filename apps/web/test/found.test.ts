import { describe, expect, it } from 'vitest';
import type { ShownAnalytics } from '@footfall/trpc';
import { foundIn, withShortLists } from '../src/lib/server/found.ts';
import { statisticsOf } from '../src/lib/statistics.ts';

const { names } = await statisticsOf('en');

const row = (value: string) => ({ value, views: 3, visits: 2, visitors: 1 });
const numbers = (lists: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(
    Object.entries(lists).map(([list, values]) => [list, values.map(row)]),
  ) as unknown as ShownAnalytics;

const analytics = numbers({
  topPages: ['/germany', '/blog', '(other)'],
  entryPages: ['/germany'],
  sources: ['direct', 'Google'],
  countries: ['DE', 'FR', 'XX'],
  languages: ['de', 'fr'],
  browsers: ['Chrome'],
});

const valuesOf = (words: string, of = analytics) =>
  foundIn(of, words, names).map(({ list, rows }) => [list, ...rows.map(({ value }) => value)]);

it('finds names in the language of the reader', async () => {
  const german = (await statisticsOf('de')).names;
  const found = (words: string) =>
    foundIn(analytics, words, german).flatMap(({ rows }) => rows.map(({ value }) => value));
  expect(found('deutsch')).toEqual(['DE', 'de']);
  expect(found('direkt')).toEqual(['direct']);
});

describe('a search', () => {
  it.each([
    [
      'german',
      [
        ['topPages', '/germany'],
        ['countries', 'DE'],
        ['languages', 'de'],
      ],
    ],
    ['GOOG', [['sources', 'Google']]],
    ['chrome', [['browsers', 'Chrome']]],
    ['other', []],
    ['<b>', []],
  ])('for %o finds names, not codes: %o', (words, found) => {
    expect(valuesOf(words)).toEqual(found);
  });

  // What a search found is a filter next, and that is asked of the store.
  it.each([
    ['über', ['/über-uns']],
    ['ÜBER', ['/Über-uns', '/ÜBER-UNS']],
  ])('for %o knows upper from lower case outside ASCII, as the store does', (words, found) => {
    const pages = ['/Über-uns', '/über-uns', '/ÜBER-UNS'];
    expect(valuesOf(words, numbers({ topPages: pages }))).toEqual([['topPages', ...found]]);
  });

  it('for the name of a code does not', () => {
    const places = numbers({ countries: ['AX', 'CI'] });
    expect(valuesOf('åland', places)).toEqual([['countries', 'AX']]);
  });

  it('shows six rows of a list, and says whether there may be others', () => {
    const pages = (count: number, name: string) => Array.from({ length: count }, (_, at) => `/${name}/${at}`);
    const foundOf = (values: string[]) => foundIn(numbers({ topPages: values }), 'blog', names)[0];
    expect(foundOf(pages(6, 'blog'))).toMatchObject({ hasMore: false });
    expect(foundOf(pages(7, 'blog'))).toMatchObject({ hasMore: true });
    expect(foundOf(pages(7, 'blog'))?.rows).toHaveLength(6);
    // Of more pages than are read the ones that were not may have the words.
    expect(foundOf(pages(1_000, 'news'))).toEqual({ list: 'topPages', rows: [], hasMore: true });
    expect(foundOf(pages(999, 'news'))).toBeUndefined();
  });

  it('leaves the lists beneath as long as they are without it', () => {
    const { topPages, sources } = withShortLists(analytics, 2);
    expect(topPages.map(({ value }) => value)).toEqual(['/germany', '/blog']);
    expect(sources).toHaveLength(2);
    expect(withShortLists(analytics, 2)).not.toHaveProperty('exitPages');
  });
});
