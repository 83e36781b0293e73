import {
  explain,
  ledgerQuery,
  type ExplainInput,
  type LedgerAnalytics,
  type LedgerInput,
  type Verdict,
} from '@footfall/core';
import { momentOf, type AppContext } from './context.ts';

/**
 * What was not counted on some local days, and why; only for the site's owner.
 * @throws {FootfallError} BAD_REQUEST for a range that is empty or has too many intervals; SERVICE_UNAVAILABLE
 */
export function ledger(input: LedgerInput, footfall: AppContext): Promise<LedgerAnalytics> {
  return footfall.store.ledger(ledgerQuery(input, momentOf(footfall)));
}

/** What a browser would be counted as, by its user agent. Nothing is counted. */
export function explained(input: ExplainInput, { site, now }: AppContext): Verdict {
  return explain(input, { site, now: now() });
}
