/**
 * A UUID version 7 (RFC 9562): it begins with its time, so that ids made in order are adjacent in the store's index.
 * @param now epoch milliseconds
 * @param random a UUID version 4, which the random bits are taken from
 */
export function timeOrderedId(now: number, random: string): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
