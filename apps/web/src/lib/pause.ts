/** Waits about `ms` milliseconds, or until the browser is online again. */
export function pauseInBrowser(ms: number): Promise<void> {
  return new Promise((resolve) => {
    // With jitter, so that clients waiting for one server do not all return at once.
    const timer = setTimeout(done, ms * (0.75 + Math.random() / 2));
    addEventListener('online', done);
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    }
  });
}
