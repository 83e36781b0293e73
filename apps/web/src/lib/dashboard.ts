import type { Formats } from '@footfall/ui/format';
import type { ProblemsTexts } from './texts/en/problems.ts';
import type { AnalyticsTotals, ComparisonName, RangeInput, Sort } from '@footfall/core';
import {
  FILTER_KEYS,
  filterKey,
  filterOfKey,
  FILTERS,
  type FilterInput,
  type FilterKey,
  type FilterName,
  type Operator,
} from '@footfall/core/filters';

/** The periods of the dashboard. All but the two that are over go on until now. */
export const DASHBOARD_PERIODS = [
  { period: 'today', step: 'days' },
  { period: 'yesterday', step: 'days' },
  { period: '7d', step: 'days' },
  { period: '30d', step: 'days' },
  { period: '90d', step: 'days' },
  { period: 'month', step: 'months' },
  { period: 'last-month', step: 'months' },
  { period: 'year', step: 'years' },
  { period: '12m', step: 'days' },
  { period: 'all', step: undefined },
] as const;

export type DashboardPeriod = (typeof DASHBOARD_PERIODS)[number]['period'];

/** The key of each period, as people know them from elsewhere. */
export const PERIOD_KEYS: Readonly<Record<string, DashboardPeriod>> = {
  d: 'today',
  e: 'yesterday',
  w: '7d',
  t: '30d',
  n: '90d',
  m: 'month',
  p: 'last-month',
  y: 'year',
  l: '12m',
  o: 'all',
};

const DEFAULT_PERIOD: DashboardPeriod = '30d';

/** Local days from the first to the last, both inclusive: `2026-11-20`. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

export const DASHBOARD_INTERVALS = ['hour', 'day', 'week', 'month'] as const;

type Interval = (typeof DASHBOARD_INTERVALS)[number];

/** The operators of the menu: `set` is two of them, since it takes no value. */
export const OPERATOR_CHOICES = [
  'is',
  'not',
  'contains',
  'notContains',
  'starts',
  'set',
  'unset',
] as const satisfies (Operator | 'unset')[];

export type OperatorChoice = (typeof OPERATOR_CHOICES)[number];

/** The operators of a filter in the menu. */
export const choicesOf = (name: FilterName): OperatorChoice[] =>
  FILTERS[name].operators.flatMap((operator): OperatorChoice[] =>
    operator === 'set' ? ['set', 'unset'] : [operator],
  );

