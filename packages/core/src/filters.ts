import type { Dimension } from './dimensions.ts';

/**
 * What a filter asks of a value. In a query the operator follows the dimension after a dot, `is` without one:
 * `page.contains=/blog`. Several values of one parameter are alternatives; parameters are combined with "and".
 */
export const OPERATORS = ['is', 'not', 'contains', 'notContains', 'starts', 'set'] as const;

export type Operator = (typeof OPERATORS)[number];

/** The operators that compare whole values. */
export const EXACT = ['is', 'not'] as const satisfies Operator[];
const LISTED = [...EXACT, 'set'] as const satisfies Operator[];
const TEXT = [...EXACT, 'contains', 'notContains', 'starts'] as const satisfies Operator[];

/** The filters: the dimension of each in the store, what is asked of it, and what its values must be. */
export const FILTERS = {
  page: { dimension: 'page', operators: TEXT },
  entry: { dimension: 'entry', operators: TEXT },
  exit: { dimension: 'exit', operators: TEXT },
  source: { dimension: 'source', operators: OPERATORS },
  channel: { dimension: 'channel', operators: LISTED },
  campaign: { dimension: 'campaign', operators: OPERATORS },
  medium: { dimension: 'medium', operators: OPERATORS },
  term: { dimension: 'term', operators: OPERATORS },
  content: { dimension: 'content', operators: OPERATORS },
  country: { dimension: 'country', operators: LISTED },
  region: { dimension: 'region', operators: OPERATORS },
  city: { dimension: 'city', operators: OPERATORS },
  language: { dimension: 'language', operators: LISTED },
  device: { dimension: 'device', operators: EXACT },
  browser: { dimension: 'browser', operators: EXACT },
  os: { dimension: 'system', operators: EXACT },
} as const satisfies Readonly<Record<string, { dimension: Dimension; operators: readonly Operator[] }>>;

export type FilterName = keyof typeof FILTERS;

/** The parameter of an operator: `page`, `page.contains`. */
export type FilterKey = {
  [Name in FilterName]: Name | `${Name}.${Exclude<(typeof FILTERS)[Name]['operators'][number], 'is'>}`;
}[FilterName];

/** The values of filters, by their parameters. */
export type FilterInput = { readonly [Key in FilterKey]?: string | readonly string[] | undefined };

export const filterKey = (name: FilterName, operator: Operator): FilterKey =>
  (operator === 'is' ? name : `${name}.${operator}`) as FilterKey;

/** All parameters of filters. */
export const FILTER_KEYS: readonly FilterKey[] = (Object.keys(FILTERS) as FilterName[]).flatMap((name) =>
  FILTERS[name].operators.map((operator) => filterKey(name, operator)),
);

/** The filter and the operator of a parameter; undefined for any other. */
export function filterOfKey(key: string): { name: FilterName; operator: Operator } | undefined {
  const [name = '', operator = 'is'] = key.split('.');
  if (!Object.hasOwn(FILTERS, name) || !FILTER_KEYS.some((each) => each === key)) return undefined;
  return { name: name as FilterName, operator: operator as Operator };
}
