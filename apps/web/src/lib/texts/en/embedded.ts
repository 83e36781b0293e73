type Interval = 'hour' | 'day' | 'week' | 'month';

/** Charts in the pages of other sites, what is pasted to have one there, and a private link that has ended. */
const embedded = {
  title: 'Statistics',
  nothing: 'Nothing was counted in this period.',
  oneSoFar: (interval: Interval) =>
    `There is one ${interval} so far. The line is drawn from the second ${interval} on.`,
  lastKnown: 'last known numbers',
  tableBy: (measure: string, interval: Interval) => `${measure} by the ${interval}`,
  before: 'Before',
  over: {
    title: 'This link has ended',
    words: 'It shows nothing any more. Its owner can send you a new one.',
  },
  choice: {
    measure: 'Measure',
    period: 'Period',
    theme: 'Theme',
    themes: { auto: 'The reader’s own', light: 'Light', dark: 'Dark' },
    html: 'HTML of the chart',
    /** What a screen reader says of the frame. */
    frame: (measure: string, period: string) => `${measure}, ${period.toLowerCase()}`,
    values: (metrics: string, periods: string, themes: string) =>
      `The metric is one of ${metrics}; the period one of ${periods}; the theme one of ${themes}.`,
  },
};

export type EmbeddedTexts = typeof embedded;
export default embedded;