/** A filter of the numbers; its values are alternatives. */
export interface Filter {
  readonly name: FilterName;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Filters under a name, which an owner has saved. */
export interface Segment {
  readonly name: string;
  readonly filters: readonly Filter[];
}

/** The operator of a filter in the menu. */
export const choiceOf = ({ operator, values }: Filter): OperatorChoice =>
  operator === 'set' && values[0] === 'false' ? 'unset' : operator;

/** The filters with another one in place of those of the same parameter. */
export const withFilter = (filters: readonly Filter[], filter: Filter): readonly Filter[] => [
  ...filters.filter(({ name, operator }) => name !== filter.name || operator !== filter.operator),
  filter,
];

/** The filters with those of a segment: of a parameter that both have, the segment's values hold. */
export const withSegment = (filters: readonly Filter[], segment: Segment): readonly Filter[] =>
  segment.filters.reduce(withFilter, filters);

/** With what a period is compared. */
export const COMPARISONS = ['previous', 'year', 'custom', 'off'] as const satisfies ComparisonName[];

/** Whether what is compared can have the same weekdays. */
export const hasWeekdays = (compare: ComparisonName): boolean => compare === 'previous' || compare === 'year';

/** The measures: numbers side by side, of which the chart draws one; those that are no counts have a form of their own. */
export const MEASURES = [
  { metric: 'visitors' },
  { metric: 'visits' },
  { metric: 'views' },
  { metric: 'bounceRate', format: 'formatShare', scale: 100 },
  { metric: 'averageVisitMs', format: 'formatDuration', scale: 0.001 },
  { metric: 'viewsPerVisit', format: 'formatDecimal', scale: 1 },
] as const satisfies readonly { metric: keyof AnalyticsTotals; format?: keyof Formats; scale?: number }[];

export type DashboardMetric = (typeof MEASURES)[number]['metric'];

/** What an address of a dashboard shows. */
export interface DashboardView {
  /** The page without a query, and the fields that stay in its address whatever is chosen. */
  readonly path: string;
  readonly kept: readonly (readonly [name: string, value: string])[];
  readonly period: DashboardPeriod | DateRange;
  readonly interval: Interval | undefined;
  readonly compare: ComparisonName;
  /** Whether the days that are compared have the same weekdays, in place of the same dates. */
  readonly matchesWeekdays: boolean;
  /** The days that `custom` compares with. */
  readonly comparedDays: DateRange | undefined;
  readonly filters: readonly Filter[];
  readonly metric: DashboardMetric;
  /** The one list that is shown with all its rows. */
  readonly list: string | undefined;
  /** Words that the rows of that list contain, what they are ordered by, and the first row of the page. */
  readonly search: string | undefined;
  readonly sort: Sort | undefined;
  readonly order: 'asc' | 'desc';
  readonly offset: number;
}

/** What closes the list that is shown with all its rows. */
export const NO_LIST = {
  list: undefined,
  search: undefined,
  sort: undefined,
  order: 'desc',
  offset: 0,
} as const satisfies Partial<DashboardView>;

export interface ParsedView {
  readonly view: DashboardView;
  /** What the address has and the dashboard does not. */
  readonly problems: readonly Problem[];
}

/** A sentence about an address, by its name among the texts and what is put into it. */
export type Problem = {
  readonly [Key in keyof ProblemsTexts]: readonly [key: Key, ...values: Parameters<ProblemsTexts[Key]>];
}[keyof ProblemsTexts];

/** The sentence of a problem. */
export function problemText([key, ...values]: Problem, problems: ProblemsTexts): string {
  const say: (...values: readonly string[]) => string = problems[key];
  return say(...values);
}

const NAMES = [
  'period',
  'from',
  'to',
  'interval',
  'compare',
  'compareBy',
  'compareFrom',
  'compareTo',
  'metric',
  'list',
  'search',
  'sort',
  'order',
  'offset',
] as const;

type ViewName = (typeof NAMES)[number];

const SORTS = ['visitors', 'visits', 'views', 'bounceRate', 'averageVisitMs'] as const satisfies Sort[];

/** The last row at which a page of a list may begin. */
const LAST_OFFSET = 100_000;

/**
 * Reads an address. Nothing unknown is ignored: without a mistyped filter the numbers of all visitors would be shown as
 * those of some.
 * @param lists the keys of the lists there are
 * @param page the dashboard's own address
 */
export function parseView(
  query: URLSearchParams,
  lists: readonly string[],
  page: Pick<DashboardView, 'path' | 'kept'> = { path: '/admin', kept: [] },
): ParsedView {
  const problems: Problem[] = [];
  const values = new Map<string, string>();
  for (const [name, value] of query) {
    if (FILTER_KEYS.some((key) => key === name)) continue;
    if (!NAMES.some((each) => each === name)) problems.push(unknownName(name));
    else if (values.has(name)) problems.push(['twice', name]);
    // An empty field of a form says nothing.
    else if (value !== '') values.set(name, value);
  }
  const oneOf = <const Name extends string>(name: ViewName, names: readonly Name[]): Name | undefined => {
    const value = values.get(name);
    const known = names.find((each) => each === value);
    if (value !== undefined && known === undefined)
      problems.push(['oneOf', name, names.join(', '), quoted(value)]);
    return known;
  };
  const period = oneOf(
    'period',
    DASHBOARD_PERIODS.map((each) => each.period),
  );
  const range = rangeIn(values, ['from', 'to'], problems);
  if (period !== undefined && range !== undefined) problems.push(['exclusive']);
  const compare = oneOf('compare', COMPARISONS) ?? 'previous';
  const comparedDays = rangeIn(values, ['compareFrom', 'compareTo'], problems);
  if (problems.length === 0 && (compare === 'custom') !== (comparedDays !== undefined))
    problems.push(['customDays']);
  const matchesWeekdays = oneOf('compareBy', ['date', 'weekday']) === 'weekday';
  if (matchesWeekdays && !hasWeekdays(compare)) problems.push(['weekdays']);
  const offset = values.get('offset') ?? '0';
  if (!/^\d{1,6}$/.test(offset) || Number(offset) > LAST_OFFSET)
    problems.push(['offset', String(LAST_OFFSET), quoted(offset)]);
  const view: DashboardView = {
    ...page,
    period: range ?? period ?? DEFAULT_PERIOD,
    interval: oneOf('interval', DASHBOARD_INTERVALS),
    compare,
    matchesWeekdays,
    comparedDays,
    filters: filtersIn(query),
    metric:
      oneOf(
        'metric',
        MEASURES.map(({ metric }) => metric),
      ) ?? MEASURES[0].metric,
    list: oneOf('list', lists),
    search: values.get('search')?.trim().slice(0, 200) || undefined,
    sort: oneOf('sort', SORTS),
    order: oneOf('order', ['desc', 'asc']) ?? 'desc',
    offset: Number(offset) || 0,
  };
  return { view, problems };
}

function unknownName(name: string): Problem {
  const [filter = '', operator] = name.split('.');
  if (operator === undefined || !Object.hasOwn(FILTERS, filter)) return unknownParameter(name);
  const { operators } = FILTERS[filter as FilterName];
  return ['noFilter', quoted(name), filter, operators.join(', ')];
}

/** That a page has no parameter of a name. */
export const unknownParameter = (name: string): Problem => ['unknown', quoted(name)];

const filtersIn = (query: URLSearchParams): Filter[] => filtersOf((key) => query.getAll(key));

/** The filters by their parameters, in the order of these. */
function filtersOf(given: (key: FilterKey) => readonly string[]): Filter[] {
  return FILTER_KEYS.flatMap((key) => {
    const values = [...new Set(given(key))].filter((value) => value !== '');
    const filter = filterOfKey(key);
    return values.length === 0 || filter === undefined ? [] : [{ ...filter, values }];
  });
}

/** The filters of an input of the API. */
export const filtersFrom = (input: FilterInput): Filter[] => filtersOf((key) => [input[key] ?? []].flat());

/** The same for the API. */
export function filterInput(filters: readonly Filter[]): RangeInput {
  return Object.fromEntries(
    filters.map(({ name, operator, values }) => [
      filterKey(name, operator),
      operator === 'set' ? values[0] : values,
    ]),
  );
}

/** What a view is compared with, for the API. */
export function comparedInput({
  compare,
  matchesWeekdays,
  comparedDays,
}: Pick<DashboardView, 'compare' | 'matchesWeekdays' | 'comparedDays'>) {
  if (matchesWeekdays) return { compare, compareBy: 'weekday' as const };
  if (compare === 'previous') return {};
  if (comparedDays === undefined) return { compare };
  return { compare, compareFrom: comparedDays.from, compareTo: comparedDays.to };
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));

