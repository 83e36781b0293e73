import * as z from 'zod';
import { describeVisit, type Caller, type DescribeContext } from './describe.ts';
import type { Reason, Salts } from './events.ts';
import { hitSchema } from './hit.ts';
import type { Site } from './site.ts';

const { url, referrer, userAgent } = hitSchema.shape;

/** A view that may have been sent: its page, and what led there. */
export const checkInputSchema = z.object({ url: url.optional(), referrer });

export type CheckInput = z.infer<typeof checkInputSchema>;

/** The same of a browser that is named by its user agent. */
export const explainInputSchema = z.strictObject({
  userAgent,
  url: url.optional(),
  referrer,
  consent: z.boolean('consent must be true or false').optional(),
  optedOut: z.boolean('optedOut must be true or false').optional(),
});

export type ExplainInput = z.infer<typeof explainInputSchema>;

/** What a view would be counted as, or why it would not be counted. */
export type Verdict =
  | { readonly counted: false; readonly reason: Reason; readonly detail: string }
  | {
      readonly counted: true;
      /** Null where no page was named. */
      readonly page: string | null;
      readonly source: string;
      readonly channel: string;
      readonly country: string;
      readonly device: string;
      readonly browser: string;
      readonly system: string;
    };

/** An id and salts that are as good as any: nothing of this is stored. */
const ID = '00000000-0000-4000-8000-000000000000';
const SALTS: Salts = { days: new Map([[0, new Uint8Array(32)]]), device: new Uint8Array(32) };

/**
 * What a view would be counted as: the decision is that of `describe`, and nothing is counted. Without a page it is about
 * the browser alone.
 * @param hit valid, by its schema
 */
export function verdictOn(
  { consent = true, ...hit }: CheckInput & { readonly consent?: boolean | undefined },
  { caller, site, now }: Omit<DescribeContext, 'salts'>,
): Verdict {
  // The page that asks is one of ours, and not the one that is asked about.
  const sender = { ...caller, origin: undefined, referer: undefined };
  const event = describeVisit({ id: ID, ...hit, consent }, { caller: sender, site, now, salts: SALTS });
  if (event.kind === 'ignored') return { counted: false, reason: event.reason, detail: event.detail };
  const { source, channel, country, device, browser, system } = event.attributes;
  const page = event.kind === 'page-view' ? event.page : null;
  return { counted: true, page, source, channel, country, device, browser, system };
}

/** The same of a browser of which only the user agent is known: it sends no hints, and nobody knows from where. */
export function explain(
  { userAgent: itsName = '', optedOut = false, ...hit }: ExplainInput,
  reading: { readonly site: Site; readonly now: number },
): Verdict {
  const caller: Caller = {
    userAgent: itsName,
    hints: {},
    acceptLanguage: undefined,
    origin: undefined,
    referer: undefined,
    optedOut,
    address: '',
    place: () => ({ country: '', region: '', city: '' }),
  };
  return verdictOn(hit, { ...reading, caller });
}
