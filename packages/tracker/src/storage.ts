/**
 * The browser's storage; undefined while the page's tracker waits for consent (`data-require-consent`) and the visitor has not
 * given it. Throws where the browser refuses access.
 */
export function storage(): Storage | undefined {
  const waits = document.querySelector('[data-require-consent=true]:not([data-consent=true])');
  return waits && localStorage.getItem('footfall.consent') !== 'true' ? undefined : localStorage;
}
