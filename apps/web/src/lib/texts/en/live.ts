import { formats } from './formats.ts';

const { formatCount } = formats;

/** The owner's view of visits as they come. */
const live = {
  title: (visitors: number, site: string) => `${visitors} now · ${site}`,
  heading: 'Live',
  visitors: 'Visitors now',
  active: (visitors: number) => `${formatCount(visitors)} in the last 30 minutes`,
  views: 'Page views',
  inAll: 'in all',
  visitsToday: 'Visits today',
  visitsInAll: (visits: number) => `${formatCount(visits)} in all`,
  feed: 'As they come',
  stale: 'The store does not answer: these are the last known numbers.',
  lost: 'Not connected, trying again…',
  on: 'Live',
  off: 'Read when this page was loaded',
  pause: 'Pause',
  resume: 'Go on',
  again: 'Read again',
  direct: 'new visit, direct',
  /** Before the name of a source. */
  from: 'new visit, from',
  more: (views: number) =>
    `and ${formatCount(views)} more ${views === 1 ? 'view' : 'views'}, too quick to be read`,
  nobodyYet: 'Nobody has come yet. The first view is here the moment it is counted.',
  anonymous: 'Views of one visitor are not marked as such: nothing here distinguishes visitors.',
  where: 'Who is where now',
  pages: 'On these pages now',
  countries: 'From these countries now',
  nobody: 'Nobody is here right now.',
  when: 'When they come',
  week: {
    caption: (days: string) => `Page views by weekday and hour, ${days}`,
    cell: (day: string, hour: string, views: number) =>
      `${day} ${hour}: ${formatCount(views)} page ${views === 1 ? 'view' : 'views'}`,
  },
};

export type LiveTexts = typeof live;
export default live;
