/** The number of steps between gridlines to aim for. */
const STEPS = 4;

/**
 * Round numbers from 0 to the first that is at least a maximum, in equal steps of 1, 2 or 5 times a power of ten: where
 * gridlines are drawn.
 * @param max the largest count, 0 or more
 */
export function gridOf(max: number): number[] {
  const rough = Math.max(max, 1) / STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  const step = Math.max(Math.round(round * power), 1); // counts have no halves
  const lines = Math.ceil(Math.max(max, 1) / step);
  return Array.from({ length: lines + 1 }, (_, line) => line * step);
}

/** The distance of a value from the top of a chart, whose scale has `top` as its largest value and is `height` high. */
export function downTo(value: number, { top, height }: { top: number; height: number }): number {
  return Number((height * (1 - value / top)).toFixed(2));
}

/**
 * A line through the middles of slots of width 1, as the `d` of a path; empty for fewer than two points.
 * @param downs the distance of each point from the top
 * @param first the slot of the first point
 */
export function lineOf(downs: readonly number[], first = 0): string {
  if (downs.length < 2) return '';
  return downs.map((down, slot) => `${slot === 0 ? 'M' : 'L'}${first + slot + 0.5} ${down}`).join('');
}

/** The area between such a line and the bottom. */
export function areaOf(downs: readonly number[], height: number): string {
  const line = lineOf(downs);
  return line === '' ? '' : `${line}L${downs.length - 0.5} ${height}L0.5 ${height}Z`;
}

/** The position of a label below a slot, as SVG attributes: never outside the chart, even a narrow one. */
export interface TickPlace {
  /** A length: `12.5%`. */
  readonly x: string;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** Labels closer to an edge than this share of the width are aligned inwards. */
const EDGE = 0.06;

/** The position of the label of a slot. */
export function tickPlace(slot: number, slots: number): TickPlace {
  const middle = (slot + 0.5) / slots;
  if (middle < EDGE) return { x: '0%', anchor: 'start' };
  if (middle > 1 - EDGE) return { x: '100%', anchor: 'end' };
  return { x: `${(middle * 100).toFixed(3)}%`, anchor: 'middle' };
}
