/**
 * The statements of a commit, in SQL as it runs: windows and sets are what it consists of, and a builder would only hide
 * them. `fold.ts` says when each is run; docs/decisions/0011 says what counts where, 0012 why it is done like this.
 *
 * They work on tables that are empty between two commits:
 * - `fold_reports`: the new page views and registrations, and those of visits that are put together anew
 * - `fold_others`: combinations of facts with a value that was one too many, and what they are counted as
 * - `fold_near`: the stored visits that a report joins, or precedes
 * - `fold_plain`: takes no row; a statement that would add one ends the commit
 * - `fold_touched`, `fold_days`: the visits and visitor-days whose numbers may change
 * - `fold_hours`: these visits hour by hour, before (sign -1) and after (sign 1)
 * - `fold_points`: the reports in order, each with its visit
 * - `fold_looks`: engagement, with the page view it belongs to
 * - `fold_counts`: what is added to the hourly and daily counts
 *
 * Migration 0003 makes them: whoever changes one after it has shipped adds a migration that makes it anew.
 */
export const SCRATCH = [
  `fold_reports (
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
  )`,
  `fold_others (
    key text primary key,
    facts integer not null
  ) without rowid`,
  `fold_near (
    seq integer not null,
    session integer not null,
    precedes integer not null,
    primary key (seq, session)
  ) without rowid`,
  `fold_plain (is_plain integer not null, constraint fold_plain check (is_plain))`,
  `fold_touched (session integer primary key)`,
  `fold_days (
    visitor integer not null,
    day integer not null,
    primary key (visitor, day)
  ) without rowid`,
  `fold_hours (
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
  ) without rowid`,
  `fold_points (
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
  )`,
  `fold_looks (
    seq integer primary key,
    session integer not null,
    id blob not null,
    before integer not null,
    engaged_ms integer not null,
    scroll_percent integer not null,
    seen_until integer not null
  )`,
  `fold_counts (
    dimension integer not null,
    hour integer not null,
    day integer not null,
    value integer not null,
    views integer not null,
    visits integer not null,
    visitors integer not null
  )`,
] as const;

const HOUR_MS = 3_600_000;

/** No local day is longer. */
const LONGEST_DAY_MS = 26 * HOUR_MS;

/** A bounce is engaged with for less. */
const ENGAGED_MS = 10_000;

/** Of visits with more page views no report moves the beginning (decision 0011). */
const SETTLED_VIEWS = 100;

/** The facts of a visit and its entry page, as pairs of dimension and value; a visit without a page view has no entry. */
const FACTS_AND_ENTRY = `
  (select 2 as value union all values (3), (4), (5), (6), (7), (8), (9), (10), (11)) dimension`;
const VALUE = `
  case dimension.value when 2 then facts.country when 3 then facts.region when 4 then facts.city
    when 5 then facts.language when 6 then facts.source when 7 then facts.campaign when 8 then facts.device
    when 9 then facts.browser when 10 then facts.system else entry end`;

/** Id of a text among the values of a dimension, or of what stands for all that were too many. */
const valueId = (dimension: number | string, text: string): string => `coalesce(
    (select id from visitor_values where dimension = ${dimension} and value = ${text}),
    (select id from visitor_values where dimension = ${dimension} and value = '(other)'))`;

/** The visits and visitor-days that a commit touches, hour by hour, as they stand. */
const snapshot = (sign: -1 | 1): string => `
  insert into fold_hours
    (sign, visitor, day, session, hour, views, began, started_at, facts, entry, exit, bounce, ms)
  select ${sign}, hours.visitor, hours.day, hours.session, hours.hour, hours.views,
    visit.hour, visit.started_at, visit.facts, visit.entry, visit.exit,
    visit.views <= 1 and visit.engaged_ms < ${ENGAGED_MS}, visit.seen_until - visit.started_at
  from (
    select hours.* from fold_touched touched
    cross join visitor_session_hours hours on hours.session = touched.session
    union
    select hours.* from fold_days days
    cross join visitor_session_hours hours on hours.visitor = days.visitor and hours.day = days.day
      and hours.hour between days.day and days.day + ${LONGEST_DAY_MS}
  ) hours
  cross join visitor_sessions visit on visit.id = hours.session`;

