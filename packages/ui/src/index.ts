export { default as BarList, type Bar } from './BarList.svelte';
export { default as CodeSample } from './CodeSample.svelte';
export { default as Figure } from './Figure.svelte';
export { formatCount, formatShare, formatTime } from './format.ts';
export { default as Logo } from './Logo.svelte';
export { default as Notice } from './Notice.svelte';
