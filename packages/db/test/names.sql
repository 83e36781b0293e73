insert into visitor_value_offers (dimension, value, used, hour, is_limited, address, network, most, most_of_network, most_of_address)
  select offer.value ->> 0, offer.value ->> 1, 0, unixepoch() / 3600 * 3600000, offer.value ->> 2, offer.value ->> 3,
    offer.value ->> 4, ?, ?, ?
  from json_each(?) offer
  where offer.value ->> 0 > 0
    and not exists (
      select 1 from visitor_values known
      where known.dimension = offer.value ->> 0 and known.value = offer.value ->> 1
    );

update visitor_facts set used = offered.day
  from (
    select unhex(offer.value ->> 1) as key, offer.value ->> 5 as day
    from json_each(?) offer where offer.value ->> 0 = 0
  ) offered
  where visitor_facts.key = offered.key and visitor_facts.used < offered.day;

insert into visitor_attribute_offers (dimension, key, used, country, region, city, language, source, campaign, device, browser, system, channel, medium, term, content, hour, is_limited, address, network, most, most_of_network, most_of_address)
  select 0, unhex(offer.value ->> 1), offer.value ->> 5, country.id, region.id, city.id, language.id, source.id, campaign.id, device.id, browser.id, system.id, channel.id, ifnull(medium.id, 0), ifnull(term.id, 0), ifnull(content.id, 0),
    unixepoch() / 3600 * 3600000, offer.value ->> 2, offer.value ->> 3, offer.value ->> 4, ?, ?, ?
  from json_each(?) offer
  cross join visitor_values country on country.dimension = 2 and country.value = offer.value ->> 6
  cross join visitor_values region on region.dimension = 3 and region.value = offer.value ->> 7
  cross join visitor_values city on city.dimension = 4 and city.value = offer.value ->> 8
  cross join visitor_values language on language.dimension = 5 and language.value = offer.value ->> 9
  cross join visitor_values source on source.dimension = 6 and source.value = offer.value ->> 10
  cross join visitor_values campaign on campaign.dimension = 7 and campaign.value = offer.value ->> 11
  cross join visitor_values device on device.dimension = 8 and device.value = offer.value ->> 12
  cross join visitor_values browser on browser.dimension = 9 and browser.value = offer.value ->> 13
  cross join visitor_values system on system.dimension = 10 and system.value = offer.value ->> 14
  cross join visitor_values channel on channel.dimension = 13 and channel.value = offer.value ->> 15
  left join visitor_values medium on medium.dimension = 14 and medium.value = offer.value ->> 16
  left join visitor_values term on term.dimension = 15 and term.value = offer.value ->> 17
  left join visitor_values content on content.dimension = 16 and content.value = offer.value ->> 18
  where offer.value ->> 0 = 0
    and (medium.id is not null or offer.value ->> 16 = '')
    and (term.id is not null or offer.value ->> 17 = '')
    and (content.id is not null or offer.value ->> 18 = '')
    and not exists (select 1 from visitor_facts known where known.key = unhex(offer.value ->> 1));

select json_group_array(json_array(name.value, facts.id, facts.country, facts.region, facts.city, facts.language, facts.source, facts.campaign, facts.device, facts.browser, facts.system, facts.channel, facts.medium, facts.term, facts.content)) as names
  from json_each(?) name
  cross join visitor_facts facts on facts.key = unhex(name.value);

select json_array(
    (select json_group_array(distinct json_array(counted.dimension, counted.sender))
      from json_each(?) offer
      cross join visitor_new_names counted on counted.hour = unixepoch() / 3600 * 3600000
        and counted.dimension = offer.value ->> 0
        and counted.sender in (0, offer.value ->> 3, offer.value ->> 4)
      where offer.value ->> 2 and counted.names >= case counted.sender
        when 0 then iif(counted.dimension = 0, 50000, 10000) when offer.value ->> 4 then iif(counted.dimension = 0, 5000, 1000) else iif(counted.dimension = 0, 2500, 500) end),
    3600 - unixepoch() % 3600
  ) as quotas;