function rangeIn(
  values: ReadonlyMap<string, string>,
  names: readonly [ViewName, ViewName],
  problems: Problem[],
): DateRange | undefined {
  const [from, to] = names.map((name) => values.get(name));
  if (from === undefined && to === undefined) return undefined;
  const before = problems.length;
  for (const [name, date] of [
    [names[0], from],
    [names[1], to],
  ] as const) {
    if (date === undefined) problems.push(['missing', name]);
    else if (!isDate(date)) problems.push(['noDate', name, quoted(date)]);
  }
  if (problems.length > before || from === undefined || to === undefined) return undefined;
  if (from > to) problems.push(['order', names[0], names[1]]);
  return { from, to };
}

/** Whether a string is a day of the calendar, in years that the store can have. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < '1970-01-02') return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && dateOf(at) === text;
}

/** The address of a view: every view has one. */
export function viewAddress(view: DashboardView): string {
  const query = new URLSearchParams();
  for (const [name, value] of fieldsOf(view)) query.append(name, value);
  const text = query.toString();
  return text === '' ? view.path : `${view.path}?${text}`;
}

/** The address of what a view shows as a file for a spreadsheet. */
export const exportAddress = (view: DashboardView): string =>
  viewAddress({ ...view, path: `${view.path}/export`, kept: [], offset: 0 });

/** A view of the same filters alone. */
const filtersAlone = (view: DashboardView): DashboardView => ({
  ...view,
  ...NO_LIST,
  kept: [],
  compare: 'off',
  matchesWeekdays: false,
  comparedDays: undefined,
  interval: undefined,
  metric: 'visitors',
});

