import type { Reason } from '@footfall/core';
import type { ReadConnection } from '../connection/contract.ts';

/** Details that are distinguished of one day and reason, at most: a sender may make them up. */
const LEDGER_DETAILS = 1_000;

/** What was not counted. Argument: JSON `[[day, reason, detail, reports], …]`. */
export const LEDGER = `
  insert into visitor_ledger (day, reason, detail, reports)
  select day, reason, iif(is_known or place <= ${LEDGER_DETAILS} - (
      select count(*) from visitor_ledger other where other.day = line.day and other.reason = line.reason
    ), detail, '(other)'), reports
  from (
    select *, row_number() over (partition by day, reason, is_known) as place
    from (
      select day, reason, detail, reports, exists (
        select 1 from visitor_ledger known
        where known.day = ignored.day and known.reason = ignored.reason and known.detail = ignored.detail
      ) as is_known
      from (
        select value ->> 0 as day, value ->> 1 as reason, value ->> 2 as detail, value ->> 3 as reports
        from json_each(?)
      ) ignored
    )
  ) line
  where true
  on conflict (day, reason, detail) do update set reports = reports + excluded.reports`;

/** What was not counted, and what went wrong. */
export interface Ledger {
  /** Reports that were not counted, by local day (where it begins, epoch milliseconds), reason and detail. */
  readonly notCounted: readonly {
    readonly day: number;
    readonly reason: string;
    readonly detail: string;
    readonly reports: number;
  }[];
  /** Commits that failed, by when (epoch milliseconds): their senders were asked to send again. */
  readonly failures: readonly {
    readonly failedAt: number;
    readonly reports: number;
    readonly error: string;
  }[];
}

/** Reads the ledger from an instant on, epoch milliseconds. */
export async function readLedger(reader: ReadConnection, from: number): Promise<Ledger> {
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

/** How many reports were not counted since a local day, by reason; a reason that did not occur is not there. */
export interface NotCounted {
  /** Where the day begins, epoch milliseconds. */
  readonly day: number;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
}

const NOT_COUNTED =
  'select reason, sum(reports) as reports from visitor_ledger where day >= ? group by reason';

/** Reads what everyone may know of the days from a local one on (docs/decisions/0017): its reasons, without names. */
export async function readNotCounted(reader: ReadConnection, day: number): Promise<NotCounted> {
  const [result] = await reader.batch([{ sql: NOT_COUNTED, args: [BigInt(day)] }]);
  const reasons = result?.rows.map((row) => [row['reason'], Number(row['reports'])] as const) ?? [];
  return { day, reasons: Object.fromEntries(reasons) as NotCounted['reasons'] };
}
