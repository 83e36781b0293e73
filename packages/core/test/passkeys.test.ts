import { describe, expect, it } from 'vitest';
import { objection, passkeySite, readPasskeyName } from '@footfall/core';

describe('passkeys', () => {
  it.each([
    ['https://stats.example.com', { id: 'stats.example.com', origin: 'https://stats.example.com' }],
    [
      'https://stats.example.com:8443/',
      { id: 'stats.example.com', origin: 'https://stats.example.com:8443' },
    ],
    ['http://localhost:3000', { id: 'localhost', origin: 'http://localhost:3000' }],
    ['http://footfall.localhost', { id: 'footfall.localhost', origin: 'http://footfall.localhost' }],
    ['http://stats.example.com', undefined],
    ['http://localhost.example.com', undefined],
    ['http://127.0.0.1:3000', undefined],
    ['https://192.0.2.1', undefined],
    ['https://[2001:db8::1]', undefined],
    ['ftp://localhost', undefined],
    ['', undefined],
  ])('of %j are for %j', (address, site) => {
    expect(passkeySite(address)).toEqual(site);
  });

  it.each([
    ['Laptop', { name: 'Laptop' }],
    [' <b>=A1\u202e</b> ', { name: '<b>=A1</b>' }],
    ['\u200b', { problem: objection('passkey-name') }],
    ['ä'.repeat(31), { problem: objection('long-name', 60) }],
  ])('named %j are %j', (typed, read) => {
    expect(readPasskeyName(typed)).toEqual(read);
  });
});
