import { FILTER_KEYS, FILTERS, filterOfKey, isNegative, meets, type Condition } from '@footfall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const condition = (
  operator: Condition['operator'],
  values: readonly string[],
  dimension: Condition['dimension'] = 'page',
): Condition => ({ dimension, operator, values });

describe('a value meets a condition', () => {
  it.each([
    [condition('is', ['/a', '/b']), '/b', true],
    [condition('is', ['/a']), '/A', false],
    [condition('not', ['/a', '/b']), '/b', false],
    [condition('not', ['/a', '/b']), '/c', true],
    [condition('contains', ['LOG', 'x']), '/blog', true],
    [condition('contains', ['x', 'y']), '/blog', false],
    [condition('notContains', ['x', 'LOG']), '/blog', false],
    [condition('starts', ['/Blog']), '/blog/1', true],
    [condition('starts', ['log']), '/blog', false],
    [condition('contains', ['%']), '/blog', false], // no sign stands for others
    [condition('contains', ['Ü']), '/ü', false], // other letters than those of ASCII are compared as they are
    [condition('set', ['true'], 'city'), '', false],
    [condition('set', ['false'], 'city'), '', true],
    [condition('set', ['true'], 'source'), 'direct', false],
    [condition('set', ['false'], 'source'), 'Google', false],
  ])('%j: %s %s', (asked, value, expected) => {
    expect(meets(value, asked)).toBe(expected);
  });

  it('or its opposite', () => {
    const opposites = [
      ['is', 'not'],
      ['contains', 'notContains'],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...opposites),
        fc.array(fc.string(), { minLength: 1 }),
        fc.string(),
        ([one, other], values, value) => {
          expect(meets(value, condition(one, values))).not.toBe(meets(value, condition(other, values)));
          expect(isNegative(condition(one, values))).not.toBe(isNegative(condition(other, values)));
        },
      ),
    );
  });
});

describe('the parameters of filters', () => {
  it('are the dimension, and the operator after a dot', () => {
    expect(FILTER_KEYS.filter((key) => key.startsWith('c'))).toEqual([
      ...['channel', 'channel.not', 'channel.set'],
      ...['campaign', 'campaign.not', 'campaign.contains', 'campaign.notContains', 'campaign.starts'],
      ...['campaign.set', 'content', 'content.not', 'content.contains', 'content.notContains'],
      ...['content.starts', 'content.set', 'country', 'country.not', 'country.set'],
      ...['city', 'city.not', 'city.contains', 'city.notContains', 'city.starts', 'city.set'],
    ]);
    expect(filterOfKey('page.notContains')).toEqual({ name: 'page', operator: 'notContains' });
    expect(new Set(Object.values(FILTERS).map(({ dimension }) => dimension)).size).toBe(16);
  });

  it.each([
    '',
    'pages',
    'page.',
    'page.is',
    'page.set',
    'page.not.not',
    'browser.contains',
    '__proto__',
    'toString',
  ])('are no others: %s', (key) => {
    expect(filterOfKey(key)).toBeUndefined();
  });
});
