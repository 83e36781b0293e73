import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { footfall } from './cli.ts';

const NOWHERE = '/tmp/footfall-there-is-no-such-folder/footfall.db';

it('regression: to forget a visitor in a missing file claimed success, and created the file', async () => {
  const ran = await footfall(NOWHERE, 'forget', '--visitor', 'somebody');
  expect(ran).toEqual({ code: 1, stdout: '', stderr: `DATABASE_URL: file ${NOWHERE} does not exist.\n` });
  expect(existsSync(NOWHERE)).toBe(false);
});

it('regression: extra arguments after the name of a migration were ignored, and it ran', async () => {
  const ran = await footfall(NOWHERE, 'migrate', 'nothing', 'really');
  expect(ran).toEqual({ code: 1, stdout: '', stderr: "Unexpected argument 'really'.\n" });
});

it.each([
  ['help', 'pnpm footfall <command>'],
  ['--help', 'pnpm footfall <command>'],
  ['verify --help', 'pnpm footfall verify [--repair]'],
])('footfall %s prints its usage: %s', async (args, title) => {
  const { code, stdout } = await footfall(NOWHERE, ...args.split(' '));
  expect([code, stdout.split('\n')[0]]).toEqual([0, title]);
});
