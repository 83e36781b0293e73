import { plainText, type Formats } from '@footfall/ui/format';
import { getFormats } from '@footfall/ui/language';
import type { FilterName } from '@footfall/core/filters';
import {
  choiceOf,
  problemText,
  type DashboardView,
  type DateRange,
  type Filter,
  type Problem,
} from './dashboard.ts';
import { filterValueName, type List, type ListKey } from './lists.ts';
import { namesIn, type Names } from './names.ts';
import { getTexts } from './texts/context.ts';
import type { StatisticsTexts } from './texts/en/statistics.ts';
import { loadTexts } from './texts/languages.ts';
import type { Language } from './texts/tags.ts';

/** What numbers, lists, filters and periods are called in a language. */
export interface Statistics extends Names {
  readonly texts: StatisticsTexts;
  readonly formats: Formats;
  readonly names: Names;
  /** Days in words: `20 November 2026`, `1 – 30 September 2026`. */
  readonly rangeName: (range: DateRange) => string;
  /** What a period is called. */
  readonly periodName: (period: DashboardView['period']) => string;
  /** A number of views or visits in words: `1 visit`. */
  readonly amountOf: (count: number, unit: List['unit']) => string;
  /** Why a list is empty. */
  readonly emptyWords: (key: ListKey) => string;
  /** A row of a list, by its value. */
  readonly rowName: (list: Pick<List<ListKey>, 'nameOf'>, value: string) => string;
  /** The values of a filter, as they are shown. */
  readonly valuesOf: (filter: Filter) => string[];
  /** What a filter asks for, in words: `Country is Germany`. */
  readonly filterText: (filter: Filter) => string;
  /** The same of one value of a list. */
  readonly isText: (filter: FilterName, value: string) => string;
}

/** What numbers, lists, filters and periods are called, in the language of some texts. */
export function statisticsIn(texts: StatisticsTexts, formats: Formats): Statistics {
  const names = namesIn(texts, formats);
  const empty: Readonly<Partial<Record<ListKey, string>>> = texts.empty;
  const rangeName = ({ from, to }: DateRange) => formats.formatRange(from, to);
  const valuesOf = ({ name, operator, values }: Filter) => {
    const isExact = operator === 'is' || operator === 'not';
    return values.map((value) => plainText(isExact ? filterValueName(name, value, names) : value));
  };
  return {
    ...names,
    texts,
    formats,
    names,
    rangeName,
    periodName: (period) => (typeof period === 'string' ? texts.periods[period] : rangeName(period)),
    amountOf: (count, unit) => formats.amount(count, texts.units[unit]),
    emptyWords: (key) => empty[key] ?? texts.none,
    rowName: ({ nameOf }, value) => nameOf(value, names),
    valuesOf,
    filterText: (filter) =>
      [
        texts.filters[filter.name],
        texts.operators[choiceOf(filter)],
        ...(filter.operator === 'set' ? [] : [valuesOf(filter).join(texts.or)]),
      ].join(' '),
    isText: (filter, value) => `${texts.filters[filter]} ${texts.operators.is} ${value}`,
  };
}

/** The same in the language of the page. To be called where a component is made. */
export const getStatistics = (): Statistics => statisticsIn(getTexts('statistics'), getFormats());

/** The same on the server, with the sentences of problems with an address. */
export interface ServerStatistics extends Statistics {
  readonly language: Language;
  readonly sentences: (problems: readonly Problem[]) => string[];
}

/** The same in a language. */
export async function statisticsOf(language: Language): Promise<ServerStatistics> {
  const { statistics, site, problems } = await loadTexts(language, ['statistics', 'site', 'problems']);
  return {
    ...statisticsIn(statistics, site.formats),
    language,
    sentences: (found) => found.map((problem) => problemText(problem, problems)),
  };
}
