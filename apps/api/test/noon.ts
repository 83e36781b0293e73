const HOUR_MS = 60 * 60 * 1000;

/** How many hours the clocks of `NOON` are ahead of UTC. */
const AHEAD = 12 - new Date().getUTCHours();

/** A time zone in which it is just past noon: everything of the last eleven hours happened today. */
export const NOON = AHEAD === 0 ? 'Etc/GMT' : `Etc/GMT${AHEAD > 0 ? '-' : '+'}${Math.abs(AHEAD)}`;

/** The time that a clock there shows, as if it were UTC. */
export const localTime = (at: number): Date => new Date(at + AHEAD * HOUR_MS);

/** The instant at which a clock there shows a time. */
export const instantOf = (local: number): number => local - AHEAD * HOUR_MS;
