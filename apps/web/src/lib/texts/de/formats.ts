import { formatsIn } from '@footfall/ui/format';

const DIRECTIONS = { up: 'mehr', down: 'weniger' } as const;

export const formats = formatsIn({
  numbers: 'de',
  dates: 'de',
  units: { hours: ' h', minutes: ' min', seconds: ' s' },
  change: {
    up: 'mehr',
    same: 'unverändert',
    by: (direction, amount) => `${amount} ${DIRECTIONS[direction]}`,
    times: (factor) => `${factor}-mal so viele`,
    points: { one: 'Punkt', other: 'Punkte' },
  },
  tidy: (date) => date.replace('.,', ''),
  smallest: (share) => `<\u2009${share}`,
});
