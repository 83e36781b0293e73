import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeEdgeFiles } from '../edge-files.ts';

it('the edge files contain this server’s address and names, and are sent with the same headers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'footfall-edge-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [from, to] = [join(folder, 'files'), join(folder, 'uploaded')];
  await mkdir(from);
  const code = 'load("https://footfall.invalid/footfall-more.js", "/footfall.js")';
  const headers = '/*\n  a: b\n/footfall.js\n  ! c\n  c: d\n/footfall-more.js\n  e: f\n/live.js\n  g: h\n';
  for (const [name, text] of [
    ['footfall.js', code],
    ['footfall-more.js', 'more'],
    ['live.js', code],
    ['widget.js', code.replace('footfall-more', 'widget-de')],
    ['_headers', headers],
  ] as const) {
    await writeFile(join(from, name), text);
  }
  const read = (name: string) => readFile(join(to, name), 'utf8');

  await makeEdgeFiles(from, to, {
    publicUrl: 'https://stats.example.com',
    scriptName: 'leaf',
    statsPublic: true,
  });
  expect(await read('leaf.js')).toBe('load("https://stats.example.com/leaf-more.js", "/leaf.js")');
  expect(await read('footfall.js')).toBe(await read('leaf.js'));
  expect(await read('leaf-more.js')).toBe('more');
  expect(await read('live.js')).toBe(code);
  expect(await read('widget.js')).toBe('load("https://stats.example.com/widget-de.js", "/leaf.js")');
  expect(await read('_headers')).toBe(`${headers}/leaf.js\n  ! c\n  c: d\n/leaf-more.js\n  e: f\n`);
  expect(await readFile(join(from, 'footfall.js'), 'utf8'), 'the built file is unchanged').toBe(code);

  // Once more, with other values.
  await makeEdgeFiles(from, to, {
    publicUrl: 'http://localhost:3000',
    scriptName: 'footfall',
    statsPublic: false,
  });
  expect(await read('footfall.js')).toBe(code);
  expect(await read('_headers')).toBe(headers);
  await expect(read('leaf.js')).rejects.toThrow();
});
