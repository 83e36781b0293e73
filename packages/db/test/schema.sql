CREATE INDEX "visitor_counts_by_views" on "visitor_counts" ("view_count");

CREATE INDEX visitor_facts_by_use on visitor_facts (used);

CREATE INDEX visitor_page_views_by_page on visitor_page_views (page, hour / 3600000)
  where session is not null and page is not null;

CREATE INDEX visitor_page_views_by_session on visitor_page_views (session, page, hour)
  where session is not null;

CREATE INDEX visitor_session_hours_by_visitor on visitor_session_hours (visitor, hour);

CREATE INDEX visitor_sessions_by_end on visitor_sessions (ended_at);

CREATE INDEX visitor_sessions_by_hour on visitor_sessions (hour);

CREATE INDEX visitor_sessions_by_prior on visitor_sessions (prior, started_at) where prior is not null;

CREATE INDEX visitor_sessions_long on visitor_sessions (ended_at) where ended_at - started_at > 10800000;

CREATE INDEX visitor_values_by_use on visitor_values (used) where used is not null;

CREATE TABLE visitor_annotations (
  id integer primary key autoincrement,
  date text not null,
  text text not null,
  is_public integer not null
, is_automatic integer not null default 0) strict;

CREATE TABLE visitor_api_keys (
  key blob primary key,
  name text not null,
  can_read integer not null,
  can_write integer not null,
  created_at integer not null,
  used_at integer
) strict, without rowid;

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

CREATE TABLE visitor_event_ids (seq integer primary key, id blob not null unique) strict;

CREATE TABLE "visitor_facts" (
  id integer primary key,
  key blob not null unique,
  used integer not null,
  country integer not null,
  region integer not null,
  city integer not null,
  language integer not null,
  source integer not null,
  campaign integer not null,
  device integer not null,
  browser integer not null,
  system integer not null,
  channel integer not null
  , medium integer not null default 0, term integer not null default 0, content integer not null default 0) strict;

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

CREATE TABLE visitor_import_ranges (
  last integer primary key,
  first integer not null,
  import integer not null
) strict;

CREATE TABLE visitor_imported_counts (
  import integer not null,
  dimension integer not null,
  hour integer not null,
  value integer not null,
  day integer not null,
  views integer not null,
  visits integer not null,
  visitors integer not null,
  bounces integer not null default 0,
  visit_ms integer not null default 0,
  primary key (import, dimension, hour, value)
) strict, without rowid;

CREATE TABLE visitor_imported_numbers (
  import integer not null,
  kind text not null,
  name text not null,
  number integer not null,
  primary key (import, kind, name)
) strict, without rowid;

CREATE TABLE visitor_imports (
  id integer primary key autoincrement,
  fingerprint text not null unique,
  origin text not null,
  format text not null,
  title text not null,
  salt blob,
  began_at integer not null,
  finished_at integer,
  held_until integer not null,
  counted_from integer,
  first_day integer,
  kept_from_before integer,
  is_into_empty integer not null,
  page_views integer not null default 0
) strict;

CREATE TABLE visitor_ledger (
  day integer not null,
  reason text not null,
  detail text not null,
  reports integer not null,
  primary key (day, reason, detail)
) strict, without rowid;

CREATE TABLE visitor_log_tail (seq integer primary key, events text not null, others text) strict;

CREATE TABLE visitor_new_names (
  hour integer not null,
  dimension integer not null,
  sender integer not null,
  names integer not null,
  primary key (hour, dimension, sender)
) strict, without rowid;

CREATE TABLE visitor_owner (
  id integer primary key check (id = 1),
  password text,
  setup_token blob,
  setup_until integer
  , factor_secret text, factor_step integer, code_tries integer not null default 0, code_tries_since integer not null default 0, passkey_secret blob) strict;

CREATE TABLE visitor_owner_pending (
  token blob primary key,
  proof blob not null,
  until integer not null
) strict, without rowid;

CREATE TABLE visitor_owner_recovery (code blob primary key) strict, without rowid;

CREATE TABLE visitor_owner_sessions (
  token blob primary key,
  proof blob not null,
  created_at integer not null,
  seen_at integer not null,
  browser text not null
  , password blob) strict, without rowid;

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
  referrer text,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_term text,
  utm_content text,
  click_id text
) strict;

CREATE TABLE visitor_passkey_challenges (
  challenge blob primary key,
  until integer not null
) strict, without rowid;

CREATE TABLE visitor_passkeys (
  id blob primary key,
  name text not null,
  public_key blob not null,
  counter integer not null,
  created_at integer not null,
  used_at integer
) strict, without rowid;

CREATE TABLE visitor_salts (
  day integer primary key,
  salt blob not null,
  made_at integer not null
) strict;

CREATE TABLE visitor_segments (
  id integer primary key autoincrement,
  name text not null unique,
  filters text not null
) strict;

