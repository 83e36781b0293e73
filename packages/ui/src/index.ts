export { default as BarList, type Bar } from './BarList.svelte';
export { default as CodeSample } from './CodeSample.svelte';
export { default as Figure } from './Figure.svelte';
export {
  formatChange,
  formatCompact,
  formatCount,
  formatDecimal,
  formatDuration,
  formatPoints,
  formatShare,
  formatTime,
  plainText,
} from './format.ts';
export { default as LineChart, type Line, type Slot } from './LineChart.svelte';
export { default as Logo } from './Logo.svelte';
export { default as Measure } from './Measure.svelte';
export { default as Notice } from './Notice.svelte';
export { default as VisitorTracker } from './VisitorTracker.svelte';
