import { describe, expect, it } from 'vitest';
import {
  comparable,
  datesOf,
  daysBefore,
  fieldsOf,
  intervalsFor,
  parseView,
  stepped,
  todayOf,
  viewAddress,
  withSegment,
  type DashboardPeriod,
  type DateRange,
} from '../src/lib/dashboard.ts';
import { statisticsOf } from '../src/lib/statistics.ts';

const { sentences } = await statisticsOf('en');

const LISTS = ['topPages', 'cities'];
const parse = (query: string) => parseView(new URLSearchParams(query), LISTS);
const TODAY = '2026-11-26';

describe('the period before', () => {
  // 90 days until 26 November in Berlin, whatever the chart is divided into.
  const previousFrom = '2026-05-30T22:00:00.000Z';

  it.each([
    ['a whole one', '2026-08-28T22:00:00.000Z', '2026-08-28'],
    ['one that goes on, until midday', '2026-08-28T10:00:00.000Z', '2026-08-28'],
    ['one that goes on, until midnight of a day before', '2026-08-27T22:00:00.000Z', '2026-08-27'],
  ])('of %s is named by its own days', (_, previousUntil, to) => {
    const previousTo = '2026-08-28T22:00:00.000Z';
    expect(daysBefore({ previousFrom, previousUntil, previousTo }, 'Europe/Berlin')).toEqual({
      whole: { from: '2026-05-31', to: '2026-08-28' },
      compared: { from: '2026-05-31', to },
    });
  });
});

describe('an address of the dashboard', () => {
  it.each([
    ['about ', 'about'],
    [' the blog', 'the blog'],
    [' ', undefined],
  ])('searches for the words of %j, whatever spaces are around them', (typed, search) => {
    expect(parse(new URLSearchParams({ search: typed }).toString()).view.search).toBe(search);
  });

  it('shows the last 30 days where it says nothing', () => {
    expect(parse('')).toEqual({
      problems: [],
      view: {
        path: '/admin',
        kept: [],
        period: '30d',
        interval: undefined,
        compare: 'previous',
        matchesWeekdays: false,
        comparedDays: undefined,
        filters: [],
        metric: 'visitors',
        list: undefined,
        search: undefined,
        sort: undefined,
        order: 'desc',
        offset: 0,
      },
    });
  });

  it.each([
    '/admin',
    '/admin?period=today&interval=hour',
    '/admin?from=2026-09-01&to=2026-09-30',
    '/admin?page=%2Fa+b%3Fc%3D1&country=DE&os=Linux&metric=bounceRate',
    '/admin?period=all&city=Z%C3%BCrich&list=cities&search=z',
    '/admin?page=%3Cscript%3E%E2%80%AE',
    '/admin?compare=year&page.contains=blog&page.notContains=x&country=DE&country=FR&country.set=true',
    '/admin?compare=custom&compareFrom=2026-01-01&compareTo=2026-01-31',
    '/admin?period=7d&compareBy=weekday',
    '/admin?compare=year&compareBy=weekday&country=DE',
    '/admin?list=topPages&sort=bounceRate&order=asc&offset=50',
  ])('is the same when it is read and written: %s', (address) => {
    const { view, problems } = parse(address.split('?')[1] ?? '');
    expect(problems).toEqual([]);
    expect(viewAddress(view)).toBe(address);
  });

  it.each([
    ['contry=DE', '"contry" is not a parameter of this page.'],
    ['period=7d&period=30d', 'period is given twice; one value is possible.'],
    ['browser.contains=x', '"browser.contains" is not a filter: browser takes is, not.'],
    ['page.like=x', '"page.like" is not a filter: page takes is, not, contains'],
    ['compare=never', 'compare must be one of previous, year, custom, off'],
    ['compareBy=month', 'compareBy must be one of date, weekday'],
    ['compare=off&compareBy=weekday', 'compareBy=weekday goes with compare=previous'],
    ['compare=custom', 'compareFrom and compareTo go with compare=custom'],
    ['compareFrom=2026-01-01&compareTo=2026-01-02', 'compareFrom and compareTo go with compare=custom'],
    ['compareFrom=2026-01-01&compare=custom', 'compareTo is missing'],
    ['list=topPages&sort=value', 'sort must be one of visitors, visits'],
    ['offset=-1', 'offset must be a whole number'],
    ['offset=1000000', 'offset must be a whole number'],
    ['period=7', 'period must be one of today, yesterday,'],
    ['interval=minute', 'interval must be one of hour, day, week, month, and is "minute".'],
    ['metric=money', 'metric must be one of'],
    ['list=bots', 'list must be one of topPages, cities, and is "bots".'],
    ['from=2026-09-01', 'to is missing'],
    ['to=2026-09-01', 'from is missing'],
    ['from=2026-02-30&to=2026-03-01', 'from must be a date such as 2026-11-20, and is "2026-02-30".'],
    ['from=yesterday&to=2026-03-01', 'from must be a date'],
    ['from=2026-03-02&to=2026-03-01', 'from must not be after to.'],
    ['period=today&from=2026-03-01&to=2026-03-02', 'exclude each other'],
    [`${'x'.repeat(5_000)}=1`, 'is not a parameter of this page.'],
  ])('says what it does not understand: %s', (query, sentence) => {
    const { problems } = parse(query);
    expect(problems).toHaveLength(1);
    const [said = ''] = sentences(problems);
    expect(said).toContain(sentence);
    expect(said.length).toBeLessThan(200);
  });

  it('ignores empty fields of a form', () => {
    expect(parse('from=&to=&page=&period=7d').view).toEqual(parse('period=7d').view);
  });

  it('gives a form the fields that it does not set itself', () => {
    const { view } = parse('from=2026-09-01&to=2026-09-30&country=DE&search=x');
    expect(fieldsOf(view, ['from', 'to', 'search'])).toEqual([['country', 'DE']]);
    expect(fieldsOf(parse('country=DE&country=FR').view)).toEqual([
      ['country', 'DE'],
      ['country', 'FR'],
    ]);
  });
});

