export { default as BarList, type Bar } from './BarList.svelte';
export { default as CodeSample } from './CodeSample.svelte';
export { default as Figure } from './Figure.svelte';
export {
  formatsIn,
  plainText,
  type Change,
  type FormatLanguage,
  type Formats,
  type PluralForms,
} from './format.ts';
export { getFormats, setUi, type UiWords } from './language.ts';
export { default as LineChart, type ChartMark, type Slot } from './LineChart.svelte';
export { default as Logo } from './Logo.svelte';
export { default as Measure } from './Measure.svelte';
export { default as Menu } from './Menu.svelte';
export { default as Notice } from './Notice.svelte';
export { default as Segmented, type Segment } from './Segmented.svelte';
export { default as Tabs, type Tab } from './Tabs.svelte';