/** Where the map of a view reads the visits of all countries. */
export const countriesAddress = (view: DashboardView): string =>
  viewAddress({ ...filtersAlone(view), path: `${view.path}/countries` });

/** The parameters of an address without the one that names the action of a form, which SvelteKit begins with a slash. */
export const withoutAction = (parameters: Iterable<[string, string]>): URLSearchParams =>
  new URLSearchParams([...parameters].filter(([name]) => !name.startsWith('/')));

/** The parameters of an address, to follow the action in a form's own: they go along with it. */
export const besideAction = (parameters: Iterable<[string, string]>): string =>
  [...withoutAction(parameters)].map((field) => `&${new URLSearchParams([field]).toString()}`).join('');

/** Where the owner makes a link with the filters of a view. */
export const shareAddress = (view: DashboardView): string =>
  viewAddress({
    ...filtersAlone(view),
    path: '/admin/share',
    period: DEFAULT_PERIOD,
    compare: 'previous',
  });

/** The same as fields of a form, without those of some names. */
export function fieldsOf(view: DashboardView, without: readonly string[] = []): [string, string][] {
  const { period, interval, compare, comparedDays, filters, metric, list, search, sort, order, offset } =
    view;
  const fields: (readonly [string, string | undefined])[] = [
    ...view.kept,
    ...(typeof period === 'string'
      ? ([['period', period === DEFAULT_PERIOD ? undefined : period]] as const)
      : ([
          ['from', period.from],
          ['to', period.to],
        ] as const)
    ).map(([name, value]): [string, string | undefined] => [name, value]),
    ['interval', interval],
    ['compare', compare === 'previous' ? undefined : compare],
    ['compareBy', view.matchesWeekdays ? 'weekday' : undefined],
    ['compareFrom', comparedDays?.from],
    ['compareTo', comparedDays?.to],
    ...FILTER_KEYS.flatMap((key) =>
      filters
        .filter(({ name, operator }) => filterKey(name, operator) === key)
        .flatMap(({ values }) => values.map((value): [string, string] => [key, value])),
    ),
    ['metric', metric === MEASURES[0].metric ? undefined : metric],
    ['list', list],
    ['search', search],
    ['sort', sort],
    ['order', order === 'desc' ? undefined : order],
    ['offset', offset === 0 ? undefined : String(offset)],
  ];
  return fields.filter(
    (field): field is [string, string] => field[1] !== undefined && !without.includes(field[0]),
  );
}

const DAY_MS = 24 * 60 * 60 * 1000;

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const atOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);

/** A date some days later, or earlier. */
export const plusDays = (date: string, days: number): string => dateOf(atOf(date) + days * DAY_MS);

/** The first day of the month some months later, or earlier. */
function firstOfMonth(date: string, months = 0): string {
  const at = new Date(atOf(date));
  return dateOf(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1));
}

/** The same day of the month a year before; the last of February for a 29th. */
function yearBefore(date: string): string {
  const year = String(Number(date.slice(0, 4)) - 1).padStart(4, '0');
  const same = `${year}${date.slice(4)}`;
  return isDate(same) ? same : `${year}-02-28`;
}

/** Today's date on the site's clock. */
export function todayOf(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }).format(new Date(at));
}

/**
 * The days of a period.
 * @param since the first day on which something was counted; undefined while nothing was
 */
export function datesOf(
  period: DashboardView['period'],
  today: string,
  since: string | undefined,
): DateRange {
  if (typeof period !== 'string') return period;
  const until = (from: string): DateRange => ({ from, to: today });
  switch (period) {
    case 'today':
      return until(today);
    case 'yesterday':
      return { from: plusDays(today, -1), to: plusDays(today, -1) };
    case '7d':
      return until(plusDays(today, -6));
    case '30d':
      return until(plusDays(today, -29));
    case '90d':
      return until(plusDays(today, -89));
    case 'month':
      return until(firstOfMonth(today));
    case 'last-month':
      return { from: firstOfMonth(today, -1), to: plusDays(firstOfMonth(today), -1) };
    case 'year':
      return until(`${today.slice(0, 4)}-01-01`);
    case '12m':
      return until(plusDays(yearBefore(today), 1));
    case 'all':
      return until(since ?? today);
  }
}

