import { formatsIn } from '@footfall/ui/format';

export const formats = formatsIn({
  numbers: 'en',
  dates: 'en-GB',
  units: { hours: 'h', minutes: 'm', seconds: 's' },
  change: {
    up: 'up',
    same: 'no change',
    by: (direction, amount) => `${direction} ${amount}`,
    times: (factor) => `${factor} times as many`,
    points: { one: 'point', other: 'points' },
  },
  tidy: (date) => date.replace(',', ''),
  smallest: (share) => `<${share}`,
});