/**
 * The texts that are counted by, as far as they are new; beyond the quota of an hour they are not taken.
 * Arguments: JSON `[[dimension, value], …]`, the quota.
 */
export const VALUES = `
  insert into visitor_values (dimension, value, since)
  select dimension, value, this_hour
  from (
    select element.value ->> 0 as dimension, element.value ->> 1 as value,
      row_number() over (partition by element.value ->> 0 order by key) as place,
      unixepoch() / 3600 * ${HOUR_MS} as this_hour
    from json_each(?) element
    where not exists (
      select 1 from visitor_values known
      where known.dimension = element.value ->> 0 and known.value = element.value ->> 1
    )
  ) new
  where place <= ? - (
    select count(*) from visitor_values recent
    where recent.dimension = new.dimension and recent.since = new.this_hour
  )`;

/** A combination as it is stored: values that were not taken are `(other)`. */
const STORED_KEY = Array.from(
  { length: 9 },
  (_, at) => `ifnull((
      select value from visitor_values where dimension = ${at + 2} and value = element.value ->> ${at + 1}
    ), '(other)')`,
).join(' || char(10) || ');

/** What is known of visits, as far as the combination is new. Argument: JSON `[[key, the nine values …], …]`. */
export const FACTS = [
  `insert into visitor_facts
    (key, country, region, city, language, source, campaign, device, browser, system)
  select ${STORED_KEY},
    ${Array.from({ length: 9 }, (_, at) => valueId(at + 2, `element.value ->> ${at + 1}`)).join(', ')}
  from json_each(?) element
  where true
  on conflict (key) do nothing`,
  `insert into fold_others (key, facts)
  select element.value ->> 0, (select id from visitor_facts where key = ${STORED_KEY})
  from json_each(?) element
  where not exists (select 1 from visitor_facts where key = element.value ->> 0)`,
] as const;

/**
 * The reports of a batch that have not been stored before. Argument: JSON, a row of `fold.ts` each. What lies before
 * `kept_from` counts in the first moment of that day, because of the days before nothing can be computed again.
 */
export const REPORTS = `
  insert into fold_reports
    (seq, place, id, at, hour, day, visitor, person, prior, page, facts, referrer, campaign)
  select folded + 1 + key, key, report.id, max(at, kept_from), max(hour, kept_from), max(day, kept_from),
    visitor, visitor, prior,
    case when page is not null then ${valueId(1, 'page')} end,
    coalesce(
      (select id from visitor_facts where visitor_facts.key = report.facts),
      (select facts from fold_others where fold_others.key = report.facts)
    ), referrer, campaign
  from visitor_stats
  cross join (
    select key, unhex(value ->> 0) as id, value ->> 1 as at, value ->> 2 as hour, value ->> 3 as day,
      value ->> 4 as visitor, value ->> 5 as prior, value ->> 6 as page, value ->> 7 as facts,
      value ->> 8 as referrer, value ->> 9 as campaign
    from json_each(?)
    limit -1 -- all of them; but it keeps SQLite from taking each row apart once for each use of its columns
  ) report
  where not exists (select 1 from visitor_page_views known where known.id = report.id)`;

/**
 * Engagement, kept until its page view is there. Argument: JSON `[[id, engagedMs, scrollPercent, at], …]`.
 */
export const ENGAGEMENTS = `
  insert into visitor_engagements (id, engaged_ms, scroll_percent, seen_until)
  select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3 from json_each(?)
  where true
  on conflict (id) do update set
    engaged_ms = max(engaged_ms, excluded.engaged_ms),
    scroll_percent = max(scroll_percent, excluded.scroll_percent),
    seen_until = max(seen_until, excluded.seen_until)`;

