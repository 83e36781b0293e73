import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { footfall } from './cli.ts';

const NOWHERE = '/tmp/footfall-there-is-no-such-folder/footfall.db';

it('a bug once: to forget somebody in a file that is not there was said to be done, and made the file', async () => {
  const ran = await footfall(NOWHERE, 'forget', '--visitor', 'somebody');
  expect(ran).toEqual({ code: 1, stdout: '', stderr: `DATABASE_URL: file ${NOWHERE} does not exist.\n` });
  expect(existsSync(NOWHERE)).toBe(false);
});

it('a bug once: words behind the name of a migration were not looked at, and it ran', async () => {
  const ran = await footfall(NOWHERE, 'migrate', 'nothing', 'really');
  expect(ran).toEqual({ code: 1, stdout: '', stderr: "Unexpected argument 'really'.\n" });
});

it.each([
  ['help', 'pnpm footfall <command>'],
  ['--help', 'pnpm footfall <command>'],
  ['verify --help', 'pnpm footfall verify [--repair]'],
])('footfall %s says what there is: %s', async (words, title) => {
  const { code, stdout } = await footfall(NOWHERE, ...words.split(' '));
  expect([code, stdout.split('\n')[0]]).toEqual([0, title]);
});
