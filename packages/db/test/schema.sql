CREATE INDEX "visitor_counts_by_views" on "visitor_counts" ("view_count");

CREATE INDEX visitor_page_views_by_session on visitor_page_views (session, page, hour)
  where session is not null;

CREATE INDEX visitor_session_hours_by_visitor on visitor_session_hours (visitor, hour);

CREATE INDEX visitor_sessions_by_end on visitor_sessions (ended_at);

CREATE INDEX visitor_sessions_by_hour on visitor_sessions (hour);

CREATE INDEX visitor_sessions_by_prior on visitor_sessions (prior, started_at) where prior is not null;

CREATE INDEX visitor_values_by_age on visitor_values (dimension, since);

CREATE TABLE fold_counts (
  dimension integer not null,
  hour integer not null,
  day integer not null,
  value integer not null,
  views integer not null,
  visits integer not null,
  visitors integer not null
);

CREATE TABLE fold_days (
  visitor integer not null,
  day integer not null,
  primary key (visitor, day)
) without rowid;

CREATE TABLE fold_hours (
  sign integer not null,
  visitor integer not null,
  day integer not null,
  session integer not null,
  hour integer not null,
  views integer not null,
  began integer not null,
  started_at integer not null,
  facts integer not null,
  entry integer,
  exit integer,
  bounce integer not null,
  ms integer not null,
  primary key (sign, visitor, day, session, hour)
) without rowid;

CREATE TABLE fold_looks (
  seq integer primary key,
  session integer not null,
  id blob not null,
  before integer not null,
  engaged_ms integer not null,
  scroll_percent integer not null,
  seen_until integer not null
);

CREATE TABLE fold_near (
  seq integer not null,
  session integer not null,
  precedes integer not null,
  primary key (seq, session)
) without rowid;

CREATE TABLE fold_others (
  key text primary key,
  facts integer not null
) without rowid;

CREATE TABLE fold_plain (is_plain integer not null, constraint fold_plain check (is_plain));

CREATE TABLE fold_points (
  n integer primary key,
  seq integer not null,
  at integer not null,
  hour integer not null,
  day integer not null,
  visitor integer not null,
  prior integer,
  page integer,
  facts integer not null,
  engaged_ms integer,
  seen_until integer,
  was integer,
  opens integer not null,
  session integer,
  anchor integer
);

CREATE TABLE fold_reports (
  seq integer primary key,
  place integer,
  id blob not null,
  at integer not null,
  hour integer not null,
  day integer not null,
  visitor integer not null,
  person integer not null,
  prior integer,
  page integer,
  facts integer not null,
  referrer text,
  campaign text,
  engaged_ms integer,
  seen_until integer,
  was integer
);

CREATE TABLE fold_touched (session integer primary key);

CREATE TABLE visitor_countries (
  country integer primary key,
  visitors integer not null,
  forgotten integer not null default 0
) strict;

CREATE TABLE "visitor_counts" ("id" integer primary key, "page_identifier" text not null unique, "view_count" integer not null, "last_updated_at" integer not null, forgotten integer not null default 0) strict;

CREATE TABLE visitor_daily_counts (
  dimension integer not null,
  day integer not null,
  value integer not null,
  views integer not null,
  visits integer not null,
  visitors integer not null,
  primary key (dimension, day, value)
) strict, without rowid;

CREATE TABLE visitor_device_salt (
  id integer primary key check (id = 1),
  salt blob not null,
  made_at integer not null
) strict;

CREATE TABLE visitor_engagements (
  id blob primary key,
  engaged_ms integer not null,
  scroll_percent integer not null,
  seen_until integer not null
) strict, without rowid;

CREATE TABLE visitor_facts (
  id integer primary key,
  key text not null unique,
  country integer not null,
  region integer not null,
  city integer not null,
  language integer not null,
  source integer not null,
  campaign integer not null,
  device integer not null,
  browser integer not null,
  system integer not null
) strict;

CREATE TABLE visitor_failures (
  id integer primary key,
  failed_at integer not null,
  reports integer not null,
  error text not null
) strict;

CREATE TABLE visitor_forgotten_counts (
  dimension integer not null,
  hour integer not null,
  value integer not null,
  day integer not null,
  views integer not null,
  visits integer not null,
  visitors integer not null,
  bounces integer not null default 0,
  visit_ms integer not null default 0,
  primary key (dimension, hour, value)
) strict, without rowid;

CREATE TABLE visitor_hourly_counts (
  dimension integer not null,
  hour integer not null,
  value integer not null,
  views integer not null,
  visits integer not null,
  visitors integer not null,
  primary key (dimension, hour, value)
) strict, without rowid;

CREATE TABLE visitor_hours (
  hour integer primary key,
  day integer not null,
  views integer not null,
  visits integer not null,
  visitors integer not null,
  bounces integer not null,
  visit_ms integer not null
) strict;

CREATE TABLE visitor_ledger (
  day integer not null,
  reason text not null,
  detail text not null,
  reports integer not null,
  primary key (day, reason, detail)
) strict, without rowid;

CREATE TABLE visitor_page_views (
  seq integer primary key,
  page integer,
  session integer,
  visitor integer,
  facts integer,
  hour integer,
  prior integer,
  viewed_at integer not null,
  engaged_ms integer,
  scroll_percent integer,
  seen_until integer,
  id blob not null unique,
  referrer text,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_term text,
  utm_content text,
  click_id text
) strict;

CREATE TABLE visitor_salts (
  day integer primary key,
  salt blob not null,
  made_at integer not null
) strict;

CREATE TABLE visitor_session_hours (
  session integer not null,
  hour integer not null,
  day integer not null,
  visitor integer not null,
  views integer not null,
  primary key (session, hour)
) strict, without rowid;

CREATE TABLE visitor_sessions (
  id integer primary key,
  visitor integer not null,
  prior integer,
  started_at integer not null,
  ended_at integer not null,
  exited_at integer,
  seen_until integer not null,
  hour integer not null,
  day integer not null,
  views integer not null,
  engaged_ms integer not null,
  entry integer,
  exit integer,
  facts integer not null
) strict;

CREATE TABLE "visitor_stats" ("id" integer primary key check (id = 1), "total_views" integer not null, "last_updated_at" integer, "version" integer not null, "folded" integer not null, kept_from integer not null default 0, store integer not null default 0) strict;

CREATE TABLE visitor_values (
  id integer primary key,
  dimension integer not null,
  value text not null,
  since integer not null,
  unique (dimension, value)
) strict;

CREATE TABLE visitors (
  visitor integer primary key,
  first_at integer not null,
  first_hour integer not null,
  country integer not null
) strict;
