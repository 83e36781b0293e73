import { csvOf } from '@footfall/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';

it('a file for a spreadsheet has a line for each row, and quotes what would end a field', () => {
  expect(
    csvOf(
      ['Page', 'Views'],
      [
        ['/a,b', 1],
        ['say "hi"', -2],
        ['two\nlines', null],
      ],
    ),
  ).toBe('Page,Views\r\n"/a,b",1\r\n"say ""hi""",-2\r\n"two\nlines",\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('never takes text for a formula: %j', (text) => {
  const [, row = ''] = /^Page\r\n"?(.*)/s.exec(csvOf(['Page'], [[text]])) ?? [];
  expect(row.startsWith("'")).toBe(true);
});

it('is read again as the same fields', () => {
  const read = (line: string) =>
    Array.from(`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g), ([, quoted, plain]) =>
      quoted === undefined ? plain : quoted.replaceAll('""', '"'),
    );
  const unmarked = (field = '') => field.replace(/^'(?=[=+\-@\t\r])/, '');
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (fields) => {
      const line = csvOf([], [fields]).slice(2, -2);
      expect(read(line).map(unmarked)).toEqual(fields.map(unmarked));
    }),
  );
});
