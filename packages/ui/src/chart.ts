/** Fewest and most steps between gridlines. */
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

/** How far down a value lies in a drawing of a height whose top is another value. */
export function downTo(value: number, { top, height }: { top: number; height: number }): number {
  return Number((height * (1 - value / top)).toFixed(2));
}

/**
 * A line through the middles of slots that are one wide each, as the `d` of a path; empty without two points.
 * @param downs how far down each point lies
 * @param first the slot of the first
 */
export function lineOf(downs: readonly number[], first = 0): string {
  if (downs.length < 2) return '';
  return downs.map((down, slot) => `${slot === 0 ? 'M' : 'L'}${first + slot + 0.5} ${down}`).join('');
}

/** The area between such a line and the ground. */
export function areaOf(downs: readonly number[], height: number): string {
  const line = lineOf(downs);
  return line === '' ? '' : `${line}L${downs.length - 0.5} ${height}L0.5 ${height}Z`;
}

/** Where a label stands below a slot, as SVG has it: never outside the picture, however narrow that is. */
export interface TickPlace {
  /** A length: `12.5%`. */
  readonly x: string;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** This close to an edge, as a share of the width, a label is written from the edge inwards. */
const EDGE = 0.06;

/** Where the label of a slot stands. */
export function tickPlace(slot: number, slots: number): TickPlace {
  const middle = (slot + 0.5) / slots;
  if (middle < EDGE) return { x: '0%', anchor: 'start' };
  if (middle > 1 - EDGE) return { x: '100%', anchor: 'end' };
  return { x: `${(middle * 100).toFixed(3)}%`, anchor: 'middle' };
}