/** The visits of page views that were stored before and are engaged with now. Argument: the same JSON. */
export const ENGAGED = `
  insert or ignore into fold_touched (session)
  select view.session from json_each(?) element
  cross join visitor_page_views view on view.id = unhex(element.value ->> 0)
  where view.session is not null`;

/** Engagement whose page view is there: of the batch's own, and what waited for a page view of the batch. */
export const LOOKS = `
  insert into fold_looks (seq, session, id, before, engaged_ms, scroll_percent, seen_until)
  select view.seq, view.session, view.id, ifnull(view.engaged_ms, 0),
    max(ifnull(view.engaged_ms, 0), waiting.engaged_ms),
    max(ifnull(view.scroll_percent, 0), waiting.scroll_percent),
    max(ifnull(view.seen_until, 0), waiting.seen_until, view.viewed_at)
  from (
    select unhex(value ->> 0) as id from json_each(?)
    union
    select id from fold_reports report where was is null
  ) engaged
  cross join visitor_engagements waiting on waiting.id = engaged.id
  cross join visitor_page_views view on view.id = engaged.id
  where view.session is not null and view.page is not null`;

export const LOOKED = [
  // The plus signs tell SQLite which of two tables to go through: the small one.
  `update visitor_page_views set
    engaged_ms = look.engaged_ms, scroll_percent = look.scroll_percent, seen_until = look.seen_until
  from fold_looks look where visitor_page_views.seq = +look.seq`,
  `update visitor_sessions set
    engaged_ms = visitor_sessions.engaged_ms + looks.engaged_ms,
    seen_until = max(visitor_sessions.seen_until, looks.seen_until)
  from (
    select session, sum(engaged_ms - before) as engaged_ms, max(seen_until) as seen_until
    from fold_looks group by session
  ) looks where looks.session = visitor_sessions.id`,
  `delete from visitor_engagements where id in (select id from fold_looks)`,
] as const;

