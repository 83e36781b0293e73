import { describe, expect, it, onTestFinished } from 'vitest';
import { plainAddress } from '@footfall/core';
import { watchingForProxy } from '../src/address.ts';
import { newPage, startEmbedded } from './support.ts';

const FORWARDED = { 'x-forwarded-for': '198.51.100.7' };

describe('behind a proxy that is not configured', () => {
  it.each([
    ['no variable is set', {}],
    ['only TRUSTED_PROXIES is set', { TRUSTED_PROXIES: '127.0.0.1' }],
  ])('the log warns once with what to do, if %s', async (_, environment) => {
    const footfall = await startEmbedded(environment, onTestFinished);
    await footfall.track({ url: newPage() });
    expect(footfall.logged()).not.toContain('proxy');
    for (let times = 0; times < 3; times += 1) {
      await footfall.track({ url: newPage() }, { headers: FORWARDED });
    }
    const lines = footfall
      .logged()
      .split('\n')
      .filter((line) => line.includes('proxy'));
    expect(lines).toHaveLength(1);
    const { level, msg } = JSON.parse(lines[0] ?? '') as { level: number; msg: string };
    expect(level).toBe(40);
    expect(msg).toMatch(
      /all visitors appear to have the address of the proxy.*Set CLIENT_IP_HEADER.*TRUSTED_PROXIES/,
    );
    expect(msg).not.toMatch(/\d+\.\d+/);
  });

  it('the log warns at the start if the site uses https: Footfall itself does not speak it', async () => {
    const environment = { PUBLIC_URL: 'https://stats.example.com' };
    const footfall = await startEmbedded(environment, onTestFinished);
    expect(
      footfall
        .logged()
        .split('\n')
        .filter((line) => line.includes('proxy')),
    ).toHaveLength(1);
    await footfall.track({ url: newPage() }, { headers: FORWARDED });
    expect(
      footfall
        .logged()
        .split('\n')
        .filter((line) => line.includes('proxy')),
    ).toHaveLength(1);
    const configured = { ...environment, CLIENT_IP_HEADER: 'X-Forwarded-For', TRUSTED_PROXIES: '127.0.0.1' };
    expect((await startEmbedded(configured, onTestFinished)).logged()).not.toContain('proxy');
  });

  it.each(['x-real-ip', 'forwarded'])('it is detected by %s, too', async (name) => {
    const footfall = await startEmbedded({}, onTestFinished);
    await footfall.track({ url: newPage() }, { headers: { [name]: 'for=198.51.100.7' } });
    expect(footfall.logged()).toContain('Set CLIENT_IP_HEADER');
  });

  it('it is detected by a page view, before the page is rendered', async () => {
    const footfall = await startEmbedded({}, onTestFinished);
    await (await fetch(`${footfall.url}/install`)).text();
    expect(footfall.logged()).not.toContain('CLIENT_IP_HEADER');
    await (await fetch(`${footfall.url}/install`, { headers: FORWARDED })).text();
    expect(footfall.logged()).toContain('Set CLIENT_IP_HEADER');
  });

  it('the log has no warning if it is configured', async () => {
    const footfall = await startEmbedded(
      { CLIENT_IP_HEADER: 'X-Forwarded-For', TRUSTED_PROXIES: '127.0.0.1' },
      onTestFinished,
    );
    await footfall.track({ url: newPage() }, { headers: FORWARDED });
    expect(footfall.logged()).not.toContain('proxy');
  });

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:172.17.0.1', true],
    ['10.1.2.3', true],
    ['192.168.1.1', true],
    ['fd12::1', true],
    ['198.51.100.1', false],
    ['2001:db8::1', false],
    ['', false],
  ])('a peer at %s that sends the header is one: %s', (peer, isOne) => {
    const noticed: string[] = [];
    const addressOf = watchingForProxy(
      (address) => address,
      (proxy) => noticed.push(proxy),
    );
    expect(addressOf(peer, () => undefined)).toBe(peer);
    expect(noticed).toEqual([]);
    for (let times = 0; times < 2; times += 1) expect(addressOf(peer, () => '198.51.100.7')).toBe(peer);
    expect(noticed).toEqual(isOne ? [plainAddress(peer)] : []);
  });
});
