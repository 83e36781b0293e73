/**
 * What the browser stores for this page, as far as we may use it: nothing while the page's tracker waits for consent
 * (`data-require-consent`) and its visitor has not given any. Throws where the browser refuses.
 */
export function storage(): Storage | undefined {
  const waits = document.querySelector('[data-require-consent=true]:not([data-consent=true])');
  return waits && localStorage.getItem('footfall.consent') !== 'true' ? undefined : localStorage;
}
