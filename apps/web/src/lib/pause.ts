/** Waits about that many milliseconds, or until the browser is online again. */
export function pauseInBrowser(ms: number): Promise<void> {
  return new Promise((resolve) => {
    // Not to the millisecond, or all who waited for one server come back at once.
    const timer = setTimeout(done, ms * (0.75 + Math.random() / 2));
    addEventListener('online', done);
    function done() {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    }
  });
}