/** @param timeoutMs the session timeout */
export function visitStatements(timeoutMs: number) {
  const settled = `
    select near.seq from fold_near near
    cross join visitor_sessions visit on visit.id = near.session
    where near.precedes and visit.views > ${SETTLED_VIEWS}`;
  const reopened = `select session from fold_near where precedes`;

  /** Finds the stored visits that the reports belong to. */
  const near = [
    `insert or ignore into fold_near (seq, session, precedes)
    select report.seq, visit.id, visit.started_at > report.at
    from fold_reports report
    cross join visitor_session_hours hours on hours.visitor in (report.visitor, report.prior)
      and hours.hour between report.at - ${timeoutMs + HOUR_MS} and report.at + ${timeoutMs}
    cross join visitor_sessions visit on visit.id = hours.session
    where visit.ended_at >= report.at - ${timeoutMs} and visit.started_at <= report.at + ${timeoutMs}
    union all
    select report.seq, visit.id, 1
    from fold_reports report
    cross join visitor_sessions visit on visit.prior = report.visitor
      and visit.started_at > report.at and visit.started_at <= report.at + ${timeoutMs}`,
  ] as const;

  /** Those whose beginning no report moves any more. */
  const settle = [
    `delete from fold_near where not precedes and seq in (${settled})`,
    `update fold_reports set (at, hour, day, visitor, person, prior) = (
      select visit.started_at, visit.hour, visit.day, hours.visitor, hours.visitor, visit.prior
      from fold_near near
      cross join visitor_sessions visit on visit.id = near.session
      cross join visitor_session_hours hours on hours.session = visit.id and hours.hour = visit.hour
      where near.seq = fold_reports.seq and near.precedes and visit.views > ${SETTLED_VIEWS}
    )
    where seq in (${settled})`,
    `update fold_near set precedes = 0 where seq in (${settled})`,
  ] as const;

  /** What the commit may change. */
  const touch = [
    `insert or ignore into fold_touched (session) select session from fold_near`,
    `insert or ignore into fold_days (visitor, day) select visitor, day from fold_reports`,
    `insert or ignore into fold_days (visitor, day)
    select hours.visitor, hours.day from fold_touched touched
    cross join visitor_session_hours hours on hours.session = touched.session`,
  ] as const;

  /** A report that precedes a visit changes its beginning, and may join it to another: it is put together anew. */
  const reopen = [
    `insert into fold_reports
      (seq, id, at, hour, day, visitor, person, prior, page, facts, engaged_ms, seen_until, was)
    select view.seq, view.id, viewed_at, view.hour, hours.day, view.visitor, view.visitor, prior, page, facts,
      engaged_ms, seen_until, view.session
    from visitor_page_views view
    cross join visitor_session_hours hours on hours.session = view.session and hours.hour = view.hour
    where view.session in (${reopened})`,
    `delete from visitor_session_hours where session in (${reopened})`,
    `delete from visitor_sessions where id in (${reopened})`,
    `delete from fold_near where session in (${reopened})`,
  ] as const;

  /** Whose report is whose: one that tells the key of the day before is by the same visitor. */
  const persons = `
    with recursive
      links as (select distinct visitor, prior from fold_reports where prior is not null),
      roots (visitor, root) as (
        select visitor, prior from links
        union
        select roots.visitor, links.prior from roots join links on links.visitor = roots.root
      )
    update fold_reports set person = roots.root
    from roots
    where roots.visitor = fold_reports.visitor and roots.root not in (select visitor from links)`;

  /** Puts the reports in order, and tells which visit each belongs to. */
  const order = [
    `insert into fold_points
      (n, seq, at, hour, day, visitor, prior, page, facts, engaged_ms, seen_until, was, opens, session, anchor)
    select n, seq, at, hour, day, visitor, prior, page, facts, engaged_ms, seen_until, was, opens,
      case when opens
        then (select ifnull(max(id), 0) from (
            select max(id) as id from visitor_sessions union all select max(session) from fold_touched
          )) + sum(opens) over (order by n)
        else near
      end,
      max(case when opens or near is not null then n end) over (partition by person order by n)
    from (
      select *, near is null and (before is null or at - before > ${timeoutMs}) as opens
      from (
        select report.*, near.session as near,
          row_number() over (order by at, report.seq) as n,
          lag(at) over (partition by person order by at, report.seq) as before
        from fold_reports report
        left join fold_near near on near.seq = report.seq
      )
    )`,
    `update fold_points set session = (select session from fold_points first where first.n = fold_points.anchor)
    where session is null`,
  ] as const;

  return { near, settle, touch, reopen, persons, order };
}

/**
 * Ends a commit that leaves out what only few need, where it is needed: a report precedes a stored visit, or is engaged with
 * already. It is then made whole (`fold.ts`).
 */
export const PLAIN = `
  insert into fold_plain (is_plain)
  select 0
  where exists (select 1 from fold_near where precedes)
    or exists (
      select 1 from fold_reports report cross join visitor_engagements waiting on waiting.id = report.id
    )`;

/** How the visits stood before. */
export const BEFORE = snapshot(-1);

