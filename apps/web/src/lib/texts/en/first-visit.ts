import { formats } from './formats.ts';

const { formatCount } = formats;
const viewsOf = (count: number) => (count === 1 ? '1 page view' : `${formatCount(count)} page views`);

/** The box that waits for a site's first page view. */
const firstVisit = {
  /** In bold; what follows it stands beside. */
  counted: (views: number) => `${viewsOf(views)} counted`,
  since: 'since you opened this page',
  /** Before the page, as code. */
  lastOf: ', the last one of',
  works: '. It works.',
  waiting: 'Waiting for a page view. Open a page of your site now.',
  refused: (views: number) => `${viewsOf(views)} arrived and ${views === 1 ? 'was' : 'were'} not counted.`,
  /** Between them stand the address of this server and names of directives, as code. */
  help: {
    start:
      'Nothing has arrived. Is the line in the page that your browser was sent? A content blocker may block it; a Content-Security-Policy must name',
    in: 'in',
    and: 'and',
    andIn: ', and in',
    images: 'for badge and pixel.',
  },
  soFar: (views: number) => `Counted so far: ${viewsOf(views)}.`,
  notCounted: (reasons: readonly (readonly [reason: string, events: number])[]) =>
    `Not counted today: ${reasons.map(([reason, events]) => `${formatCount(events)} (${reason})`).join(', ')}.`,
  noScript: 'Open a page of your site, then load this page again to see whether its view has arrived.',
  unreadable: 'The numbers cannot be read right now. Nothing that is counted meanwhile is lost.',
};

export type FirstVisitTexts = typeof firstVisit;
export default firstVisit;
