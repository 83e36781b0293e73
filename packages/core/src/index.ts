export { botFilter } from './bots.ts';
export { BELIEVED_MS, describe, type Caller, type Ignored, type PageView, type Reason } from './describe.ts';
export { FootfallError, HTTP_STATUS, storeUnavailable, type ErrorCode } from './errors.ts';
export { hitSchema, sentenceOf, URL_CHARACTERS, VISITOR_ID_CHARACTERS, type Hit } from './hit.ts';
export { timeOrderedId } from './id.ts';
export { pageIdentifier, PAGE_BYTES, readPageUrl } from './page.ts';
export { hostMatcher, isUncountedPage, type Site } from './site.ts';
export { CLICK_IDS, type Campaign } from './source.ts';
