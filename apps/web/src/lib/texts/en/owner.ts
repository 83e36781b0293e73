import { formats } from './formats.ts';

const { formatCount } = formats;
const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `one ${one}` : `${formatCount(count)} ${many}`;
const views = (count: number): string => counted(count, 'page view', 'page views');

/** The owner's smaller pages. */
const owner = {
  back: '‹ Dashboard',
  name: 'Name',
  save: 'Save',
  cancel: 'Cancel',
  delete: 'Delete',
  annotations: {
    title: 'Annotations',
    /** Around a link. */
    what: 'A release, a mail, a day of an outage: what happened stands under the chart, where the numbers change. Changes of settings and outages are annotated by themselves, as',
    settings: 'the settings',
    say: 'say.',
    addOne: 'Add an annotation',
    editOne: 'Edit the annotation',
    happened: 'What happened',
    day: 'Day',
    showPublic: 'Show it on the public page, too',
    add: 'Add',
    public: 'public',
    automatic: 'automatic',
    edit: 'Edit',
    none: 'There is none yet.',
    gone: 'It was deleted in the meantime.',
  },
  segments: {
    title: 'Segments',
    /** Around a link. */
    what: 'A segment is a set of filters under a name. Choose one in the filter menu of',
    overview: 'the overview',
    whatAfter:
      ': its filters are added to the address. Links and bookmarks stay as they are when a segment is changed.',
    renameOne: 'Rename the segment',
    saveOne: 'Save these filters as a segment',
    filters: 'Filters of the new segment',
    replaces: 'A segment of this name that is there already gets these filters.',
    unknown: 'This version of Footfall does not have these filters.',
    rename: 'Rename',
    none: 'There is none yet: filter the overview, then save the filters in its filter menu.',
  },
  data: {
    title: 'Data',
    /** Links. */
    toImport: 'Import a file',
    toExport: 'Export everything',
    warning: 'What is deleted here cannot be brought back, except from a backup.',
    confirm: (what: string) => `To confirm, type ${what}`,
    done: {
      everything: 'Everything is deleted. Footfall counts from one again.',
      /** After the page’s name. */
      page: (pageViews: number) => `is deleted: ${views(pageViews)}.`,
      noVisit: 'No visit of this visitor is stored in that period.',
      visitor: (pageViews: number, visits: number) =>
        `Deleted: ${views(pageViews)} of ${counted(visits, 'visit', 'visits')}.`,
    },
    page: {
      title: 'Delete a page',
      what: 'Its page views are in no number any more: not in its own, not in those of visits, visitors and sources. Visits of other pages stay.',
      page: 'Page',
      /** Before an example, as code. */
      rule: 'As it is in the list of pages, such as',
      confirm: 'the page once more',
      button: 'Delete this page',
    },
    visitor: {
      title: 'Delete a visitor',
      /** Around the name of a parameter, as code. */
      what: 'Every page view and visit of one visitor, by the',
      whatAfter: 'that your site sends.',
      daily: 'Footfall recognises a visitor for two days at most; what is older is nobody’s any more.',
      stay: 'The numbers that include them stay.',
      id: 'visitorId',
      from: 'From',
      to: 'To, inclusive',
      all: 'Without dates all that is stored.',
      confirm: 'the visitorId once more',
      button: 'Delete this visitor',
    },
    everything: {
      title: 'Delete everything',
      what: (total: number) =>
        `All ${views(total)}, every visit and every number, at once and for good. Your account, its keys and your settings stay. Make a backup first.`,
      confirm: (text: string) => `“${text}”`,
    },
    /** Before a link. */
    sample: 'The sample data is in a file of its own, which none of this touches:',
    toSample: 'see or delete the sample data',
  },
  sample: {
    title: 'Sample data',
    banner: 'Sample data.',
    what: 'These visitors are made up, and in none of your numbers.',
    leave: 'Leave',
    remove: 'Delete it',
    making: 'Making the sample data',
    wait: 'It takes a few seconds, and this page goes on by itself.',
    madeSoFar: 'Made so far',
    explore: 'Explore with sample data',
    about: (pageViews: string, days: number) =>
      `See the dashboard as it may look after a year: ${pageViews} made-up page views of the last ${days} days. They are in a file of their own beside your database, about 10 MB, and in none of your numbers. You can delete them at any time.`,
    outdated: 'The sample data is of another day, or of other settings: make it again to see it up to now.',
    make: 'Make the sample data',
    backToYours: 'Back to your dashboard',
  },
};

export type OwnerTexts = typeof owner;
export default owner;
