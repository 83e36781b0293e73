import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../server.ts';
import { AGREES, footfall } from './cli.ts';
import { Client } from './client.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = DAY_MS / 24;
const SMALL = ['--days', '4', '--views', '1500', '--pages', '20', '--visitors', '60'];

/** A file that does not exist yet, in its own folder. */
async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-seed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'footfall.db');
}

/** Every count of the days before a day, by name: today's numbers may change meanwhile. */
async function countsOf(file: string, before: number): Promise<string> {
  const client = createClient({ url: `file:${file}` });
  try {
    const results = await client.batch(
      [
        {
          sql: 'select hour, views, visits, visitors, bounces, visit_ms from visitor_hours where hour < ? order by hour',
          args: [before],
        },
        {
          sql: `select day, counts.dimension, visitor_values.value, views, visits, visitors
            from visitor_daily_counts counts join visitor_values on visitor_values.id = counts.value
            where day < ? and views + visits + visitors > 0 order by 1, 2, 3`,
          args: [before],
        },
        {
          sql: 'select viewed_at, visitor, engaged_ms from visitor_page_views where viewed_at < ? order by 1, 2, 3',
          args: [before],
        },
      ],
      'read',
    );
    return JSON.stringify(results.map(({ rows }) => rows.map((row) => Object.values(row))));
  } finally {
    client.close();
  }
}

describe('footfall seed', () => {
  it('makes the same history for the same seed, another one for another, and verify finds nothing', async () => {
    const made = async () => {
      const files = [await newFile(), await newFile(), await newFile()];
      const hour = Math.floor(Date.now() / HOUR_MS);
      const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
      for (const [at, file] of files.entries()) {
        const ran = await footfall(file, 'seed', ...SMALL, '--seed', String(at < 2 ? 7 : 8));
        expect(ran).toEqual({
          code: 0,
          stdout: expect.stringMatching(/^[\d,]+ page views now, after \d+ s\.\n$/) as string,
          stderr: '',
        });
        expect(await footfall(file, 'verify')).toEqual(AGREES);
      }
      return { hour, counts: await Promise.all(files.map((file) => countsOf(file, today))), files };
    };
    let history = await made();
    // A history ends with the hours that are over: in the next one it is another one.
    if (Math.floor(Date.now() / HOUR_MS) > history.hour) history = await made();
    const [one, same, other] = history.counts;
    expect(one?.length).toBeGreaterThan(10_000);
    expect(same).toBe(one);
    expect(other).not.toBe(one);

    const [file = ''] = history.files;
    await using server = await startServer({ env: { DATABASE_URL: `file:${file}` } });
    const client = new Client(server.url, 1);
    const views = await client.count();
    expect(views).toBeGreaterThan(1_000);
    expect(views).toBeLessThan(2_000);
    const refused = await footfall(file, 'seed', ...SMALL);
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Another Footfall has [^\n]+\.\n$/) as string,
    });
    expect(await client.count()).toBe(views);
    client.close();
  });

  it.each(['--days 0', '--views 1e9', '--pages 1000001', '--seed ten', '--visitors', '--day 1'])(
    '%s is refused in one sentence, and nothing is created',
    async (options) => {
      const file = await newFile();
      const args = options.split(' ');
      const { code, stdout, stderr } = await footfall(file, 'seed', ...args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^[^\n]{10,200}\.\n$/);
      expect(stderr).toContain(args[0]?.split('=')[0]);
      expect(existsSync(file)).toBe(false);
    },
  );
});
