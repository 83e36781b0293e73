import type { Reason } from '@footfall/core';
import type { Reader } from './connection/contract.ts';

/** What was not counted, and what went wrong. */
export interface Ledger {
  /** Reports that were not counted, by local day (where it begins, epoch milliseconds), reason and detail. */
  readonly notCounted: readonly {
    readonly day: number;
    readonly reason: string;
    readonly detail: string;
    readonly reports: number;
  }[];
  /** Commits that failed, by when (epoch milliseconds): their senders were told to send again. */
  readonly failures: readonly {
    readonly failedAt: number;
    readonly reports: number;
    readonly error: string;
  }[];
}

/** Reads the ledger from an instant on, epoch milliseconds. */
export async function readLedger(reader: Reader, from: number): Promise<Ledger> {
  const args = [BigInt(from)];
  const [notCounted, failures] = await reader.batch([
    {
      sql: `select day, reason, detail, reports from visitor_ledger where day >= ?
        order by day desc, reports desc, reason, detail`,
      args,
    },
    {
      sql: 'select failed_at, reports, error from visitor_failures where failed_at >= ? order by id desc',
      args,
    },
  ]);
  return {
    notCounted: (notCounted?.rows ?? []).map((row) => ({
      day: Number(row['day']),
      reason: row['reason'] as string,
      detail: row['detail'] as string,
      reports: Number(row['reports']),
    })),
    failures: (failures?.rows ?? []).map((row) => ({
      failedAt: Number(row['failed_at']),
      reports: Number(row['reports']),
      error: row['error'] as string,
    })),
  };
}

/** How many reports of one local day were not counted, by reason; a reason that did not occur is not there. */
export interface NotCounted {
  /** Where the day begins, epoch milliseconds. */
  readonly day: number;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
}

const NOT_COUNTED =
  'select reason, sum(reports) as reports from visitor_ledger where day = ? group by reason';

/** Reads what of one local day everyone may know (docs/decisions/0017): its reasons, without names. */
export async function readNotCounted(reader: Reader, day: number): Promise<NotCounted> {
  const [result] = await reader.batch([{ sql: NOT_COUNTED, args: [BigInt(day)] }]);
  const reasons = result?.rows.map((row) => [row['reason'], Number(row['reports'])] as const) ?? [];
  return { day, reasons: Object.fromEntries(reasons) as NotCounted['reasons'] };
}
