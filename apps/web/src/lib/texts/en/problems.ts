/** What is wrong with an address; said by the server alone. The names of parameters stay as they are. */
const problems = {
  twice: (name: string) => `${name} is given twice; one value is possible.`,
  oneOf: (name: string, names: string, given: string) => `${name} must be one of ${names}, and is ${given}.`,
  exclusive: () => 'period and from with to exclude each other.',
  customDays: () => 'compareFrom and compareTo go with compare=custom, and it with them.',
  weekdays: () => 'compareBy=weekday goes with compare=previous and compare=year.',
  offset: (most: string, given: string) => `offset must be a whole number up to ${most}, and is ${given}.`,
  unknown: (name: string) => `${name} is not a parameter of this page.`,
  noFilter: (name: string, filter: string, operators: string) =>
    `${name} is not a filter: ${filter} takes ${operators}.`,
  missing: (name: string) => `${name} is missing: a range has a first and a last day.`,
  noDate: (name: string, given: string) => `${name} must be a date such as 2026-11-20, and is ${given}.`,
  order: (first: string, last: string) => `${first} must not be after ${last}.`,
  /** A sentence of the API, which is English. */
  refused: (sentence: string) => sentence,
};

export type ProblemsTexts = typeof problems;
export default problems;
