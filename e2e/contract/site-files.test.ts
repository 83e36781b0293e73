/** The files that browsers and search engines request from every site. */
import { afterAll, describe, expect, it } from 'vitest';
import { startFootfall } from '../configurations.ts';

const footfall = await startFootfall();
afterAll(footfall.stop);

describe('/robots.txt', async () => {
  const answer = await fetch(`${footfall.url}/robots.txt`);
  const text = await answer.text();
  const disallowed = [...text.matchAll(/^Disallow: *(\S+)$/gm)].map(([, path = '']) => path);

  it('is plain text for every search engine', () => {
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain(;|$)/) as string,
    ]);
    expect(text).toMatch(/^User-agent: \*$/m);
  });

  it.each(['/', '/stats', '/install', '/footfall.js'])('allows %s', (path) => {
    expect(disallowed.filter((prefix) => path.startsWith(prefix))).toEqual([]);
  });

  it.each(['/admin', '/admin/settings', '/api', '/api/stats'])('disallows %s', (path) => {
    expect(disallowed.some((prefix) => path.startsWith(prefix))).toBe(true);
  });
});

describe('/favicon.ico', () => {
  it('is an icon, of 16 and of 32 pixels', async () => {
    const answer = await fetch(`${footfall.url}/favicon.ico`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^image\/(x-icon|vnd\.microsoft\.icon)$/) as string,
    ]);
    const file = Buffer.from(await answer.arrayBuffer());
    expect(file.length).toBeLessThan(4_096);
    expect([file.readUInt16LE(0), file.readUInt16LE(2), file.readUInt16LE(4)]).toEqual([0, 1, 2]);
    for (const [at, pixels] of [16, 32].entries()) {
      const entry = 6 + 16 * at;
      expect([file[entry], file[entry + 1]]).toEqual([pixels, pixels]);
      const picture = file.subarray(file.readUInt32LE(entry + 12)).subarray(0, file.readUInt32LE(entry + 8));
      expect(picture.subarray(1, 4).toString()).toBe('PNG');
      expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([pixels, pixels]);
    }
  });
});
