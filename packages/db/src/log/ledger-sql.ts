/** Details that are told apart of one day and reason, at most: a sender may make them up. */
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
