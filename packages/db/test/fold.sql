update visitor_page_views set session = joined.value ->> 1
  from (select value from json_each(?) limit -1) joined where visitor_page_views.session = joined.value ->> 0 and (select store || ' ' || fold_version from visitor_stats) = ?;

delete from visitor_session_hours
  where session in (select value ->> 0 from json_each(?)) and (select store || ' ' || fold_version from visitor_stats) = ?;

delete
from visitor_sessions
where id in (select value ->> 0
from json_each(?)) and (select store || ' ' || fold_version
from visitor_stats) = ?;

insert into visitor_sessions (id, visitor, entered_at, ended_at, exited_at, seen_until, views, registrations, engaged_ms, entry, exit, prior, started_at, hour, day, facts)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14, value ->> 15 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (id) do update set visitor = excluded.visitor, entered_at = excluded.entered_at, ended_at = excluded.ended_at, exited_at = excluded.exited_at, seen_until = excluded.seen_until, views = excluded.views, registrations = excluded.registrations, engaged_ms = excluded.engaged_ms, entry = excluded.entry, exit = excluded.exit, prior = excluded.prior, started_at = excluded.started_at, hour = excluded.hour, day = excluded.day, facts = excluded.facts;

insert into visitor_session_hours (session, hour, day, visitor, views)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (session, hour) do update set views = excluded.views;

insert into visitor_page_views (seq, page, session, visitor, facts, hour, prior, viewed_at, referrer)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?;

insert into visitor_page_views (seq, page, session, visitor, facts, hour, prior, viewed_at, referrer, engaged_ms, scroll_percent, seen_until, utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13, value ->> 14, value ->> 15, value ->> 16, value ->> 17 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?;

update visitor_page_views set
    engaged_ms = given.value ->> 1, scroll_percent = given.value ->> 2, seen_until = given.value ->> 3
  from (select value from json_each(?) limit -1) given where visitor_page_views.seq = given.value ->> 0 and (select store || ' ' || fold_version from visitor_stats) = ?;

insert into visitor_engagements (id, engaged_ms, scroll_percent, seen_until)
  select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (id) do update set engaged_ms = excluded.engaged_ms, scroll_percent = excluded.scroll_percent, seen_until = excluded.seen_until;


  delete
from visitor_engagements
where id in (select unhex(value)
from json_each(?)) and (select store || ' ' || fold_version
from visitor_stats) = ?;

insert into visitor_hourly_counts (dimension, hour, value, views, visits, visitors)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (dimension, hour, value) do update set views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors;

insert into visitor_daily_counts (dimension, day, value, views, visits, visitors)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (dimension, day, value) do update set views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors;

insert into visitor_hours (hour, day, views, visits, visitors, bounces, visit_ms)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (hour) do update set views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors, bounces = bounces + excluded.bounces, visit_ms = visit_ms + excluded.visit_ms;

insert into visitor_countries (country, visitors)
  select value ->> 0, value ->> 1 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (country) do update set visitors = visitors + excluded.visitors;

insert into visitors (visitor, first_at, first_hour, country)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from (select value from json_each(?) limit -1)
  where (select store || ' ' || fold_version from visitor_stats) = ?
  on conflict (visitor) do update set first_at = excluded.first_at, first_hour = excluded.first_hour, country = excluded.country;

delete
from visitor_log_tail
where seq <= ? and (select store || ' ' || fold_version
from visitor_stats) = ?;


  update visitor_stats
set folded = ?, fold_version = fold_version + 1
where (select store || ' ' || fold_version
from visitor_stats) = ?;
