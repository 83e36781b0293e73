import { describe, expect, it } from 'vitest';
import { isPageView, languageIn } from '../src/page.ts';

const HTML = 'text/html; charset=utf-8';
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-dest': 'document' };

interface Case {
  readonly method?: string;
  readonly status?: number;
  readonly header?: Readonly<Record<string, string>>;
  readonly type?: string | undefined;
}

const isOne = ({ method = 'GET', status = 200, header = BROWSER, ...answer }: Case): boolean =>
  isPageView({ method, status, header: (name) => header[name], type: HTML, ...answer });

describe('a page view', () => {
  it.each<[string, Case]>([
    ['a document that is answered with HTML', {}],
    ['one that the browser had already', { status: 304, type: undefined }],
    ['one of a browser that does not say what it is for', { header: { accept: 'text/html,*/*;q=0.8' } }],
    ['XHTML', { type: 'application/xhtml+xml' }],
  ])('is %s', (_, what) => {
    expect(isOne(what)).toBe(true);
  });

  it.each<[string, Case]>([
    ['a form that is sent', { method: 'POST' }],
    ['the head alone', { method: 'HEAD' }],
    ['a page that is not there', { status: 404 }],
    ['a redirect', { status: 302 }],
    ['an error', { status: 500 }],
    ['data', { type: 'application/json' }],
    ['a script', { type: 'text/javascript' }],
    ['what says no type', { type: undefined }],
    ['a part of another page', { header: { ...BROWSER, 'sec-fetch-dest': 'iframe' } }],
    ['what a script fetched', { header: { accept: '*/*', 'sec-fetch-dest': 'empty' } }],
    ['what a program fetched', { header: { accept: '*/*' } }],
    ['what is prefetched', { header: { ...BROWSER, 'sec-purpose': 'prefetch' } }],
    ['what is prerendered', { header: { ...BROWSER, 'sec-purpose': 'prefetch;prerender' } }],
    ['what older browsers prefetched', { header: { ...BROWSER, purpose: 'prefetch' } }],
    ['one of a visitor who asks not to be tracked', { header: { ...BROWSER, dnt: '1' } }],
    ['one of a visitor with Global Privacy Control', { header: { ...BROWSER, 'sec-gpc': '1' } }],
  ])('is not %s', (_, what) => {
    expect(isOne(what)).toBe(false);
  });
});

it.each([
  ['en-GB,en;q=0.9,de;q=0.8', 'en-GB'],
  ['fr;q=0.9', 'fr'],
  ['', undefined],
  [undefined, undefined],
])('the language that %j prefers is %j', (accepted, language) => {
  expect(languageIn(accepted)).toBe(language);
});
