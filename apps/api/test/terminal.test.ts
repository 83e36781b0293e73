import { createHash } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storeUnavailable } from '@footfall/core';
import { readConfig } from '../src/config.ts';
import { cannotListen, requirePort } from '../src/port.ts';
import { announce, isForPeople, openLog } from '../src/terminal.ts';
import { newPage, startEmbedded } from './support.ts';

/** Collects output. */
function output(isTTY: boolean) {
  let written = '';
  return {
    isTTY,
    write: (text: string) => (written += text),
    written: () => stripVTControlCharacters(written),
  };
}

describe('the log', () => {
  it.each([
    [{}, false, false],
    [{}, true, true],
    [{ LOG_FORMAT: 'json' }, true, false],
    [{ LOG_FORMAT: 'text' }, false, true],
  ])('with %j and a terminal (%s) is for people: %s', (environment, isTTY, isText) => {
    const out = output(isTTY);
    const config = readConfig(environment);
    expect(isForPeople(config, out)).toBe(isText);
    openLog(config, out).info('Hello');
    const line = out.written();
    if (isText) expect(line).toMatch(/^\d\d:\d\d:\d\d {2}Hello\n$/);
    else expect(JSON.parse(line)).toMatchObject({ level: 30, msg: 'Hello' });
  });

  const textOf = (write: (log: ReturnType<typeof openLog>) => void): string => {
    const out = output(true);
    write(openLog(readConfig({}), out));
    return out.written().replace(/^[\d:]{8} {2}/, '');
  };

  it('explains an error to people, with its details and without a stack', () => {
    const err = Object.assign(new Error('SQLITE_FULL'), { code: 'SQLITE_FULL' });
    expect(textOf((log) => log.error({ err, size: 3, meaning: 'the disk is full.' }, 'commit failed'))).toBe(
      'error: commit failed: the disk is full. (size 3)\n',
    );
    expect(textOf((log) => log.error({ err: storeUnavailable() }, 'the salts could not be read'))).toBe(
      'error: the salts could not be read: The store cannot answer right now.\n',
    );
  });

  it('has the stack of a bug', () => {
    const text = textOf((log) => log.error({ err: new RangeError('a bug') }, 'request failed'));
    expect(text).toMatch(/^error: request failed: a bug\nRangeError: a bug\n {4}at /);
  });

  it('cannot be controlled by input', () => {
    const text = textOf((log) => log.warn({ name: 'a\u001b[2Jb\u0007\u202e' }, 'one\n12:00:00  two'));
    expect(text).toBe('warn: one\ufffd12:00:00  two (name ab\ufffd\ufffd)\n');
  });
});

describe('a start', () => {
  it('shows a person where to go, what is counted and stored, and how to stop', async () => {
    const footfall = await startEmbedded({}, onTestFinished);
    await footfall.track({ url: newPage() });
    const config = readConfig({
      DATABASE_URL: `file:${footfall.file}`,
      SITE_HOSTS: 'example.com, blog.example.com',
      PUBLIC_URL: 'https://stats.example.com',
    });
    const out = output(true);
    await announce(footfall.app, { config, log: openLog(config, out) }, out);
    expect(out.written()).toMatch(/^\nFootfall \d+\.\d+\.\d+\n\n/);
    for (const row of [
      /^ {2}Open +https:\/\/stats\.example\.com$/m,
      /^ {2}Listens +127\.0\.0\.1:\d+$/m,
      /^ {2}Install +https:\/\/stats\.example\.com\/install$/m,
      /^ {2}Sign in +http:\/\/localhost:3000\/admin\/setup\?token=[\w-]{43} \(choose a password; valid for 30 minutes\)$/m,
      /^ {2}Data +\/.*footfall\.db \(1 page view\)$/m,
      /^ {2}Counts +example\.com, blog\.example\.com$/m,
      /^ {2}Stop +Ctrl\+C$/m,
    ]) {
      expect(out.written()).toMatch(row);
    }
  });

  it('says to a program the same in one line', async () => {
    const footfall = await startEmbedded({ ADMIN_PASSWORD: 'a password' }, onTestFinished);
    const config = readConfig({});
    const out = output(false);
    await announce(footfall.app, { config, log: openLog(config, out) }, out);
    expect(JSON.parse(out.written())).toMatchObject({ url: 'http://localhost:3000', port: footfall.port });
  });

  it('prints a new setup link each time, until a password is chosen', async () => {
    const { app } = await startEmbedded({}, onTestFinished);
    const config = readConfig({});
    const linkIn = async (): Promise<string | undefined> => {
      const out = output(false);
      await announce(app, { config, log: openLog(config, out) }, out);
      return /Choose the owner’s password within 30 minutes at (\S+\/admin\/setup\?token=[\w-]{43})"/.exec(
        out.written(),
      )?.[1];
    };
    const [first, second] = [await linkIn(), await linkIn()];
    expect(first).toBeDefined();
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
    const token = new URL(second ?? '').searchParams.get('token') ?? '';
    const setupToken = createHash('sha256').update(token).digest('hex');
    const session = { token: '00', proof: '00', createdAt: 0, seenAt: 0, browser: '', password: '' };
    expect(await app.store.owner.setPassword('hash', { setupToken, now: Date.now() }, session)).toBe(true);
    expect(await linkIn()).toBeUndefined();
  });
});

describe('a setup link', () => {
  it('is not made by a start whose log would not show it: one that was made by the command stays valid', async () => {
    const { app } = await startEmbedded({}, onTestFinished);
    const { owner } = app.store;
    const offered = createHash('sha256').update('made by the command').digest('hex');
    await owner.offerSetup(offered, Date.now() + 60_000);
    const config = readConfig({ LOG_LEVEL: 'warn' });
    const out = output(false);
    await announce(app, { config, log: openLog(config, out) }, out);
    expect(out.written()).toBe('');
    expect(await owner.isSetupToken(offered, Date.now())).toBe(true);
  });
});

describe('a port', () => {
  /** A port that another program listens on. */
  async function taken(): Promise<number> {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    return (other.address() as AddressInfo).port;
  }

  it('that is in use is reported with one that is free', async () => {
    const port = await taken();
    const error: unknown = await requirePort({ host: '127.0.0.1', port }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(
      `PORT: port ${port} is in use by another program. Stop that program, or choose another`,
    );
    const [, free = ''] = /such as PORT=(\d+)\.$/.exec(String(error)) ?? [];
    expect(Number(free)).toBeGreaterThan(port);
    await requirePort({ host: '127.0.0.1', port: Number(free) });
  });

  it('that is free, or any, is not reported', async () => {
    await requirePort({ host: '127.0.0.1', port: 0 });
  });

  it('cannot be at an address that this machine does not have', async () => {
    await expect(requirePort({ host: '192.0.2.1', port: 3000 })).rejects.toThrow(
      'HOST: this machine has no address 192.0.2.1. Use 127.0.0.1',
    );
  });

  it('may be one that this user may not use', async () => {
    const error = Object.assign(new Error('listen'), { code: 'EACCES' });
    expect((await cannotListen(error, { host: '127.0.0.1', port: 80 })).message).toMatch(
      /^PORT: this user may not listen at port 80\. Choose 1024 or higher/,
    );
  });
});