/** How many days a range has. */
export const daysIn = ({ from, to }: DateRange): number => (atOf(to) - atOf(from)) / DAY_MS + 1;

/**
 * The period before or after one: months and years by the calendar, anything else by its number of days.
 * @param direction -1 for the one before, 1 for the one after
 * @returns undefined where there is none: nothing comes after today, and nothing before what is all
 */
export function stepped(
  period: DashboardView['period'],
  direction: -1 | 1,
  today: string,
): DashboardView['period'] | undefined {
  const range = datesOf(period, today, undefined);
  const step = stepOf(period);
  if (step === undefined || (direction === 1 && range.to >= today)) return undefined;
  const next = shifted(range, direction, step);
  if (!isDate(next.from) || next.from > today) return undefined;
  const its = { from: next.from, to: next.to > today ? today : next.to };
  const named = DASHBOARD_PERIODS.find((each) => {
    const dates = datesOf(each.period, today, undefined);
    return each.step === step && dates.from === its.from && dates.to === its.to;
  });
  return named?.period ?? its;
}

type Step = 'days' | 'months' | 'years';

function stepOf(period: DashboardView['period']): Step | undefined {
  if (typeof period === 'string') return DASHBOARD_PERIODS.find((each) => each.period === period)?.step;
  const { from, to } = period;
  if (from.endsWith('-01-01') && to === `${from.slice(0, 4)}-12-31`) return 'years';
  return from.endsWith('-01') && plusDays(to, 1) === firstOfMonth(from, 1) ? 'months' : 'days';
}

function shifted(range: DateRange, direction: -1 | 1, step: Step): DateRange {
  if (step === 'days') {
    const days = direction * daysIn(range);
    return { from: plusDays(range.from, days), to: plusDays(range.to, days) };
  }
  const months = step === 'years' ? 12 : 1;
  const from = firstOfMonth(range.from, direction * months);
  return { from, to: plusDays(firstOfMonth(from, months), -1) };
}

/** The instants of what a period is compared with, ISO 8601. */
export interface Compared {
  readonly previousFrom: string | null;
  readonly previousUntil: string | null;
  readonly previousTo: string | null;
}

/** The days of what a period is compared with: the whole of it, and the part that is compared; undefined where nothing is. */
export function daysBefore(
  { previousFrom, previousUntil, previousTo }: Compared,
  timeZone: string,
): { readonly whole: DateRange; readonly compared: DateRange } | undefined {
  if (previousFrom === null || previousUntil === null || previousTo === null) return undefined;
  const from = todayOf(previousFrom, timeZone);
  // A day is named by an instant in it, not by the midnight that ends it.
  const last = (end: string) => todayOf(new Date(Date.parse(end) - 1).toISOString(), timeZone);
  return { whole: { from, to: last(previousTo) }, compared: { from, to: last(previousUntil) } };
}

/** The intervals that suit a range: neither too few nor too many points in the chart. */
export function intervalsFor(range: DateRange): readonly Interval[] {
  const days = daysIn(range);
  const fits: Readonly<Record<Interval, boolean>> = {
    hour: days <= 14,
    day: days > 1 && days <= 400,
    week: days > 13,
    month: days > 60,
  };
  return DASHBOARD_INTERVALS.filter((interval) => fits[interval]);
}

/** The interval by which the API divides a range by default. */
export function defaultInterval(range: DateRange): Interval {
  const days = daysIn(range);
  return days <= 2 ? 'hour' : days <= 93 ? 'day' : days <= 732 ? 'week' : 'month';
}

/** Visits under which a change says more of chance than of the site. */
const FEW_VISITS = 30;

/** Whether two periods can be compared: `off` where nobody wants it, `few` where one of them has too few visits, `none` where there was nothing before. */
export function comparable(
  totals: Pick<AnalyticsTotals, 'visits'>,
  previous: Pick<AnalyticsTotals, 'visits' | 'views'> | null,
): 'off' | 'none' | 'few' | 'enough' {
  if (previous === null) return 'off';
  if (previous.visits === 0 && previous.views === 0) return 'none';
  return Math.min(totals.visits, previous.visits) < FEW_VISITS ? 'few' : 'enough';
}
