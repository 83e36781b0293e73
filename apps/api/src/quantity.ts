/** A number of things in words: `1 page view`, `20,106 page views`. */
export function quantity(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
