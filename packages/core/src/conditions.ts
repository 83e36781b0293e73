import * as z from 'zod';
import { BROWSER_NAMES, DEVICE_NAMES, SYSTEM_NAMES } from './agent-names.ts';
import { CHANNELS } from './channel.ts';
import type { Dimension } from './dimensions.ts';
import {
  EXACT,
  FILTER_KEYS,
  filterKey,
  filterOfKey,
  FILTERS,
  type FilterInput,
  type FilterName,
  type Operator,
} from './filters.ts';
import { nearestName } from './nearest.ts';
import { DIRECT } from './source.ts';

/** The name of an unknown country (docs/api.md, Reading). */
export const UNKNOWN_COUNTRY = 'XX';

/** Most values of one parameter. */
const MOST_VALUES = 20;

/** Longest value of a filter, in characters: no page's URL is longer. */
const VALUE_CHARACTERS = 4_096;

function textSchema(key: string) {
  return z
    .string(`${key} must be a string`)
    .min(1, `${key} must not be empty`)
    .max(VALUE_CHARACTERS, `${key} must be at most ${VALUE_CHARACTERS} characters`);
}

/** Only known values are valid: an unknown one would be shown as no visits at all. */
const oneOf = (key: string, names: readonly string[]) =>
  z.enum(names as [string, ...string[]], `${key} must be one of ${names.join(', ')}`);

/** The value of an operator that compares whole values. */
function valueSchema(name: FilterName, key: string): z.ZodType<string> {
  switch (name) {
    case 'channel':
      return oneOf(key, CHANNELS);
    case 'device':
      return oneOf(key, DEVICE_NAMES);
    case 'os':
      return oneOf(key, SYSTEM_NAMES);
    case 'country':
      return z
        .string(`${key} must be a string`)
        .regex(/^[A-Z]{2}$/, `${key} must be an ISO code of two capital letters, such as DE; XX is unknown`);
    case 'browser':
      return z.enum(BROWSER_NAMES as [string, ...string[]], {
        error: ({ input }) => {
          if (typeof input !== 'string') return `${key} must be a string`;
          const meant = nearestName(input, BROWSER_NAMES);
          return meant === undefined
            ? `${key} must be the name of a browser or an app, such as Chrome, Firefox or Safari`
            : `${key} must be the name of a browser or an app, such as ${meant}`;
        },
      });
    default:
      return textSchema(key);
  }
}

const DESCRIPTIONS: Readonly<Record<FilterName, string>> = {
  page: 'page views of pages',
  entry: 'visits that began on a page',
  exit: 'visits that ended on a page',
  source: 'visits from a source',
  channel: 'visits that came a way',
  campaign: 'visits of a campaign',
  medium: 'visits by links with a medium (`utm_medium`)',
  term: 'visits by links with a term (`utm_term`)',
  content: 'visits by links with a content (`utm_content`)',
  country: 'visits from a country, by its ISO code; XX is unknown',
  region: 'visits from a region',
  city: 'visits from a city',
  language: 'visits in a language',
  device: 'visits with a class of device',
  browser: 'visits with a browser or app',
  os: 'visits with an operating system',
};

const WORDS: Readonly<Record<Operator, string>> = {
  is: 'that is one of the values',
  not: 'that equals no value given',
  contains: 'that contains one of the values, in upper or lower case',
  notContains: 'that contains none of the values',
  starts: 'that starts with one of the values, in upper or lower case',
  set: 'that is known (`true`) or not (`false`)',
};

function filterSchema(name: FilterName, operator: Operator) {
  const key = filterKey(name, operator);
  const value =
    operator === 'set'
      ? oneOf(key, ['true', 'false'])
      : EXACT.some((each) => each === operator)
        ? valueSchema(name, key)
        : textSchema(key);
  const wanted = `${key} must have 1 to ${MOST_VALUES} values`;
  const schema =
    operator === 'set'
      ? value
      : z.union([value, z.array(value, wanted).min(1, wanted).max(MOST_VALUES, wanted)], {
          error: ({ input, errors }) =>
            (errors as { message: string }[][])[Array.isArray(input) ? 1 : 0]?.[0]?.message,
        });
  return z.optional(schema).meta({ description: `Only ${DESCRIPTIONS[name]} ${WORDS[operator]}.` });
}

/** The schema of each parameter. */
export const FILTER_SCHEMAS = Object.fromEntries(
  FILTER_KEYS.map((key) => {
    const { name, operator } = filterOfKey(key)!;
    return [key, filterSchema(name, operator)];
  }),
);

/** What the values of a dimension must be. */
export interface Condition {
  readonly dimension: Dimension;
  readonly operator: Operator;
  /** Of `set`, `true` or `false`. */
  readonly values: readonly string[];
}

/** The conditions of an input, all of which must hold; an unknown country is `''` as in the store. */
export function conditionsOf(input: FilterInput): Condition[] {
  return FILTER_KEYS.flatMap((key) => {
    const given = input[key];
    if (given === undefined) return [];
    const { name, operator } = filterOfKey(key)!;
    const values = (typeof given === 'string' ? [given] : given).map((value) =>
      name === 'country' && value === UNKNOWN_COUNTRY ? '' : value,
    );
    return [{ dimension: FILTERS[name].dimension, operator, values }];
  });
}

/** The value of a dimension where nothing is known. */
export const unknownOf = (dimension: Dimension): string => (dimension === 'source' ? DIRECT : '');

/** Whether a condition leaves out values, so that most remain. */
export const isNegative = ({ operator, values }: Condition): boolean =>
  operator === 'not' || operator === 'notContains' || (operator === 'set' && values[0] === 'true');

/** Whether a value meets a condition. */
export function meets(value: string, { dimension, operator, values }: Condition): boolean {
  const lower = lowerCase(value);
  switch (operator) {
    case 'is':
      return values.includes(value);
    case 'not':
      return !values.includes(value);
    case 'contains':
      return values.some((part) => lower.includes(lowerCase(part)));
    case 'notContains':
      return !values.some((part) => lower.includes(lowerCase(part)));
    case 'starts':
      return values.some((part) => lower.startsWith(lowerCase(part)));
    case 'set':
      return (value === unknownOf(dimension)) === (values[0] === 'false');
  }
}

/** A string whose ASCII letters are lower case: what SQLite's `lower` makes of it. */
export const lowerCase = (text: string): string =>
  text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
