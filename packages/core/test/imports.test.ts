import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from '../src/csv.ts';
import { FootfallError } from '../src/errors.ts';
import { contentIds, ownId } from '../src/imports/ids.ts';
import { recogniseArchive, recogniseTable, refusedBytes, refusedText } from '../src/imports/index.ts';
import { browserNamed, deviceNamed, systemNamed } from '../src/imports/names.ts';
import { columnsOf, countOf, dateOf, instantOf, nameLimit, unguarded } from '../src/imports/table.ts';
import { dayTotals } from '../src/imports/totals.ts';

describe('names of other counters', () => {
  it.each([
    ['Chrome 86', 'Chrome'],
    ['chrome', 'Chrome'],
    ['crios', 'Chrome'],
    ['fxios', 'Firefox'],
    ['ios', 'Safari'],
    ['Mobile Safari 14.0.1', 'Safari'],
    ['edge-chromium', 'Edge'],
    ['Microsoft Edge', 'Edge'],
    ['Samsung Internet 12', 'Samsung Internet'],
    ['opera-mini', 'Opera Mini'],
    ['yandexbrowser', 'Yandex Browser'],
    ['Internet Explorer 11', 'Internet Explorer'],
    ['curl 7.1', ''],
    ['', ''],
    ['constructor', ''],
  ])('the browser %j is %j', (text, name) => {
    expect(browserNamed(text)).toBe(name);
  });

  it.each([
    ['Windows 10', 'Windows'],
    ['Windows NT 10.0', 'Windows'],
    ['Windows XP', 'Windows'],
    ['Windows Phone 8.1', 'Windows Phone'],
    ['Mac OS', 'macOS'],
    ['macOS 10.15', 'macOS'],
    ['OS X 10.9', 'macOS'],
    ['iPadOS 14', 'iOS'],
    ['Android OS', 'Android'],
    ['Chrome OS 14526.89.0', 'Chrome OS'],
    ['GNU/Linux', 'Linux'],
    ['Ubuntu 20.04', 'Linux'],
    ['BeOS', ''],
  ])('the system %j is %j', (text, name) => {
    expect(systemNamed(text)).toBe(name);
  });

  it('a device is what the file says, or what its system has only one of', () => {
    expect(deviceNamed('laptop')).toBe('desktop');
    expect(deviceNamed('Smart TV')).toBe('other');
    expect(deviceNamed('', 'Windows')).toBe('desktop');
    expect(deviceNamed('', 'iOS')).toBe('');
    expect(deviceNamed('tablet', 'iOS')).toBe('tablet');
  });

  it('no name takes longer than its length', () => {
    for (const part of [' 1', ' ', '(', '-', ' v']) {
      const began = performance.now();
      browserNamed(part.repeat(60_000));
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });
});

describe('cells', () => {
  it.each([
    ['2024-05-06T07:08:09Z', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06 07:08:09', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06 07:08:09.5+00', '2024-05-06T07:08:09.500Z'],
    ['2024-05-06T07:08:09+02:00', '2024-05-06T05:08:09.000Z'],
    ['2024-05-06T07:08:09-0330', '2024-05-06T10:38:09.000Z'],
    ['2024-05-06 07:08', '2024-05-06T07:08:00.000Z'],
    ['2024-02-29 00:00:00 UTC', '2024-02-29T00:00:00.000Z'],
  ])('the time %j is %s', (text, at) => {
    expect(new Date(instantOf(text) ?? Number.NaN).toISOString()).toBe(at);
  });

  it.each([
    '2023-02-29T00:00:00Z',
    '2024-05-06',
    '2024-13-01T00:00:00Z',
    '2024-05-06T25:00:00Z',
    '1714979289',
    '',
  ])('%j is no time', (text) => {
    expect(instantOf(text)).toBeUndefined();
  });

  it.each([
    ['12', 12],
    ['1,234,567', 1_234_567],
    ['0', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['12,34', undefined],
    ['1e9', undefined],
    ['9'.repeat(16), undefined],
    ['', undefined],
  ])('the number %j is %s', (text, count) => {
    expect(countOf(text)).toBe(count);
  });

  it('dates are days that exist', () => {
    expect(['2024-02-29', '20240229', '2023-02-29', '0000-00-00', 'x'].map(dateOf)).toEqual([
      '2024-02-29',
      '2024-02-29',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('columns are found by name, in any order, spelling and number', () => {
    const columns = columnsOf([' Path ', 'DATE', 'Path', '']);
    expect(columns.cell(['/a', 'now', '/b', ''], 'path')).toBe('/a');
    expect(columns.cell(['/a', String.raw`\N`], 'date')).toBe('');
    expect(columns.cell(['/a'], 'date')).toBe('');
    expect(columns.cell(['/a'], 'constructor')).toBe('');
    expect(columns.has('')).toBe(false);
  });

  it('what is guarded for spreadsheets is read as it was', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const line = csvLine([text]).slice(0, -2);
        const cell = line.startsWith('"') ? line.slice(1, -1).replaceAll('""', '"') : line;
        // Text that looks as if it were guarded cannot be distinguished from one that is.
        if (!/^'[=+\-@\t\r]/.test(text)) expect(unguarded(cell)).toBe(text);
      }),
    );
  });
});

it('ids are those of the file, or of its rows: equal rows have different ones, again the same in each reading', () => {
  expect(ownId('0B5D8A2E-0000-4000-8000-0123456789AB')).toBe('0b5d8a2e0000400080000123456789ab');
  expect(ownId('12')).toBeUndefined();
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }), (rows) => {
      const read = (): string[] => {
        const idOf = contentIds('test');
        return rows.map((row) => idOf([row]));
      };
      expect(new Set(read()).size).toBe(rows.length);
      expect(read()).toEqual(read());
    }),
  );
  expect(contentIds('one')(['a'])).not.toBe(contentIds('other')(['a']));
});

it('a file with more names than are read is refused with its line', () => {
  const count = nameLimit('pages', 2);
  count('/a', 2);
  count('/b', 3);
  count('/a', 4);
  expect(() => {
    count('/c', 5);
  }).toThrow(
    new FootfallError(
      'BAD_REQUEST',
      'The file cannot be imported: at line 5 it has more than 2 different pages.',
    ),
  );
});

it('totals of a day are added up by value until the next day begins', () => {
  const totals = dayTotals();
  const sums = { visitors: 1, visits: 2, views: 3, bounces: 4, seconds: 5 };
  const of = { dimension: 'source' as const, value: 'Google' };
  expect(totals.add('2024-01-01', of, sums)).toEqual([]);
  expect(totals.add('2024-01-01', of, sums)).toEqual([]);
  expect(totals.add('2024-01-02', of, sums)).toEqual([
    { kind: 'totals', date: '2024-01-01', ...of, visitors: 2, visits: 4, views: 6, bounces: 8, seconds: 10 },
  ]);
  expect(totals.end()).toHaveLength(1);
  expect(totals.end()).toEqual([]);
});

it('whatever a file looks like, it is recognised or refused in one sentence', () => {
  const isSentence = (answer: object | undefined): void => {
    if (answer !== undefined && 'refused' in answer) expect(answer.refused).toMatch(/^[^\n]+\.$/);
  };
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.string())),
      fc.array(fc.string()),
      fc.uint8Array(),
      fc.string(),
      (head, names, bytes, text) => {
        isSentence(recogniseTable(head));
        isSentence(recogniseArchive(names));
        isSentence(refusedBytes(bytes));
        isSentence(refusedText(text));
      },
    ),
  );
});