CREATE TABLE visitor_session_hours (
  session integer not null,
  hour integer not null,
  day integer not null,
  visitor integer not null,
  views integer not null,
  primary key (session, hour)
) strict, without rowid;

CREATE TABLE visitor_session_timeouts (
  from_seq integer primary key,
  timeout_ms integer not null check (timeout_ms between 60000 and 14400000)
) strict;

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
  , entered_at integer, registrations integer not null default 0) strict;

CREATE TABLE visitor_set_aside (
  seq integer primary key,
  event text not null,
  page text,
  error text not null,
  set_aside_at integer not null
) strict;

CREATE TABLE visitor_settings (
  name text primary key,
  value text not null
) strict, without rowid;

CREATE TABLE visitor_shares (
  token blob primary key,
  name text not null,
  password text,
  filters text not null,
  origins text not null,
  created_at integer not null,
  expires_at integer,
  used_at integer
) strict, without rowid;

CREATE TABLE visitor_starting_numbers (
  page text primary key,
  number integer not null
) strict, without rowid;

CREATE TABLE "visitor_stats" ("id" integer primary key check (id = 1), "total_views" integer not null, "last_updated_at" integer, "version" integer not null, "folded" integer not null, kept_from integer not null default 0, store integer not null default 0, appended integer not null default 0, fold_version integer not null default 0, settings integer not null default 0, seen_at integer, origin text not null default '') strict;

CREATE TABLE visitor_values (
  id integer primary key,
  dimension integer not null,
  value text not null,
  since integer not null, used integer,
  unique (dimension, value)
) strict;

CREATE TABLE visitors (
  visitor integer primary key,
  first_at integer not null,
  first_hour integer not null,
  country integer not null
) strict;

CREATE TRIGGER visitor_attributes_offered instead of insert on visitor_attribute_offers
  when not exists (select 1 from visitor_facts known where known.key = new.key)
  and (not new.is_limited or not exists (
  select 1 from visitor_new_names counted
  where counted.hour = new.hour and counted.dimension = new.dimension
        and counted.sender in (0, new.address, new.network)
        and counted.names >= case counted.sender
          when 0 then new.most when new.network then new.most_of_network else new.most_of_address end
))
  begin
  insert into visitor_facts
  (key, used, country, region, city, language, source, campaign, device, browser, system, channel,
        medium, term, content)
  values (new.key, new.used, new.country, new.region, new.city, new.language, new.source, new.campaign,
  new.device, new.browser, new.system, new.channel, new.medium, new.term, new.content);
  insert into visitor_new_names (hour, dimension, sender, names)
  select new.hour, new.dimension, sender.value, 1
  from json_each(json_array(0, new.address, new.network)) sender
  where new.is_limited and sender.value is not null
  on conflict (hour, dimension, sender) do update set names = names + 1;
  end;

CREATE TRIGGER visitor_value_offered instead of insert on visitor_value_offers
  when not exists (
  select 1 from visitor_values known where known.dimension = new.dimension and known.value = new.value
) and (not new.is_limited or not exists (
  select 1 from visitor_new_names counted
  where counted.hour = new.hour and counted.dimension = new.dimension
        and counted.sender in (0, new.address, new.network)
        and counted.names >= case counted.sender
          when 0 then new.most when new.network then new.most_of_network else new.most_of_address end
  ))
  begin
  insert into visitor_values (dimension, value, since, used)
  values (new.dimension, new.value, new.hour, iif(new.is_limited, new.used, null));
  insert into visitor_new_names (hour, dimension, sender, names)
  select new.hour, new.dimension, sender.value, 1
  from json_each(json_array(0, new.address, new.network)) sender
  where new.is_limited and sender.value is not null
  on conflict (hour, dimension, sender) do update set names = names + 1;
  end;

CREATE TRIGGER visitor_values_counted after insert on visitor_daily_counts
  begin
  update visitor_values set used = null where id = new.value and used is not null;
  end;

CREATE TRIGGER visitor_values_used_by_insert after insert on visitor_facts
  begin
  update visitor_values set used = new.used
  where id in (new.region, new.city, new.language, new.source, new.campaign, new.medium, new.term, new.content) and used < new.used;
  end;

CREATE TRIGGER visitor_values_used_by_update after update of used on visitor_facts
  begin
  update visitor_values set used = new.used
  where id in (new.region, new.city, new.language, new.source, new.campaign, new.medium, new.term, new.content) and used < new.used;
  end;

CREATE VIEW visitor_attribute_offers as
  select 0 as dimension, facts.*, 0 as hour, 0 as is_limited, 0 as address, 0 as network,
  0 as most, 0 as most_of_network, 0 as most_of_address
  from visitor_facts facts where false;

CREATE VIEW visitor_value_offers as
  select 0 as dimension, '' as value, 0 as used, 0 as hour, 0 as is_limited, 0 as address, 0 as network,
  0 as most, 0 as most_of_network, 0 as most_of_address
  where false;