it.each([
  ['', 'country=DE', 'country=DE'],
  ['device=mobile', 'country=DE', 'country=DE&device=mobile'],
  ['country=FR&page=%2F', 'country=DE&country=AT', 'page=%2F&country=DE&country=AT'],
  ['country.not=FR', 'country=DE', 'country=DE&country.not=FR'],
])('%s with a segment of %s is %s', (query, segment, both) => {
  const { view } = parse(query);
  const chosen = withSegment(view.filters, { name: '', filters: parse(segment).view.filters });
  expect(viewAddress({ ...view, filters: chosen })).toBe(`/admin?${both}`);
});

describe('the days of a period', () => {
  it.each<[DashboardPeriod, string, string, string]>([
    ['today', TODAY, '2026-11-26', '2026-11-26'],
    ['yesterday', TODAY, '2026-11-25', '2026-11-25'],
    ['yesterday', '2026-01-01', '2025-12-31', '2025-12-31'],
    ['7d', TODAY, '2026-11-20', '2026-11-26'],
    ['30d', TODAY, '2026-10-28', '2026-11-26'],
    ['90d', TODAY, '2026-08-29', '2026-11-26'],
    ['month', TODAY, '2026-11-01', '2026-11-26'],
    ['last-month', TODAY, '2026-10-01', '2026-10-31'],
    ['last-month', '2026-03-31', '2026-02-01', '2026-02-28'],
    ['last-month', '2026-01-15', '2025-12-01', '2025-12-31'],
    ['year', TODAY, '2026-01-01', '2026-11-26'],
    ['12m', TODAY, '2025-11-27', '2026-11-26'],
    ['12m', '2028-02-29', '2027-03-01', '2028-02-29'],
    ['all', TODAY, '2026-05-05', '2026-11-26'],
  ])('%s on %s: %s to %s', (period, today, from, to) => {
    expect(datesOf(period, today, '2026-05-05')).toEqual({ from, to });
  });

  it('are those of the site’s clock', () => {
    expect(todayOf('2026-11-25T11:30:00Z', 'Pacific/Kiritimati')).toBe('2026-11-26');
    expect(todayOf('2026-11-26T05:00:00Z', 'America/New_York')).toBe('2026-11-26');
    expect(todayOf('2026-11-26T04:59:00Z', 'America/New_York')).toBe('2026-11-25');
  });

  it.each<[DashboardPeriod | DateRange, -1 | 1, DashboardPeriod | DateRange | undefined]>([
    ['today', -1, 'yesterday'],
    ['yesterday', 1, 'today'],
    ['today', 1, undefined],
    ['7d', -1, { from: '2026-11-13', to: '2026-11-19' }],
    [{ from: '2026-11-13', to: '2026-11-19' }, 1, '7d'],
    [{ from: '2026-11-15', to: '2026-11-21' }, 1, { from: '2026-11-22', to: '2026-11-26' }],
    ['month', -1, 'last-month'],
    ['last-month', 1, 'month'],
    ['last-month', -1, { from: '2026-09-01', to: '2026-09-30' }],
    [{ from: '2026-03-01', to: '2026-03-31' }, -1, { from: '2026-02-01', to: '2026-02-28' }],
    [{ from: '2026-09-01', to: '2026-09-30' }, 1, 'last-month'],
    ['year', -1, { from: '2025-01-01', to: '2025-12-31' }],
    [{ from: '2025-01-01', to: '2025-12-31' }, 1, 'year'],
    [{ from: '2024-02-01', to: '2024-02-29' }, 1, { from: '2024-03-01', to: '2024-03-31' }],
    ['all', -1, undefined],
    [{ from: '1970-01-02', to: '1970-01-03' }, -1, undefined],
  ])('%j stepped by %i is %j', (period, direction, expected) => {
    expect(stepped(period, direction, TODAY)).toEqual(expected);
  });

  it.each<[DateRange, string]>([
    [{ from: TODAY, to: TODAY }, 'hour'],
    [{ from: '2026-11-20', to: TODAY }, 'hour day'],
    [{ from: '2026-10-28', to: TODAY }, 'day week'],
    [{ from: '2026-01-01', to: TODAY }, 'day week month'],
    [{ from: '2020-01-01', to: TODAY }, 'week month'],
  ])('%j are drawn by %s', (range, intervals) => {
    expect(intervalsFor(range).join(' ')).toBe(intervals);
  });
});

describe('two periods are compared', () => {
  it.each([
    [{ visits: 500 }, { visits: 0, views: 0 }, 'none'],
    [{ visits: 29 }, { visits: 500, views: 500 }, 'few'],
    [{ visits: 500 }, { visits: 29, views: 29 }, 'few'],
    [{ visits: 30 }, { visits: 30, views: 31 }, 'enough'],
  ] as const)('%j with %j: %s', (totals, previous, expected) => {
    expect(comparable(totals, previous)).toBe(expected);
  });
});
