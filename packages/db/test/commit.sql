insert into visitor_value_offers (dimension, value, used, hour, is_limited, address, network, most, most_of_network, most_of_address)
  select offer.value ->> 0, offer.value ->> 1, 0, unixepoch() / 3600 * 3600000, offer.value ->> 2, offer.value ->> 3,
    offer.value ->> 4, ?, ?, ?
  from json_each(?) offer
  where offer.value ->> 0 > 0
    and not exists (
      select 1 from visitor_values known
      where known.dimension = offer.value ->> 0 and known.value = offer.value ->> 1
    );

insert into visitor_event_ids (seq, id)
  select (select appended from visitor_stats) + 1 + key, unhex(value ->> 0) from json_each(?) where true
  on conflict (id) do nothing;

insert into visitor_ledger (day, reason, detail, reports)
  select value ->> 3, 'duplicate', '', 1
  from (select changes() as fresh) cross join json_each(iif(fresh < ?, ?, '[]'))
  where not exists (select 1 from visitor_event_ids where seq = (select appended from visitor_stats) + 1 + key)
  on conflict (day, reason, detail) do update set reports = reports + 1;

insert into visitor_log_tail (seq, events, others)
  select appended + ?, ?, (
    select nullif(json_group_array(value), '[]') from json_each(?) page
    where not exists (
      select 1 from visitor_values where dimension = 1 and visitor_values.value = page.value
    )
  )
  from visitor_stats where exists (select 1 from visitor_event_ids where seq > appended) or ?;

insert into "visitor_counts" ("page_identifier", "view_count", "last_updated_at") select iif(exists (select 1 from visitor_values where dimension = 1
      and visitor_values.value = event.value ->> 1), event.value ->> 1, '(other)') as "page", 1 as "view_count", value ->> 2 as "at" from (select key, value from json_each(?) limit -1) as "event" where value ->> 1 is not null
          and exists (select 1 from visitor_event_ids where seq = (select appended from visitor_stats) + 1 + key) on conflict ("page_identifier") do update set "view_count" = view_count + 1, "last_updated_at" = max(last_updated_at, excluded.last_updated_at);

update visitor_stats set
    last_updated_at = nullif(max(ifnull(last_updated_at, 0), iif(changes() = ?, ?, (
      select ifnull(max(value ->> 2), 0) from json_each(?)
      where value ->> 1 is not null and exists (select 1 from visitor_event_ids where seq = (select appended from visitor_stats) + 1 + key)
    ))), 0),
    total_views = total_views + changes(),
    version = version + (exists (select 1 from visitor_event_ids where seq > appended) or ?),
    appended = appended + ?;

insert into visitor_ledger (day, reason, detail, reports)
  select day, reason, iif(is_known or place <= 1000 - (
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
  on conflict (day, reason, detail) do update set reports = reports + excluded.reports;

select "total_views", "version", "store", "last_updated_at", (select json_group_array(json_array(page_identifier, view_count, last_updated_at)) as "pages" from "visitor_counts" where "page_identifier" in (select value from json_each(?))) as "pages", case
    when (select count(*) from visitor_event_ids where seq > appended - ?) < ?
    then (select json_group_array(seq - 1 - (appended - ?)) from visitor_event_ids where seq > appended - ?)
  end as "added", (
    select json_group_array(value) from json_each(?) page
    where not exists (
      select 1 from visitor_values where dimension = 1 and visitor_values.value = page.value
    )
  ) as "others", json_array(
    (select json_group_array(distinct json_array(counted.dimension, counted.sender))
      from json_each(?) offer
      cross join visitor_new_names counted on counted.hour = unixepoch() / 3600 * 3600000
        and counted.dimension = offer.value ->> 0
        and counted.sender in (0, offer.value ->> 3, offer.value ->> 4)
      where offer.value ->> 2 and counted.names >= case counted.sender
        when 0 then iif(counted.dimension = 0, 50000, 10000) when offer.value ->> 4 then iif(counted.dimension = 0, 5000, 1000) else iif(counted.dimension = 0, 2500, 500) end),
    3600 - unixepoch() % 3600
  ) as "quotas" from "visitor_stats";