/** What changes in the pages' counts. They are looked up in the log before the new rows are there. */
export const PAGES = [
  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  select 1, hour, day, page, count(*), 0, 0 from fold_points
  where page is not null and was is null
  group by hour, page`,

  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  with moved as materialized (
    select page, min(hour) as hour, day,
      (select min(hour) from visitor_page_views view
        where view.session = point.session and view.page = point.page) as old_hour,
      session
    from fold_points point
    where page is not null
    group by session, page
  )
  select 1, hour, day, page, 0, 1, 0 from moved where old_hour is null or hour < old_hour
  union all
  select 1, old_hour, (select day from visitor_session_hours hours
      where hours.session = moved.session and hours.hour = old_hour), page, 0, -1, 0
    from moved where hour < old_hour
  union all
  select 1, min(hour), day, page, 0, -1, 0 from fold_points
    where page is not null and was is not null group by was, page`,

  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  with moved as materialized (
    select page, day, min(hour) as hour,
      (select min(hours.hour) from fold_hours hours
        cross join visitor_page_views view on view.session = hours.session and view.page = point.page
          and view.hour = hours.hour
        where hours.sign = -1 and hours.visitor = point.visitor and hours.day = point.day) as old_hour
    from fold_points point
    where page is not null and was is null
    group by visitor, day, page
  )
  select 1, hour, day, page, 0, 0, 1 from moved where old_hour is null or hour < old_hour
  union all
  select 1, old_hour, day, page, 0, 0, -1 from moved where hour < old_hour`,
] as const;

/** The log itself. */
export const LOG = `
  insert into visitor_page_views
    (seq, page, session, visitor, facts, hour, prior, viewed_at, id, referrer,
      utm_source, utm_medium, utm_campaign, utm_term, utm_content, click_id)
  select point.seq, point.page, point.session, point.visitor, point.facts, point.hour, point.prior, point.at, report.id, referrer, campaign ->> 0, campaign ->> 1, campaign ->> 2, campaign ->> 3, campaign ->> 4,
    campaign ->> 5
  from fold_points point
  cross join fold_reports report on report.seq = point.seq
  where point.was is null
  order by point.seq`;

/** Page views that belong to another visit now. */
export const MOVED = `
  update visitor_page_views set session = point.session
  from fold_points point
  where point.was is not null and visitor_page_views.seq = +point.seq`;

/** The visits: those that begin, and what is added to each. */
export const VISITS = [
  `insert into visitor_sessions
    (id, visitor, prior, started_at, ended_at, seen_until, hour, day, views, engaged_ms, facts)
  select session, visitor, prior, at, at, at, hour, day, 0, 0, facts from fold_points where opens`,

  // Only a visit that began with a registration can have an earlier first page view than it had.
  `update visitor_sessions as visit set entry = first.page
  from (
    select session, page, at, min(n) from fold_points where page is not null group by session
  ) first
  where visit.id = first.session and (
    visit.entry is null
    or first.at < visit.exited_at and visit.views <= ${SETTLED_VIEWS} and first.at < (
      select min(viewed_at) from visitor_page_views view
      where view.session = visit.id and view.page is not null
        and view.seq not in (select seq from fold_points)
    )
  )`,
  `update visitor_sessions as visit set exit = last.page, exited_at = last.at
  from (
    select session, page, at, max(n) from fold_points where page is not null group by session
  ) last
  where visit.id = last.session and (visit.exited_at is null or last.at >= visit.exited_at)`,
  `update visitor_sessions as visit set
    views = visit.views + grown.views,
    engaged_ms = visit.engaged_ms + grown.engaged_ms,
    visitor = iif(grown.ended_at >= visit.ended_at,
      (select visitor from fold_points where n = grown.last), visit.visitor),
    ended_at = max(visit.ended_at, grown.ended_at),
    seen_until = max(visit.seen_until, grown.seen_until)
  from (
    select session, count(page) as views, ifnull(sum(engaged_ms), 0) as engaged_ms, max(n) as last,
      max(at) as ended_at, max(max(at, ifnull(seen_until, 0))) as seen_until
    from fold_points group by session
  ) grown
  where visit.id = grown.session`,
  `insert into visitor_session_hours (session, hour, day, visitor, views)
  select session, hour, day, visitor, count(page) from fold_points
  where true
  group by session, hour
  on conflict (session, hour) do update set views = views + excluded.views`,
  `insert or ignore into fold_touched (session) select session from fold_points`,
] as const;

/** How the visits stand after. */
export const AFTER = snapshot(1);

/** The visits of a visitor-day, before and after, with the first hour of each. */
const VISITOR_DAYS = `
  visitor_days as materialized (
    select sign, visitor, day, session, min(hour) as hour, facts, entry, exit
    from fold_hours group by sign, visitor, day, session
  )`;

/** What changes in the counts of everything but pages: what stood before is taken away, what stands after is added. */
export const COUNTS = [
  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  select dimension.value, changed.hour, changed.day, ${VALUE}, changed.views, changed.visits, 0
  from (
    select hour, day, facts, entry, sum(sign * views) as views, sum(sign * (hour = began)) as visits
    from fold_hours group by hour, facts, entry
  ) changed
  cross join visitor_facts facts on facts.id = changed.facts
  cross join ${FACTS_AND_ENTRY}
  where (changed.views <> 0 or changed.visits <> 0) and (dimension.value < 11 or entry is not null)`,

  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  select 12, hour, day, exit, sum(sign * views), sum(sign * (hour = began)), 0
  from fold_hours where exit is not null
  group by hour, exit
  having sum(sign * views) <> 0 or sum(sign * (hour = began)) <> 0`,

  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  with ${VISITOR_DAYS},
  changed as materialized (
    select distinct visitor, day from (
      select visitor, day from visitor_days
      group by visitor, day, session, hour, facts, entry having sum(sign) <> 0
    )
  )
  select dimension, hour, day, value, 0, 0, sum(sign)
  from (
    select dimension.value as dimension, min(hour) as hour, visitor_days.day as day, ${VALUE} as value, sign
    from changed
    cross join visitor_days on visitor_days.visitor = changed.visitor and visitor_days.day = changed.day
    cross join visitor_facts facts on facts.id = visitor_days.facts
    cross join ${FACTS_AND_ENTRY}
    where dimension.value < 11 or entry is not null
    group by sign, visitor_days.visitor, visitor_days.day, dimension.value, 4
  )
  group by dimension, hour, value
  having sum(sign) <> 0`,

  `insert into fold_counts (dimension, hour, day, value, views, visits, visitors)
  with ${VISITOR_DAYS},
  changed as materialized (
    select distinct visitor, day from (
      select visitor, day from visitor_days
      group by visitor, day, session, hour, exit having sum(sign) <> 0
    )
  )
  select 12, hour, day, exit, 0, 0, sum(sign)
  from (
    select min(hour) as hour, visitor_days.day as day, exit, sign
    from changed
    cross join visitor_days on visitor_days.visitor = changed.visitor and visitor_days.day = changed.day
    where exit is not null
    group by sign, visitor_days.visitor, visitor_days.day, exit
  )
  group by hour, exit
  having sum(sign) <> 0`,

  ...(['hour', 'day'] as const).map(
    (every) => `
  insert into visitor_${every === 'hour' ? 'hourly' : 'daily'}_counts (dimension, ${every}, value, views, visits, visitors)
  select dimension, ${every}, value, sum(views), sum(visits), sum(visitors)
  from fold_counts
  where true
  group by dimension, ${every}, value
  on conflict (dimension, ${every}, value) do update set
    views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors`,
  ),

  `insert into visitor_hours (hour, day, views, visits, visitors, bounces, visit_ms)
  select hour, day, sum(views), sum(visits), sum(visitors), sum(bounces), sum(visit_ms)
  from (
    select hour, day, sign * views as views, sign * (hour = began) as visits, 0 as visitors,
      sign * (hour = began) * bounce as bounces, sign * (hour = began) * ms as visit_ms
    from fold_hours
    union all
    select min(hour), day, 0, 0, sign, 0, 0 from fold_hours group by sign, visitor, day
  )
  where true
  group by hour
  on conflict (hour) do update set
    views = views + excluded.views, visits = visits + excluded.visits, visitors = visitors + excluded.visitors,
    bounces = bounces + excluded.bounces, visit_ms = visit_ms + excluded.visit_ms`,

  // One day's visitors, by the country of the day's first visit; devices, by that of their first visit ever.
  `insert into visitor_countries (country, visitors)
  select country, sum(change)
  from (
    select facts.country as country, sign as change
    from (select sign, facts, min(started_at) from fold_hours where not visitor & 1 group by sign, visitor, day) first
    cross join visitor_facts facts on facts.id = first.facts
    union all
    select facts.country, 1
    from (select visitor, facts, min(started_at) as at from fold_hours
      where sign = 1 and visitor & 1 group by visitor) first
    cross join visitor_facts facts on facts.id = first.facts
    where not exists (select 1 from visitors where visitors.visitor = first.visitor and first_at <= first.at)
    union all
    select visitors.country, -1
    from (select visitor, min(started_at) as at from fold_hours
      where sign = 1 and visitor & 1 group by visitor) first
    cross join visitors on visitors.visitor = first.visitor and visitors.first_at > first.at
  )
  where true
  group by country
  having sum(change) <> 0
  on conflict (country) do update set visitors = visitors + excluded.visitors`,
  `insert into visitor_counts (page_identifier, view_count, last_updated_at)
  select visitor_values.value, count(*), max(at)
  from fold_points point
  cross join visitor_values on visitor_values.id = point.page
  where was is null
  group by point.page
  on conflict (page_identifier) do update set
    view_count = view_count + excluded.view_count,
    last_updated_at = max(last_updated_at, excluded.last_updated_at)`,
] as const;

/** When each device was first seen. They are counted in their country before. */
export const DEVICES = `insert into visitors (visitor, first_at, first_hour, country)
  select visitor, first.at, first.began, facts.country
  from (select visitor, facts, began, min(started_at) as at from fold_hours
    where sign = 1 and visitor & 1 group by visitor) first
  cross join visitor_facts facts on facts.id = first.facts
  where true
  on conflict (visitor) do update set
    first_at = excluded.first_at, first_hour = excluded.first_hour, country = excluded.country
  where excluded.first_at < first_at`;

/** The totals; the version moves where a number has changed. */
export const STATS = `
  update visitor_stats set
    total_views = total_views + (select count(page) from fold_reports where was is null),
    last_updated_at = nullif(max(ifnull(last_updated_at, 0),
      (select ifnull(max(at), 0) from fold_reports where was is null and page is not null)), 0),
    version = version + 1,
    folded = max(folded, (select ifnull(max(seq), 0) from fold_reports))
  where exists (select 1 from fold_reports) or exists (select 1 from fold_looks)`;

/** Most details that are told apart of one day and reason: a sender may make them up. */
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
        where known.day = told.day and known.reason = told.reason and known.detail = told.detail
      ) as is_known
      from (
        select value ->> 0 as day, value ->> 1 as reason, value ->> 2 as detail, value ->> 3 as reports
        from json_each(?)
      ) told
    )
  ) line
  where true
  on conflict (day, reason, detail) do update set reports = reports + excluded.reports`;

/** The duplicates of earlier commits. Arguments: JSON of the batch, how many that is. */
export const DUPLICATES = `
  insert into visitor_ledger (day, reason, detail, reports)
  select value ->> 3, 'duplicate', '', 1
  from visitor_stats cross join json_each(?)
  where (select count(*) from fold_reports where was is null) < ?
    and key not in (select place from fold_reports where was is null)
  on conflict (day, reason, detail) do update set reports = reports + 1`;

const SCRATCH_NAMES = SCRATCH.map((table) => table.slice(0, table.indexOf(' ')));

const clear = (names: readonly string[]): string[] => names.map((name) => `delete from ${name}`);

/** Leaves the tables of the fold empty. */
export const CLEAR = clear(SCRATCH_NAMES.filter((name) => name !== 'fold_plain'));
export const CLEAR_PLAIN = CLEAR.filter((sql) => !sql.endsWith('fold_looks'));

/** Makes and drops the tables of the fold in the database. */
export const MAKE_SCRATCH = SCRATCH.map((table) => `create table main.${table}`);
export const DROP_SCRATCH = SCRATCH_NAMES.map((name) => `drop table main.${name}`);

/** The same in the memory of one connection, which takes precedence: nothing of them needs to be written to a disk. */
export const SCRATCH_IN_MEMORY = SCRATCH.map((table) => `create temp table ${table}`);
